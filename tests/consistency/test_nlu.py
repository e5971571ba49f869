"""What the intent model learns from: enough of each intent, nothing twice, and nothing that it is tested with."""

from __future__ import annotations

import re

import pytest
from rapidfuzz import fuzz, process

from knowledge.passages import load_aspects

from .conftest import ROOT, read

AT_LEAST, AT_LEAST_OF_AN_ASPECT = 40, 60
# Above this (rapidfuzz ratio, 0 to 100) a question is an example with a letter changed.
SAME_TEXT = 95
Examples = dict[str, list[tuple[str, str]]]


def plain(text: str) -> str:
    """A text without case, punctuation and double spaces: what a model would hardly tell apart."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


@pytest.fixture(scope="module")
def test_texts() -> dict[str, str]:
    """Text -> intent, of tests/nlu."""
    rows = [row for path in sorted((ROOT / "tests/nlu").glob("*.yml")) for row in read(path)["nlu"]]
    found = {
        line.strip().removeprefix("- "): row["intent"]
        for row in rows
        for line in row["examples"].splitlines()
        if line.strip()
    }
    assert len(found) > 200
    return found


@pytest.fixture(scope="module")
def gold_texts() -> list[str]:
    return [row["text"] for row in read(ROOT / "tests/questions.yml")]


def test_every_intent_of_the_domain_has_examples_and_no_other(examples: Examples, intents: list[str]) -> None:
    assert set(examples) == set(intents) - {
        "explain_passage",
        "note_report",
        "ask_several",
    }  # sent or made of several, never typed


def test_there_are_enough_different_examples_of_each_intent(examples: Examples) -> None:
    aspects = {"ask_" + aspect.replace("-", "_") for aspect in load_aspects()}
    counts = {intent: len({plain(text) for _, text in rows}) for intent, rows in examples.items()}
    few = {i: n for i, n in counts.items() if n < (AT_LEAST_OF_AN_ASPECT if i in aspects else AT_LEAST)}
    assert few == {}


def test_every_line_of_examples_is_a_list_line() -> None:
    """Rasa takes a line without a dash as part of the example above it."""
    loose = [
        (path.name, line)
        for folder in ("data/nlu", "tests/nlu")
        for path in sorted((ROOT / folder).rglob("*.yml"))
        for row in read(path)["nlu"]
        for line in row["examples"].splitlines()
        if line.strip() and not re.match(r"- \S", line.strip())
    ]
    assert loose == []


def test_examples_carry_no_entity_marks(examples: Examples) -> None:
    """Names are read from knowledge/findings; a mark here would teach a second truth."""
    marked = [text for rows in examples.values() for _, text in rows if re.search(r"\[[^]]*\][({]", text)]
    assert marked == []


def test_no_text_stands_under_two_intents(examples: Examples) -> None:
    owners: dict[str, dict[str, str]] = {}
    for intent, rows in examples.items():
        for file, text in rows:
            owners.setdefault(plain(text), {})[intent] = f"{file}: {text}"
    assert {text: found for text, found in owners.items() if len(found) > 1} == {}


def test_no_text_stands_twice_under_an_intent(examples: Examples) -> None:
    twice = {
        intent: sorted({text for _, text in rows if [t.casefold() for _, t in rows].count(text.casefold()) > 1})
        for intent, rows in examples.items()
    }
    assert {intent: texts for intent, texts in twice.items() if texts} == {}


def test_no_test_text_is_learned(examples: Examples, test_texts: dict[str, str]) -> None:
    learned = {plain(text) for rows in examples.values() for _, text in rows}
    assert [text for text in test_texts if plain(text) in learned] == []


def test_test_texts_belong_to_intents_that_are_learned(examples: Examples, test_texts: dict[str, str]) -> None:
    assert set(test_texts.values()) == set(examples)


def test_no_gold_question_is_learned_or_a_test_text(
    examples: Examples, test_texts: dict[str, str], gold_texts: list[str]
) -> None:
    others = [plain(text) for rows in examples.values() for _, text in rows] + [plain(text) for text in test_texts]
    gold = [plain(text) for text in gold_texts]
    assert len(gold) >= 400
    alike = process.cdist(gold, others, scorer=fuzz.ratio, score_cutoff=SAME_TEXT, workers=1)
    assert [(gold_texts[i], others[j]) for i, j in zip(*alike.nonzero(), strict=True)] == []


def test_the_same_text_written_otherwise_is_the_same() -> None:
    assert plain("What's  THE cause?!") == plain("what s the cause")
    assert fuzz.ratio("what is bone marrow edema", "what is bone marow edema") > SAME_TEXT
    assert fuzz.ratio("what is bone marrow edema", "why is bone marrow edema") < SAME_TEXT
