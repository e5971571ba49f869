"""`python -m tools.adapt_findings`: train the adapter that tells findings apart (knowledge/adapter.py), once.

Run it (`make adapters`, about seven minutes on 2 cores) when names, descriptions or examples have changed much; the
reader of findings that `make index` fits stands on top of it and follows every change. It learns from what the project
holds: names and descriptions of findings, put into the ways people ask; examples of data/nlu that name a finding or
tell what they are about; the ways people ask for topics; and what belongs elsewhere. The loss is a softmax over cosines
to one learned vector a class (after Wang et al. 2018, "CosFace", arXiv:1801.09414, without its margin). The seed is
fixed. It prints after each epoch how many of the `choose` half of tests/questions.yml have their finding or topic as
the nearest class.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from knowledge.condense import condense
from knowledge.embedding import FINDING_ADAPTER
from knowledge.evaluation import load_questions
from knowledge.finding_reader import ELSEWHERE
from knowledge.follow_ups import MASK, bare
from knowledge.names import NameIndex
from knowledge.nlu_data import examples
from knowledge.passages import Library, load_library
from tools.training import Encoder, batches_by_length, step_of

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, CLASS_RATE = 3, 2e-3
# The softmax's inverse temperature.
SCALE = 20.0
# The share of descriptions learned as they are, not put into a question; and of texts learned with a slip of the pen.
PLAIN, MISSPELLED = 0.25, 0.15
# A class of few texts weighs more, by this power of their number.
RARENESS = 0.4

Row = tuple[str, str]  # text, class


class Material:
    """What is learned from. fixed: texts and their classes; names: of findings and their descriptions, and their
    classes; frames: questions with MASK in the place of a name."""

    def __init__(self, library: Library) -> None:
        names = NameIndex({finding.id: finding.names for finding in library.findings.values()})

        def as_read(text: str) -> str:
            return names.corrected(bare(condense(text, names.find)))

        aspects = {"ask_" + aspect.replace("-", "_") for aspect in library.aspects}
        labelled = {text for text, _ in library.labelled}
        self.frames = [way.replace("{name}", MASK) for aspect in library.aspects.values() for way in aspect.asked]
        self.fixed: list[Row] = [(text, ELSEWHERE) for text in library.elsewhere]
        self.fixed += [(as_read(text), about) for text, about in library.labelled]
        for example, intent in examples(ROOT / "data/nlu"):
            if intent not in aspects or example in labelled:
                continue
            text = as_read(example)
            named, masked = names.ids(text), names.masked(text, MASK)
            self.frames += [masked] if masked.count(MASK) == 1 else []
            self.fixed += [(text, named[0])] if len(named) == 1 else []
        for passage in library.passages.values():
            if passage.topic:
                self.fixed += [(way, passage.id) for way in passage.topic.asked]
            elif passage.short:
                self.fixed.append((passage.short, passage.finding))
        self.names: list[Row] = [
            (name, finding.id)
            for finding in library.findings.values()
            for name in (*finding.described_as, finding.title, *finding.names)
        ]

    def epoch(self, chance: random.Random) -> Iterator[Row]:
        """All rows once, names in other questions each time."""
        asked = [
            (name if chance.random() < PLAIN else chance.choice(self.frames).replace(MASK, name), finding)
            for name, finding in self.names
        ]
        for text, label in (*self.fixed, *asked):
            yield (misspelled(text, chance) if chance.random() < MISSPELLED else text), label


def misspelled(text: str, chance: random.Random) -> str:
    """The text with one letter of a longer word left out, swapped with the next, or doubled."""
    words = text.split(" ")
    long = [n for n, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    n = chance.choice(long)
    word = words[n]
    at = chance.randrange(1, len(word) - 1)
    left_out, swapped = word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[n] = chance.choice([left_out, swapped, word[: at + 1] + word[at:]])
    return " ".join(words)


def train(library: Library) -> dict[str, torch.Tensor]:
    """Train an adapter and a vector a class."""
    torch.manual_seed(0)
    chance = random.Random(0)
    material, encoder = Material(library), Encoder()
    labels = sorted({label for _, label in (*material.fixed, *material.names)})
    number = {label: n for n, label in enumerate(labels)}
    rows = [*material.fixed, *material.names]
    counts = torch.bincount(torch.tensor([number[label] for _, label in rows]), minlength=len(labels)).float()
    weights = counts**-RARENESS
    weights /= (weights * counts).sum() / counts.sum()
    classes = torch.nn.Parameter(_means(encoder, rows, number))
    step = step_of(encoder, [classes], CLASS_RATE, EPOCHS, len(rows))
    for epoch in range(1, EPOCHS + 1):
        encoder.train()
        rows = list(material.epoch(chance))
        for batch in batches_by_length([text for text, _ in rows], chance):
            vectors = encoder([rows[n][0] for n in batch])
            cosines = vectors @ torch.nn.functional.normalize(classes, dim=1).T
            wanted = torch.tensor([number[rows[n][1]] for n in batch])
            loss = torch.nn.functional.cross_entropy(SCALE * cosines, wanted, weight=weights, label_smoothing=0.05)
            step(loss)
        print(f"epoch {epoch}: loss of the last batch {loss.item():.3f}, {_right(encoder, classes, labels, library)}")
        sys.stdout.flush()
    return encoder.kept()


@torch.no_grad()
def _means(encoder: Encoder, rows: Sequence[Row], number: dict[str, int]) -> torch.Tensor:
    """The mean vector of each class before training."""
    vectors = encoder.encode([text for text, _ in rows])
    sums = torch.zeros(len(number), vectors.shape[1])
    sums.index_add_(0, torch.tensor([number[label] for _, label in rows]), vectors)
    return torch.nn.functional.normalize(sums, dim=1)


@torch.no_grad()
def _right(encoder: Encoder, classes: torch.Tensor, labels: Sequence[str], library: Library) -> str:
    names = NameIndex({finding.id: finding.names for finding in library.findings.values()})
    gold = [q for q in load_questions(ROOT / "tests/questions.yml") if q.split == "choose"]
    vectors = encoder.encode([names.corrected(condense(q.text, names.find)) for q in gold])
    nearest = (vectors @ torch.nn.functional.normalize(classes, dim=1).T).argmax(1).tolist()
    right = sum(
        labels[n] in {*q.accept, *(accepted.split("#")[0] for accepted in q.accept)}
        if q.accept
        else labels[n] == ELSEWHERE
        for q, n in zip(gold, nearest, strict=True)
    )
    return f"{right} of {len(gold)} questions right"


def main() -> int:
    from safetensors.torch import save_file

    save_file(train(load_library()), FINDING_ADAPTER)
    print(f"wrote {FINDING_ADAPTER} ({FINDING_ADAPTER.stat().st_size // 1000} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
