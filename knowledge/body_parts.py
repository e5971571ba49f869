"""Where in the body a text is: the part, and if it says so the side, the compartment and the level of the spine.

    Anatomy.load().read("torn cartilage on the inner side of my left knee")
    -> (Place(part="knee", side="left", compartment="medial", level=None),)

`body_parts.yml` holds the parts. `ambiguous_words.yml` holds words that mean another finding in another part; `meant`
reads them. Names of findings are read elsewhere (knowledge/names.py); a name is better evidence than a word here.
Nothing but PyYAML and names.py is used, so that Rasa's environment can read places too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.names import Mention, NameIndex
from knowledge.passages import KNOWLEDGE

# How far from a part's name a word may stand that says its side or compartment: "left inner side of my bad knee".
NEAR_WORDS = 5
_SIDES = (
    ("both", re.compile(r"\b(?:both|bilateral(?:ly)?|either|left and right|right and left)\b", re.IGNORECASE)),
    ("left", re.compile(r"\b(?:left|left[- ]sided|lt|(?-i:L)(?! ?\d))\b\.?", re.IGNORECASE)),
    ("right", re.compile(r"\b(?:right|right[- ]sided|rt|(?-i:R))\b\.?", re.IGNORECASE)),
)
# "right away", "right now", "all right", "what is left", "am I right" say nothing of a side.
_NO_SIDE = re.compile(
    r"\bright (?:away|now|after|before|when|on|in|at|by|next|under|where|here|there|treatment|doctor|thing|way)\b"
    r"|\b(?:all|am i|is that|that'?s|quite) right\b|\b(?:is|are|was|i|have|has|had|nothing|what'?s) left\b",
    re.IGNORECASE,
)
_FIRST_VERTEBRAE = {"C": 7, "T": 12, "L": 6, "S": 5}
_LEVEL = re.compile(
    r"\b(?P<a>[CTDLS])(?P<m>1[0-2]|[1-9])(?:\s*[-–/\\]\s*(?P<b>[CTDLS])?(?P<n>1[0-2]|[1-9])|(?P<c>[CTLS])(?P<o>1[0-2]|[1-9])|(?P<p>[2-6]))?\b",
    re.IGNORECASE,
)
_REGION = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "lumbar"}
_WORD = re.compile(r"[^\W_]+")
# What parts two statements: a side in one does not hold in the other.
_BREAK = re.compile(
    r"(?<!\blt)(?<!\brt)\.|[;?!\n]|\b(?:but|while|whereas|other)\b|(?<!left )(?<!right )\band\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """A place in the body. part: a key of body_parts.yml; side: left | right | both; compartment: one of the part's;
    level: a vertebra ("L4") or a disc's level ("L4-L5"). None where the text does not say it."""

    part: str
    side: str | None = None
    compartment: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Meaning:
    """An ambiguous word of a text. findings: what it can mean at `place`, likeliest first; exactly one when the place
    settles it. start, end: where the word stands."""

    word: str
    findings: tuple[str, ...]
    place: Place | None
    start: int
    end: int


