"""From a question to a decision: Explained, Unsure or Unknown, with the numbers that led to it.

All that is known takes part: the finding that the question names (or, in a follow-up, the conversation's finding), the
aspect that the intent model read, and the similarity of the question to each passage and to the ways people ask for it.
A name beats any similarity. Weights and thresholds stand in `knowledge/decision.yml`; `python -m knowledge evaluate`
chooses them on one half of the gold questions and reports on the other.
"""

from __future__ import annotations

import copy
import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml

from knowledge.condense import condense
from knowledge.embedding import Embedder, Vectors
from knowledge.index import PassageIndex
from knowledge.names import NameIndex, body_part_names, finding_names
from knowledge.passages import KNOWLEDGE, Library, Passage

# Asked about when nobody names anything: what nearly every patient here has on the report.
DEFAULT_FINDING = "bone-marrow-edema"


class Verdict(enum.Enum):
    """What a decision comes to."""

    EXPLAINED = "explained"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Question:
    """What is known of a question before retrieval.

    aspects: probability of each aspect by the intent model, empty when there is none; off_topic: the probability it
    gives to anything else that has no passage; finding: the conversation's finding, used when the question names none.
    """

    text: str
    aspects: Mapping[str, float] = field(default_factory=dict)
    off_topic: float = 0.0
    finding: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A passage and how well it fits; `fit` is a weighted sum, only good for ranking."""

    passage: Passage
    fit: float
    similarity: float


@dataclass(frozen=True)
class Decision:
    """The verdict and the numbers behind it. `confidence` is the calibrated probability that the first candidate is right.

    named: findings named in the question; finding_from: question | conversation | similarity | default.
    """

    verdict: Verdict
    confidence: float
    candidates: tuple[Candidate, ...]
    named: tuple[str, ...]
    finding_from: str
    numbers: Mapping[str, float]

    @property
    def passage(self) -> Passage:
        """The best passage. Raises IndexError when there is no candidate at all."""
        return self.candidates[0].passage


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a text says by itself: the findings it names, whether it names a body part, and the best cosine to each
    passage's texts (`text`) and to the ways people ask for it (`asked`), in the retriever's passage order."""

    named: tuple[str, ...]
    body_part: bool
    text: Vectors
    asked: Vectors


@dataclass(frozen=True)
class DecisionRule:
    """Weights of the ranking, coefficients of the calibration, and the two thresholds. Read from `decision.yml`."""

    weights: Mapping[str, float]
    calibration: Mapping[str, float]
    explained: float
    unsure: float

    @classmethod
    def load(cls, root: Path = KNOWLEDGE) -> DecisionRule:
        row = yaml.safe_load((root / "decision.yml").read_text(encoding="utf-8"))
        return cls(row["weights"], row["calibration"], row["thresholds"]["explained"], row["thresholds"]["unsure"])


