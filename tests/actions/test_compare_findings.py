"""Two findings are put side by side, in short, in the order in which they were named."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.compare_findings import ActionCompareFindings, compared
from actions.thread import Thread
from knowledge.passages import Library

WORDS = {
    "utter_compare": "Both:",
    "utter_compare_missing": "Nothing for {phrase}.",
    "utter_whole_text": "All of {title}",
}


@pytest.mark.parametrize(
    ("named", "thread", "both"),
    [
        (["bone-bruise", "fracture", "crps"], Thread(finding="crps"), ["bone-bruise", "fracture"]),
        (["fracture"], Thread(finding="bone-bruise"), ["bone-bruise", "fracture"]),
        (["fracture"], Thread(finding="fracture", earlier="bone-bruise"), ["fracture", "bone-bruise"]),
        ([], Thread(finding="fracture", earlier="bone-bruise"), ["fracture", "bone-bruise"]),
        ([], Thread(finding="fracture", report=("fracture", "crps")), ["fracture", "crps"]),
        # of three findings of a report that the thread is in, and of what stands side by side already
        ([], Thread(finding="crps", earlier="fracture", report=("fracture", "bone-bruise", "crps", "bursitis")),
         ["fracture", "bone-bruise", "crps"]),
        ([], Thread(finding="fracture", offered=("crps#causes", "fracture#causes")), ["crps", "fracture"]),
        # what the patient named, where the talk has been of one thing
        ([], Thread(finding="crps", mentioned=("crps", "fracture", "bursitis", "bone-bruise")),
         ["crps", "fracture", "bursitis"]),
        ([], Thread(finding="crps", earlier="bursitis", mentioned=("crps", "fracture")), ["crps", "bursitis"]),
        ([], Thread(finding="fracture"), ["fracture"]),
        ([], Thread(), []),
    ],
)  # fmt: skip
def test_which_are_meant(named: list[str], thread: Thread, both: list[str]) -> None:
    assert compared(named, thread) == both


async def run(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any, intents: dict[str, float]
) -> list[Any]:
    domain["responses"] |= {name: [{"text": text}] for name, text in WORDS.items()}
    said = tracker("which is worse", {"compare_findings": 0.9, **intents})
    said.latest_message["entities"] = [{"entity": "finding", "value": f} for f in ("fracture", "bone-bruise")]
    return await ActionCompareFindings(library).run(dispatcher, said, domain)


async def test_both_are_shown_in_short_with_a_button_for_the_whole(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    events = await run(library, domain, dispatcher, tracker, {"ask_causes": 0.05, "ask_what_it_is": 0.04})
    lead, first, second = dispatcher.messages
    assert lead["text"] == "Both:"
    assert [m["custom"]["passage"]["id"] for m in (first, second)] == ["fracture#causes", "bone-bruise#causes"]
    assert first["custom"]["passage"]["text"] == "Often a fall."
    assert first["custom"]["buttons"][0] == {
        "title": "All of Fracture: what can cause it", "payload": '/explain_passage{"passage": "fracture#causes"}'
    }  # fmt: skip
    slots = {e["name"]: e["value"] for e in events}
    assert (slots["shown_passage"], slots["earlier_finding"]) == ("bone-bruise#causes", "fracture")
    assert slots["offered_passages"] == ["fracture#causes", "bone-bruise#causes"]


async def test_the_aspect_is_read_without_the_words_that_compare(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"] |= {name: [{"text": text}] for name, text in WORDS.items()}
    said = tracker("what causes which", {"compare_findings": 1.0})
    said.latest_message["entities"] = [{"entity": "finding", "value": f} for f in ("fracture", "bone-bruise")]
    said.latest_message["of_one_ranking"] = [{"name": "ask_causes", "confidence": 0.9}]
    await ActionCompareFindings(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["aspect"] for m in dispatcher.messages[1:]] == ["causes", "causes"]


async def test_where_no_aspect_is_clear_it_says_what_each_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    await run(library, domain, dispatcher, tracker, {})
    assert [m["custom"]["passage"]["aspect"] for m in dispatcher.messages[1:]] == ["what-it-is", "what-it-is"]


async def test_without_two_findings_it_asks_which(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    said = tracker("which is worse", {"compare_findings": 0.9}, {"finding": "fracture"})
    assert await ActionCompareFindings(library).run(dispatcher, said, domain) == []
    assert [m["response"] for m in dispatcher.messages] == ["utter_compare_which"]


async def test_two_names_of_one_finding_are_answered_of_that(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    said = tracker("a fracture vs a break, whats the difference", {"compare_findings": 0.9}, finding="bone-bruise")
    said.latest_message["entities"] = [{"entity": "finding", "value": "fracture"}] * 2
    await ActionCompareFindings(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["fracture#what-it-is"]


async def test_in_a_talk_of_one_thing_it_answers_of_that(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    said = tracker("what causes which", {"compare_findings": 0.9, "ask_causes": 0.1}, finding="fracture")
    events = await ActionCompareFindings(library).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["fracture#causes"]
    assert {e["name"]: e["value"] for e in events}["shown_passage"] == "fracture#causes"


def test_of_a_report_those_two_are_the_last_two() -> None:
    thread = Thread(finding="crps", earlier="fracture", report=("bone-bruise", "crps", "fracture"))
    assert compared([], thread, two=True) == ["crps", "fracture"]


def test_of_a_report_that_was_just_told_its_first_three_are_these() -> None:
    assert compared([], Thread(report=("bone-bruise", "crps", "fracture", "gout"))) == [
        "bone-bruise",
        "crps",
        "fracture",
    ]
