"""action_hold_line: pressed for a verdict, or told that an answer was no good, it stays with what it can say."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import passages_to_open, words_of
from actions.thread import Thread
from knowledge.passages import Library

# What helps most in the talk that it points to.
OFFERED = ("questions-to-ask", "what-next", "when-to-seek-help")


class ActionHoldLine(Action):
    """The same words however often it is pressed, and what can be read meanwhile about the thread's finding."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_hold_line"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        thread, passages = Thread.of(tracker.slots), self._library.passages
        wanted = [f"{thread.finding}#{aspect}" for aspect in OFFERED]
        wanted += [f"{self._library.about.id}#{topic}" for topic in ("no-diagnosis", "second-opinion")]
        offered = [passages[i] for i in wanted if i in passages][:3]
        text = words_of(domain)["utter_hold_line"]
        dispatcher.utter_message(json_message=passages_to_open(offered, self._library, text))
        return []
