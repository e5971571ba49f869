"""action_compare_findings: findings side by side, in short forms, in the order they were named."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, words_of
from actions.thread import Thread, asked_of_one
from knowledge.general_findings import particular
from knowledge.passages import Library
from knowledge.retrieval import likeliest

# What two findings are compared in, unless the question is clearly about something else.
DEFAULT = "what-it-is"
# The share of one aspect among all aspects from which on it is what is compared.
CLEAR = 0.4
TWO = re.compile(r"\b(?:two|both)\b", re.IGNORECASE)
# Put side by side at most.
MOST = 3


def compared(named: Sequence[str], thread: Thread, two: bool = False) -> list[str]:
    """What to compare: the first two named, else the named one and the thread's, else what "which of these" can mean.

    That is what stands side by side already, the first three findings of the report that the thread is in, the thread's
    last two, or what the patient named. two: it says that it means two.
    """
    if len(named) > 1:
        return [*named][:2]
    if named:
        return _apart(thread.finding, *named, thread.earlier, *thread.report, *thread.mentioned)[:2]
    if len(thread.row) == 2 or (len(thread.row) > 2 and not two):
        return [*thread.row][:MOST]
    if len(thread.report) > 1 and not (two and thread.earlier) and thread.finding in (None, *thread.report):
        return [*thread.report][:MOST]
    if not thread.earlier and len(thread.mentioned) > 1:
        return [*thread.mentioned][: 2 if two else MOST]
    return _apart(thread.finding, thread.earlier, *thread.report)[:2]


def _apart(*findings: str | None) -> list[str]:
    """The findings that there are, each once."""
    return list(dict.fromkeys(finding for finding in findings if finding))


class ActionCompareFindings(Action):
    """Shows the same aspect of each, or what each is where one has no passage on it; of one where there is no other."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_compare_findings"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        library, words, thread = self._library, words_of(domain), Thread.of(tracker.slots)
        text = tracker.latest_message.get("text") or ""
        values = [*tracker.get_latest_entity_values("finding")]
        every = [f for f in dict.fromkeys(values) if f in library.findings]
        named = particular(every) if len(every) > 2 else every  # "an enchondroma or a tumor" names two
        findings = [f for f in compared(named, thread, bool(TWO.search(text))) if f"{f}#{DEFAULT}" in library.passages]
        if len(named) == 1 < len(values):
            findings = [*named]  # both are names of it: "tendinosis or tendinitis"
        aspect = self._aspect(tracker)
        if len(findings) == 1 and (not named or len(values) > 1) and f"{findings[0]}#{aspect}" in library.passages:
            # or the talk is of one thing: "which one is worse", of two types of it
            only = library.passages[f"{findings[0]}#{aspect}"]
            dispatcher.utter_message(json_message=explanation(only, library, words, dt.date.today(), ""))
            return thread.shown(only)
        if len(findings) < 2:
            dispatcher.utter_message(response="utter_compare_which")
            return []
        dispatcher.utter_message(text=words["utter_compare"])
        events, shown = list[Any](), list[str]()
        for finding in findings:
            passage = library.passages.get(f"{finding}#{aspect}")
            lead = "" if passage else words["utter_compare_missing"].format(phrase=library.finding(finding).phrase)
            passage = passage or library.passages[f"{finding}#{DEFAULT}"]
            message = explanation(passage, library, words, dt.date.today(), lead, short=True)
            dispatcher.utter_message(json_message=message)
            events = thread.shown(passage, short=True)
            shown.append(passage.id)
        return [*events, SlotSet("earlier_finding", findings[-2]), SlotSet("offered_passages", shown)]

    def _aspect(self, tracker: Tracker) -> str:
        aspects = asked_of_one(tracker.latest_message, self._library.aspect_of_intent)
        return likeliest(aspects, CLEAR * (sum(aspects.values()) or 1.0)) or DEFAULT
