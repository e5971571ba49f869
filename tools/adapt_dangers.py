"""`python -m tools.adapt_dangers`: teach the second reader of danger signs (knowledge/danger_reader.py), once.

Run it (`make adapters`, some 40 minutes on 2 cores) when messages were added to knowledge/danger_messages or
tests/red_flags. It learns from these, and from what patients ordinarily ask: examples of data/nlu, and how findings
are described. Where the rules see a danger in one of those, it is left out. tests/red_flags/apart.yml is never learned
from; how much of it is read right is printed after each epoch. The seed is fixed.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import yaml

from knowledge.danger_reader import BIAS, FILE, HEAD, NO_FLAG, SCALE, SURE
from knowledge.nlu_data import examples
from knowledge.passages import load_library
from knowledge.red_flag_evaluation import APART, Vignette, developed_with, load_vignettes
from knowledge.red_flags import load_red_flags
from tools.training import BATCH, Encoder, batches_by_length, step_of

ROOT = Path(__file__).resolve().parents[1]
VIGNETTES, MESSAGES = ROOT / "tests/red_flags", ROOT / "knowledge/danger_messages"
EPOCHS, HEAD_RATE = 3, 1e-3
# How many ordinary questions: a third of the messages, as they are shorter and easier.
ORDINARY = 5_000
# How many messages are learned from a second time, each beside an ordinary question.
BESIDE = 2_500
# Word pieces; a window of knowledge/danger_reader.py has hardly more.
LONGEST = 128
# A finding's description in what is said of it.
FRAMES = ("{}", "{}, what now", "they say {}", "my scan shows {}", "{} is that bad", "the report says {}", "I have {}")

Row = tuple[str, str]  # text, label


def material(chance: random.Random) -> list[Row]:
    """All that is learned from: messages with a flag's id, or with NO_FLAG."""
    rows = [
        (text, row["flag"] if kind == "urgent" else NO_FLAG)
        for file in sorted(MESSAGES.glob("*.yml"))
        for row in yaml.safe_load(file.read_text("utf-8"))
        for kind in ("urgent", "other")
        for text in row[kind]
    ]
    rows += map(row_of, load_vignettes(developed_with(VIGNETTES)))
    asked = [text for text, _ in examples(ROOT / "data/nlu")]
    told = [
        chance.choice(FRAMES).format(phrase)
        for finding in load_library().findings.values()
        for phrase in (finding.title, *finding.described_as)
    ]
    rules = load_red_flags()
    ordinary = [text for text in (*chance.sample(asked, ORDINARY), *told) if not rules.raised(rules.read(text))]
    rows += [(text, NO_FLAG) for text in ordinary]
    return [*rows, *(beside_another(row, chance.choice(ordinary), chance) for row in chance.sample(rows, BESIDE))]


def beside_another(row: Row, harmless: str, chance: random.Random) -> Row:
    """The same with an ordinary question before or after it, which changes nothing of what it holds."""
    text, label = row
    return (f"{harmless}. {text}" if chance.random() < 0.5 else f"{text} {harmless}"), label


def row_of(vignette: Vignette) -> Row:
    """A vignette as one text, with the flag that it was written for."""
    return " . ".join(vignette.texts), vignette.flags[0] if vignette.urgent else NO_FLAG


class Reader(torch.nn.Module):
    """The encoder, and a linear head on its unit vectors."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__()
        self.encoder = Encoder(LONGEST)
        self.dropout = torch.nn.Dropout(0.1)
        self.head = torch.nn.Linear(self.encoder.transformer.config.hidden_size, len(labels))

    def forward(self, texts: Sequence[str]) -> torch.Tensor:
        scores: torch.Tensor = self.head(SCALE * self.dropout(self.encoder(texts)))
        return scores

    @torch.no_grad()
    def urgency(self, texts: Sequence[str], no_flag: int) -> torch.Tensor:
        """(texts,): the probability that each holds a danger sign."""
        self.eval()
        shares = [self(texts[at : at + BATCH]).softmax(1) for at in range(0, len(texts), BATCH)]
        self.train()
        return 1 - torch.cat(shares)[:, no_flag]


def train(
    rows: Sequence[Row], held: Sequence[Row], labels: Sequence[str], chance: random.Random
) -> dict[str, torch.Tensor]:
    """Train an adapter and the head; prints what is noticed."""
    torch.manual_seed(0)
    reader, no_flag = Reader(labels), labels.index(NO_FLAG)
    texts = [text for text, _ in rows]
    wanted = torch.tensor([labels.index(label) for _, label in rows])
    step = step_of(reader.encoder, [*reader.head.parameters()], HEAD_RATE, EPOCHS, len(texts))
    reader.train()
    for epoch in range(1, EPOCHS + 1):
        begun = time.monotonic()
        for batch in batches_by_length(texts, chance):
            loss = torch.nn.functional.cross_entropy(
                reader([texts[n] for n in batch]), wanted[batch], label_smoothing=0.05
            )
            step(loss)
        print(f"epoch {epoch}: {_told(reader, held, no_flag)}, {time.monotonic() - begun:.0f} s", flush=True)
    kept = reader.encoder.kept()
    print(f"as kept: {_told(reader, held, no_flag)}", flush=True)
    return kept | {HEAD: reader.head.weight.detach().half(), BIAS: reader.head.bias.detach().half()}


def _told(reader: Reader, held: Sequence[Row], no_flag: int) -> str:
    spoken = (reader.urgency([text for text, _ in held], no_flag) >= SURE).tolist()
    urgent = [said for said, (_, label) in zip(spoken, held, strict=True) if label != NO_FLAG]
    others = [not said for said, (_, label) in zip(spoken, held, strict=True) if label == NO_FLAG]
    return f"noticed {sum(urgent)} of {len(urgent)}, quiet at {sum(others)} of {len(others)} that were held apart"


def main() -> int:
    from safetensors.torch import save_file

    chance = random.Random(0)
    rows = material(chance)
    held = [row_of(vignette) for vignette in load_vignettes([VIGNETTES / APART])]
    labels = [NO_FLAG, *sorted({label for _, label in rows} - {NO_FLAG})]
    save_file(train(rows, held, labels, chance), FILE, {"labels": " ".join(labels), "examples": str(len(rows))})
    print(f"wrote {FILE} ({FILE.stat().st_size // 1000} kB), from {len(rows)} messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
