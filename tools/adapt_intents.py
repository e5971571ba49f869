"""`python -m tools.adapt_intents`: train the adapter that reads intents (knowledge/adapter.py) on data/nlu, once.

Run it (`make adapters`, about 25 minutes on 2 cores) when the examples of data/nlu have changed much; the classifier
of `make train` fits on top of it and is trained at every change. The seed is fixed. It prints the accuracy on tests/nlu
after each epoch.

    --without FOLD --folds 5 --to FILE    leave a fold of each intent out, for cross-validation (`make crossval`)
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from knowledge import adapter
from knowledge.condense import condense
from knowledge.follow_ups import MASK, bare
from knowledge.names import NameIndex, finding_names
from knowledge.nlu_data import examples
from tools.training import BATCH, Encoder, batches_by_length, step_of

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, HEAD_RATE = 4, 1e-3


def as_read(texts: Sequence[str]) -> list[str]:
    """The texts as the encoder in Rasa reads them: condensed to what is asked, spelling mended, names taken out."""
    names = NameIndex(finding_names())
    return [names.masked(names.corrected(bare(condense(text, names.find))), MASK) for text in texts]


def fold_of(text: str, folds: int) -> int:
    """Which fold an example falls into, by its text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % folds


class Reader(torch.nn.Module):
    """The encoder and a linear head over the intents."""

    def __init__(self, intents: Sequence[str]) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.dropout = torch.nn.Dropout(0.1)
        self.head = torch.nn.Linear(self.encoder.transformer.config.hidden_size, len(intents))

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.dropout(self.encoder.means(texts)))
        return scores

    @torch.no_grad()
    def accuracy(self, texts: Sequence[str], labels: torch.Tensor) -> float:
        """The share of texts whose likeliest intent is theirs."""
        self.eval()
        right = sum(
            int((self(texts[at : at + BATCH]).argmax(1) == labels[at : at + BATCH]).sum())
            for at in range(0, len(texts), BATCH)
        )
        self.train()
        return right / len(texts)


def train(train_on: Sequence[tuple[str, str]], test_on: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
    """Train an adapter; prints loss and accuracy."""
    torch.manual_seed(0)
    chance = random.Random(0)
    intents = sorted({intent for _, intent in train_on})
    number = {intent: n for n, intent in enumerate(intents)}
    texts, held = as_read([text for text, _ in train_on]), as_read([text for text, _ in test_on])
    labels = torch.tensor([number[intent] for _, intent in train_on])
    held_labels = torch.tensor([number[intent] for _, intent in test_on])
    reader = Reader(intents)
    step = step_of(reader.encoder, [*reader.head.parameters()], HEAD_RATE, EPOCHS, len(texts))
    reader.train()
    for epoch in range(1, EPOCHS + 1):
        begun, total = time.monotonic(), 0.0
        batches = batches_by_length(texts, chance)
        for batch in batches:
            loss = torch.nn.functional.cross_entropy(
                reader([texts[n] for n in batch]), labels[batch], label_smoothing=0.1
            )
            step(loss)
            total += loss.item()
        print(
            f"epoch {epoch}: loss {total / len(batches):.3f}, accuracy on the held texts"
            f" {reader.accuracy(held, held_labels):.3f}, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    kept = reader.encoder.kept()
    print(f"as kept: {reader.accuracy(held, held_labels):.3f}", flush=True)
    return kept


def main(argv: Sequence[str] | None = None) -> int:
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(prog="python -m tools.adapt_intents", description=__doc__)
    parser.add_argument("--without", type=int, help="a fold to leave out and to measure on")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--to", type=Path, default=adapter.FILE)
    arguments = parser.parse_args(argv)
    rows = examples(ROOT / "data/nlu")
    held = examples(ROOT / "tests/nlu")
    if arguments.without is not None:
        held = [row for row in rows if fold_of(row[0], arguments.folds) == arguments.without]
        rows = [row for row in rows if fold_of(row[0], arguments.folds) != arguments.without]
    kept = train(rows, held)
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    save_file(kept, arguments.to, {"examples": str(len(rows))})
    print(f"wrote {arguments.to} ({arguments.to.stat().st_size // 1000} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
