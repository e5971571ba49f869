"""What a report adds to a finding, copied word for word: side, level, grade, size, severity and place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_LEVEL = re.compile(
    r"\b(?:[CTL]\d{1,2}(?:\s*[-–/]\s*(?:[CTLS]?\d{1,2}))?|S[1-5](?:\s*[-–/]\s*S?\d)?)\b(?!\s*(?:[-–]?weight|images?|sequence|signal|hyper|hypo|bright|fat))"
    r"(?:(?:\s*(?:,|and|&|to|on|through|,\s*and)\s*)(?:[CTL]\d{1,2}(?:\s*[-–/]\s*(?:[CTLS]?\d{1,2}))?|S[1-5](?:\s*[-–/]\s*S?\d)?)\b(?!\s*(?:[-–]?weight|images?)))*",
    re.IGNORECASE,
)
# T1 and T2 are pictures before they are vertebrae.
_PICTURE = re.compile(
    r"\bT[12]\b(?!\s*[-–/]\s*(?:T|\d|L))(?:(?:\s*(?:and|/|,|or)\s*)T[12])?(?!\s*(?:vertebra|level|superior|inferior|endplate|body|compression|burst|fracture))",
    re.IGNORECASE,
)
# "The S1 root" is a nerve, wherever it is touched.
_ROOT = re.compile(r"\s*(?:nerve|root|radicul|dermatom)", re.IGNORECASE)
_SIZE = re.compile(
    r"\b\d+(?:\.\d+)?(?:\s*(?:mm|cm))?(?:\s*(?:x|×|by)\s*\d+(?:\.\d+)?(?:\s*(?:mm|cm))?)*\s*[-–]?\s*(?:mm|cm|millimeters?|centimeters?|millimetres?|centimetres?)\b",
    re.IGNORECASE,
)
_GRADE = re.compile(
    r"\b(?:grade|gr\.?|type|stage|modic type|modic)\s*"
    r"(?:[0-9]|iv|iii|ii|i|v)[a-c]?(?:\s*[-–/]\s*(?:[0-9]|iv|iii|ii|i))?\b",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"\b(?:left|right)\s+(?:greater|more|worse|larger)\s+than\s+(?:the\s+)?(?:left|right)\b"
    r"|\b(?:left[- ]sided|right[- ]sided|bilateral(?:ly)?|left|right|lt|rt|both(?! sides of)|bilat)\b\.?"
    r"|(?<![\w-])(?-i:[RL])(?![\w/:]|\.\w|[- ]?(?:spine|s\b|\d))",
    re.IGNORECASE,
)
_NO_SIDE = re.compile(r"\b(?:left|right)(?=\s+(?:greater|more|less|lateral decubitus|worse)\b)", re.IGNORECASE)
_SIDES = {
    "l": "left",
    "r": "right",
    "lt": "left",
    "rt": "right",
    "bilat": "bilateral",
    "both": "bilateral",
    "bilaterally": "bilateral",
}
_BREAK = re.compile(r"[;.:]|,|\b(?:but|while|whereas|with|and)\b", re.IGNORECASE)
_LEVEL_BREAK = re.compile(r"[;.,]|\b(?:but|and|with|while|whereas)\b", re.IGNORECASE)
_LOCATION = re.compile(
    r"\b(?:(?:medial|lateral|anterior|posterior|superior|inferior|central|proximal|distal|ulnar|radial|volar|dorsal|plantar|paracentral|foraminal|subarticular|anteromedial|anterolateral|posteromedial|posterolateral|anterosuperior|posterosuperior)"
    r"(?:\s+and\s+(?=medial|lateral|anterior|posterior))?\s*)+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Around:
    """Where the words about a finding are: its own place and its statement's, in characters of the report."""

    start: int
    end: int
    clause_start: int
    clause_end: int


class Details:
    """Copies details. `rows`: details.yml."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        words = sorted(rows["severity"], key=len, reverse=True)
        one = rf"(?:{'|'.join(map(re.escape, words))})"
        # "moderate right and mild left stenosis": the words of each side, right before the name or its place.
        self._each_side = re.compile(
            rf"(?<![\w-]){one}\s+(?:right|left)(?:[- ]sided)?(?:\s+and|,|\s*/)\s+{one}\s+(?:right|left)(?:[- ]sided)?"
            rf"(?=\s+(?:{_LOCATION.pattern})?\Z)",
            re.IGNORECASE,
        )
        self._severity = re.compile(
            rf"(?<![\w-]){one}(?:(?:\s|, ){one})*(?![\w])(?!-(?:thickness|grade))", re.IGNORECASE
        )

    def each_side(self, text: str, around: Around) -> str | None:
        """The words of degree of both sides, where the finding has them one by one."""
        found = self._each_side.search(text[around.clause_start : around.start])
        return found.group(0) if found else None

    def severity(self, text: str, around: Around) -> str | None:
        """The words of degree that stand right before the finding, or in its statement."""
        return _nearest(self._severity, text, around)

    def size(self, text: str, around: Around) -> str | None:
        return _nearest(_SIZE, text, around)

    def grade(self, text: str, around: Around) -> str | None:
        return _nearest(_GRADE, text, around)

    def location(self, text: str, around: Around) -> str | None:
        found = _nearest(_LOCATION, text, around)
        return found.strip() if found else None


def side(text: str, around: Around) -> str | None:
    """left | right | bilateral, of the word that is nearest to the finding in its statement."""
    matches = [
        m
        for m in _SIDE.finditer(text, around.clause_start, around.clause_end)
        if " than " in m.group(0).lower() or not _NO_SIDE.match(text, m.start())
    ]
    if not matches:
        return None
    if len(matches) == 2 and re.fullmatch(r"\s*(?:and|&|or|/)\s*", text[matches[0].end() : matches[1].start()]):
        return "bilateral"
    best = min(matches, key=lambda m: _distance(text, m, around))
    if " than " in best.group(0).lower():
        return "bilateral"
    word = best.group(0).lower().rstrip(".").split("-")[0].split()[0]
    return _SIDES.get(word, word)


def levels(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """The levels of the spine named between two places: words, start and end. "T2" of a T2-weighted picture is none."""
    pictures = [m.span() for m in _PICTURE.finditer(text, start, end)]
    return [
        (m.group(0), *m.span())
        for m in _LEVEL.finditer(text, start, end)
        if not any(a < m.end() and m.start() < b for a, b in pictures) and not _ROOT.match(text, m.end())
    ]


def nearest_level(text: str, found: Sequence[tuple[str, int, int]], around: Around) -> str | None:
    """Of the levels found in a sentence the one that is meant by a finding: the nearest that no comma parts from it."""

    def distance(level: tuple[str, int, int]) -> int:
        between = text[level[2] : around.start] if level[2] <= around.start else text[around.end : level[1]]
        return len(between) + 30 * len(_LEVEL_BREAK.findall(between))

    return min(found, key=distance)[0] if found else None


def _nearest(pattern: re.Pattern[str], text: str, around: Around) -> str | None:
    matches = list(pattern.finditer(text, around.clause_start, around.clause_end))
    return min(matches, key=lambda m: _distance(text, m, around)).group(0) if matches else None


def _distance(text: str, match: re.Match[str], around: Around) -> float:
    """How far a detail stands from the finding; what stands before it, unbroken, is nearer than what follows."""
    if around.start <= match.start() < around.end:
        return -1.0
    if match.end() <= around.start:
        between = text[match.end() : around.start]
        return len(between) + 40 * len(_BREAK.findall(between))
    between = text[around.end : match.start()]
    return 10 + len(between) + 40 * len(_BREAK.findall(between))
