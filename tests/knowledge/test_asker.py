"""Who asks: a verdict on somebody's own case, and groups for whom more caution holds."""

from __future__ import annotations

import pytest

from knowledge.asker import Asker
from knowledge.passages import load_library


@pytest.fixture(scope="module")
def asker() -> Asker:
    return Asker.load()


@pytest.mark.parametrize(
    "text",
    [
        "can I ski on Saturday",
        "do I need surgery",
        "should I stop my prednisone",
        "how many ibuprofen can be taken",
        "no pain for two weeks, so running is fine?",
        "is it ok to fly with this",
        "so no surgery?",
        "do i have cancer",
        "which of the two is right",
        "should my mother use a stick",
        "will she need an operation",
        "is swimming safe for me",
        "is gardening safe for me with that",
        "surgery, yes or no?",
        "have i got a tumor",
        "so is mine a bad one",
        "prescribe me something stronger",
        "could you diagnose me",
        "did the surgeon make a mistake",
        "a bit of jogging can't hurt, can it",
        "three weeks without pain, so it's healed",
        "is 200 mg of ibuprofen enough",
        "would you wait if you were me",
    ],
)
def test_a_verdict_is_asked_for(asker: Asker, text: str) -> None:
    assert asker.wants_judgement(text)


@pytest.mark.parametrize(
    "text",
    [
        "what is bone marrow edema",
        "how long does a bone bruise take to heal",
        "what can I ask my doctor",
        "can you explain this",
        "is avascular necrosis serious",
        "does running cause it",
        "when should people with this get help",
        "why do i have that",
        "what would i feel with that",
        "how do they treat it",
        "which drugs do doctors prescribe for it",
        "is it common or not",
        "can i have that in fewer words",
    ],
)
def test_no_verdict_is_asked_for(asker: Asker, text: str) -> None:
    assert not asker.wants_judgement(text)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("my son, 9, has a bone bruise", ["children"]),
        ("my daughter has edema in her ankle", ["children"]),
        ("i am 16 and have a stress fracture", ["children"]),
        ("my son is 34 and has avn", []),
        ("it's my 7 year old who has it", ["children"]),
        ("my 13 yo has avn", ["children"]),
        ("our teenage daughter hurt her knee", ["children"]),
        ("it is for my grandson (6)", ["children"]),
        ("i have two kids and a bone bruise", []),
        ("a 10 year old injury", []),
        ("my 80 year old mother has a compression fracture", []),
        ("im 28 weeks pregnant with hip pain", ["pregnancy"]),
        ("i had breast cancer in 2019, now edema in the hip", ["cancer-history"]),
        ("is it cancer", []),
        ("my mother had breast cancer, i have a bone bruise", []),
        ("kidney transplant two years ago, both knees show edema", ["weak-immunity"]),
        ("diabetic for 20 years, the mri shows edema in my midfoot", ["diabetes-and-feet"]),
        ("i have diabetes and a torn meniscus", []),
        ("i have had this for 5 weeks", []),
    ],
)
def test_groups_for_caution(asker: Asker, text: str, topics: list[str]) -> None:
    assert asker.cautions(text) == [f"about#{topic}" for topic in topics]


def test_every_caution_is_a_passage(asker: Asker) -> None:
    assert {caution.passage for caution in asker._cautions} <= load_library().passages.keys()


@pytest.mark.parametrize(
    ("text", "suspects"),
    [
        ("dull ache for weeks, is it the finding?", True),
        ("could it be a the finding", True),
        ("do i have the finding", True),
        ("I think I have a the finding in my foot. Any advice?", True),
        ("is it possible to have a the finding without swelling", True),
        ("how can I tell whether this is a the finding", True),
        ("toe is blue and swollen. The finding?", True),
        ("is my pain from the finding?", True),
        # they know it, and ask something of it
        ("i have the finding, is it bad", False),
        ("how long does the finding last", False),
        ("is the finding dangerous", False),
        ("is there anything to be done about pain from the finding?", False),
        ("what is the finding?", False),
        ("what is this the finding in simple words", False),
        ("the finding?", False),  # all that they say
        ("maybe the finding?", True),
        ("what are the symptoms of the finding?", False),
    ],
)
def test_who_asks_whether_they_have_it(asker: Asker, text: str, suspects: bool) -> None:
    assert asker.suspects(text) is suspects


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("can I take ibuprofen", True),
        ("how many paracetamol a day is ok?", True),
        ("is naproxen bad for bones", True),
        ("I have had this since May. Would anti-inflammatories help?", True),
        ("are pain killers and Tylenol safe together?", True),
        ("painkillers?", True),
        ("voltarol gel", True),
        # for something else, or told and not asked
        ("can I take ibuprofen for my headache", False),
        ("is aspirin good for the heart", False),
        ("I took ibuprofen for a week. When can I run?", False),
        ("they gave me painkillers in May", False),
        ("can I take vitamins", False),
    ],
)
def test_it_is_asked_about_painkillers(asker: Asker, text: str, asked: bool) -> None:
    assert asker.asks_of_painkillers(text) is asked
    assert not Asker([], []).asks_of_painkillers(text)
