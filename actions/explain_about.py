"""action_explain_about: what Plainscan is, what it keeps, and where its texts come from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, words_of
from knowledge.passages import Library

TOPICS = {
    "ask_about_bot": "what-this-is",
    "ask_about_privacy": "privacy",
    "ask_about_sources": "sources",
    "express_worry": "worry",
}


class ActionExplainAbout(Action):
    """Shows the passage of knowledge/about.md that belongs to the intent."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_explain_about"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        topic = TOPICS[tracker.get_intent_of_latest_message()]
        passage = self._library.passages[f"{self._library.about.id}#{topic}"]
        dispatcher.utter_message(json_message=explanation(passage, self._library, words_of(domain), dt.date.today()))
        return []
