"""action_decline_judgement: somebody asks what is wrong with them, or what to decide; it can't judge their case.

Where the message names a finding, what usually happens next with it is the useful thing that can be said.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, no_diagnosis, words_of
from knowledge.passages import Library


class ActionDeclineJudgement(Action):
    """Declines a diagnosis or a decision, and gives the general passage that fits."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_decline_judgement"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, today = words_of(domain), dt.date.today()
        finding = next(tracker.get_latest_entity_values("finding"), None)
        passage = self._library.passages.get(f"{finding}#what-next")
        if passage is None:
            dispatcher.utter_message(json_message=no_diagnosis(self._library, words, today))
            return []
        lead = words["utter_cannot_judge"]
        dispatcher.utter_message(json_message=explanation(passage, self._library, words, today, lead))
        return [SlotSet("finding", passage.finding), SlotSet("aspect", passage.aspect)]
