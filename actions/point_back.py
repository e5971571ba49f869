"""action_point_back: "the second one", "the other one", "go back to the bruise"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, words_of
from actions.thread import Thread
from knowledge.passages import Library, Passage
from knowledge.retrieval import aspects_of_intents

Item = TypeVar("Item")
# Which place of a row a word stands for; -1 is the last.
PLACES = {
    "first": 0, "1st": 0, "one": 0, "1": 0, "former": 0, "top": 0,
    "second": 1, "2nd": 1, "two": 1, "2": 1, "latter": 1,
    "third": 2, "3rd": 2, "three": 2, "3": 2,
    "fourth": 3, "4th": 3, "four": 3, "4": 3,
    "fifth": 4, "5th": 4, "five": 4, "5": 4,
    "last": -1, "bottom": -1,
}  # fmt: skip
# "the first one": there "one" is no number.
_PLACE = re.compile(r"\b(" + "|".join(PLACES) + r")\b(?<!the one)(?<!first one)(?<!last one)(?<!other one)", re.I)
# From this probability on an aspect is asked of what is pointed to: "is the second one serious".
ASKED = 0.3


def place(text: str) -> int | None:
    """Which place of a row a text names, from 0; -1 is the last, None is none.

    >>> place("what was the second one"), place("the last one"), place("the other one")
    (1, -1, None)
    """
    found = [m[1].lower() for m in _PLACE.finditer(re.sub(r"\b(\w+) one\b", r"\1", text, flags=re.I))]
    return PLACES[found[0]] if found else None


def at(row: Sequence[Item], number: int | None) -> Item | None:
    """The element at a place, None where the row has no such place."""
    return row[number] if number is not None and -len(row) <= number < len(row) else None


class ActionPointBack(Action):
    """Looks for what is meant among what was named, offered, read in the report, or explained before, in this order."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_point_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, thread = words_of(domain), Thread.of(tracker.slots)
        meant = self._meant(tracker, thread)
        if meant is None:
            dispatcher.utter_message(response="utter_point_back_which")
            return thread.not_understood()
        listed = meant.id == thread.passage
        lead = words["utter_listed"] if listed else ""
        dispatcher.utter_message(json_message=explanation(meant, self._library, words, dt.date.today(), lead))
        return thread.shown(meant)

    def _meant(self, tracker: Tracker, thread: Thread) -> Passage | None:
        passages, number = self._library.passages, place(tracker.latest_message.get("text") or "")
        named = next(tracker.get_latest_entity_values("finding"), None)
        if named:
            return self._of(named, tracker, thread)
        if offered := at(thread.offered, number):
            return passages.get(offered)
        if reported := at(thread.report, number):
            return self._of(reported, tracker, thread)
        if number is not None and thread.passage:  # a place in the list that the last passage holds
            return passages.get(thread.passage)
        return self._of(thread.earlier or thread.finding, tracker, thread)

    def _of(self, finding: str | None, tracker: Tracker, thread: Thread) -> Passage | None:
        """The passage of a finding on what is asked now, or was asked last, or on what it is."""
        ranking = tracker.latest_message.get("intent_ranking", [])
        asked, probability = max(
            aspects_of_intents(ranking, self._library.aspects)[0].items(), key=lambda item: item[1], default=("", 0.0)
        )
        wanted = [asked] if probability >= ASKED else []
        wanted += [aspect for aspect in (thread.aspect, "what-it-is") if aspect and finding != thread.finding]
        wanted += ["what-it-is"]
        found = (self._library.passages.get(f"{finding}#{aspect}") for aspect in wanted)
        return next((passage for passage in found if passage), None)
