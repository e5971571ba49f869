"""Which structures a sentence calls normal: "the ACL and PCL are intact", "Normal menisci", "Menisci: intact"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.names import known_runs
from knowledge.reports.context import Trigger
from knowledge.reports.vocabulary import Found, Part, Token, Vocabulary, split

_IS = frozenset(("is", "are", "was", "were", "appears", "appear", "remains", "remain"))
_VERBS = _IS | frozenset(
    ("seems", "seem", "looks", "look", "has", "have", "demonstrates", "demonstrate", "shows", "show")
)
_COPULAS = _VERBS | frozenset(("within", ":"))
_ENDS = frozenset((";", ".", "but", "however", "although", "while", "whereas", "without", "with", "except", "there"))

# A doubt farther before a normal word, in words, is about something else: dictated reports have no full stops.
FARTHEST = 16

# What is told with a normal structure, right before and after it: "RIGHT femoral head", "normal in SIGNAL".
_LEADING = frozenset(("left", "right", "bilateral", "both", "medial", "lateral", "anterior", "posterior", "visualized"))
_TRAILING = frozenset(
    ("in", "signal", "intensity", "appearance", "caliber", "size", "height", "contour", "position", "thickness")
)
# What may stand before ligaments where all of a joint are meant.
_BARE = frozenset(
    ("the", "all", "and", "or", "left", "right", "major", "main", "stabilizing", "supporting", "normal", "intact",
     "imaged", "visualized", "knee", "ankle", "unremarkable")
)  # fmt: skip
_SAME = frozenset(("ligament", "tendon", "ligaments", "tendons"))
_BULKS = frozenset(("bulk", "volume", "mass"))
_CLOSES = frozenset((".", ",", ";", "signal", "in"))
_HEIGHTS = frozenset(("height", "heights"))
_PLACES = frozenset(("position", "alignment", "location", "course", "orientation"))


@dataclass(frozen=True)
class Normal:
    """A part that is called normal: the words (tokens first to last) and the findings that this rules out."""

    part: Part
    first: int
    last: int
    rules_out: tuple[str, ...]


class NormalWords:
    """Finds normal structures. `rows`: normal.yml."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._words = frozenset(tuple(split(w)) for w in rows["normal"])
        self._longest = max(map(len, self._words))
        self._weak = frozenset(rows["weak_before"])
        self._not = frozenset(rows["not_before"])
        self._after_colon = frozenset(rows["after_colon"])
        self._whole = frozenset(tuple(split(w)) for w in rows["whole"])

    def find(
        self, tokens: Sequence[Token], found: Sequence[Found], triggers: Sequence[Trigger], vocabulary: Vocabulary,
        region: str | None,
    ) -> Iterator[Normal]:  # fmt: skip
        """Every part that is called normal, in order. "Otherwise normal" is told, and rules nothing out."""
        words = [t.word for t in tokens]
        parts = [f for f in found if f.kind == "part"]
        lesions = [f for f in found if f.kind not in ("part", "inner part", "idiom")]
        taken: set[tuple[int, int]] = set()
        for first, last in self._runs(words):
            before = words[max(0, first - 3) : first]
            if self._not & set(before):
                continue
            weak = bool(self._weak & set(before)) or any(
                t.says in ("uncertain", "asked") and 0 <= first - t.last <= FARTHEST for t in triggers
            )
            own = [(first, part) for part in self._covered(words, first, last, parts, lesions)]
            for begin, part in [*own, *_alike(words, last, parts)]:
                if (part.first, part.last) in taken:
                    continue
                # "the tendons are in normal position" says nothing of a tear; "and show normal signal" may follow
                placed = bool(_PLACES & set(words[last : last + 1])) or _is_of_bulk(words, first, last, part)
                if not placed:
                    taken.add((part.first, part.last))
                meant = vocabulary.parts[part.id].within(region)
                start, end = _in_full(words, min(begin, part.first), max(last if begin == first else 0, part.last))
                rules_out = meant.normal
                if tuple(words[first:last]) not in self._whole:
                    rules_out += meant.more_normal
                if _is_of_height(words, first, last):
                    rules_out += meant.of_height
                described = meant.bare and not _stands_alone(words, part)
                yield Normal(meant, start, end, () if weak or placed or described else rules_out)

    def followed(self, tokens: Sequence[Token], parts: Sequence[Found]) -> list[Found]:
        """The parts that a normal word stands right behind: the MCL in "torn meniscus, MCL intact"."""
        words = [t.word for t in tokens]
        firsts = {first for first, _ in known_runs(words, self._words, self._longest)}
        return [p for p in parts if p.last in firsts or (p.last + 1 in firsts and words[p.last] in _COPULAS)]

    def _runs(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Where the normal words stand, in order; also what is one only behind a colon: "Scaphoid: N." """
        runs = list(known_runs(words, self._words, self._longest))
        runs += [
            (at, at + 1)
            for at, word in enumerate(words)
            if at and word in self._after_colon and words[at - 1] == ":" and (words[at + 1 :] or ["."])[0] in _CLOSES
        ]
        return sorted(runs)

    def _covered(
        self, words: Sequence[str], first: int, last: int, parts: Sequence[Found], lesions: Sequence[Found]
    ) -> list[Found]:
        before = [p for p in parts if p.last <= first]
        after = [p for p in parts if p.first >= last]
        closes = words[last : last + 1] in ([","], ["."]) or bool(_ENDS & set(words[last : last + 1]))
        said_of_before = before and (_COPULAS & set(words[max(0, first - 4) : first]) or not after or closes)
        # "the achilles is normal plantar fascia is normal", as it is dictated
        complete = before and before[-1].last == first - 1 and words[first - 1] in _IS
        if said_of_before and (complete or not (after and after[0].first == last)):
            start = max((i + 1 for i in range(first) if words[i] in _ENDS and i < before[-1].first), default=0)
            # "Ligaments: the ACL is intact" is about the ACL
            colon = max((i for i in range(before[-1].first) if words[i] == ":"), default=0)
            own = [p for p in before if p.first >= max(start, colon) and not _ENDS & set(words[p.last : first])]
            return own[_last_list(words, own, lesions) :]
        stop = next(
            (i for i in range(last, len(words)) if words[i] in _ENDS or words[i] in _VERBS),
            len(words),
        )
        return [p for p in after if p.first < stop]


def _alike(words: Sequence[str], last: int, parts: Sequence[Found]) -> list[tuple[int, Found]]:
    """The parts said to be as those before them, each with where that begins: "the ACL is intact, as is the MCL"."""
    at = last
    while words[at : at + 1] and words[at] in (",", "and"):
        at += 1
    if words[at : at + 1] not in (["as"], ["so"], ["likewise"], ["similarly"]):
        return []
    verb = next((i for i in range(at + 1, min(at + 4, len(words))) if words[i] in _IS), None)
    if verb is None:
        return []
    stop = next((i for i in range(verb + 1, len(words)) if words[i] in _ENDS or words[i] in _VERBS), len(words))
    return [(at, p) for p in parts if verb < p.first and p.last <= stop]


def _stands_alone(words: Sequence[str], part: Found) -> bool:
    """Whether no word describes a part: "the ligaments", but not "the coronary ligaments"."""
    before = words[part.first - 1] if part.first else "."
    return not before[0].isalnum() or before in _BARE


def _is_of_bulk(words: Sequence[str], first: int, last: int, part: Found) -> bool:
    """Whether it is the bulk of a muscle that is normal: its tendon may be torn."""
    return not _BULKS.isdisjoint([*words[part.last : first], *words[last : last + 2]])


def _is_of_height(words: Sequence[str], first: int, last: int) -> bool:
    """Whether a normal word is of a height: "normal in height", "show normal height", "of normal height"."""
    return not _HEIGHTS.isdisjoint(words[last : last + 3 if words[last : last + 1] == ["in"] else last + 1])


def _last_list(words: Sequence[str], parts: Sequence[Found], lesions: Sequence[Found]) -> int:
    """Where the last list of parts begins: of "the ACL is attenuated, PCL and MCL intact" at the PCL."""
    for at in range(len(parts) - 1, 0, -1):
        start, end = parts[at - 1].last, parts[at].first
        if end and words[end - 1] == "the" and words[end] in _SAME:
            continue  # "the MCL has healed and the ligament is normal"
        if _VERBS & set(words[start:end]) or any(start <= f.first and f.last <= end for f in lesions):
            return at
    return 0


def _in_full(words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    while first and words[first - 1] in _LEADING:
        first -= 1
    end = last
    while end < len(words) and words[end] in _TRAILING:
        end += 1
    return first, end if words[end - 1] != "in" else last
