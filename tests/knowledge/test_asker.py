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
