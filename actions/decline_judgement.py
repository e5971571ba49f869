"""action_decline_judgement: somebody asks what is wrong with them, or what to decide; it can't judge their case.

Where the message names a finding, or a short one comes while the conversation is about one, what usually happens next
with it is the useful thing that can be said, with questions to take to the doctor.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, no_diagnosis, questions_for_doctor, words_of
from actions.thread import Thread
from knowledge.asker import Asker
from knowledge.passages import Library

# A message longer than this tells a story of its own, which need not be about the conversation's finding.
SHORT = 12


class ActionDeclineJudgement(Action):
    """Declines a diagnosis or a decision, and gives the general passage that fits."""

    def __init__(self, library: Library, asker: Asker) -> None:
        self._library = library
        self._asker = asker

    def name(self) -> str:
        return "action_decline_judgement"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, today, thread = words_of(domain), dt.date.today(), Thread.of(tracker.slots)
        text = tracker.latest_message.get("text") or ""
        finding = next(tracker.get_latest_entity_values("finding"), None)
        if finding is None and len(text.split()) <= SHORT:
            finding = thread.finding
        cautions = [c for c in self._asker.cautions(text) if c not in thread.cautions and c in self._library.passages]
        leads = [self._library.passages[caution].short for caution in cautions]
        passage = self._library.passages.get(f"{finding}#what-next")
        if passage is None:
            dispatcher.utter_message(json_message=no_diagnosis(self._library, words, today, " ".join(leads)))
        else:
            lead = " ".join([*leads, words["utter_cannot_judge"]])
            dispatcher.utter_message(json_message=explanation(passage, self._library, words, today, lead))
            if asks := questions_for_doctor(passage.finding, self._library, words):
                dispatcher.utter_message(json_message=asks)
        events = thread.shown(passage) if passage else []
        return [*events, SlotSet("cautions", [*thread.cautions, *cautions])] if cautions else events
