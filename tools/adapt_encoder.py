"""`python -m tools.adapt_encoder`: train the adapter that reads intents (knowledge/adapter.py) on data/nlu, once.

Run it (`make adapter`, about ten minutes on 2 cores) when the examples of data/nlu have changed much; the classifier
of `make train` fits on top of it and is trained at every change. The seed is fixed. It prints the accuracy on tests/nlu
after each epoch.

    --without FOLD --folds 5 --to FILE    leave a fold of each intent out, for cross-validation (tools/crossval.py)
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import yaml

from knowledge import adapter
from knowledge.condense import condense
from knowledge.embedding import model_folder
from knowledge.names import NameIndex, finding_names

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, BATCH, RATE, HEAD_RATE = 5, 32, 4e-3, 2e-3
# Word pieces; what is read is condensed, and few examples are longer.
LONGEST = 96
MASK = "the finding"


def examples(folder: Path) -> list[tuple[str, str]]:
    """(text, intent) of every example below `folder`, in the order of files and lines."""
    rows = [row for file in sorted(folder.rglob("*.yml")) for row in yaml.safe_load(file.read_text("utf-8"))["nlu"]]
    return [
        (line.removeprefix("- "), row["intent"])
        for row in rows
        if "intent" in row
        for line in row["examples"].splitlines()
        if line.startswith("- ")
    ]


def as_read(texts: Sequence[str]) -> list[str]:
    """The texts as the encoder in Rasa reads them: condensed, spelling mended, names taken out."""
    names = NameIndex(finding_names())
    return [names.masked(names.corrected(condense(text, names.find)), MASK) for text in texts]


def fold_of(text: str, folds: int) -> int:
    """Which fold an example falls into, by its text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % folds


class Reader(torch.nn.Module):
    """The encoder with its adapter, mean-pooled, and a linear head over the intents."""

    def __init__(self, intents: Sequence[str]) -> None:
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model_folder())
        self.transformer: Any = AutoModel.from_pretrained(model_folder())
        adapter.attach(self.transformer)
        self.dropout = torch.nn.Dropout(0.1)
        self.head = torch.nn.Linear(self.transformer.config.hidden_size, len(intents))

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        tokens = self.transformer(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        scores: torch.Tensor = self.head(self.dropout((tokens * mask).sum(1) / mask.sum(1)))
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


def train(train_on: Sequence[tuple[str, str]], test_on: Sequence[tuple[str, str]]) -> Reader:
    """Train an adapter; prints loss and accuracy after each epoch."""
    torch.manual_seed(0)
    chance = random.Random(0)
    intents = sorted({intent for _, intent in train_on})
    number = {intent: n for n, intent in enumerate(intents)}
    texts, held = as_read([text for text, _ in train_on]), as_read([text for text, _ in test_on])
    labels = torch.tensor([number[intent] for _, intent in train_on])
    held_labels = torch.tensor([number[intent] for _, intent in test_on])
    reader = Reader(intents)
    adapted = [p for p in reader.transformer.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": adapted, "lr": RATE}, {"params": reader.head.parameters(), "lr": HEAD_RATE}], weight_decay=0.01
    )
    steps = EPOCHS * math.ceil(len(texts) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, 10 * (step + 1) / steps) * max(0.0, (steps - step) / steps)
    )
    reader.train()
    for epoch in range(1, EPOCHS + 1):
        begun, total = time.monotonic(), 0.0
        order = list(range(len(texts)))
        chance.shuffle(order)
        # by length within large groups, so that a batch of short texts is not padded to one long story
        groups = [sorted(order[at : at + 1024], key=lambda n: len(texts[n])) for at in range(0, len(order), 1024)]
        batches = [group[at : at + BATCH] for group in groups for at in range(0, len(group), BATCH)]
        chance.shuffle(batches)
        for batch in batches:
            loss = torch.nn.functional.cross_entropy(
                reader([texts[n] for n in batch]), labels[batch], label_smoothing=0.1
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(adapted, 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(
            f"epoch {epoch}: loss {total / len(batches):.3f}, accuracy on the held texts"
            f" {reader.accuracy(held, held_labels):.3f}, {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    return reader


def main(argv: Sequence[str] | None = None) -> int:
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(prog="python -m tools.adapt_encoder", description=__doc__)
    parser.add_argument("--without", type=int, help="a fold to leave out and to measure on")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--to", type=Path, default=adapter.FILE)
    arguments = parser.parse_args(argv)
    rows = examples(ROOT / "data/nlu")
    held = examples(ROOT / "tests/nlu")
    if arguments.without is not None:
        held = [row for row in rows if fold_of(row[0], arguments.folds) == arguments.without]
        rows = [row for row in rows if fold_of(row[0], arguments.folds) != arguments.without]
    reader = train(rows, held)
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    save_file(adapter.trained(reader.transformer), arguments.to, {"examples": str(len(rows))})
    print(f"wrote {arguments.to} ({arguments.to.stat().st_size // 1000} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
