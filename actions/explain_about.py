"""action_explain_about: what Plainscan is, what it keeps, and where its texts come from."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, sources_of, words_of
from actions.thread import Thread
from knowledge.passages import Library

TOPICS = {
    "ask_about_bot": "what-this-is",
    "ask_about_privacy": "privacy",
    "ask_about_review": "review",
    "ask_about_sources": "sources",
    "express_worry": "worry",
}


class ActionExplainAbout(Action):
    """Shows the passage of knowledge/about.md for the intent; asked for sources after a passage, that passage's own."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_explain_about"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, intent = words_of(domain), str(tracker.get_intent_of_latest_message())
        passage = self._library.passages[f"{self._library.about.id}#{TOPICS[intent]}"]
        shown = self._library.passages.get(Thread.of(tracker.slots).passage or "")
        if intent == "ask_about_sources" and shown:
            dispatcher.utter_message(json_message=sources_of(shown, passage, self._library, words))
        else:
            dispatcher.utter_message(json_message=explanation(passage, self._library, words, dt.date.today()))
        return []
