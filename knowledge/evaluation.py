"""How often retrieval finds the right passage, and how often it is right to answer at all.

Weights, calibration and thresholds are fitted on the questions of the `choose` half of tests/questions.yml and
reported on the `report` half. BM25 alone and plain MiniLM alone are measured on the same questions in the same run.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bm25s
import numpy as np
import yaml
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from knowledge.embedding import Embedder
from knowledge.passages import Library
from knowledge.retrieval import (
    Decision,
    DecisionRule,
    Evidence,
    Question,
    Retriever,
    Verdict,
    aspects_of_intents,
    verdict_of,
)

# What each outcome is worth when thresholds are chosen. Asking back costs the patient a turn, and is of no use where
# there is nothing to ask back about. A passage of the right finding and another aspect is half an answer: its title
# says what it is, and its buttons lead on. Another finding costs trust.
WORTH = {
    "right": 1.0,
    "other aspect": 0.5,
    "asked back": 0.2,
    "refused": 0.0,
    "wrong": -0.6,
    "asked back off topic": 0.0,
    "answered off topic": -1.0,
}
DECISION_HEADER = """\
# Written by `make evaluate ARGS=--fit` from the `choose` half of tests/questions.yml; docs/retrieval.md says more.
# weights: of a passage's features. calibration: of the probability that the first passage is about what was asked.
# thresholds: Explained from the first on, Unsure from the second on, Unknown below.
"""
FOLDS = 5
RIDGE = 5e-4
# Only a conversation, and messages that name several findings, of which there are few, can tell what these are worth.
UNFITTED = ("conversation", "later_name")

# text -> probability of each aspect by the intent model, of everything else, and of a question about reports
Intents = Mapping[str, tuple[dict[str, float], float, float]]
# text -> passage ids, best first
Ranker = Callable[[str], list[str]]


@dataclass(frozen=True)
class Gold:
    """A question with the passages that answer it; none for what must be refused."""

    id: str
    kind: str
    split: str
    text: str
    accept: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """Recall and mean reciprocal rank over the questions that have an answer."""

    recall_1: float
    recall_3: float
    mrr: float
    count: int

    def __str__(self) -> str:
        size = f"  ({self.count} questions)" if self.count else ""
        return f"recall@1 {self.recall_1:.3f}  recall@3 {self.recall_3:.3f}  MRR {self.mrr:.3f}{size}"

    def reaches(self, other: Ranking) -> bool:
        """Whether no figure is below the other's."""
        return self.recall_1 >= other.recall_1 and self.recall_3 >= other.recall_3 and self.mrr >= other.mrr


# Where we want to be, and what no change may fall below. The floor rises with the measurement; see docs/retrieval.md.
GOAL = Ranking(0.90, 0.97, 0.93, 0)
FLOOR = Ranking(0.88, 0.94, 0.91, 0)


def load_questions(path: Path) -> list[Gold]:
    """The gold questions."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Gold(r["id"], r["kind"], r["split"], r["text"], tuple(r["accept"])) for r in rows]


def load_intents(path: Path, library: Library) -> Intents:
    """What tools/read_intents.py wrote: text -> probability of each aspect, and of everything else."""
    rankings = json.loads(path.read_text(encoding="utf-8"))
    return {text: aspects_of_intents(ranking, library.aspect_of_intent) for text, ranking in rankings.items()}


def rank(questions: Sequence[Gold], ranker: Ranker) -> Ranking:
    """Measure a ranker on the questions that have an answer."""
    ranks = []
    for gold in questions:
        if gold.accept:
            found = ranker(gold.text)
            ranks.append(next((n for n, passage in enumerate(found, 1) if passage in gold.accept), 0))
    count = len(ranks)
    if not count:
        raise ValueError("no question here has an answer")
    return Ranking(
        sum(r == 1 for r in ranks) / count,
        sum(1 <= r <= 3 for r in ranks) / count,
        sum(1 / r for r in ranks if r) / count,
        count,
    )


def bm25_ranker(library: Library) -> Ranker:
    """BM25 alone over the passages' titles and texts."""
    passages = [p for p in library.passages.values() if p.finding != library.about.id]
    corpus = [f"{p.title}. {p.text}" for p in passages]
    model = bm25s.BM25()
    model.index(bm25s.tokenize(corpus, stopwords="en", show_progress=False), show_progress=False)

    def ranker(text: str) -> list[str]:
        tokens = bm25s.tokenize([text], stopwords="en", show_progress=False)
        if not tokens.vocab:
            return []
        found, _ = model.retrieve(tokens, k=min(20, len(passages)), show_progress=False)
        return [passages[i].id for i in found[0]]

    return ranker


