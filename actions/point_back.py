"""action_point_back: "the second one", "the other one", "go back to the bruise"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import explanation, listed, words_of
from actions.short_names import PartsOfNames
from actions.thread import Thread, asked_of_one
from knowledge.passages import Library, Passage
from knowledge.retrieval import likeliest

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
_PLACE = re.compile(r"\b(" + "|".join(PLACES) + r")\b(?<!the\sone)(?<!first\sone)(?<!last\sone)(?<!other\sone)", re.I)
# "the second one", but not "number one"
_ORDINAL_ONE = re.compile(r"\b(?!(?:number|point|item|option|no)\b)(\w+)\sone\b", re.I)
# From this probability on an aspect is asked of what is pointed to: "is the second one serious".
ASKED = 0.3


def place(text: str) -> int | None:
    """Which place of a row a text names, from 0; -1 is the last, None is none.

    >>> place("what was the second one"), place("the last one"), place("the other one")
    (1, -1, None)
    """
    found = [m[1].lower() for m in _PLACE.finditer(_ORDINAL_ONE.sub(r"\1", text))]
    return PLACES[found[0]] if found else None


def at(row: Sequence[Item], number: int | None) -> Item | None:
    """The element at a place, None where the row has no such place."""
    return row[number] if number is not None and -len(row) <= number < len(row) else None


class ActionPointBack(Action):
    """Looks for what is meant among what was named, offered or compared, read in the report, or explained before, in
    this order. A row that was pointed into stays, so that "and the first one?" can follow."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._parts_of_names = PartsOfNames(library)

    def name(self) -> str:
        return "action_point_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, thread = words_of(domain), Thread.of(tracker.slots)
        meant = self._meant(tracker, thread)
        if meant is None:
            dispatcher.utter_message(response="utter_point_back_which")
            return thread.not_understood()
        lead = words["utter_listed"] if meant.id == thread.passage else ""
        dispatcher.utter_message(json_message=explanation(meant, self._library, words, dt.date.today(), lead))
        row = [SlotSet("offered_passages", list(thread.offered))] if thread.offered else []
        return [*thread.shown(meant), *row]

    def _meant(self, tracker: Tracker, thread: Thread) -> Passage | None:
        text = tracker.latest_message.get("text") or ""
        passages, number = self._library.passages, place(text)
        named = next(tracker.get_latest_entity_values("finding"), None) or self._parts_of_names.first(text, thread)
        if named:
            return self._of(named, tracker, thread)
        if offered := at(thread.offered, number):
            return self._offered(offered, tracker, thread)
        if reported := at(thread.report, number):
            return self._of(reported, tracker, thread)
        shown = passages.get(thread.passage or "")
        row = [thread.earlier, thread.finding] if thread.earlier else list(thread.mentioned)
        if at(row, number) and not (shown and at(listed(shown), number)):
            return self._of(at(row, number), tracker, thread)
        if number is not None and shown:  # a place in the list that the last passage holds
            return shown
        other = next((finding for finding in thread.mentioned if finding != thread.finding), None)
        return self._of(thread.earlier or other or thread.finding, tracker, thread)

    def _offered(self, offered: str, tracker: Tracker, thread: Thread) -> Passage | None:
        """What was offered, or its finding's passage on what is asked now; in a row of findings that the thread is in,
        on what was asked last: "how serious is the second one", "and the first?"."""
        finding, asked = offered.split("#")[0], self._asked(tracker)
        if len(thread.row) > 1 and not asked and thread.finding in thread.row:
            asked = thread.aspect
        return self._library.passages.get(f"{finding}#{asked}") or self._library.passages.get(offered)

    def _asked(self, tracker: Tracker) -> str | None:
        """The aspect that is clearly asked of what is pointed to."""
        return likeliest(asked_of_one(tracker.latest_message, self._library.aspect_of_intent), ASKED)

    def _of(self, finding: str | None, tracker: Tracker, thread: Thread) -> Passage | None:
        """The passage of a finding on what is asked now, or was asked last, or on what it is."""
        asked = self._asked(tracker)
        wanted = [asked] if asked else []
        wanted += [aspect for aspect in (thread.aspect, "what-it-is") if aspect and finding != thread.finding]
        wanted += ["what-it-is"]
        found = (self._library.passages.get(f"{finding}#{aspect}") for aspect in wanted)
        return next((passage for passage in found if passage), None)