class Retriever:
    """Finds the passage that answers a question. Made once; `retrieve` takes about 10 ms and may be called from threads."""

    def __init__(self, library: Library, index: PassageIndex, embedder: Embedder, rule: DecisionRule) -> None:
        self.library, self.index = library, index
        self._embedder, self._rule = embedder, rule
        self._findings = NameIndex(finding_names())
        self._body_parts = NameIndex(body_part_names())
        self._passages = [p for p in library.passages.values() if p.finding != library.about.id]
        position = {p.id: n for n, p in enumerate(self._passages)}
        self._rows = {
            kind: np.array(
                [(n, position[r.passage_id]) for n, r in enumerate(index.rows) if r.kind == kind and r.passage_id in position]
            )
            for kind in ("text", "asked")
        }
        self._of_finding = {f: np.array([p.finding == f for p in self._passages]) for f in library.findings}
        self._of_aspect = {a: np.array([p.aspect == a for p in self._passages]) for a in library.aspects}

    def warm_up(self) -> None:
        """Do everything once that the first question would otherwise wait for."""
        self.retrieve(Question("what is bone marow edema"))

    def with_rule(self, rule: DecisionRule) -> Retriever:
        """The same retriever under another rule; nothing is loaded again."""
        other = copy.copy(self)
        other._rule = rule
        return other

    def retrieve(self, question: Question, most: int = 5) -> Decision:
        """Decide on one question. Never raises for a strange text; where nothing fits, it is Unknown."""
        return self.decide(question, self.evidence(question.text), most)

    def evidence(self, text: str) -> Evidence:
        """Read a text: names and similarities. This is the slow part; it does not depend on the rule."""
        named = tuple(f for f in self._findings.ids(text) if f in self._of_finding)
        rows = self.index.similarities(self._embedder.embed_questions([condense(text)])[0])
        best = []
        for kind in ("text", "asked"):
            per_passage = np.full(len(self._passages), -1.0, np.float32)
            if len(self._rows[kind]):
                np.maximum.at(per_passage, self._rows[kind][:, 1], rows[self._rows[kind][:, 0]])
            best.append(per_passage)
        return Evidence(named, bool(self._body_parts.find(text)), best[0], best[1])

    def decide(self, question: Question, evidence: Evidence, most: int = 5) -> Decision:
        """Weigh the evidence on a question."""
        if not self._passages:
            return Decision(Verdict.UNKNOWN, 0.0, (), (), "question", {})
        similarity = np.maximum(evidence.text, evidence.asked)
        fit, finding_from = self._fit(question, evidence)
        order = np.argsort(-fit, kind="stable")[: max(most, 2)]
        candidates = tuple(Candidate(self._passages[i], float(fit[i]), float(similarity[i])) for i in order)
        numbers = {
            "similarity": float(similarity.max()),
            "chosen_similarity": candidates[0].similarity,
            "margin": candidates[0].fit - candidates[-1 if len(candidates) < 2 else 1].fit,
            "aspect": max(question.aspects.values(), default=0.0),
            "off_topic": question.off_topic,
            "named": float(bool(evidence.named)),
            "body_part": float(evidence.body_part),
            "conversation": float(finding_from == "conversation"),
        }
        confidence = self._confidence(numbers)
        if confidence >= self._rule.explained:
            verdict = Verdict.EXPLAINED
        else:
            verdict = Verdict.UNSURE if confidence >= self._rule.unsure else Verdict.UNKNOWN
        return Decision(verdict, confidence, candidates[:most], evidence.named, finding_from, numbers)

    def _fit(self, question: Question, evidence: Evidence) -> tuple[np.ndarray, str]:
        weights = self._rule.weights
        fit = weights["text"] * evidence.text + weights["asked"] * evidence.asked
        for aspect, probability in question.aspects.items():
            if aspect in self._of_aspect:
                fit = fit + weights["aspect"] * probability * self._of_aspect[aspect]
        for number, finding in enumerate(evidence.named):
            # the first of several names is more often the one that is asked about
            fit = fit + (weights["named"] - weights["later_name"] * number) * self._of_finding[finding]
        if evidence.named:
            return fit, "question"
        if question.finding in self._of_finding:
            return fit + weights["conversation"] * self._of_finding[question.finding], "conversation"
        before = self._passages[int(np.argmax(fit))].finding
        fit = fit + weights["default"] * self._of_finding.get(DEFAULT_FINDING, 0.0)
        after = self._passages[int(np.argmax(fit))].finding
        return fit, "similarity" if after == before and after != DEFAULT_FINDING else "default"

    def _confidence(self, numbers: Mapping[str, float]) -> float:
        calibration = self._rule.calibration
        total = calibration["intercept"] + sum(calibration[name] * value for name, value in numbers.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def load_retriever(embedder: Embedder, library: Library, index: PassageIndex) -> Retriever:
    """A retriever with the rule in force."""
    return Retriever(library, index, embedder, DecisionRule.load())


def aspects_of_intents(ranking: Iterable[Mapping[str, object]], aspects: Iterable[str]) -> tuple[dict[str, float], float]:
    """Intent ranking -> probability of each aspect, and of everything that is no aspect.

    An aspect's intent is `ask_` and its id with underscores.
    """
    by_intent = {"ask_" + aspect.replace("-", "_"): aspect for aspect in aspects}
    found, rest = {}, 0.0
    for row in ranking:
        name, confidence = str(row["name"]), float(str(row["confidence"]))
        if name in by_intent:
            found[by_intent[name]] = confidence
        else:
            rest += confidence
    return found, rest
