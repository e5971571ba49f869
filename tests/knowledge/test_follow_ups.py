"""What a message says besides what it asks is told apart from what it asks."""

from __future__ import annotations

import pytest

from knowledge.follow_ups import COMPARES, MASK, POINTS, bare, kind, of_one, picked, without_denied
from knowledge.names import NameIndex

NAMES = NameIndex({"bone-bruise": ["bone bruise"], "fracture": ["fracture"], "acl-tear": ["acl tear"]})


def masked(text: str) -> str:
    return NAMES.masked(text, MASK)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("thanks a lot! and how is it treated", "how is it treated"),
        ("alright, good to know. is it common?", "is it common?"),
        ("right, and what helps", "what helps"),
        ("sorry, I meant is the treatment the same", "is the treatment the same"),
        ("that's not what i asked. what causes it", "what causes it"),
        ("ok what do i ask the surgeon then?", "what do i ask the surgeon?"),
        ("what now", "what now"),
        # what asks nothing, or has no such words, stays as it is
        ("ok thanks", "ok thanks"),
        ("no, I meant the knee", "no, I meant the knee"),
        ("right knee, is it bad?", "right knee, is it bad?"),
        ("no fracture?", "no fracture?"),
        ("so no surgery?", "so no surgery?"),
        ("", ""),
    ],
)
def test_what_stands_before_a_question_is_left_out(text: str, asked: str) -> None:
    assert bare(text) == asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("which lasts longer, a bone bruise or a fracture", COMPARES),
        ("which of these hurts", COMPARES),
        ("which ones of them need surgery", COMPARES),
        ("bone bruise vs fracture", COMPARES),
        ("is a bone bruise treated the same as a fracture", COMPARES),
        ("is the pain worse than with a fracture", COMPARES),
        ("what is the second one", POINTS),
        ("how bad is number 3", POINTS),
        ("and the last?", POINTS),
        ("is the former common", POINTS),
        # two findings that are not set against each other, one alone, and words that only look like it
        ("i have a bone bruise and a fracture, what helps", None),
        ("does a fracture heal faster with calcium", None),
        ("is a bone bruise the first one to heal", None),
        ("what is the number one reason", None),
        ("two different doctors say bone bruise and fracture, who knows", None),
        ("is it worse", None),
    ],
)
def test_what_compares_or_points_is_known_by_its_words(text: str, told: str | None) -> None:
    assert kind(masked(text), set(NAMES.ids(text))) == told


def test_a_long_story_is_left_to_the_intent_model() -> None:
    story = (
        "I fell off the roof in May and then again in June and my wife says that I should finally stop going up there. "
    )
    text = story + story + "bone bruise vs fracture"
    assert kind(masked(text), {"bone-bruise", "fracture"}) is None


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("which lasts longer, a bone bruise or a fracture?", "lasts long, the finding ?"),
        ("what causes a bone bruise compared to a fracture", "what causes the finding"),
        (
            "how does the treatment of a bone bruise differ from that of a fracture",
            "how does the treatment of the finding",
        ),
        ("what's the difference between a bone bruise and a fracture", "what is the finding"),
        ("is a bone bruise the same as a fracture?", "what is the finding"),
        ("how is the second one treated", "how is it treated"),
        ("how long does number two take", "how long does it take"),
        ("what causes a fracture", "what causes a the finding"),
    ],
)
def test_a_question_is_put_to_one_thing(text: str, one: str) -> None:
    assert of_one(masked(text)).split() == one.split()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("tell me more about overuse", "overuse"),
        ("can you explain the infection part", "infection"),
        ("more on the blood supply thing please", "blood supply"),
        ("how long does it take", None),
    ],
)
def test_what_is_picked_out_of_the_last_text(text: str, what: str | None) -> None:
    assert picked(text) == what


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("not a fracture, a bone bruise. how long", "not a , a bone bruise. how long"),
        ("they ruled out an acl tear. what is a bone bruise", "they ruled out an . what is a bone bruise"),
        # the other is called by a part of its name
        ("no i meant the bruise not the fracture", "no i meant the bruise not the "),
        ("i meant the first, not about a fracture", "i meant the first, not about a fracture"),
        # nothing else is named, it is named once more, or nothing is denied
        ("no fracture?", "no fracture?"),
        ("not a fracture, a bone bruise. is a fracture worse", "not a fracture, a bone bruise. is a fracture worse"),
        ("not only a fracture but a bone bruise", "not only a fracture but a bone bruise"),
    ],
)
def test_what_is_said_not_to_be_there_is_left_out(text: str, left: str) -> None:
    assert without_denied(text, [(m.id, m.start, m.end) for m in NAMES.find(text)]) == left
