"""`python -m tools.adapt_findings`: train the adapter that tells findings apart (knowledge/adapter.py), once.

Run it (`make adapters`, about 25 minutes on 2 cores) when names, descriptions or examples have changed much; the
reader of findings that `make index` fits stands on top of it and follows every change. It learns from what the project
holds: names and descriptions of findings, put into the ways people ask; examples of data/nlu that name a finding or
tell what they are about; the ways people ask for topics; and what belongs elsewhere. The loss is a softmax over cosines
to one learned vector a class (after Wang et al. 2018, "CosFace", arXiv:1801.09414, without its margin), and beside it,
at a share, the same over the aspects, where a text's is known (multi-task learning, Caruana 1997): so the one vector
also says what is asked, and the index's aspect reader can stand on it. The seed is fixed. It prints after each epoch
how many of the `choose` half of tests/questions.yml have their finding or topic, and their aspect, as the nearest
class.
"""

from __future__ import annotations

import collections
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from knowledge.condense import condense
from knowledge.embedding import FINDING_ADAPTER
from knowledge.evaluation import load_questions
from knowledge.follow_ups import MASK, bare
from knowledge.index import lessons_of
from knowledge.linear_reader import ELSEWHERE
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
# The weight of the aspects' loss beside the findings'.
ASPECT_SHARE = 0.5

Row = tuple[str, str, str]  # text, class, aspect or ""


class Material:
    """What is learned from. fixed: texts with their classes and aspects; names: of findings and their descriptions, and
    their classes; frames: questions with MASK in the place of a name, and their aspects."""

    def __init__(self, library: Library) -> None:
        names = NameIndex({finding.id: finding.names for finding in library.findings.values()})

        def as_read(text: str) -> str:
            return names.corrected(bare(condense(text, names.find)))

        aspects = library.aspect_of_intent
        lessons = lessons_of(library)
        taught = {lesson.text for lesson in lessons if lesson.about != ELSEWHERE}
        self.frames = [(way.replace("{name}", MASK), a.id) for a in library.aspects.values() for way in a.asked]
        self.fixed: list[Row] = [(e.text, ELSEWHERE, "") for e in lessons if e.about == ELSEWHERE]
        self.fixed += [(as_read(e.text), e.about, e.aspect) for e in lessons if e.about != ELSEWHERE]
        for example, intent in examples(ROOT / "data/nlu"):
            if intent not in aspects or example in taught:
                continue
            text = as_read(example)
            named, masked = names.ids(text), names.masked(text, MASK)
            self.frames += [(masked, aspects[intent])] if masked.count(MASK) == 1 else []
            self.fixed += [(text, named[0], aspects[intent])] if len(named) == 1 else []
        for passage in library.passages.values():
            if passage.topic:
                self.fixed += [(way, passage.id, "") for way in passage.topic.asked]
            elif passage.short:
                self.fixed.append((passage.short, passage.finding, passage.aspect))
        self.names = [
            (name, finding.id)
            for finding in library.findings.values()
            for name in (*finding.described_as, finding.title, *finding.names)
        ]

    def epoch(self, chance: random.Random) -> Iterator[Row]:
        """All rows once, names in other questions each time."""
        rows = list(self.fixed)
        for name, finding in self.names:
            frame, aspect = (MASK, "") if chance.random() < PLAIN else chance.choice(self.frames)
            rows.append((frame.replace(MASK, name), finding, aspect))
        for text, label, aspect in rows:
            yield (misspelled(text, chance) if chance.random() < MISSPELLED else text), label, aspect


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


