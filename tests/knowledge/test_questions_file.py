"""The rules of tests/questions.yml: a gold question that breaks one of them spoils every number of the evaluation."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, get_args

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from rapidfuzz import fuzz, process

from knowledge.passages import Library, load_library

QUESTIONS = Path(__file__).parents[1] / "questions.yml"
# Above this (rapidfuzz ratio, 0 to 100) two texts are the same question with a word changed.
SAME_QUESTION = 80
# A little wider, because the findings' other names change often and fill the templates.
SAME_AS_TEMPLATE = 85

# The findings that Plainscan was first made for: each of their passages is asked for.
CORE = {
    "avascular-necrosis",
    "bone-bruise",
    "bone-infection",
    "bone-marrow-edema",
    "bone-tumor",
    "crps",
    "fracture",
    "inflammatory-arthritis",
    "osteoarthritis",
    "post-surgical-edema",
    "red-marrow",
    "repetitive-overuse",
    "stress-fracture",
    "subchondral-insufficiency-fracture",
    "transient-osteoporosis",
}

Kind = Literal["plain", "lay", "typo", "long", "near-miss", "off-topic"]
UNANSWERABLE = {"near-miss", "off-topic"}


class Question(BaseModel):
    """One row of the file; a field that is not here is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^q\d{3}$")]
    kind: Kind
    split: Literal["choose", "report"]
    text: Annotated[str, Field(min_length=8, max_length=2000)]
    accept: Annotated[list[str], Field(max_length=3)]


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return TypeAdapter(list[Question]).validate_python(yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_there_are_at_least_400_questions_of_all_six_kinds(questions: list[Question]) -> None:
    assert len(questions) >= 400
    counts = Counter(q.kind for q in questions)
    assert {kind: counts[kind] for kind in get_args(Kind) if counts[kind] < 40} == {}


def test_every_id_is_used_once(questions: list[Question]) -> None:
    assert [id for id, times in Counter(q.id for q in questions).items() if times > 1] == []


def test_every_accepted_passage_exists_and_is_named_once(questions: list[Question], library: Library) -> None:
    assert [(q.id, wanted) for q in questions for wanted in q.accept if wanted not in library.passages] == []
    assert [q.id for q in questions if len(set(q.accept)) != len(q.accept)] == []


def test_only_near_miss_and_off_topic_questions_have_no_answer(questions: list[Question]) -> None:
    assert [q.id for q in questions if (not q.accept) != (q.kind in UNANSWERABLE)] == []


def test_every_passage_of_the_core_findings_is_asked_for(questions: list[Question], library: Library) -> None:
    wanted = {passage for q in questions for passage in q.accept}
    assert [p.id for p in library.passages.values() if p.finding in CORE and p.id not in wanted] == []


def test_every_other_finding_is_asked_about_at_least_five_times(questions: list[Question], library: Library) -> None:
    asked = Counter(q.accept[0].partition("#")[0] for q in questions if q.accept)
    assert {finding: asked[finding] for finding in library.findings if asked[finding] < 5} == {}


@pytest.mark.parametrize("part", ["kind", "finding", "aspect"])
def test_both_halves_have_the_same_mix(questions: list[Question], part: str) -> None:
    """Within 10 % of each kind, finding and aspect, but never finer than one question."""
    halves: dict[str, Counter[str]] = {"choose": Counter(), "report": Counter()}
    for q in questions:
        finding, _, aspect = q.accept[0].partition("#") if q.accept else ("", "", "")
        halves[q.split][{"kind": q.kind, "finding": finding, "aspect": aspect}[part]] += 1
    choose, report = halves["choose"], halves["report"]
    uneven = {
        value: (choose[value], report[value])
        for value in choose.keys() | report.keys()
        if abs(choose[value] - report[value]) > max(1, 0.1 * (choose[value] + report[value]))
    }
    assert uneven == {}


def test_long_questions_are_long_and_the_others_are_not(questions: list[Question]) -> None:
    words = {q.id: len(q.text.split()) for q in questions}
    assert [q.id for q in questions if q.kind == "long" and not 60 <= words[q.id] <= 160] == []
    assert [q.id for q in questions if q.kind in {"plain", "lay", "typo"} and words[q.id] > 40] == []


def test_no_question_is_asked_twice(questions: list[Question]) -> None:
    texts = [q.text.casefold() for q in questions]
    alike = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=SAME_QUESTION)
    assert [
        (questions[i].id, questions[j].id) for i in range(len(texts)) for j in range(i) if alike[i][j] > SAME_QUESTION
    ] == []


def test_no_question_repeats_a_template_of_the_index(questions: list[Question], library: Library) -> None:
    """knowledge/aspects.yml's `asked` lines, filled with a finding's names, are in the index beside the passages."""
    templates = {
        finding.id: [
            asked.replace("{name}", name).casefold()
            for name in (finding.title, *finding.also_called)
            for aspect in library.aspects.values()
            for asked in aspect.asked
        ]
        for finding in library.findings.values()
    }
    repeated = []
    for q in questions:
        for finding in {passage.partition("#")[0] for passage in q.accept} & templates.keys():
            found = process.extractOne(q.text.casefold(), templates[finding], scorer=fuzz.ratio)
            if found and found[1] > SAME_AS_TEMPLATE:
                repeated.append((q.id, found[0]))
    assert repeated == []
