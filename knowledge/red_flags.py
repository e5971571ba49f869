"""Danger signs in what a patient writes: no model, no network, a few milliseconds, over the whole text.

A text is read into *signs*: ids such as `joint-hot` or `fever`, each a few word groups near each other, present unless
the context says otherwise. *Flags* are combinations of signs, from one message or several: a conversation keeps the
ids of the signs that it has seen, and no words. The words stand in `red_flag_words.yml`, signs and flags in
`red_flags.yml`. docs/red-flags.md explains both files.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

from knowledge.patient_context import (
    ASKED,
    DENIED,
    FICTION,
    GENERAL,
    IMAGINED,
    NEGATED,
    OPEN,
    OTHERS,
    OVER,
    STATUSES,
    Context,
    ContextRules,
)
from knowledge.patient_words import Lexicon, Mention

FOLDER = Path(__file__).parent
# How near to each other the words of a sign stand, where the sign does not say otherwise.
NEAR_WORDS = 6
# So many different headings of a report ("findings", "impression") make a pasted text one.
REPORT_HEADINGS = 3
# "No evidence of a, b, c or d" goes on for longer in a report than in a chat.
REPORT_REACH = 3
# What cannot be seen hides no colon or heading: soft hyphens, joiners, marks of width and direction.
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
# "?fracture" is no end of a sentence; and a heading begins one, with no full stop before it.
_QUERY = re.compile(r"(^|[\s(,;:])\?\s?(?=[^\W\d_])")
# "What does this mean: …" asks of what follows, which is theirs
_QUOTED = re.compile(r"(?<=\bmean):|(?<=\bmeans):", re.IGNORECASE)
_HEADING = re.compile(r"\b((?:findings|impression|conclusion|opinion|technique|comparison|report)\s*:)", re.IGNORECASE)


class Level(StrEnum):
    """How fast to seek care; `routine` is known and never raised."""

    EMERGENCY = "emergency"
    SAME_DAY = "same-day"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


@dataclass(frozen=True)
class Flag:
    """A danger sign of the evidence.

    Attributes:
        name: what it is, in plain words, as a patient reads it.
        advice: one more sentence on what to do until then; may be empty.
        cases: (level, signs): raised at that level when all of the signs are present; the most urgent case counts.
    """

    id: str
    level: Level
    name: str
    advice: str
    cases: tuple[tuple[Level, frozenset[str]], ...]
    sources: tuple[Mapping[str, Any], ...]

    @property
    def raised_at(self) -> Level:
        """Its level; of one that is routine in most cases, that of the cases in which it is raised."""
        if self.level is not Level.ROUTINE:
            return self.level
        return min((level for level, _ in self.cases), key=lambda level: level.rank)


@dataclass(frozen=True)
class Raised:
    """A flag that holds, and how urgent it is."""

    flag: Flag
    level: Level


# group -> sentence -> its mentions there
_BySentence = Mapping[str, Mapping[int, Sequence[Mention]]]


@dataclass(frozen=True)
class _Pattern:
    """Word groups that make a sign when they stand within `words` of the one before."""

    groups: tuple[str, ...]
    words: int


class RedFlags:
    """Reads signs out of texts, and raises flags from signs."""

    def __init__(self, words: Mapping[str, Any], rows: Mapping[str, Any]) -> None:
        self.flags = {row["id"]: _flag(row) for row in rows["flags"]}
        self._fleeting = frozenset(rows["fleeting"])
        self._signs = {name: [_pattern(text) for text in texts] for name, texts in rows["signs"].items()}
        self._report_signs = {name: [_pattern(text) for text in texts] for name, texts in rows["report_signs"].items()}
        self._report_signs |= {name: self._signs[name] for name in rows["also_in_reports"]}
        self._heeds = {
            **dict.fromkeys(words["symptoms"], frozenset(STATUSES)),
            **dict.fromkeys(words["facts"], frozenset({NEGATED, GENERAL, FICTION, IMAGINED, OTHERS})),
            **dict.fromkeys(words["report"], frozenset({*STATUSES, ASKED})),
            **dict.fromkeys(words["named"], frozenset({NEGATED})),
            **dict.fromkeys(words["always"], frozenset({DENIED, OVER, FICTION})),
        }
        self._told_by_reports = frozenset(words["report"])
        # word group with a number in it -> what the number makes of it, by range
        self._ranges = {
            group: [(name, float(low), float(high)) for name, rs in row["ranges"].items() for low, high in rs]
            for group, row in words["numbers"].items()
        }
        # word -> the words that excuse it, and how near
        self._drops: dict[str, list[tuple[frozenset[str], int]]] = defaultdict(list)
        for row in words["drops"]:
            self._drops[row["word"]].append((frozenset(row["near"]), int(row["words"])))
        self._rules = ContextRules.read(words["context"])
        groups: dict[str, list[str]] = {}
        for part in ("places", "symptoms", "facts", "report", "always", "named"):
            groups |= words[part]
        groups |= {name: row["phrases"] for name, row in words["numbers"].items()}
        groups |= {name: row["phrases"] for name, row in words["context"]["triggers"].items()}
        groups |= {
            name: words["context"][name]
            for name in ("no trigger", "current", "asks help", "owned", "disowned", "returned")
        }
        groups |= {"nothing": words["nothing"], "report shape": words["report_shape"]}
        self._lexicon = Lexicon(
            groups, words["lists"], words["spellings"], words["sounds_like"], {*words["places"], *self._heeds}
        )

    def read(self, text: str, report: bool = False) -> frozenset[str]:
        """The ids of the signs that are present in a text; in a pasted report, also those of its own language."""
        return self.read_sure(text, report)[0]

    def read_sure(self, text: str, report: bool = False) -> tuple[frozenset[str], frozenset[str]]:
        """The signs that are present; and these without the ones that a report merely leaves open."""
        text = _HIDDEN.sub("", text)
        text = _QUERY.sub(r"\1query ", _HEADING.sub(r"\n\1", _QUOTED.sub(":\n", text)))
        tokens = self._lexicon.tokens(text)
        found = self._lexicon.find(tokens)
        headings = {tokens[m.start].stem for m in found if m.group == "report shape"}
        report = report or len(headings) >= REPORT_HEADINGS
        context = Context(self._rules, tokens, found, REPORT_REACH if report else 1)
        present: dict[str, dict[int, list[Mention]]] = defaultdict(lambda: defaultdict(list))
        sure: dict[str, dict[int, list[Mention]]] = defaultdict(lambda: defaultdict(list))
        for mention in self._kept(found):
            heeds = self._heeds.get(mention.group)
            status = context.status(mention) if heeds else frozenset()
            if not heeds or not heeds & status:
                sentence = tokens[mention.start].sentence
                present[mention.group][sentence].append(mention)
                if OPEN not in status or mention.group not in self._told_by_reports:
                    sure[mention.group][sentence].append(mention)
        signs = self._report_signs if report else self._signs

        def standing(mentions: _BySentence) -> frozenset[str]:
            return frozenset(
                name for name, patterns in signs.items() if any(self._stands(p, mentions) for p in patterns)
            )

        return standing(present), standing(sure)

    def raised(self, signs: Iterable[str]) -> list[Raised]:
        """The flags that these signs raise, the most urgent first."""
        present = frozenset(signs)
        found = []
        for flag in self.flags.values():
            levels = [level for level, needed in flag.cases if needed <= present and level is not Level.ROUTINE]
            if levels:
                found.append(Raised(flag, min(levels, key=lambda level: level.rank)))
        return sorted(found, key=lambda raised: raised.level.rank)

    def lasting(self, signs: Iterable[str]) -> frozenset[str]:
        """The signs that still count in a later message; "today" does not."""
        return frozenset(signs) - self._fleeting

    def _stands(self, pattern: _Pattern, mentions: _BySentence) -> bool:
        """Whether a mention of the first group has one of each other group near it. Only places may share its words."""
        if any(group not in mentions for group in pattern.groups):
            return False
        return any(
            self._has_others(first, pattern, {group: mentions[group].get(sentence, ()) for group in pattern.groups[1:]})
            for sentence, firsts in mentions[pattern.groups[0]].items()
            for first in firsts
        )

    def _has_others(self, first: Mention, pattern: _Pattern, sentence: Mapping[str, Sequence[Mention]]) -> bool:
        """Whether one sentence's mentions hold one of each further group of the pattern near the first."""
        chosen = [first]
        for group in pattern.groups[1:]:
            fitting = [
                m
                for m in self._around(sentence[group], chosen, pattern.words)
                if min(_between(m, c) for c in chosen) <= pattern.words
                and all(_between(m, c) >= 0 or not {m.group, c.group} <= self._heeds.keys() for c in chosen)
            ]
            if not fitting:
                return False
            chosen.append(min(fitting, key=lambda m: _between(m, first)))
        return True

    def _around(self, mentions: Sequence[Mention], chosen: Sequence[Mention], words: int) -> Sequence[Mention]:
        """Of one group's mentions in a sentence, in order, those that may stand so near to those chosen."""
        first = min(m.start for m in chosen) - words - self._lexicon.longest
        last = max(m.end for m in chosen) + words
        low = bisect_left(mentions, first, key=attrgetter("start"))
        return mentions[low : bisect_right(mentions, last, low, key=attrgetter("start"))]

    def _kept(self, found: Sequence[Mention]) -> list[Mention]:
        """The mentions that mean what they say: none inside an idiom, none excused by a word near it, ages by range."""
        ends: dict[int, int] = {}  # token -> the furthest end of an idiom that begins at it or before
        for idiom in (m for m in found if m.group == "nothing"):
            ends[idiom.start] = max(idiom.end, ends.get(idiom.start, 0))
        starts = sorted(ends)
        furthest = list(accumulate((ends[start] for start in starts), max))
        kept = []
        for mention in found:
            before = bisect_right(starts, mention.start)
            if before and mention.end <= furthest[before - 1]:
                continue
            if mention.group in self._ranges:
                number = mention.number
                kept += [
                    Mention(name, mention.start, mention.end)
                    for name, low, high in self._ranges[mention.group]
                    if number is not None and low <= number <= high
                ]
            else:
                kept.append(mention)
        covered: dict[str, set[int]] = defaultdict(set)  # group -> the tokens of its mentions
        for mention in kept:
            covered[mention.group].update(range(mention.start, mention.end))
        return [m for m in kept if not self._is_excused(m, covered)]

    def _is_excused(self, mention: Mention, covered: Mapping[str, AbstractSet[int]]) -> bool:
        return any(
            name in covered and not covered[name].isdisjoint(range(mention.start - words - 1, mention.end + words + 1))
            for names, words in self._drops.get(mention.group, ())
            for name in names
        )


