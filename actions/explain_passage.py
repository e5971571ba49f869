"""action_explain_passage: show the passage that a button stands for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, words_of
from actions.thread import Thread
from knowledge.passages import Library


class ActionExplainPassage(Action):
    """Shows one passage by its id; nothing is searched."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_explain_passage"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        passage = self._library.passages.get(next(tracker.get_latest_entity_values("passage"), ""))
        if passage is None:  # a button from before an update of the passages
            dispatcher.utter_message(response="utter_button_expired")
            return []
        dispatcher.utter_message(json_message=explanation(passage, self._library, words_of(domain), dt.date.today()))
        return Thread.of(tracker.slots).shown(passage)
