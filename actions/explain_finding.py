"""action_explain_finding: answer what is asked with the passages that retrieval decides on."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.declining import all_named_in, declined, mentions_in, without_names
from actions.messages import (
    Words,
    choices,
    explanation,
    no_diagnosis,
    passages_to_open,
    questions_for_doctor,
    words_of,
)
from actions.short_names import ShortNames
from actions.thread import Thread, leads_to
from knowledge.asker import Asker
from knowledge.condense import LONG, asks, sentences
from knowledge.follow_ups import MASK, adds, bare, picked, says_more, without_denied
from knowledge.general_findings import kinds
from knowledge.names import masked, stems
from knowledge.passages import Library, Passage
from knowledge.retrieval import (
    CLEAR,
    Decision,
    Question,
    Retriever,
    Verdict,
    aspects_of_intents,
    likeliest,
    out_of_scope,
)

logger = logging.getLogger(__name__)

# Questions of one message that are answered at once; the others are offered.
ANSWERED = 3
# "What pills do people get for this", "do these need rescanning": a thing that was not said.
_POINTS = re.compile(
    r"\b(?:it|this|that|these|those)\b"
    r"(?=\W*$|\W+(?:usually|normally|then|now|and|or|need|have|has|do|does|go|goes|take|takes|get|gets|last|lasts)\b)",
    re.IGNORECASE,
)
# What the intent model reads in many a statement, and nobody asks by one.
NEVER_IMPLIED = "how-common"
# From here on an intent counts, as it does for a whole message by config.yml.
SURE = 0.5
# From this probability on a question about oneself belongs elsewhere, and no word on diagnoses answers it.
ELSEWHERE = 0.5


@dataclass(frozen=True)
class Part:
    """One question of a message: its text, what the intent model read in it, and, where it compares or points, what it
    read in the question as asked of one thing."""

    text: str
    ranking: Sequence[Mapping[str, Any]]
    of_one: Sequence[Mapping[str, Any]] = ()

    @property
    def intent(self) -> str:
        """The intent that it clearly has; empty where there is none."""
        sure = [row["name"] for row in self.ranking[:1] if row["confidence"] >= SURE]
        return str(sure[0]) if sure else ""

    def reads_more_like(self, intent: str, other: str) -> bool:
        confidence = {row["name"]: row["confidence"] for row in self.ranking}
        return bool(confidence.get(intent, 0.0) > confidence.get(other, 0.0))


def parts_of(message: Mapping[str, Any]) -> list[Part]:
    """The questions of a parsed message, in order; the whole message where it asks one."""
    whole = {**message, "text": without_denied(message.get("text") or "", mentions_in(message))}
    rows = message.get("questions") or [whole]
    return [
        Part(row.get("text") or "", row.get("intent_ranking") or [], row.get("of_one_ranking") or []) for row in rows
    ]


def clear_aspect(ranking: Sequence[Mapping[str, Any]], library: Library) -> str | None:
    """The aspect that is clearly asked for, if one is."""
    return likeliest(aspects_of_intents(ranking, library.aspect_of_intent)[0], CLEAR)


class ActionExplainFinding(Action):
    """Reads the tracker, asks the retriever for each question, says what it decided."""

    def __init__(self, retriever: Retriever, asker: Asker) -> None:
        self._retriever = retriever
        self._asker = asker
        self._short_names = ShortNames(retriever.library)

    def name(self) -> str:
        return "action_explain_finding"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        thread, parts = Thread.of(tracker.slots), parts_of(tracker.latest_message)
        # in a thread: encoding takes milliseconds of computing, which would stall every other conversation
        text = tracker.latest_message.get("text") or ""
        whole = Part(text, tracker.latest_message.get("intent_ranking") or [])
        decided = await asyncio.to_thread(self._decide_all, whole, parts, thread)
        turn = _Turn(self._retriever, self._asker, words_of(domain), thread, tracker.latest_message)
        turn.say(decided)
        for message in turn.messages:
            dispatcher.utter_message(**message)
        return turn.events

    def _decide_all(self, whole: Part, parts: Sequence[Part], thread: Thread) -> list[tuple[Part, Decision]]:
        """A decision on each question of a message; or, where none is answered, on the message as one, if that is."""
        decided = self._decide(whole.text, parts, thread)
        if len(parts) > 1 and not any(d.verdict is Verdict.EXPLAINED or d.uncovered for _, d in decided):
            # "it says please correlate clinically. Whats that supposed to mean, did he not know?"
            as_one = self._decide(whole.text, [whole], thread)
            if as_one[0][1].verdict is Verdict.EXPLAINED:
                return as_one
        return decided

    def _decide(self, text: str, parts: Sequence[Part], thread: Thread) -> list[tuple[Part, Decision]]:
        """A decision on each question of a text; what one is answered about is what the next may point back to."""
        library, decided = self._retriever.library, list[tuple[Part, Decision]]()
        main = self._retriever.main(text) if len(parts) > 1 else ()
        thread = replace(thread, mentioned=(*main, *thread.mentioned))
        if main and thread.about is None:
            # "How long does it last, and what is a bone bruise?": "it" stands before its name
            thread = replace(thread, finding=main[0])
        elsewhere = 0.0
        if len(parts) > 1 and len(text.split()) > LONG and not self._retriever.named(text):
            # A story that names nothing can still tell what its questions are about.
            elsewhere, described = self._retriever.told_of(text)
            thread = replace(thread, finding=described) if described else thread
        for part in parts:
            aspects, other, report = aspects_of_intents(part.ranking, library.aspect_of_intent)
            # what the message names elsewhere counts as said before: "a fracture", of the one that its report names
            talk = replace(thread, finding=None, earlier=thread.finding) if main else thread
            asking = self._short_names.written_out(bare(part.text), talk, self._retriever.find)
            if part.intent == "ask_the_same" and thread.aspect:
                new = self._tells_of(asking) - {thread.finding} if adds(asking) else self._says_more_of(asking, thread)
                asked = "what-it-is" if new else clear_aspect(part.of_one, library) or thread.aspect
                aspects, other, report = {asked: 1.0}, 0.0, 0.0
            elif self._only_tells(asking, aspects, thread):
                aspects = {"what-it-is": sum(aspects.values())}
            about = thread.about if decided else self._meant(text, thread)
            question = Question(asking, aspects, other, about, report, out_of_scope(part.ranking))
            decision = self._retriever.retrieve(question)
            logger.info(
                "%s confidence=%.2f from=%s numbers=%s",
                decision.verdict.value, decision.confidence, decision.finding_from,
                {name: round(value, 2) for name, value in decision.numbers.items()},
            )  # fmt: skip
            if elsewhere > ELSEWHERE and not decision.named:
                decision = replace(decision, verdict=Verdict.UNKNOWN, elsewhere=elsewhere)
            decided.append((part, decision))
            if decision.verdict is Verdict.EXPLAINED and not decision.passage.topic:
                thread = replace(thread, finding=decision.passage.finding)
        return decided

    def _meant(self, text: str, thread: Thread) -> str | None:
        """`Thread.meant`, unless the words themselves are about what was told last: "they take out the water"."""
        meant, last = thread.meant(text), thread.about
        if meant == last or not meant or not last or meant in kinds(last):
            return meant
        return last if self._retriever.tells_rather_of(text, last, meant) else meant

    def _only_tells(self, text: str, aspects: Mapping[str, float], thread: Thread) -> bool:
        """Whether a text names a finding that the talk is not of yet, asks nothing, and implies no aspect clearly, or
        only one that nobody implies."""
        if any(map(asks, sentences(text))) or likeliest(aspects, CLEAR) not in (None, NEVER_IMPLIED) or not aspects:
            return False
        return bool(set(self._retriever.named(text)) - {thread.finding})

    def _says_more_of(self, text: str, thread: Thread) -> set[str]:
        """The findings that a text names and that were not explained yet, where it says more of them than their names:
        "and the bone contusion one, is it a fracture"."""
        named = self._retriever.find(text)
        new = {mention.id for mention in named} - {thread.finding, thread.earlier}
        return new if says_more(masked(text, named, MASK)) else set()

    def _tells_of(self, text: str) -> set[str]:
        """The findings that a text names, or else the one that it describes, if it does."""
        named = self._retriever.named(text)
        described = None if named else self._retriever.told_of(text)[1]
        return {*named, *([described] if described else [])}


class _Turn:
    """What is said in one turn, and the events that follow from it."""

    def __init__(
        self, retriever: Retriever, asker: Asker, words: Words, thread: Thread, message: Mapping[str, Any]
    ) -> None:
        self._library, self._words, self._thread, self._message = retriever.library, words, thread, message
        text = message.get("text") or ""
        self._judgement = asker.wants_judgement(text)
        self._cautions = [c for c in asker.cautions(text) if c not in thread.cautions and c in self._library.passages]
        self._asker = asker
        self._today = dt.date.today()
        self.messages: list[dict[str, Any]] = []
        self.events: list[Any] = []

    def say(self, decided: Sequence[tuple[Part, Decision]]) -> None:
        """Answer the questions in order; one that would show what was just shown is answered by that."""
        several, shown, rest = len(decided) > 1, set[str](), list[Passage]()
        # none is answered, and one has nothing to do with findings: that alone is said, once
        elsewhere = not self._thread.finding and any(part.intent == "out_of_scope" for part, _ in decided)
        elsewhere = elsewhere and all(decision.verdict is Verdict.UNKNOWN for _, decision in decided)
        for part, decision in decided:
            if several and part.intent == "contact_clinic":
                self._say_once({"response": "utter_contact_clinic"})
            elif part.intent == "ask_to_read_report" and not decision.named and not self._finding_word(decision):
                self._say_once({"response": "utter_ask_report_words"})
            elif decision.uncovered:
                self._say_once({"response": "utter_not_covered"})
                self.events = self._thread.not_covered()
            elif decision.verdict is Verdict.EXPLAINED and decision.passage.id in shown:
                continue
            elif self._suspected(decision) and not several:
                self._decline(decision)
            elif not several and (picked := self._picked(part, decision)):
                self._show_picked(picked)
            elif decision.verdict is Verdict.EXPLAINED and len(shown) < ANSWERED:
                shown.add(decision.passage.id)
                self._explain(part, decision, several)
            elif decision.verdict is Verdict.EXPLAINED:
                rest.append(decision.passage)
            elif several and decision.verdict is Verdict.UNSURE:
                rest += [c.passage for c in decision.candidates[:2]]
            elif several and elsewhere:
                self._say_once({"response": "utter_unknown"})
            elif several:
                self._unknown_part(part, decision)
            elif self._own_case(part, decision):
                self._decline(decision)
            elif decision.verdict is Verdict.UNSURE:
                self._ask_back(decision)
            else:
                self._unknown(part, decision)
        rest = [passage for passage in dict.fromkeys(rest) if passage.id not in shown]
        if rest:
            text = self._words["utter_several_rest"]
            self._say({"json_message": passages_to_open(rest[:ANSWERED], self._library, text)})
        if self._cautions and shown:
            self.events.append(SlotSet("cautions", [*self._thread.cautions, *self._cautions]))

    def _explain(self, part: Part, decision: Decision, several: bool) -> None:
        passage, phrase = decision.passage, ""
        if not passage.topic:
            phrase = self._library.finding(passage.finding).phrase
        leads = []
        if not self.messages:
            leads += [self._library.passages[caution].short for caution in self._cautions]
        judged = not passage.topic and self._asker.wants_judgement(part.text)
        if judged:
            leads.append(self._words["utter_cannot_judge"])
        if decision.finding_from == "default":
            leads.append(self._words["utter_finding_assumed"].format(phrase=phrase))
        if decision.missing_aspect:
            leads.append(self._words["utter_aspect_missing"].format(phrase=phrase))
        if part.intent == "ask_the_same" and passage.id == self._thread.passage and self._thread.body_part:
            leads.append(self._words["utter_same_for_part"].format(body_part=self._thread.body_part))
        others = [] if several else self._of_others(passage)
        message = explanation(passage, self._library, self._words, self._today, " ".join(leads), others=others)
        self._say({"json_message": message})
        if judged and not several and (asks := questions_for_doctor(passage.finding, self._library, self._words)):
            self._say({"json_message": asks})
        self.events = self._thread.shown(passage)

    def _of_others(self, passage: Passage) -> list[Passage]:
        """The same aspect of the finding that the message names besides, or that the talk was of before: it may have
        been meant too."""
        if passage.topic:
            return []
        said = (*all_named_in(self._message), self._thread.finding, self._thread.earlier)
        other = next((finding for finding in said if finding and finding != passage.finding), None)
        found = self._library.passages.get(f"{other}#{passage.aspect}")
        return [found] if found else []

    def _suspected(self, decision: Decision) -> bool:
        """Whether they ask if they have the finding that they name."""
        return bool(decision.named) and self._asker.suspects(without_names(self._message))

    def _finding_word(self, decision: Decision) -> bool:
        """Whether they say a word of reports that leads on to a finding: "edema", not "arthrogram"."""
        return decision.topic_said and bool(leads_to(decision.passage))

    def _own_case(self, part: Part, decision: Decision) -> bool:
        """Whether they want a verdict on themselves, or ask about painkillers for nothing that they, or the
        conversation, name."""
        if not decision.named and not self._thread.finding and self._asker.asks_of_painkillers(part.text):
            return True
        return self._judgement and part.reads_more_like("ask_for_diagnosis", "out_of_scope")

    def _decline(self, decision: Decision) -> None:
        """A verdict is wanted, and no passage answers: say that, with what usually happens next."""
        named = next(iter(decision.named), None)
        messages, self.events = declined(self._message, named, self._thread, self._library, self._asker, self._words)
        for message in messages:
            self._say({"json_message": message})

    def _picked(self, part: Part, decision: Decision) -> Passage | None:
        """What more is wanted about a word of the last passage: the finding of that name, or else that passage."""
        if decision.named and decision.finding_from == "question":
            return None
        last = self._library.passages.get(self._thread.passage or "")
        wanted = stems(picked(part.text) or "")
        if last is None or not wanted or not wanted <= stems(last.text):
            return None
        near = dict.fromkeys(c.passage.finding for c in decision.candidates if not c.passage.topic)
        meant = (f for f in near if any(wanted <= stems(name) for name in self._library.finding(f).names))
        return self._library.passages.get(f"{next(meant, None)}#what-it-is") or last

    def _show_picked(self, passage: Passage) -> None:
        lead = self._words["utter_listed"] if passage.id == self._thread.passage else ""
        self._say({"json_message": explanation(passage, self._library, self._words, self._today, lead)})
        self.events = self._thread.shown(passage)

    def _ask_back(self, decision: Decision) -> None:
        readings = [c.passage for c in decision.candidates[:3]]
        if self._guesses(decision, readings):
            return self._not_understood({"response": "utter_which_finding"})
        offered = tuple(p.id for p in readings)
        if self._thread.missed and (self._thread.missed > 1 or set(offered) == set(self._thread.offered)):
            return self._not_understood({"response": "utter_unknown_again"})
        self._say({"json_message": choices(readings, self._library, self._words)})
        self.events = self._thread.asked_back(offered)

    def _guesses(self, decision: Decision, readings: Sequence[Passage]) -> bool:
        """Whether one aspect is asked of "this", and nothing is: to offer it of three findings would be a guess."""
        if decision.named or self._thread.about or not _POINTS.search(self._message.get("text") or ""):
            return False
        findings, aspects = {p.finding for p in readings}, {p.aspect for p in readings}
        return len(findings) == 3 and len(aspects) == 1 and decision.numbers["finding_share"] < SURE

    def _unknown(self, part: Part, decision: Decision) -> None:
        own_case = decision.numbers.get("body_part") and part.reads_more_like("ask_for_diagnosis", "out_of_scope")
        if own_case and not self._belongs_elsewhere(decision):
            self._say({"json_message": no_diagnosis(self._library, self._words, self._today)})
            return
        last = self._library.passages.get(self._thread.passage or "")
        said: dict[str, Any] = {"response": "utter_unknown"}
        if last and not last.topic:
            if part.intent != "out_of_scope" and not self._belongs_elsewhere(decision):
                said = self._unknown_of(last)
        elif not self._thread.finding and clear_aspect(part.ranking, self._library):
            said = {"response": "utter_which_finding"}
        self._not_understood(said)

    def _not_understood(self, said: dict[str, Any]) -> None:
        """Say that, or, where the question before was not understood either, that it still does not know."""
        self._say({"response": "utter_unknown_again"} if self._thread.missed else said)
        self.events = self._thread.not_understood()

    def _unknown_of(self, passage: Passage) -> dict[str, Any]:
        """That no passage answers this, with what there is on the finding that the talk is of."""
        text = self._words["utter_unknown_of"].format(phrase=self._library.finding(passage.finding).phrase)
        related = passages_to_open(self._library.related(passage), self._library, text)
        return {"json_message": {**related, "type": "unknown"}}

    def _belongs_elsewhere(self, decision: Decision) -> bool:
        """Whether nothing is named, and it most likely asks of what no passage answers."""
        return not decision.named and decision.elsewhere > ELSEWHERE

    def _unknown_part(self, part: Part, decision: Decision) -> None:
        if part.reads_more_like("ask_for_diagnosis", "out_of_scope") and not self._belongs_elsewhere(decision):
            self._say_once({"json_message": no_diagnosis(self._library, self._words, self._today)})
        else:
            self._say({"text": self._words["utter_several_unknown"].format(question=part.text)})

    def _say(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    def _say_once(self, message: dict[str, Any]) -> None:
        if message not in self.messages:
            self._say(message)
