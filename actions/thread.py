"""The thread of a conversation: what it is about, kept in typed slots, so that a follow-up need not say it again.

docs/conversation.md tells which slot is kept, dropped or carried over when. Pure functions, tested without Rasa.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import SlotSet

from knowledge.general_findings import kinds, leading, particular
from knowledge.passages import Passage
from knowledge.retrieval import aspects_of_intents

# Ids of passages that are about no finding.
TOPIC = re.compile(r"(?:about|report-language)#")

# They point back to what was told last.
_POINTS = re.compile(
    r"\b(?:it|its|it'?s|this|that|that'?s|them|these|those|one|ones|same|why|shorter|simpler|again|more|detail\w*)\b",
    re.I,
)
# Fewer words than these go on with what was told last: "meds", "and outlook?".
ASKS_ANEW = 3
# So many findings that the patient named are remembered.
REMEMBERED = 6


def leads_to(passage: Passage) -> list[str]:
    """The ids of findings' passages that a topic leads on to; none for a passage that is no topic."""
    return [i for i in passage.topic.next if not TOPIC.match(i)] if passage.topic else []


def asked_of_one(message: Mapping[str, Any], by_intent: Mapping[str, str]) -> dict[str, float]:
    """Probability of each aspect in a parsed message, read without the words that compare or point where it has any."""
    ranking = message.get("of_one_ranking") or message.get("intent_ranking", [])
    return aspects_of_intents(ranking, by_intent)[0]


@dataclass(frozen=True)
class Thread:
    """What the conversation is about.

    finding, aspect: of the last explained passage; earlier: the finding before that; passage: id of the last passage
    shown, whatever it was; short: whether its short form was shown; offered: ids of the passages last offered to choose
    from or put side by side; missed: how often in a row a question was not understood; report: findings of the report
    that was read, in the order they were told, without what it rules out; body_part: the last one named; cautions: ids
    of about# passages on caution that were said; mentioned: findings that the patient named, those of the last message
    that named any first, in its order, whether they were answered or not.
    """

    finding: str | None = None
    aspect: str | None = None
    earlier: str | None = None
    passage: str | None = None
    short: bool = False
    offered: tuple[str, ...] = ()
    missed: int = 0
    report: tuple[str, ...] = ()
    body_part: str | None = None
    cautions: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()

    @classmethod
    def of(cls, slots: Mapping[str, Any]) -> Thread:
        """Read a tracker's slots; a slot that is missing or empty is as at the start of a conversation."""
        told = slots.get("report_findings") or ()
        return cls(
            finding=slots.get("finding"),
            aspect=slots.get("aspect"),
            earlier=slots.get("earlier_finding"),
            passage=slots.get("shown_passage"),
            short=bool(slots.get("shown_short")),
            offered=tuple(slots.get("offered_passages") or ()),
            missed=int(slots.get("missed") or 0),
            report=tuple(row["finding"] for row in told if row["status"] != "absent"),
            body_part=slots.get("body_part"),
            cautions=tuple(slots.get("cautions") or ()),
            mentioned=tuple(slots.get("mentioned_findings") or ()),
        )

    @property
    def row(self) -> tuple[str, ...]:
        """The findings of what was offered or put side by side, each once."""
        return tuple(dict.fromkeys(passage.split("#")[0] for passage in self.offered))

    @property
    def talked_of(self) -> tuple[str, ...]:
        """Every finding that a part of a name can stand for: the thread's, the one before, those of the report, what
        was offered, and what the patient named."""
        every = (self.finding, self.earlier, *self.report, *self.row, *self.mentioned)
        return tuple(dict.fromkeys(finding for finding in every if finding))

    @property
    def about(self) -> str | None:
        """The finding that a follow-up is about: the one explained last, else the likeliest of those offered."""
        return self.finding or next(iter(self.row), None)

    def meant(self, text: str) -> str | None:
        """The finding that a follow-up which names none is about: `about`; or, where that is a general name of another
        one that was explained before or that the patient named, that one; or, where it only comes with such another
        one, and the text points to nothing ("how long till I can play"), that one."""
        talked_of = [finding for finding in (self.earlier, *self.mentioned) if finding]
        points = _POINTS.search(text) or len(text.split()) < ASKS_ANEW
        leader = leading(self.about, talked_of)
        return leader if leader and (not points or leader in kinds(self.about or "")) else self.about

    def shown(self, passage: Passage, short: bool = False) -> list[Any]:
        """The events after a passage was shown: the thread follows a finding, and stays where it is beside a topic.

        Where it is nowhere yet, what the topic leads on to counts as offered: after "edema", that in the bone.
        """
        events = [
            SlotSet("shown_passage", passage.id), SlotSet("shown_short", short), SlotSet("missed", 0),
            SlotSet("offered_passages", [] if self.finding else leads_to(passage)),
        ]  # fmt: skip
        if passage.topic:
            return events
        if self.finding and self.finding != passage.finding:
            events.append(SlotSet("earlier_finding", self.finding))
        return [*events, SlotSet("finding", passage.finding), SlotSet("aspect", passage.aspect)]

    def asked_back(self, offered: tuple[str, ...]) -> list[Any]:
        """The events after it asked back which of some passages is meant."""
        return [SlotSet("missed", self.missed + 1), SlotSet("offered_passages", list(offered))]

    def not_understood(self) -> list[Any]:
        """The events after it said that it does not know."""
        return [SlotSet("missed", self.missed + 1), SlotSet("offered_passages", [])]

    def named(self, findings: Sequence[str]) -> list[Any]:
        """The event after a message that named findings, in order; none where it named none."""
        if not findings:
            return []
        return [SlotSet("mentioned_findings", list(particular((*findings, *self.mentioned)))[:REMEMBERED])]

    def not_covered(self) -> list[Any]:
        """The events after it said that it has no text on a finding: what follows is about no other."""
        return [
            SlotSet("finding", None),
            SlotSet("aspect", None),
            SlotSet("offered_passages", []),
            SlotSet("missed", 0),
        ]
