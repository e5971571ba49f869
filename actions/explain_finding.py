"""action_explain_finding: answer a question about a finding with the passage that retrieval decides on."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import choices, explanation, no_diagnosis, words_of
from knowledge.retrieval import Question, Retriever, Verdict, aspects_of_intents

logger = logging.getLogger(__name__)


def own_case(ranking: list[dict[str, Any]]) -> bool:
    """Whether an intent ranking reads more like somebody's own trouble than like something out of scope."""
    confidence = {row["name"]: row["confidence"] for row in ranking}
    return bool(confidence.get("ask_for_diagnosis", 0.0) > confidence.get("out_of_scope", 0.0))


class ActionExplainFinding(Action):
    """Reads the tracker, asks the retriever, says what it decided."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def name(self) -> str:
        return "action_explain_finding"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        library, words = self._retriever.library, words_of(domain)
        aspects, other = aspects_of_intents(tracker.latest_message.get("intent_ranking", []), library.aspects)
        question = Question(tracker.latest_message.get("text") or "", aspects, other, tracker.get_slot("finding"))
        # in a thread: encoding takes milliseconds of computing, which would stall every other conversation
        decision = await asyncio.to_thread(self._retriever.retrieve, question)
        logger.info(
            "%s confidence=%.2f from=%s numbers=%s",
            decision.verdict.value, decision.confidence, decision.finding_from,
            {name: round(value, 2) for name, value in decision.numbers.items()},
        )  # fmt: skip
        if decision.verdict is Verdict.UNKNOWN:
            if decision.numbers.get("body_part") and own_case(tracker.latest_message.get("intent_ranking", [])):
                dispatcher.utter_message(json_message=no_diagnosis(library, words, dt.date.today()))
            else:
                dispatcher.utter_message(response="utter_unknown")
            return []
        if decision.verdict is Verdict.UNSURE:
            dispatcher.utter_message(json_message=choices([c.passage for c in decision.candidates[:3]], library, words))
            return []
        passage, lead = decision.passage, ""
        if decision.finding_from == "default":
            lead = words["utter_finding_assumed"].format(phrase=library.finding(passage.finding).phrase)
        if decision.missing_aspect:
            lead = words["utter_aspect_missing"].format(phrase=library.finding(passage.finding).phrase)
        dispatcher.utter_message(json_message=explanation(passage, library, words, dt.date.today(), lead))
        if passage.topic:  # the thread of the conversation stays with the finding
            return []
        return [SlotSet("finding", passage.finding), SlotSet("aspect", passage.aspect)]
