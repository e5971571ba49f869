"""The dialogue scripts of tests/conversations are well formed, and what they expect exists."""

from __future__ import annotations

from collections import Counter

import pytest

from knowledge.passages import Library, load_library
from tests.conversations.patient import Reply
from tests.conversations.scripts import Script, Turn, judge, read_scripts, stands_in, words_of_domain

FEWEST = 150


@pytest.fixture(scope="module")
def scripts() -> dict[str, Script]:
    return read_scripts()


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_there_are_enough_and_each_is_about_another_user(scripts: dict[str, Script]) -> None:
    assert len(scripts) >= FEWEST
    assert [user for user, times in Counter(s.user for s in scripts.values()).items() if times > 1] == []
    talks = Counter(tuple(turn.done for turn in s.turns) for s in scripts.values())
    assert [talk for talk, times in talks.items() if times > 1] == []


def test_what_they_expect_exists(scripts: dict[str, Script], library: Library) -> None:
    words = words_of_domain()
    unknown = []
    for name, script in scripts.items():
        for turn in script.turns:
            names = [*turn.answer, *turn.answers, *turn.opens, *turn.words, *turn.not_words]
            names += [f"about#{topic}" for topic in [*turn.caution, *turn.no_caution]]
            unknown += [(name, n) for n in names if n not in library.passages and not words.get(n)]
            unknown += [(name, f) for f in [*turn.finding, *turn.not_finding] if f not in library.findings]
    assert unknown == []


def test_every_turn_that_must_pass_says_what_it_may_be_about(scripts: dict[str, Script]) -> None:
    turns = [t for name, script in scripts.items() if name.startswith("must-pass/") for t in script.turns]
    assert len(turns) >= 30
    assert [turn for turn in turns if turn.findings is None] == []


def card(library: Library, name: str) -> dict[str, object]:
    passage = library.passages[name]
    text = f"{passage.title}\n{passage.text}"
    shown = {"id": name, "text": passage.text}
    return {"id": "m", "type": "explanation", "text": text, "passage": shown, "buttons": []}


@pytest.mark.parametrize(
    ("turn", "passages", "faults", "wrong"),
    [
        (Turn(says="x", answer=["bone-bruise#causes"]), ["bone-bruise#causes"], 0, False),
        (Turn(says="x", answer=["bone-bruise#causes"]), ["bone-bruise#treatment"], 1, False),
        (Turn(says="x", answer=["bone-bruise#causes"]), ["fracture#causes"], 1, True),
        (Turn(says="x", answers=["bone-bruise#causes", "fracture#causes"]), ["bone-bruise#causes"], 1, False),
        (
            Turn(says="x", answers=["bone-bruise#causes", "fracture#causes"], any_order=True),
            ["fracture#causes", "bone-bruise#causes"],
            0,
            False,
        ),
        (
            Turn(says="x", answers=["bone-bruise#causes", "fracture#causes"]),
            ["fracture#causes", "bone-bruise#causes"],
            1,
            False,
        ),
        (Turn(says="x", no_finding=True), ["about#worry"], 0, False),
        (Turn(says="x", no_finding=True), ["fracture#causes"], 1, True),
        (Turn(says="x", not_finding=["fracture"]), ["fracture#causes"], 1, False),
        (Turn(says="x", answer=["about#no-diagnosis"], declines=True), ["about#no-diagnosis"], 0, False),
        (Turn(says="x", answer=["fracture#causes"], form="short"), ["fracture#causes"], 1, False),
        (Turn(says="x", answer=["fracture#causes"], urgent=["soon"]), ["fracture#causes"], 1, False),
        (Turn(says="x", answer=["fracture#causes"], type=["choices"]), ["fracture#causes"], 1, False),
    ],
)
def test_a_reply_is_judged(turn: Turn, passages: list[str], faults: int, wrong: bool, library: Library) -> None:
    reply = Reply([card(library, name) for name in passages])
    found, about_wrong = judge(turn, reply, library, words_of_domain())
    assert (len(found), about_wrong) == (faults, wrong), found


def test_a_responses_words_are_found_with_anything_filled_in() -> None:
    wordings = ["Please ask $clinic_name:\nphone {number}."]
    assert stands_in(wordings, "Hello. Please ask Example Clinic: phone +1 555. Bye.")
    assert not stands_in(wordings, "Please ask somebody.")


def test_a_turn_that_expects_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expects nothing"):
        Turn(says="hello")
    with pytest.raises(ValueError, match="needs one of"):
        Turn(no_finding=True)