def minilm_ranker(library: Library, embedder: Embedder) -> Ranker:
    """Plain sentence embeddings alone: the whole question against each passage's title and text."""
    passages = [p for p in library.passages.values() if p.finding != library.about.id]
    vectors = embedder.embed_passages([f"{p.title}. {p.text}" for p in passages])

    def ranker(text: str) -> list[str]:
        similarities = vectors @ embedder.embed_questions([text])[0]
        return [passages[i].id for i in np.argsort(-similarities)[:20]]

    return ranker


@dataclass(frozen=True)
class Asked:
    """A gold question as the retriever gets it: with its intents and its evidence, which are read once."""

    gold: Gold
    question: Question
    evidence: Evidence


def ask(questions: Iterable[Gold], retriever: Retriever, intents: Intents) -> list[Asked]:
    """Read each question, with the intents read for it (none where none were read)."""
    asked = []
    for gold in questions:
        aspects, other, report = intents.get(gold.text, ({}, 0.0, 0.0))
        asked.append(Asked(gold, Question(gold.text, aspects, other, report=report), retriever.evidence(gold.text)))
    return asked


def decide(asked: Iterable[Asked], retriever: Retriever) -> list[tuple[Gold, Decision]]:
    """The retriever's decision on each question, with 20 candidates."""
    return [(a.gold, retriever.decide(a.question, a.evidence, most=20)) for a in asked]


def ranking_of(decided: Sequence[tuple[Gold, Decision]]) -> Ranking:
    """Measure decisions as rankings of their candidates."""
    found = {gold.text: [c.passage.id for c in decision.candidates] for gold, decision in decided}
    return rank([gold for gold, _ in decided], found.__getitem__)


def outcome(gold: Gold, decision: Decision) -> str:
    """What the patient gets, as a key of WORTH. Nothing but Unknown is right for a question without an answer here."""
    if decision.verdict is Verdict.UNKNOWN:
        return "refused" if gold.accept else "right"
    if decision.verdict is Verdict.UNSURE:
        return "asked back" if gold.accept else "asked back off topic"
    if not gold.accept:
        return "answered off topic"
    if decision.passage.id in gold.accept:
        return "right"
    return "other aspect" if about_it(gold, decision) else "wrong"


def about_it(gold: Gold, decision: Decision) -> bool:
    """Whether the first candidate is a passage of a finding that was asked about."""
    return decision.passage.finding in {accepted.split("#")[0] for accepted in gold.accept}