class Anatomy:
    """The parts of the body, and what is read from texts with them. Made once; reading takes well under 1 ms."""

    def __init__(self, parts: Mapping[str, Mapping[str, Any]], words: Sequence[Mapping[str, Any]] = ()) -> None:
        self._parts = parts
        names = {part: list(row["names"]) for part, row in parts.items()}
        self._names = NameIndex({part: [*own, *_compartment_names(parts[part])] for part, own in names.items()})
        self._compartments = {
            part: NameIndex({c: [*row["names"], *row.get("words", ())] for c, row in own["compartments"].items()})
            for part, own in parts.items()
            if own.get("compartments")
        }
        self._leveled = next((part for part, row in parts.items() if row.get("levels")), None)
        self._words = words
        self._ambiguous = NameIndex({str(n): row["words"] for n, row in enumerate(words)})

    @classmethod
    def load(cls, root: Path = KNOWLEDGE) -> Anatomy:
        """From `body_parts.yml` and `ambiguous_words.yml`."""
        parts = yaml.safe_load((root / "body_parts.yml").read_text(encoding="utf-8"))
        words = yaml.safe_load((root / "ambiguous_words.yml").read_text(encoding="utf-8"))
        return cls(parts, words)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self._parts)

    def places_in(self, part: str) -> tuple[Place, ...]:
        """The part as a whole and each of its compartments."""
        return (Place(part), *(Place(part, None, c) for c in self._parts[part].get("compartments", {})))

    def read(self, text: str) -> tuple[Place, ...]:
        """Every place that the text names, in order; the same place once."""
        return tuple(dict.fromkeys(place for place, _, _ in self._places(text)))

    def phrase(self, place: Place) -> str:
        """The place as an answer says it: "the inner side of the left knee", "L4-L5", "both hips"."""
        if place.level:
            return place.level
        name = str(self._parts[place.part]["names"][0])
        if place.side == "both":
            name = f"both {'feet' if name == 'foot' else name + 's'}"
        elif place.side:
            name = f"the {place.side} {name}"
        else:
            name = f"the {name}"
        if place.compartment:
            return str(self._parts[place.part]["compartments"][place.compartment]["called"]).format(part=name)
        return name

    def parts_of(self, body_parts: Iterable[str]) -> tuple[str, ...]:
        """The parts of a finding's `body_parts`, each once. Raises ValueError for one that is no part."""
        found = []
        for name in body_parts:
            ids = self._names.ids(name)
            if not ids:
                raise ValueError(f"{name!r} is not in body_parts.yml")
            found.append(ids[0])
        return tuple(dict.fromkeys(found))

    def covers(self, part: str, place: Place) -> bool:
        """Whether what is said of `part` can be meant at the place: the same part, or one within the other."""
        return part in self._with_larger(place.part) or place.part in self._with_larger(part)

    def meant(self, text: str, named: Iterable[Mention] = ()) -> tuple[Meaning, ...]:
        """The ambiguous words of a text and the findings that they can mean at the places it names.

        `named`: findings named in the text. A word inside such a name is left out ("torn" in "torn meniscus"), unless
        the name is a general one that the word stands for ("tendinitis").
        """
        places, named, meanings = self._places(text), tuple(named), []
        for mention in self._ambiguous.find(text):
            row = self._words[int(mention.id)]
            around = {m.id for m in named if m.start <= mention.start and mention.end <= m.end}
            if around - set(row["otherwise"]):
                continue
            place, findings = self._settle(row, _nearest_first(places, mention))
            if findings:
                meanings.append(Meaning(mention.name, findings, place, mention.start, mention.end))
        return tuple(meanings)

    def _settle(self, row: Mapping[str, Any], places: Sequence[Place]) -> tuple[Place | None, tuple[str, ...]]:
        for place in places:
            for part in self._with_larger(place.part):
                for key in (f"{part}: {place.compartment}", part):
                    if key in row["by_part"]:
                        return place, tuple(row["by_part"][key])
        return None, tuple(row["otherwise"])

    def _with_larger(self, part: str) -> tuple[str, ...]:
        larger = self._parts[part].get("within")
        return (part, *self._with_larger(larger)) if larger else (part,)

    def _places(self, text: str) -> list[tuple[Place, int, int]]:
        mentions = self._names.find(text)
        found = []
        for number, mention in enumerate(mentions):
            before = mentions[number - 1].end if number else 0
            after = mentions[number + 1].start if number + 1 < len(mentions) else len(text)
            near = _Surroundings(text, mention.start, mention.end, before, after)
            compartment = self._compartment(mention, near)
            found.append((Place(mention.id, near.side(), compartment), mention.start, mention.end))
        found = _one_of_neighbours(text, found)
        return self._with_levels(text, found)

    def _compartment(self, mention: Mention, near: _Surroundings) -> str | None:
        index = self._compartments.get(mention.id)
        if index is None:
            return None
        own = index.ids(mention.name)
        if own:
            return own[0]
        for stretch in (near.before, near.after):
            ids = index.ids(stretch)
            if ids:
                return ids[-1] if stretch is near.before else ids[0]
        return None

    def _with_levels(self, text: str, found: list[tuple[Place, int, int]]) -> list[tuple[Place, int, int]]:
        if self._leveled is None:
            return found
        levels = [(m, level) for m in _LEVEL.finditer(text) if (level := _level(m))]
        if not levels:
            return found
        side = next((place.side for place, _, _ in found if place.part == self._leveled and place.side), None)
        rest = [row for row in found if row[0].part != self._leveled]
        rest += [(Place(self._leveled, side, region, level), m.start(), m.end()) for m, (level, region) in levels]
        return sorted(rest, key=lambda row: row[1])