@cache
def load_red_flags(folder: Path = FOLDER) -> RedFlags:
    """Read the two files.

    Raises:
        ValueError: a flag or sign names what is not there.
    """
    words, rows = (read_rows(folder / name) for name in ("red_flag_words.yml", "red_flags.yml"))
    groups = {group for part in ("places", "symptoms", "facts", "report", "always", "named") for group in words[part]}
    groups |= {name for row in words["numbers"].values() for name in row["ranges"]}
    signs = {**rows["signs"], **rows["report_signs"]}
    faults = [
        f"{name}: {group!r} is no word group"
        for name, texts in signs.items()
        for text in texts
        for group in _pattern(text).groups
        if group not in groups
    ]
    faults += [
        f"{row['id']}: {sign!r} is no sign"
        for row in rows["flags"]
        for _, needed in _flag(row).cases
        for sign in sorted(needed - signs.keys())
    ]
    if faults:
        raise ValueError("; ".join(faults))
    red_flags = RedFlags(words, rows)
    # A misspelled word and the flags' own names, so that the first patient waits for neither dictionary nor search.
    red_flags.read(". ".join(["warmmth", *(flag.name for flag in red_flags.flags.values())]))
    return red_flags


def read_rows(path: Path) -> dict[str, Any]:
    """What stands in a file of ours."""
    # The base loader leaves every word a word ("no", "on"); libyaml's is ten times as fast, where PyYAML has it.
    rows: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return rows


def _flag(row: Mapping[str, Any]) -> Flag:
    level = Level(row["level"])
    cases = [(level, text) for text in row.get("when", ())]
    cases += [(Level(other), text) for other, texts in row.get("when_level", {}).items() for text in texts]
    return Flag(
        row["id"], level, row["name"], row.get("advice", ""),
        tuple((level, frozenset(part.strip() for part in text.split("&"))) for level, text in cases),
        tuple(row["sources"]),
    )  # fmt: skip


def _pattern(text: str) -> _Pattern:
    """`numb ~ groin`: both within NEAR_WORDS words; `numb ~9 groin`: within nine. One sentence, in any order."""
    words = NEAR_WORDS
    groups: list[str] = []
    for part in text.split("~"):
        number, _, group = part.strip().partition(" ")
        if groups and number.isdigit():
            words, part = int(number), group
        groups.append(part.strip())
    return _Pattern(tuple(groups), words)


def _between(one: Mention, other: Mention) -> int:
    """How many words stand between two mentions; below 0 when they overlap."""
    return max(one.start, other.start) - min(one.end, other.end)
