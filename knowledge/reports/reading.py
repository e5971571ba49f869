"""What is read from a report: the mentions of findings, and all else that a patient is told of it.

Every `start` and `end` is a place in the report as it was sent, in characters; the words there are the patient's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum


class Status(str, Enum):
    """What the report says of a finding."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    PRIOR = "prior"


# What comes first where a report says several things of one finding, in one section: whoever is told "uncertain" asks.
_RANK = (Status.PRESENT, Status.UNCERTAIN, Status.ABSENT, Status.PRIOR)
# What comes first where two sections contradict each other: "present" is never told where the other says no.
_SAFER = (Status.UNCERTAIN, Status.PRESENT, Status.ABSENT, Status.PRIOR)
_CONCLUDING = ("impression", "addendum")


@dataclass(frozen=True)
class Span:
    """Words of the report. name: for a normal structure, how a lay person calls it."""

    words: str
    start: int
    end: int
    name: str = ""


@dataclass(frozen=True)
class Section:
    """name: exam | technique | comparison | history | findings | impression | addendum | other."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Hedge:
    """A hedging phrase and the topic that explains it ("report-language#cannot-exclude")."""

    topic: str
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Mention:
    """One place where a report says something of a finding.

    term: the words that name it; sentence: the whole sentence; region: the part of the body that the sentence or its
    label names, if it names one. side is left | right | bilateral. The other details are
    the report's own words, or None where it has none; nothing is inferred. by_normal: the finding is only ruled out
    by its structure being called normal ("ACL is intact").
    """

    finding: str
    term: str
    status: Status
    start: int
    end: int
    sentence: str
    section: str
    region: str | None = None
    side: str | None = None
    location: str | None = None
    level: str | None = None
    grade: str | None = None
    size: str | None = None
    severity: str | None = None
    by_normal: bool = False


@dataclass(frozen=True)
class Contradiction:
    """Two mentions of one finding in one place that cannot both be right, and the safer status, which is told.

    It is present only where an addendum corrects what the report said.
    """

    finding: str
    first: Mention
    second: Mention
    safer: Status


@dataclass(frozen=True)
class Reading:
    """All that was read, each tuple in the order of the text.

    unexplained: phrases that say that something is there, and that no finding covers.
    """

    mentions: tuple[Mention, ...] = ()
    hedges: tuple[Hedge, ...] = ()
    normal: tuple[Span, ...] = ()
    unexplained: tuple[Span, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    sections: tuple[Section, ...] = ()

    def by_finding(self) -> Mapping[str, Status]:
        """Finding -> what the report says of it on the whole, the findings of the impression first.

        The impression counts where it mentions the finding, else the rest. What is true of one place ("no tear" of one
        meniscus) gives way to what is true of another ("torn"). Where the report contradicts itself, the safer holds.
        """
        own: dict[str, list[Mention]] = {}
        for mention in sorted(self.mentions, key=lambda m: m.section not in _CONCLUDING):
            own.setdefault(mention.finding, []).append(mention)
        contradicted = {c.finding: c.safer for c in self.contradictions}
        return {finding: contradicted.get(finding) or _overall(mentions) for finding, mentions in own.items()}

    def told(self) -> tuple[Mention, ...]:
        """The mentions to tell: for each finding those that bear its status on the whole, and those of the past.

        A finding that is uncertain in one meniscus and ruled out in the other is not also told as "not seen"; all
        mentions of a contradicted one bear the safer status. What an addendum corrects is not told.
        """
        overall = self.by_finding()
        safer = {c.finding: c.safer for c in self.contradictions if c.safer is not Status.PRESENT}
        return tuple(
            replace(m, status=safer[m.finding]) if m.finding in safer and m.status is not Status.PRIOR else m
            for m in self.mentions
            if m.finding in safer or m.status in (overall[m.finding], Status.PRIOR)
        )


def _overall(mentions: Sequence[Mention]) -> Status:
    concluding = [m for m in mentions if m.section in _CONCLUDING and not m.by_normal]
    said = {m.status for m in concluding} - {Status.PRIOR, Status.ABSENT} or {m.status for m in mentions}
    return next(status for status in _RANK if status in said)


def safer(one: Status, other: Status) -> Status:
    """The status to tell where a report says both of the same thing."""
    if Status.ABSENT in (one, other) and one is not other:
        return Status.UNCERTAIN
    return next(status for status in _SAFER if status in (one, other))
