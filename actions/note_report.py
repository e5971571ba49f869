"""action_note_report: keep which findings a report named, so that "the second one" is known later."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from knowledge.passages import Library


def noted(findings: str, known: Library) -> list[dict[str, str]]:
    """The findings that the gateway's payload names, in its order: `id|status|sides|levels`, between semicolons.

    Several sides or levels are none: nobody could say which one is meant.
    """
    rows = []
    for row in findings.split(";"):
        finding, status, side, level = (*row.split("|"), "", "", "", "")[:4]
        if finding in known.findings and status:
            details = {"side": side, "level": level}
            rows.append(
                {"finding": finding, "status": status} | {k: v for k, v in details.items() if v and "," not in v}
            )
    return rows


class ActionNoteReport(Action):
    """Fills the slot; what it says is for the gateway alone."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_note_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(response="utter_report_noted")
        rows = noted(next(tracker.get_latest_entity_values("report_findings"), ""), self._library)
        # The thread of the conversation is the report now: "how serious is it" asks of the first thing that was found.
        there = [row["finding"] for row in rows if row["status"] in ("present", "uncertain")]
        about = [SlotSet("finding", there[0]), SlotSet("aspect", "what-it-is")] if there else []
        return [SlotSet("report_findings", rows), *about]