class Nearest(torch.nn.Module):
    """Learned unit vectors, one a class; the nearest to a text's vector is its class. weights: of each class's loss."""

    def __init__(self, classes: Sequence[str], vectors: torch.Tensor, weights: torch.Tensor | None = None) -> None:
        super().__init__()
        self.classes = list(classes)
        self.number = {label: n for n, label in enumerate(classes)}
        self.vectors = torch.nn.Parameter(vectors)
        self.weights = weights

    def cosines(self, vectors: torch.Tensor) -> torch.Tensor:
        """(texts, classes)"""
        return vectors @ torch.nn.functional.normalize(self.vectors, dim=1).T

    def loss(self, vectors: torch.Tensor, labels: Sequence[str]) -> torch.Tensor:
        """The mean over the texts whose label is a class; 0 where none is."""
        known = [n for n, label in enumerate(labels) if label in self.number]
        if not known:
            return vectors.new_zeros(())
        wanted = torch.tensor([self.number[labels[n]] for n in known])
        loss: torch.Tensor = torch.nn.functional.cross_entropy(
            SCALE * self.cosines(vectors[known]), wanted, weight=self.weights, label_smoothing=0.05
        )
        return loss

    def read(self, vectors: torch.Tensor) -> list[str]:
        """The nearest class of each text."""
        return [self.classes[n] for n in self.cosines(vectors).argmax(1).tolist()]


def train(library: Library) -> dict[str, torch.Tensor]:
    """Train an adapter, and a vector a class and an aspect."""
    torch.manual_seed(0)
    chance = random.Random(0)
    material, encoder = Material(library), Encoder()
    rows = list(material.epoch(chance))
    counts = collections.Counter(label for _, label, _ in rows)
    weights = torch.tensor([counts[label] ** -RARENESS for label in sorted(counts)])
    weights *= len(rows) / sum(count ** (1 - RARENESS) for count in counts.values())
    with torch.no_grad():
        started = encoder.encode([text for text, _, _ in rows])
    findings = Nearest(sorted(counts), _means(started, [label for _, label, _ in rows], sorted(counts)), weights)
    aspects = Nearest(list(library.aspects), _means(started, [aspect for _, _, aspect in rows], list(library.aspects)))
    step = step_of(encoder, [*findings.parameters(), *aspects.parameters()], CLASS_RATE, EPOCHS, len(rows))
    for epoch in range(1, EPOCHS + 1):
        encoder.train()
        rows = list(material.epoch(chance))
        for batch in batches_by_length([text for text, _, _ in rows], chance):
            vectors = encoder([rows[n][0] for n in batch])
            loss = findings.loss(vectors, [rows[n][1] for n in batch])
            loss = loss + ASPECT_SHARE * aspects.loss(vectors, [rows[n][2] for n in batch])
            step(loss)
        print(f"epoch {epoch}: loss of the last batch {loss.item():.3f}, {_right(encoder, findings, aspects, library)}")
        sys.stdout.flush()
    return encoder.kept()


def _means(vectors: torch.Tensor, labels: Sequence[str], classes: Sequence[str]) -> torch.Tensor:
    """The mean direction of each class's vectors."""
    number = {label: n for n, label in enumerate(classes)}
    known = [n for n, label in enumerate(labels) if label in number]
    sums = torch.zeros(len(classes), vectors.shape[1])
    sums.index_add_(0, torch.tensor([number[labels[n]] for n in known]), vectors[known])
    return torch.nn.functional.normalize(sums, dim=1)


@torch.no_grad()
def _right(encoder: Encoder, findings: Nearest, aspects: Nearest, library: Library) -> str:
    names = NameIndex({finding.id: finding.names for finding in library.findings.values()})
    gold = [q for q in load_questions(ROOT / "tests/questions.yml") if q.split == "choose"]
    vectors = encoder.encode([names.corrected(condense(q.text, names.find)) for q in gold])
    right = sum(
        label in {*q.accept, *(accepted.split("#")[0] for accepted in q.accept)} if q.accept else label == ELSEWHERE
        for q, label in zip(gold, findings.read(vectors), strict=True)
    )
    accepted = [{p.split("#")[1] for p in q.accept if p.split("#")[0] in library.findings} for q in gold]
    asked = sum(a in accept for a, accept in zip(aspects.read(vectors), accepted, strict=True))
    return f"{right} of {len(gold)} questions right, {asked} of {sum(map(bool, accepted))} aspects"


def main() -> int:
    from safetensors.torch import save_file

    save_file(train(load_library()), FINDING_ADAPTER)
    print(f"wrote {FINDING_ADAPTER} ({FINDING_ADAPTER.stat().st_size // 1000} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
