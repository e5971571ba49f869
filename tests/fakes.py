"""Knowledge so small that every answer can be worked out by hand: an embedder, a rule and a folder of findings."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from knowledge.onnx_encoder import Vectors
from knowledge.passages import Library, load_library
from knowledge.retrieval import DecisionRule

# The axes of the toy space, in order.
VOCABULARY = (
    "what",
    "is",
    "causes",
    "bone",
    "marrow",
    "edema",
    "bruise",
    "fracture",
    "knock",
    "fall",
    "crack",
    "water",
)


class ToyEmbedder:
    """Counts words: one axis for each word of the vocabulary, and a last one for texts without any of them.

    The cosine of two texts is (the sum of products of their counts) / (the product of their lengths): "what is bone"
    and "bone" have 1 / (sqrt(3) * sqrt(1)). `questions` and `passages` keep what was embedded, in order.
    """

    def __init__(self, vocabulary: tuple[str, ...] = VOCABULARY, name: str = "toy") -> None:
        self.vocabulary, self.name = vocabulary, name
        self.questions: list[str] = []
        self.passages: list[str] = []

    @property
    def weights_sha256(self) -> str:
        return hashlib.sha256(" ".join(self.vocabulary).encode()).hexdigest()

    def embed_questions(self, texts: list[str]) -> Vectors:
        self.questions += texts
        return self._embed(texts)

    def embed_passages(self, texts: list[str]) -> Vectors:
        self.passages += texts
        return self._embed(texts)

    def _embed(self, texts: list[str]) -> Vectors:
        counts = np.zeros((len(texts), len(self.vocabulary) + 1), np.float32)
        for row, text in zip(counts, texts, strict=True):
            for word in re.findall(r"[a-z]+", text.lower()):
                if word in self.vocabulary:
                    row[self.vocabulary.index(word)] += 1
            row[-1] = not row.any()
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), np.float32)


def rule(
    weights: Mapping[str, float] | None = None,
    calibration: Mapping[str, float] | None = None,
    explained: float = 0.5,
    unsure: float = 0.25,
) -> DecisionRule:
    """A rule in which only the weights named here count; the confidence is 0.5 unless a calibration is given."""
    return DecisionRule(
        defaultdict(float, weights or {}), defaultdict(float, calibration or {}), explained=explained, unsure=unsure
    )


ASPECTS = """\
- {id: what-it-is, label: what it is, question: "What is {phrase}?", next: [causes], asked: ["what is {name}"]}
- id: causes
  label: what can cause it
  question: What can cause {phrase}?
  next: [what-it-is]
  asked: ["what causes {name}"]
"""

FRONT_MATTER = """\
---
id: {id}
title: {title}
phrase: {phrase}
also_called: []
reassurance: allowed
sources:
  - {{id: atlas, title: An atlas, org: A college, year: 2020, where: A shelf, url: "{url}", checked_on: 2026-01-31}}
review: {{status: draft, review_due: 2027-01-31}}
---
"""

FINDINGS = {
    "bone-marrow-edema": ("Marrow edema", "marrow edema", "The marrow holds water.", "A knock, or a load."),
    "bone-bruise": ("Bone bruise", "a bone bruise", "A knock hurts the bone.", "A fall."),
    "fracture": ("Fracture", "a fracture", "The bone has a crack.", "A heavy fall."),
}


def front_matter(finding_id: str, title: str, phrase: str) -> str:
    """The front matter of a finding with one source, `atlas`."""
    return FRONT_MATTER.format(id=finding_id, title=title, phrase=phrase, url="https://atlas.example/1")


def finding_file(finding_id: str) -> str:
    """The Markdown file of one of FINDINGS."""
    title, phrase, what_it_is, causes = FINDINGS[finding_id]
    return (
        front_matter(finding_id, title, phrase)
        + f"\n## What it is\n\n{what_it_is}[^atlas]\n\n> In short: {title}.\n"
        + f"\n## Causes\n\n{causes}[^atlas]\n\n> Often a fall.\n"
    )


WORDS = """\
---
id: words
title: Words of reports
question: What does "{name}" mean?
asked: ["what does {name} mean"]
topics:
  cannot-exclude: {also_called: [not excluded], asked: ["is there a crack or not"], next: ["fracture#causes"]}
sources:
  - {id: atlas, title: An atlas, org: A college, year: 2020, where: A shelf, url: "https://atlas.example/1",
     checked_on: 2026-01-31}
review: {status: draft, review_due: 2027-01-31}
---

## Cannot exclude

Nobody is sure.[^atlas]

> Nobody is sure.

## Marrow

The inside of a bone.[^atlas]

> It is inside.
"""


def write_words(root: Path) -> Path:
    """Add two words of reports to a folder with the toy findings; returns the folder."""
    (root / "report_language").mkdir()
    (root / "report_language" / "words.md").write_text(WORDS, encoding="utf-8")
    return root


def write_knowledge(root: Path) -> Path:
    """Write the toy findings, their aspects and `about` to a folder that `load_library` reads; returns the folder."""
    (root / "findings").mkdir(parents=True)
    (root / "aspects.yml").write_text(ASPECTS, encoding="utf-8")
    for finding_id in FINDINGS:
        (root / "findings" / f"{finding_id}.md").write_text(finding_file(finding_id), encoding="utf-8")
    (root / "about.md").write_text(
        front_matter("about", "About Plainscan", "Plainscan")
        + "\n## What this is\n\nA program.[^atlas]\n\n> A program.\n"
        + "\n## Privacy\n\nLittle is kept.[^atlas]\n\n> Little is kept.\n",
        encoding="utf-8",
    )
    return root


def toy_library(root: Path) -> Library:
    """The toy findings, written to `root` and read back."""
    return load_library(write_knowledge(root))
