"""A finding that no passage is about is known by its name, so that no neighbor answers for it."""

from __future__ import annotations

import pytest
import yaml

from knowledge.names import NameIndex, finding_names
from knowledge.passages import KNOWLEDGE
from knowledge.uncovered import Uncovered

ROWS = yaml.safe_load((KNOWLEDGE / "uncovered.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def uncovered() -> Uncovered:
    return Uncovered()


@pytest.fixture(scope="module")
def findings() -> NameIndex:
    return NameIndex(finding_names())


@pytest.mark.parametrize("name", [name for names in ROWS for name in names])
def test_no_name_is_taken_for_that_of_a_finding_with_passages(
    uncovered: Uncovered, findings: NameIndex, name: str
) -> None:
    for text in (name, f"what is {name}?"):
        assert uncovered.covered(text, findings.find(text)) == []
        assert uncovered.asked(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a posterior cruciate ligament tear", []),
        ("an anterior cruciate ligament tear", ["acl-tear"]),
        ("a discoid meniscus and an acl tear", ["acl-tear"]),
        ("what is a hemangioma", ["vertebral-hemangioma"]),
        ("what is a meningioma", []),
        ("lisfranc fracture", ["fracture"]),
    ],
)
def test_the_longer_name_counts(uncovered: Uncovered, findings: NameIndex, text: str, named: list[str]) -> None:
    assert [mention.id for mention in uncovered.covered(text, findings.find(text))] == named


STORY = "I am a nurse of 44 and on my feet all day, and in the spring they told me of a discoid meniscus by the way. "


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("is patella alta bad", True),
        ("sesmoiditis how long", True),
        (STORY + "Does a discoid meniscus need an operation?", True),
        # told of and past, or in a story that asks of something else
        (STORY + "How long does the bruise in the bone last?", False),
        ("since my bunion surgery it burns", False),
        ("numb after the carpal tunnel release", False),
        ("how long does a bone bruise last", False),
        ("", False),
    ],
)
def test_it_is_known_whether_one_is_asked_about(uncovered: Uncovered, text: str, asked: bool) -> None:
    assert uncovered.asked(text) is asked
