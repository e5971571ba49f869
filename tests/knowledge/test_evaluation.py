"""The yardstick itself: recall, rank and outcome of decisions whose right answer is plain."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from knowledge import index
from knowledge.evaluation import (
    WORTH,
    Gold,
    Ranking,
    ask,
    bm25_ranker,
    decide,
    dump,
    fit,
    load_intents,
    load_questions,
    minilm_ranker,
    outcome,
    outcomes_by_kind,
    rank,
    ranking_of,
)
from knowledge.passages import Library
from knowledge.retrieval import Candidate, Decision, DecisionRule, Question, Retriever, Verdict
from tests.fakes import ToyEmbedder, rule


def gold(text: str, *accept: str, kind: str = "plain") -> Gold:
    return Gold(text, kind, "choose", text, accept)


def decision(library: Library, verdict: Verdict, *passages: str) -> Decision:
    return Decision(verdict, 0.5, tuple(Candidate(library.passages[p], 0.0, 0.0) for p in passages), (), "question", {})


def test_recall_and_mean_reciprocal_rank_are_over_the_questions_with_an_answer() -> None:
    found = {"first": ["a", "b"], "second": ["b", "a"], "fourth": ["b", "c", "d", "a"], "never": ["b"], "other": ["b"]}
    questions = [gold("first", "a"), gold("second", "a"), gold("fourth", "a", "z"), gold("never", "a"), gold("other")]
    assert rank(questions, found.__getitem__) == Ranking(1 / 4, 2 / 4, (1 + 1 / 2 + 1 / 4) / 4, 4)


def test_the_best_of_several_accepted_passages_counts() -> None:
    assert rank([gold("q", "c", "b")], lambda _: ["a", "b", "c"]) == Ranking(0.0, 1.0, 1 / 2, 1)


def test_a_ranking_is_printed_with_its_size() -> None:
    assert str(Ranking(0.9, 0.97, 0.935, 200)) == "recall@1 0.900  recall@3 0.970  MRR 0.935  (200 questions)"


def test_decisions_are_measured_as_rankings(library: Library) -> None:
    decided = [
        (gold("one", "fracture#causes"), decision(library, Verdict.EXPLAINED, "fracture#causes", "bone-bruise#causes")),
        (gold("two", "fracture#causes"), decision(library, Verdict.UNKNOWN, "bone-bruise#causes", "fracture#causes")),
        (gold("three"), decision(library, Verdict.EXPLAINED, "fracture#causes")),
    ]
    assert ranking_of(decided) == Ranking(1 / 2, 1.0, (1 + 1 / 2) / 2, 2)


OUTCOMES = [
    (Verdict.EXPLAINED, ("fracture#causes",), "right"),
    (Verdict.EXPLAINED, ("bone-bruise#causes", "fracture#causes"), "right"),
    (Verdict.EXPLAINED, ("fracture#what-it-is",), "other aspect"),
    (Verdict.EXPLAINED, ("bone-bruise#causes",), "wrong"),
    (Verdict.EXPLAINED, (), "answered off topic"),
    (Verdict.UNSURE, ("fracture#causes",), "asked back"),
    (Verdict.UNSURE, (), "asked back off topic"),
    (Verdict.UNKNOWN, ("fracture#causes",), "refused"),
    (Verdict.UNKNOWN, (), "right"),
]


@pytest.mark.parametrize(("verdict", "accept", "expected"), OUTCOMES)
def test_an_outcome_is_what_the_patient_gets(
    library: Library, verdict: Verdict, accept: tuple[str, ...], expected: str
) -> None:
    assert outcome(gold("q", *accept), decision(library, verdict, "fracture#causes")) == expected


def test_every_outcome_has_a_worth_and_a_wrong_passage_is_worse_than_none() -> None:
    assert set(WORTH) == {expected for _, _, expected in OUTCOMES}
    assert WORTH["right"] > WORTH["asked back"] > WORTH["refused"] > WORTH["wrong"] >= WORTH["answered off topic"]


def test_outcomes_are_counted_by_kind(library: Library) -> None:
    explained = decision(library, Verdict.EXPLAINED, "fracture#causes")
    decided = [
        (gold("a", "fracture#causes", kind="lay"), explained),
        (gold("b", "fracture#causes", kind="lay"), explained),
        (gold("c", "bone-bruise#causes", kind="lay"), explained),
        (gold("d", kind="off-topic"), decision(library, Verdict.UNKNOWN, "fracture#causes")),
    ]
    assert outcomes_by_kind(decided) == {"lay": Counter(right=2, wrong=1), "off-topic": Counter(right=1)}


def test_questions_and_intents_are_read_from_their_files(library: Library, tmp_path: Path) -> None:
    (tmp_path / "q.yml").write_text(
        '- {id: q1, kind: lay, split: report, text: "why", accept: [a, b]}\n', encoding="utf-8"
    )
    assert load_questions(tmp_path / "q.yml") == [Gold("q1", "lay", "report", "why", ("a", "b"))]
    ranking = [{"name": "ask_causes", "confidence": 0.75}, {"name": "greet", "confidence": 0.25}]
    (tmp_path / "i.json").write_text(json.dumps({"why": ranking}), encoding="utf-8")
    intents = load_intents(tmp_path / "i.json", library)
    assert intents == {"why": ({"causes": 0.75}, 0.25, 0.0)}


def test_questions_are_asked_with_the_intents_that_were_read_for_them(
    library: Library, embedder: ToyEmbedder, tmp_path: Path
) -> None:
    retriever = Retriever(library, index.build(library, embedder, tmp_path), embedder, rule())
    asked = ask([gold("why"), gold("a fracture")], retriever, {"why": ({"causes": 0.75}, 0.25, 0.0)})
    assert [a.question for a in asked] == [Question("why", {"causes": 0.75}, 0.25), Question("a fracture")]
    assert [a.evidence.named for a in asked] == [(), ("fracture",)]


def test_bm25_alone_ranks_by_words(library: Library) -> None:
    ranker = bm25_ranker(library)
    assert ranker("a crack in the bone")[0] == "fracture#what-it-is"
    assert ranker("heavy")[0] == "fracture#causes"
    assert ranker("the of and") == []


def test_the_model_alone_ranks_by_similarity_to_title_and_text(library: Library, embedder: ToyEmbedder) -> None:
    found = minilm_ranker(library, embedder)("water")
    # the only text with the word; "about" is no answer to anything
    assert found[0] == "bone-marrow-edema#what-it-is"
    assert len(found) == 6 and not [passage for passage in found if passage.startswith("about#")]


def test_what_is_written_for_decision_yml_is_read_back(tmp_path: Path) -> None:
    chosen = DecisionRule({"text": 1.5, "named": -0.25}, {"intercept": -1.0, "share": 2.0}, explained=0.62, unsure=0.2)
    (tmp_path / "decision.yml").write_text(dump(chosen), encoding="utf-8")
    assert DecisionRule.load(tmp_path) == chosen


def test_fitting_learns_to_answer_and_to_refuse(library: Library, embedder: ToyEmbedder, tmp_path: Path) -> None:
    names = {"fracture": "fracture", "bone-bruise": "bone bruise", "bone-marrow-edema": "bone marrow edema"}
    asked_for = {
        "what-it-is": ("what is {}", "is it {}", "{} is what"),
        "causes": ("what causes {}", "causes of {}", "{} causes"),
    }
    questions = [
        gold(way.format(name), f"{finding}#{aspect}")
        for finding, name in names.items()
        for aspect, ways in asked_for.items()
        for way in ways
    ] + [gold(f"do you sell {thing}") for thing in ("cars", "shoes", "bread", "tea", "hats", "pens", "milk", "soap")]
    retriever = Retriever(library, index.build(library, embedder, tmp_path), embedder, DecisionRule.load())
    asked = ask(questions, retriever, {})
    fitted = fit(asked, retriever)
    decided = decide(asked, retriever.with_rule(fitted))
    assert {g.text: outcome(g, d) for g, d in decided if outcome(g, d) != "right"} == {}
    assert set(fitted.weights) == set(DecisionRule.load().weights)
    assert fitted.weights["named"] > 0
