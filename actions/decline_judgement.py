"""action_decline_judgement: somebody asks what is wrong with them, or what to decide; it can't judge their case.

Where the message names a finding, or a short one comes while the conversation is about one, what usually happens next
with it is the useful thing that can be said, with questions to take to the doctor. So it is where a finding is clearly
described, though not named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.declining import SHORT, declined, named_in, without_names
from actions.messages import words_of
from actions.short_names import PartsOfNames
from actions.thread import Thread
from knowledge.asker import Asker
from knowledge.passages import Library

# From this probability on it is taken for no question about findings; but in a talk of one a few words are of that, if
# they don't ask whether one has something: "had 2 injections already".
SURE = 0.8
# Fewer words than these tell where it hurts, and describe no finding: "my hip hurts".
DESCRIBES = 5


class ActionDeclineJudgement(Action):
    """Declines a diagnosis or a decision, and gives the general passage that fits.

    told_of: the probability that a text asks of what has no passage, and the finding that it clearly tells of without
    a name, None where there is none. What has no passage is no question about a finding. implied: the aspect that a
    statement is about, in a talk of a finding, or None.
    """

    def __init__(
        self,
        library: Library,
        asker: Asker,
        told_of: Callable[[str], tuple[float, str | None]],
        implied: Callable[[str, str], str | None] = lambda text, finding: None,
    ) -> None:
        self._library = library
        self._asker = asker
        self._told_of, self._implied = told_of, implied
        self._parts_of_names = PartsOfNames(library)

    def name(self) -> str:
        return "action_decline_judgement"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        thread = Thread.of(tracker.slots)
        text = tracker.latest_message.get("text") or ""
        named = named_in(tracker.latest_message, thread.finding) or self._parts_of_names.first(text, thread)
        if not named:
            elsewhere, described = await asyncio.to_thread(self._told_of, text)
            short = thread.finding and len(text.split()) <= SHORT
            of_it = short and not self._asker.suspects(without_names(tracker.latest_message))
            if elsewhere > SURE and not of_it and not self._asker.asks_of_painkillers(text):
                dispatcher.utter_message(response="utter_unknown_again" if thread.missed else "utter_unknown")
                return thread.not_understood()
            named = described if not thread.finding and len(text.split()) >= DESCRIBES else None
        messages, events = await asyncio.to_thread(
            declined, tracker.latest_message, named, thread, self._library, self._asker, words_of(domain), self._implied
        )
        for message in messages:
            dispatcher.utter_message(json_message=message)
        return events
