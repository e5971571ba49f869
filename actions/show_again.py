"""action_show_again: the last passage once more: in short, in full, as it was, or what it rests on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, passages_to_open, words_of
from actions.thread import Thread
from knowledge.passages import Library


class ActionShowAgain(Action):
    """Repeats the passage that was shown last, as the intent wants it; short forms come from the passage."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_show_again"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, thread, intent = words_of(domain), Thread.of(tracker.slots), tracker.get_intent_of_latest_message()
        passage = self._library.passages.get(thread.passage or "")
        if passage is None:
            dispatcher.utter_message(response="utter_nothing_shown")
            return []
        if intent == "ask_shorter" and thread.short:
            text = words["utter_already_short"]
            dispatcher.utter_message(json_message=passages_to_open([passage], self._library, text))
            return []
        if intent == "ask_longer" and not thread.short:
            related = self._library.related(passage)
            dispatcher.utter_message(json_message=passages_to_open(related, self._library, words["utter_no_more"]))
            return []
        short = intent == "ask_shorter" or (intent == "ask_again" and thread.short)
        lead = words[{"ask_shorter": "utter_in_short", "ask_longer": "utter_whole"}.get(intent or "", "utter_again")]
        today = dt.date.today()
        dispatcher.utter_message(json_message=explanation(passage, self._library, words, today, lead, short))
        return thread.shown(passage, short)
