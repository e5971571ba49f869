"""Where a report says two things of one finding in one place: the findings say torn, the impression says intact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from knowledge.reports.reading import Contradiction, Mention, Status, safer

_OPPOSITES = ({Status.PRESENT, Status.ABSENT}, {Status.UNCERTAIN, Status.ABSENT})
_PLACE = re.compile(
    r"\b(?:medial|lateral|anterior|posterior|superior|inferior|central|left|right|proximal|distal|[CTLS]\d+)\b",
    re.IGNORECASE,
)
# A kind of the finding that is ruled out says nothing of the others: "no complete tear", "no displaced fracture".
_NARROWER = re.compile(
    r"\b(?:complete|full|displaced|acute|discrete|significant|definite|retracted|large|focal|additional|other|new|further"
    r"|severe|surfacing|frank|high[- ]grade|underlying|pathologic\w*|elsewhere|remaining|otherwise|drainable)\b",
    re.IGNORECASE,
)

_TORN = re.compile(r"\b(?:tears?|torn|rupture\w*|full[- ]thickness|split\w*|discontinu\w*|disrupt\w*)\b", re.IGNORECASE)
_ABSCESS = re.compile(r"\babscess\w*", re.IGNORECASE)


def contradictions(mentions: Sequence[Mention]) -> Iterator[Contradiction]:
    """Each finding at most once. Two mentions disagree only across sections, about the same place.

    An addendum is a later correction: what it says is there is told as there, and anything else with caution.
    """
    seen: set[str] = set()
    found = {m.finding for m in mentions if m.status is Status.PRESENT}
    for one, other in combinations(sorted(mentions, key=lambda m: m.start), 2):
        if one.finding != other.finding or one.finding in seen or one.section == other.section:
            continue
        if {one.status, other.status} not in _OPPOSITES or not _same_place(one, other):
            continue
        absent, there = (one, other) if one.status is Status.ABSENT else (other, one)
        if there.status is Status.UNCERTAIN and one.finding in found:
            continue  # "osteomyelitis. No epidural abscess. Possible psoas abscess": it is there, whatever it reaches
        if _of_another_kind(absent, there) or (there.status is Status.PRESENT and _agrees(absent, there, mentions)):
            continue
        seen.add(one.finding)
        corrected = other.section == "addendum" and other.status is Status.PRESENT
        yield Contradiction(one.finding, one, other, Status.PRESENT if corrected else safer(one.status, other.status))


def _agrees(absent: Mention, there: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether the section that rules something out also finds it, elsewhere: "MM: no tear. LM: vertical tear" agrees
    with "tear" in the impression. So does what is only called normal beside it: "infraspinatus normal".
    """
    if absent.by_normal:
        return not _words(absent) & _words(there)
    return any(
        m.finding == absent.finding and m.section == absent.section and m.status is Status.PRESENT for m in mentions
    )


def _words(mention: Mention) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", mention.term.lower())) - {"and", "the", "are", "normal", "intact"}


def _of_another_kind(absent: Mention, there: Mention) -> bool:
    """Whether what is ruled out is a tear, and what is there is none: "tendinosis. No tear." is no contradiction.

    Nor is "osteomyelitis. No abscess."
    """
    return any(kind.search(absent.term) and not kind.search(there.term) for kind in (_TORN, _ABSCESS))


def _same_place(one: Mention, other: Mention) -> bool:
    if any(_NARROWER.search(m.sentence) for m in (one, other) if m.status is Status.ABSENT):
        return False
    places = [_places(m) for m in (one, other)]
    if (one.region or other.region) != (other.region or one.region):
        return False
    return places[0] == places[1] and one.level == other.level and (one.side or other.side) == (other.side or one.side)


def _places(mention: Mention) -> set[str]:
    return {place.lower() for place in _PLACE.findall(mention.term)}