class _Surroundings:
    """The words around a part's name, up to the next part and the next statement."""

    def __init__(self, text: str, start: int, end: int, before: int, after: int) -> None:
        self._inside = text[start:end]
        left, right = text[before:start], text[end:after]
        breaks = [m.end() for m in _BREAK.finditer(left)]
        self.before = _last_words(left[breaks[-1] if breaks else 0 :])
        stop = _BREAK.search(right)
        self.after = _first_words(right[: stop.start()] if stop else right)

    def side(self) -> str | None:
        for stretch, last in ((self._inside, True), (self.before, True), (self.after, False)):
            plain = _NO_SIDE.sub(lambda m: " " * len(m.group(0)), stretch)
            hits = sorted((m.start(), side) for side, pattern in _SIDES for m in pattern.finditer(plain))
            if hits:
                return "both" if any(side == "both" for _, side in hits) else hits[-1 if last else 0][1]
        return None


def _compartment_names(part: Mapping[str, Any]) -> list[str]:
    return [name for row in part.get("compartments", {}).values() for name in row["names"]]


def _last_words(text: str) -> str:
    words = list(_WORD.finditer(text))
    return text[words[-NEAR_WORDS].start() :] if len(words) > NEAR_WORDS else text


def _first_words(text: str) -> str:
    words = list(_WORD.finditer(text))
    return text[: words[NEAR_WORDS - 1].end()] if len(words) > NEAR_WORDS else text


def _one_of_neighbours(text: str, found: list[tuple[Place, int, int]]) -> list[tuple[Place, int, int]]:
    """Two names of one part in one statement are one place: "the lunate bone of my left wrist"."""
    merged: list[tuple[Place, int, int]] = []
    for place, start, end in found:
        if merged and merged[-1][0].part == place.part and not _BREAK.search(text[merged[-1][2] : start]):
            last, first_start, _ = merged[-1]
            clash = last.side and place.side and last.side != place.side
            if not clash:
                one = Place(place.part, last.side or place.side, last.compartment or place.compartment)
                merged[-1] = (one, first_start, end)
                continue
        merged.append((place, start, end))
    return merged


def _level(match: re.Match[str]) -> tuple[str, str] | None:
    """The level that a match means, and its region; None when the spine has no such level ("C9", "T2 signal")."""
    first, number = _vertebra(match["a"], match["m"])
    if number > _FIRST_VERTEBRAE[first]:
        return None
    second, other = "", 0
    if match["n"]:
        second, other = _vertebra(match["b"] or _next_letter(first, number, int(match["n"])), match["n"])
    elif match["o"]:
        second, other = _vertebra(match["c"], match["o"])
    elif match["p"]:  # L45
        second, other = first, int(match["p"])
    if not second:
        # T1 and T2 alone are kinds of pictures, and S1 alone may be anything; a vertebra is named beside its neighbour
        return (f"{first}{number}", _REGION[first]) if first in "CL" or (first == "T" and number > 3) else None
    if not _follows(first, number, second, other):
        return None
    return f"{first}{number}-{second}{other}", _REGION[first]


def _vertebra(letter: str, number: str) -> tuple[str, int]:
    return letter.upper().replace("D", "T"), int(number)


def _next_letter(first: str, number: int, other: int) -> str:
    """L5/1 is L5-S1, C7/1 is C7-T1, T12/1 is T12-L1."""
    following = {"C": "T", "T": "L", "L": "S", "S": "S"}[first]
    return following if other < number else first


def _follows(first: str, number: int, second: str, other: int) -> bool:
    if first == second:
        return number < other <= _FIRST_VERTEBRAE[first]
    ends = {"C": ("T", (7,)), "T": ("L", (11, 12)), "L": ("S", (4, 5, 6))}
    letter, last = ends.get(first, ("", ()))
    return second == letter and number in last and other == 1


def _nearest_first(places: Sequence[tuple[Place, int, int]], mention: Mention) -> list[Place]:
    def away(row: tuple[Place, int, int]) -> int:
        _, start, end = row
        return max(start - mention.end, mention.start - end, 0)

    return [place for place, _, _ in sorted(places, key=away)]
