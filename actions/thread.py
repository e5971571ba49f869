"""The thread of a conversation: what it is about, kept in typed slots, so that a follow-up need not say it again.

docs/conversation.md tells which slot is kept, dropped or carried over when. Pure functions, tested without Rasa.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import SlotSet

from knowledge.passages import Passage


@dataclass(frozen=True)
class Thread:
    """What the conversation is about.

    finding, aspect: of the last explained passage; earlier: the finding before that; passage: id of the last passage
    shown, whatever it was; short: whether its short form was shown; offered: ids of the passages last offered to choose
    from; missed: how often in a row a question was not understood; report: findings of the report that was read, in the
    order they were told; body_part: the last one named; cautions: ids of about# passages on caution that were said.
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

    @classmethod
    def of(cls, slots: Mapping[str, Any]) -> Thread:
        """Read a tracker's slots; a slot that is missing or empty is as at the start of a conversation."""
        return cls(
            finding=slots.get("finding"),
            aspect=slots.get("aspect"),
            earlier=slots.get("earlier_finding"),
            passage=slots.get("shown_passage"),
            short=bool(slots.get("shown_short")),
            offered=tuple(slots.get("offered_passages") or ()),
            missed=int(slots.get("missed") or 0),
            report=tuple(slots.get("report_findings") or ()),
            body_part=slots.get("body_part"),
            cautions=tuple(slots.get("cautions") or ()),
        )

    def shown(self, passage: Passage, short: bool = False) -> list[Any]:
        """The events after a passage was shown: the thread follows a finding, and stays where it is beside a topic."""
        events = [
            SlotSet("shown_passage", passage.id), SlotSet("shown_short", short), SlotSet("missed", 0),
            SlotSet("offered_passages", []),
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
