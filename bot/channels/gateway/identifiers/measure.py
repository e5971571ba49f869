"""How well identifiers are found on marked lines, and whether anything else is taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.channels.gateway.identifiers.finder import Identifiers
from bot.channels.gateway.identifiers.found import Found

_MARK = re.compile(r"\[(name|birth|record|accession|phone|email|address):([^\]]*)\]")


@dataclass(frozen=True)
class Line:
    """A line, and what has to be found in it."""

    id: str
    split: str
    text: str
    marked: tuple[Found, ...]


@dataclass
class Measured:
    """Counts by kind. An identifier is found when every letter and digit of it is masked, whatever it was taken for.

    wrong: what was taken and touches no identifier, by the kind it was taken for.
    """

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        return self.found[kind] / self.marked[kind] if self.marked[kind] else 1.0

    def precision(self, kind: str) -> float:
        return 1 - self.wrong[kind] / self.taken[kind] if self.taken[kind] else 1.0


def read_lines(file: Path) -> list[Line]:
    """The lines of a file like tests/privacy/lines.yml, its marks taken out of the texts."""
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [Line(row["id"], row["split"], *unmarked(row["text"])) for row in rows]


def unmarked(marked: str) -> tuple[str, tuple[Found, ...]]:
    """The text without marks, and where the identifiers stand in it.

    >>> unmarked("I am [name:Jo].")
    ('I am Jo.', (Found(kind='name', start=5, end=7),))
    """
    text, found, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        found.append(Found(match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        end = match.end()
    return text + marked[end:], tuple(found)


def measure(identifiers: Identifiers, lines: Iterable[Line]) -> Measured:
    """Count what is found on `lines`, with one line for each fault."""
    measured = Measured()
    for line in lines:
        taken = identifiers.find(line.text)
        hidden = {i for found in taken for i in range(found.start, found.end)}
        for mark in line.marked:
            measured.marked[mark.kind] += 1
            if all(i in hidden for i in range(mark.start, mark.end) if line.text[i].isalnum()):
                measured.found[mark.kind] += 1
            else:
                measured.faults.append(f"{line.id} missed {mark.kind}: {_shown(line.text, mark)}")
        for found in taken:
            measured.taken[found.kind] += 1
            if not _touches(found, line.marked):
                measured.wrong[found.kind] += 1
                measured.faults.append(f"{line.id} taken for {found.kind}: {_shown(line.text, found)}")
    return measured


def changed(identifiers: Identifiers, texts: Iterable[str]) -> list[str]:
    """The texts without identifiers of which something is taken all the same."""
    return [f"{text} -> {masked}" for text in texts if (masked := identifiers.mask(text)) != text]


def _touches(found: Found, marked: Sequence[Found]) -> bool:
    return any(mark.start < found.end and found.start < mark.end for mark in marked)


def _shown(text: str, found: Found) -> str:
    return repr(f"{text[: found.start]}⟦{text[found.start : found.end]}⟧{text[found.end :]}")
