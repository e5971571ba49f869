"""What is pointed back to is looked for among what was named, offered, reported and explained."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.point_back import ActionPointBack, at, place
from knowledge.passages import Library


def report(*findings: str) -> list[dict[str, str]]:
    """The slot that a report fills."""
    return [{"finding": finding, "status": "present"} for finding in findings]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("the second one", 1),
        ("ok. whats the second one you said", 1),
        ("first", 0),
        ("number 3 please", 2),
        ("the last one", -1),
        ("the latter", 1),
        ("2nd one", 1),
        ("how long does number one take", 0),
        ("what does point two mean", 1),
        ("the other one", None),
        ("go back", None),
        ("what was that one about", None),
    ],
)
def test_a_place_in_a_row_is_read_from_words(text: str, number: int | None) -> None:
    assert place(text) == number


def test_a_row_has_only_the_places_it_has() -> None:
    assert [at("ab", n) for n in (0, 1, -1, 2, -3, None)] == ["a", "b", "b", None, None, None]


@pytest.mark.parametrize(
    ("text", "entities", "slots", "shown"),
    [
        # among what was offered, before the report
        ("the second one", {}, {"offered_passages": ["fracture#causes", "bone-bruise#causes"],
                                "report_findings": report("fracture", "bone-marrow-edema")}, "bone-bruise#causes"),
        # what was asked last of another in a row of findings that the thread is in
        ("and the first?", {}, {"offered_passages": ["fracture#what-it-is", "bone-bruise#what-it-is"],
                                "finding": "fracture", "aspect": "causes"}, "fracture#causes"),
        # among the report's findings without those that it rules out
        ("the second one", {}, {"report_findings": [{"finding": "fracture", "status": "absent"},
                                *report("bone-marrow-edema", "bone-bruise")]}, "bone-bruise#what-it-is"),
        # among the report's findings: what was asked last is asked of it, else what it is
        ("the second one", {}, {"report_findings": report("fracture", "bone-bruise")}, "bone-bruise#what-it-is"),
        ("the second one", {}, {"report_findings": report("fracture", "bone-bruise"), "finding": "fracture",
                                "aspect": "causes"}, "bone-bruise#causes"),
        # in the list of the passage that was shown
        ("what was the third one", {}, {"shown_passage": "fracture#causes", "finding": "fracture"}, "fracture#causes"),
        # one of the last two findings, where the passage has no list
        ("is the first one common", {}, {"shown_passage": "fracture#causes", "finding": "fracture",
                                         "earlier_finding": "bone-bruise"}, "bone-bruise#what-it-is"),
        # the finding before this one
        ("the other one", {}, {"finding": "fracture", "aspect": "causes", "earlier_finding": "bone-bruise"},
         "bone-bruise#causes"),
        # else another one that the patient named
        ("the other one", {}, {"finding": "fracture", "aspect": "causes",
                               "mentioned_findings": ["fracture", "bone-bruise"]}, "bone-bruise#causes"),
        ("the second one", {}, {"finding": "fracture", "mentioned_findings": ["fracture", "bone-bruise"]},
         "bone-bruise#what-it-is"),
        # by name
        ("go back to the bruise", {"finding": "bone-bruise"}, {"finding": "fracture", "aspect": "causes"},
         "bone-bruise#causes"),
    ],
)  # fmt: skip
async def test_what_is_meant_is_shown(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    text: str,
    entities: dict[str, str],
    slots: dict[str, Any],
    shown: str,
) -> None:
    domain["responses"]["utter_listed"] = [{"text": "It was here:"}]
    said = tracker(text, {"point_back": 0.9, "ask_causes": 0.01}, entities, **slots)
    await ActionPointBack(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == [shown]


async def test_what_is_asked_of_it_now_counts_more_than_what_was_asked_before(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    said = tracker(
        "what causes the second one", {"point_back": 0.5, "ask_causes": 0.4},
        report_findings=report("fracture", "bone-bruise"), finding="fracture", aspect="what-it-is",
    )  # fmt: skip
    await ActionPointBack(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["bone-bruise#causes"]


async def test_a_row_that_was_pointed_into_can_be_pointed_into_again(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    row = ["fracture#causes", "bone-bruise#causes"]
    events = await ActionPointBack(library).run(dispatcher, tracker("the last one", offered_passages=row), domain)
    assert [e["value"] for e in events if e["name"] == "offered_passages"][-1] == row


async def test_the_aspect_is_read_without_the_words_that_point(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    said = tracker("what causes the second one", {"point_back": 1.0}, report_findings=report("fracture", "bone-bruise"))
    said.latest_message["of_one_ranking"] = [{"name": "ask_causes", "confidence": 0.9}]
    await ActionPointBack(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["bone-bruise#causes"]


async def test_where_nothing_can_be_meant_it_asks(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    events = await ActionPointBack(library).run(dispatcher, tracker("the other one"), domain)
    assert [m["response"] for m in dispatcher.messages] == ["utter_point_back_which"]
    assert {e["name"]: e["value"] for e in events} == {"missed": 1, "offered_passages": []}
