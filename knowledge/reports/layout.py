"""How a report is laid out: its sections, and in them the sentences, with the label that each stands under.

Reports are dictated, typed, pasted and wrapped: headings in capitals or not, lists with and without numbers, lines cut
in the middle of a sentence. Everything here is a place in the text as it was sent; nothing is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A line this long that does not end a sentence was wrapped, whatever the next one starts with.
WRAPPED_CHARS = 60
# No sentence of a report is as long; what is, is no sentence.
LONGEST_CHARS = 600
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "vs",
        "approx",
        "e.g",
        "i.e",
        "n",
        "fig",
        "pt",
        "lt",
        "rt",
        "post",
        "ant",
        "sup",
        "inf",
        "lat",
        "med",
        "st",
        "al",
        "cf",
        "degen",
        "subch",
        "mod",
    ]
)
_ITEM = re.compile(r"[ \t]*(?:[-*•·–—]|\(?\d{1,2}[.)]|[a-z][.)])[ \t]+")
_LABEL = re.compile(
    r"(?P<label>[A-Za-z0-9][^.:;?!\n]{0,44}?)[ \t]*:(?=\s|$)"
    # "Supraspinatus - thickened": at the beginning of a line
    r"|(?<![^\n])(?P<dashed>[A-Z][A-Za-z/&]*(?: [A-Za-z/&]+){0,3})[ \t]+[-–—][ \t]+(?=\S)"
)
# "1. … 2. …" in one line
_NUMBER = re.compile(r"\s*\(?\d{1,2}[.)]\s+(?=\S)")
# "impression mild bursitis", as it is dictated; but "impression on the thecal sac" opens nothing.
_DICTATED = re.compile(
    r"(?P<name>impression|conclusion)\s+(?!(?:on|upon|of|is|was|are|at|by|from|that|to|and|or)\b)(?=[A-Za-z])", re.I
)
# Where a sentence that never ends is best cut.
_BREAK = re.compile(r"[;,]\s+|\s+(?=(?:and|but|while|there)\s)")
_STOP = re.compile(r"[.?!]+[\"”’')\]]*(?=\s|$)")
_ENDS = re.compile(r"[.:;?!][\"”’')\]]*\s*$")


@dataclass(frozen=True)
class Sentence:
    """start, end: its place in the report. section: a kind of sections.yml ("findings" where none is named).

    label: what stands before it, or first in it, with a colon, as it was written ("L4-L5", "RIGHT HIP", "Menisci"), or
    empty; it holds for the sentences after it too, to the end of its line. follows: whether it
    continues the line of the one before.
    """

    start: int
    end: int
    section: str
    label: str = ""
    follows: bool = False


class Layout:
    """Splits reports. `headings`: kind of section -> the headings that open it; `complaints`: words of a patient."""

    def __init__(
        self, headings: Mapping[str, Sequence[str]], treatment: Mapping[str, str], complaints: Iterable[str] = ()
    ) -> None:
        self._kinds = {" ".join(h.split()): kind for kind, names in headings.items() for h in names}
        names = "|".join(re.escape(h).replace(r"\ ", r"\s+") for h in sorted(self._kinds, key=len, reverse=True))
        self._heading = re.compile(
            rf"[ \t]*(?:\d+[.)][ \t]*)?(?P<name>{names})[ \t]*(?:\([^)\n]*\)[ \t]*)?"
            r"(?:#?\d[^:\n]{0,24}(?=:))?(?P<mark>:|(?=\n|$))",
            re.I,
        )
        self._treatment = treatment
        words = "|".join(re.escape(word) for word in complaints) or r"(?!)"
        self._complaint = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)

    @classmethod
    def read(cls, rows: Mapping[str, Any]) -> Layout:
        return cls(rows["headings"], rows["kinds"], rows["complaints"])

    def treatment(self, section: str) -> str:
        """What findings of a section mean: read | asked | skip | earlier."""
        return self._treatment[section]

    def complains(self, text: str) -> bool:
        """Whether a text tells what a patient feels or what happened to them."""
        return bool(self._complaint.search(text))

    def heading(self, text: str) -> str | None:
        """The kind of section that a stretch of text opens, if it does."""
        found = self._heading.match(text)
        return self._kinds[" ".join(found["name"].lower().split())] if found else None

    def sentences(self, text: str) -> list[Sentence]:
        """Every sentence, in order."""
        pieces = [(*_trimmed(text, start, end), first) for start, end, first in _pieces(text)]
        pieces = [(start, end, first) for start, end, first in pieces if start < end]
        kinds = [self._heading.match(text, start, end) or _DICTATED.match(text, start, end) for start, end, _ in pieces]
        headed = [self._kinds[" ".join(k["name"].lower().split())] for k in kinds if k]
        found: list[Sentence] = []
        section, label, label_alone = "findings", "", False
        for number, ((start, end, opens), heading) in enumerate(zip(pieces, kinds, strict=True)):
            if heading:
                section = self._kinds[" ".join(heading["name"].lower().split())]
                label = ""
                start = _trimmed(text, heading.end(), end)[0]
                if start >= end:
                    label_alone = False
                    continue
            elif self._has_ended(section, headed, text, pieces, number):
                section = "findings"
            if opens and not label_alone:
                label = ""
            if opens and text[:start].endswith("\n\n"):
                label = ""
            named = _LABEL.match(text, start, end)
            written = (named["label"] or named["dashed"]).strip() if named else ""
            if named and not heading_like(written):
                label = written
                label_alone = _trimmed(text, named.end(), end)[0] >= end
                if label_alone:
                    continue
            elif opens:
                label_alone = False
            follows = bool(found) and not opens and found[-1].section == section
            found.append(Sentence(start, end, section, label, follows))
        return found

    def _has_ended(
        self, section: str, headed: Sequence[str], text: str, pieces: Sequence[tuple[int, int, bool]], number: int
    ) -> bool:
        """Whether the reason for the scan, or the like, is over although no heading says so."""
        if self._treatment[section] == "read" or number == 0:
            return False
        if "findings" in headed:
            return False
        start, before = pieces[number][0], pieces[number - 1][1]
        if "\n" in text[before:start]:
            return True
        # Where all is one run of text, it is a sentence; where lines follow, it is all that stands before them.
        return len(headed) == 1 and "\n" not in text[start:].strip()


def heading_like(label: str) -> bool:
    """Whether what stands before a colon is a sentence of its own rather than a label."""
    return len(label.split()) > 6


def _pieces(text: str) -> list[tuple[int, int, bool]]:
    """Stretches between sentence ends, and whether each opens a line or an item of a list."""
    found = []
    for start, end in _blocks(text):
        first, at = True, start
        for stop in _STOP.finditer(text, start, end):
            word = re.search(r"[\w.]+$", text[at : stop.start()])
            plain = word.group(0).lower() if word else ""
            if text[stop.start()] == "?" and re.search(r"(?:^|[\s(,;:–—-])$", text[at : stop.start()]):
                continue  # "? early tear" asks of what follows
            if text[stop.start()] == "." and (
                plain in _ABBREVIATIONS
                or (plain.isdigit() and len(plain) < 3 and not text[at : stop.start()].strip(" \t-").strip(plain))
            ):
                continue
            found.append(_numbered(text, at, stop.end(), first))
            first, at = False, stop.end()
        if text[at:end].strip():
            found.append(_numbered(text, at, end, first))
    return [piece for whole in found for piece in _cut(text, *whole)]


def _numbered(text: str, start: int, end: int, first: bool) -> tuple[int, int, bool]:
    """A piece without the number that makes it an item of a list."""
    number = _NUMBER.match(text, start, end)
    return (number.end(), end, True) if number and not first else (start, end, first)


def _cut(text: str, start: int, end: int, first: bool) -> Iterator[tuple[int, int, bool]]:
    """A sentence without an end in pieces that can be read in time."""
    while end - start > LONGEST_CHARS:
        breaks = [m.end() for m in _BREAK.finditer(text, start + LONGEST_CHARS // 2, start + LONGEST_CHARS)]
        middle = breaks[-1] if breaks else text.rfind(" ", start, start + LONGEST_CHARS) + 1
        middle = middle if middle > start else start + LONGEST_CHARS
        yield start, middle, first
        start, first = middle, False
    yield start, end, first


def _blocks(text: str) -> list[tuple[int, int]]:
    """Lines, with those that were wrapped put together again."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    blocks: list[tuple[int, int]] = []
    for start, end in lines:
        item = _ITEM.match(text, start, end)
        begin = item.end() if item else start
        if not text[begin:end].strip():
            blocks.append((end, end))
            continue
        if blocks and not item and _continues(text, blocks[-1], start, end):
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((begin, end))
    return blocks


def _continues(text: str, block: tuple[int, int], start: int, end: int) -> bool:
    before, gap = text[block[0] : block[1]], text[block[1] : start]
    if not before.strip() or gap.count("\n") > 1 or _ENDS.search(before):
        return False
    line = text[start:end].lstrip()
    if _LABEL.match(line):
        return False
    last = before.rsplit("\n", 1)[-1]
    return line[:1].islower() or len(last) >= WRAPPED_CHARS


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), end - len(stretch) + len(stretch.rstrip())
