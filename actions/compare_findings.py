"""action_compare_findings: two findings side by side, in short forms, in the order they were named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, words_of
from actions.thread import Thread
from knowledge.passages import Library
from knowledge.retrieval import aspects_of_intents

# What two findings are compared in, unless the question is clearly about something else.
DEFAULT = "what-it-is"
# The share of one aspect among all aspects from which on it is what is compared.
CLEAR = 0.4


def compared(named: Sequence[str], thread: Thread) -> list[str]:
    """The two to compare: the first two named, else the named one and the thread's, else the thread's last two."""
    pool = [*named] if len(named) >= 2 else [thread.finding, *named, thread.earlier, *thread.report]
    return list(dict.fromkeys(finding for finding in pool if finding))[:2]


class ActionCompareFindings(Action):
    """Shows the same aspect of both, or what each is where one has no passage on it."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_compare_findings"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        library, words, thread = self._library, words_of(domain), Thread.of(tracker.slots)
        named = [f for f in dict.fromkeys(tracker.get_latest_entity_values("finding")) if f in library.findings]
        findings = [f for f in compared(named, thread) if f"{f}#{DEFAULT}" in library.passages]
        if len(findings) < 2:
            dispatcher.utter_message(response="utter_compare_which")
            return []
        aspect = self._aspect(tracker)
        dispatcher.utter_message(text=words["utter_compare"])
        events: list[Any] = []
        for finding in findings:
            passage = library.passages.get(f"{finding}#{aspect}")
            lead = "" if passage else words["utter_compare_missing"].format(phrase=library.finding(finding).phrase)
            passage = passage or library.passages[f"{finding}#{DEFAULT}"]
            message = explanation(passage, library, words, dt.date.today(), lead, short=True)
            dispatcher.utter_message(json_message=message)
            events = thread.shown(passage, short=True)
        return events

    def _aspect(self, tracker: Tracker) -> str:
        aspects, _ = aspects_of_intents(tracker.latest_message.get("intent_ranking", []), self._library.aspects)
        aspect, probability = max(aspects.items(), key=lambda item: item[1], default=(DEFAULT, 0.0))
        return aspect if probability >= CLEAR * (sum(aspects.values()) or 1.0) else DEFAULT
