"""The findings of a report are kept in order, and nothing else of it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.note_report import ActionNoteReport, noted
from knowledge.passages import Library


@pytest.mark.parametrize(
    ("payload", "rows"),
    [
        ("", []),
        ("fracture|absent||", [{"finding": "fracture", "status": "absent"}]),
        (
            "bone-bruise|present|left|;fracture|uncertain|left,right|L4-L5",
            [
                {"finding": "bone-bruise", "status": "present", "side": "left"},
                {"finding": "fracture", "status": "uncertain", "level": "L4-L5"},
            ],
        ),
        ("a-finding-of-yesterday|present||;fracture|prior||", [{"finding": "fracture", "status": "prior"}]),
        ("fracture;|||", []),
    ],
)
def test_each_finding_is_kept_with_what_is_sure_of_it(
    library: Library, payload: str, rows: list[dict[str, str]]
) -> None:
    assert noted(payload, library) == rows


async def test_the_conversation_turns_to_the_first_thing_that_was_found(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    sent = tracker(entities={"report_findings": "fracture|absent||;bone-bruise|present||"})
    events = await ActionNoteReport(library).run(dispatcher, sent, domain)
    rows = [{"finding": "fracture", "status": "absent"}, {"finding": "bone-bruise", "status": "present"}]
    assert events == [
        SlotSet("report_findings", rows), SlotSet("finding", "bone-bruise"), SlotSet("aspect", "what-it-is"),
    ]  # fmt: skip
    assert [message["response"] for message in dispatcher.messages] == ["utter_report_noted"]


async def test_a_report_that_found_nothing_leaves_the_subject_as_it_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    sent = tracker(entities={"report_findings": "fracture|absent||"}, finding="bone-bruise")
    events = await ActionNoteReport(library).run(dispatcher, sent, domain)
    assert events == [SlotSet("report_findings", [{"finding": "fracture", "status": "absent"}])]