def fit(asked: Sequence[Asked], retriever: Retriever) -> DecisionRule:
    """Choose weights, calibration and thresholds on these questions.

    Weights: conditional logit, the likelihood of an accepted passage among all. Calibration: logistic regression of
    "the first candidate is about it" on the decision's numbers, on rankings by weights that have not seen the question
    (five folds).
    Thresholds: the middle of the pairs whose sum of WORTH on the same rankings is within one question of the greatest.
    """
    before = DecisionRule.load()
    answerable = [a for a in asked if a.gold.accept]
    rule = replace(before, weights=_fit_weights(answerable, retriever, before))
    folds = []
    for fold in range(FOLDS):
        others = [a for n, a in enumerate(answerable) if n % FOLDS != fold]
        unseen = [a for n, a in enumerate(answerable) if n % FOLDS == fold]
        unseen += [a for n, a in enumerate(a for a in asked if not a.gold.accept) if n % FOLDS == fold]
        folds.append((unseen, _fit_weights(others, retriever, before)))

    def decided_unseen(rule: DecisionRule) -> list[tuple[Gold, Decision]]:
        return [
            one
            for unseen, weights in folds
            for one in decide(unseen, retriever.with_rule(replace(rule, weights=weights)))
        ]

    decided = decided_unseen(before)
    names = list(before.calibration)[1:]
    numbers = np.array([[decision.numbers[n] for n in names] for _, decision in decided])
    right = np.array([about_it(gold, decision) for gold, decision in decided])
    model = LogisticRegression(C=1.0, max_iter=1000).fit(numbers, right)
    coefficients = [float(model.intercept_[0]), *map(float, model.coef_[0])]
    rule = replace(rule, calibration=dict(zip(before.calibration, (round(c, 3) for c in coefficients), strict=True)))
    decided = decided_unseen(rule)
    pairs = [(e, u) for e in np.arange(0.2, 0.9, 0.02) for u in np.arange(0.06, 0.6, 0.02) if u < e]

    def worth(pair: tuple[float, float]) -> float:
        return sum(
            WORTH[outcome(gold, replace(decision, verdict=_verdict(decision, *pair)))] for gold, decision in decided
        )

    worths = [worth(pair) for pair in pairs]
    enough = max(worths) - 1.0
    # The best lie on a plateau, and where on it the very best is, one question decides: the middle of the plateau.
    plateau = np.array([pair for pair, its in zip(pairs, worths, strict=True) if its >= enough])
    explained, unsure = np.median(plateau, axis=0)
    return replace(rule, explained=round(float(explained), 2), unsure=round(float(unsure), 2))


def _verdict(decision: Decision, explained: float, unsure: float) -> Verdict:
    """The verdict under other thresholds, which do not bear on topics."""
    return decision.verdict if decision.passage.topic else verdict_of(decision.confidence, explained, unsure)


def _fit_weights(asked: Sequence[Asked], retriever: Retriever, before: DecisionRule) -> dict[str, float]:
    """Conditional logit with a mild ridge; features that never vary in single questions keep their weight."""
    names = [name for name in before.weights if name not in UNFITTED]
    cases = []
    for a in asked:
        features = retriever.features(a.question, a.evidence)
        matrix = np.stack([features[name] for name in names], axis=1)
        cases.append((matrix, np.array([p.id in a.gold.accept for p in retriever.passages])))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = 0.0, np.zeros_like(weights)
        for matrix, accepted in cases:
            fit = matrix @ weights
            share = np.exp(fit - fit.max())
            share /= share.sum()
            hit = share[accepted].sum() + 1e-12
            total -= np.log(hit)
            gradient -= matrix.T @ (np.where(accepted, share, 0.0) / hit - share)
        return total / len(cases) + RIDGE * weights @ weights, gradient / len(cases) + 2 * RIDGE * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return {**before.weights, **{name: round(float(w), 3) for name, w in zip(names, found, strict=True)}}


def dump(rule: DecisionRule) -> str:
    """The rule as `decision.yml` holds it."""
    return DECISION_HEADER + yaml.safe_dump(
        {
            "weights": dict(rule.weights),
            "calibration": dict(rule.calibration),
            "thresholds": {"explained": rule.explained, "unsure": rule.unsure},
        },
        sort_keys=False,
    )


def outcomes_by_kind(decided: Sequence[tuple[Gold, Decision]]) -> dict[str, collections.Counter[str]]:
    """kind -> how often each outcome."""
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for gold, decision in decided:
        table[gold.kind][outcome(gold, decision)] += 1
    return dict(table)
