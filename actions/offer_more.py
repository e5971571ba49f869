"""action_offer_more: what else can be asked, of the finding that the conversation is about or at all."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import passages_to_open, words_of
from actions.thread import Thread
from knowledge.passages import Library

MOST = 6
# Asked first by most people, where nothing has been said yet.
TO_BEGIN_WITH = ("bone-marrow-edema#what-it-is", "meniscus-tear#what-it-is", "disc-herniation#what-it-is")


class ActionOfferMore(Action):
    """Offers the aspects of the thread's finding that have a passage and were not the last one shown."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def name(self) -> str:
        return "action_offer_more"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        words, thread, passages = words_of(domain), Thread.of(tracker.slots), self._library.passages
        findings = list(thread.report) or ([thread.finding] if thread.finding else [])
        if not findings:
            wanted = (*TO_BEGIN_WITH, f"{self._library.about.id}#what-it-covers")
            offered, text = [passages[i] for i in wanted if i in passages], words["utter_offer_findings"]
            dispatcher.utter_message(json_message=passages_to_open(offered, self._library, text))
            return []
        finding = self._library.finding(thread.finding or findings[0])
        offered = [p for p in finding.passages if p.id in passages and p.id != thread.passage][:MOST]
        text = words["utter_offer_more"].format(phrase=finding.phrase)
        dispatcher.utter_message(json_message=passages_to_open(offered, self._library, text))
        return []
