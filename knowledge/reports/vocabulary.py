"""The words of reports: names of findings, parts of the body, and what can be wrong with a part.

All of it is data: the findings' own files name them, and `report_language/structures.yml` says which lesion of which
part is which finding. A finding that gets a file is read in reports from then on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rapidfuzz.distance import OSA

from knowledge.names import NameIndex, is_english, known_stem, plain, stem

_TOKEN = re.compile(r"\d+(?:\.\d+)+|[^\W_]+(?:['’][a-z]+)?|[^\w\s]", re.IGNORECASE)
# Where "#" is a number or opens a heading and is no fracture: "image #5", "Accession #: A12"; but "a #5th metatarsal".
_NUMBER = re.compile(r"\s*(?::|#|\d+\b(?!\s*(?:st|nd|rd|th)\b))")
_NUMBERED = re.compile(
    r"(?:\b(?:accession|acc|mrn|patient|case|order|exam|image|series|slice|study|file|room|id)|#|^)\s*\Z", re.I | re.M
)
# Before it "MM" is a length and no medial meniscus.
_LENGTH = re.compile(r"(?:\d|\b(?:few|several|couple|of|in|per|by|x|sub))[\s-]*\Z", re.IGNORECASE)
# From this length on two letters of a word may be wrong: "discectomy" is no misspelled "meniscectomy".
MENDED_TWICE = 8
# How many words of a report are its title.
TITLE_WORDS = 12
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly")
Kind = Literal["finding", "lesion", "part", "inner part", "unexplained", "idiom"]


@dataclass(frozen=True)
class Token:
    """A word or a mark: as it reads (lower case, American, mended), its stem, and its place in the report."""

    word: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True)
class Found:
    """An entry of the vocabulary in a sentence: tokens first to last, last not included.

    owner: for a lesion, the finding that its words are a name of, where there is one.
    """

    kind: Kind
    id: str
    first: int
    last: int
    owner: str | None = None


@dataclass(frozen=True)
class Lesion:
    """Something that can be wrong with a part. sign, shape, affirms, of: see structures.yml."""

    id: str
    at: frozenset[str]
    alone: str | None
    absent: str | None
    carries: bool
    past: bool
    strict: bool
    quiet: bool
    near: float | None
    sign: bool
    shape: bool
    affirms: bool
    of: frozenset[str]


@dataclass(frozen=True)
class Part:
    """A part of the body. means: lesion -> finding. normal: what is ruled out when it is called normal.

    more_normal: and what is ruled out besides, by a word that says more than that it is whole. of_height: and what is,
    where only its height is called normal. not_beside: words beside a lesion that put it elsewhere in the part. bare:
    where a word describes it, it is another part, of which nothing is known.
    """

    id: str
    kind: str
    means: Mapping[str, str]
    normal: tuple[str, ...]
    lay: str
    by_region: Mapping[str, Mapping[str, Any]]
    more_normal: tuple[str, ...] = ()
    of_height: tuple[str, ...] = ()
    not_beside: frozenset[str] = frozenset()
    bare: bool = False

    def within(self, region: str | None) -> Part:
        """The part as it is meant in a region of the body ("labrum" in a hip or a shoulder)."""
        row = self.by_region.get(region or "other") or self.by_region.get("other")
        if not row:
            return self
        more = tuple(row.get("more_normal", ()))
        beside = frozenset(row.get("not_beside", ()))
        normal = tuple(row["normal"])
        return Part(
            self.id, self.kind, row["means"], normal, self.lay, {}, more, self.of_height, beside, self.bare
        )  # fmt: skip


class Vocabulary:
    """Looks words up. `names`: finding -> its names; `rows`: structures.yml; `other_words`: no misspellings."""

    def __init__(
        self, names: Mapping[str, Iterable[str]], rows: Mapping[str, Any], other_words: Iterable[str] = ()
    ) -> None:
        self.lesions = {
            i: Lesion(
                i,
                frozenset(r["at"]),
                r.get("alone"),
                r.get("absent"),
                bool(r.get("carries")),
                bool(r.get("past")),
                bool(r.get("strict")),
                bool(r.get("quiet")),
                r.get("near"),
                bool(r.get("sign")),
                bool(r.get("shape")),
                bool(r.get("affirms")),
                frozenset(r.get("of", ())),
            )
            for i, r in rows["lesions"].items()
        }
        self.parts = {
            i: Part(
                i,
                r["kind"],
                r["means"],
                tuple(r["normal"]),
                r["lay"],
                r.get("by_region", {}),
                tuple(r.get("more_normal", ())),
                tuple(r.get("of_height", ())),
                bare=bool(r.get("bare")),
            )
            for i, r in rows["parts"].items()
        }
        self._entries: dict[tuple[str, ...], list[tuple[Kind, str, str | None]]] = {}
        self._index = NameIndex(
            {
                "findings": [n for own in names.values() for n in own],
                "parts": [n for r in rows["parts"].values() for n in r["names"]],
                "lesions": [n for r in rows["lesions"].values() for n in r["words"]],
                "also": [n for own in rows["also"].values() for n in own],
                "unexplained": rows["unexplained"],
                "others": other_words,
            }
        )
        for i, row in rows["parts"].items():
            for name in row["names"]:
                self._add(name, "part", i)
        for i, row in rows["lesions"].items():
            for name in row["words"]:
                self._add(name, "lesion", i)
        status_words = frozenset(rows["status_words"])
        excluded = {self._key(name) for name in rows["not_names"]}
        for finding, own_names in names.items():
            title, *_ = own = tuple(own_names)
            for name in (*own, *rows["also"].get(finding, ())):
                if split(name)[0] in status_words and name != title:
                    continue
                if self._key(name) not in excluded or name in rows["also"].get(finding, ()):
                    self._add_name(finding, name)
        for name in rows["idioms"]:
            self._entries[self._key(name)] = [("idiom", name, None)]
        for name in rows["unexplained"]:
            if not any(kind == "finding" for kind, _, _ in self._entries.get(self._key(name), ())):
                self._add(name, "unexplained", name)
        self._known = frozenset(word for key in self._entries for word in key)
        self._mendable = rows["mended"]
        self._longest = max(map(len, self._entries))
        self.ruled_out_with: Mapping[str, Sequence[str]] = rows["ruled_out_with"]
        self.kinds: Mapping[str, Sequence[str]] = rows["kinds"]
        self.not_alone: Mapping[str, Sequence[str]] = rows["not_alone"]
        self.not_in: Mapping[str, Sequence[str]] = rows["not_in"]
        self.of_bone = frozenset(rows["of_bone"])
        self.bony, self.jointless = frozenset(rows["bony_only"]), frozenset(rows["regions_without_joints"])
        self._regions = {known_stem(word): region for region, words in rows["regions"].items() for word in words}

    def region(self, stems: Sequence[str]) -> str | None:
        """The region of the body that a report is about: that of its title, or the one it names most often.

        stems: of all its words. "History of breast cancer" makes no report of the breast where joints are named.
        """
        named = [self._regions[s] for s in stems if s in self._regions]
        title = next((self._regions[s] for s in stems[:TITLE_WORDS] if s in self._regions), None)
        joints = Counter(region for region in named if region not in self.jointless)
        if title and (title not in self.jointless or not joints):
            return title
        return next((region for region, _ in (joints or Counter(named)).most_common(1)), None)

    def regions(self, stems: Iterable[str]) -> set[str]:
        """All regions of the body that these words name."""
        return {self._regions[s] for s in stems if s in self._regions}

    def tokens(self, text: str, start: int, end: int, known: dict[str, tuple[str, str]]) -> list[Token]:
        """The tokens of a stretch. `known` keeps what each word reads as, and its stem, for the report at hand."""
        found = []
        for match in _TOKEN.finditer(text, start, end):
            word = match.group(0)
            if (
                word == "#"
                and not _NUMBER.match(text, match.end())
                and not _NUMBERED.search(text, max(0, match.start() - 12), match.start())
            ):
                word = "fracture"  # "no # of the radius"
            if word == "MM" and not _LENGTH.search(text, max(0, match.start() - 12), match.start()):
                word = "meniscus"  # "MM - torn"; but "4 MM"
            if word not in known:
                read = self._mended(plain(word)) if word[0].isalnum() else word
                known[word] = read, known_stem(read)
            found.append(Token(*known[word], match.start(), match.end()))
        return found

    def lesion(self, tokens: Sequence[Token]) -> str | None:
        """The lesion that a finding's name ends or begins with: a tear in "meniscal tear", "tear of the ACL"."""
        stems = [t.stem for t in tokens if t.word[0].isalnum()]
        for length in range(len(stems) - 1, 0, -1):
            for piece in (stems[-length:], stems[:length]):
                for kind, entry, _ in self._entries.get(tuple(piece), ()):
                    if kind == "lesion":
                        return entry
        return None

    def _mended(self, word: str) -> str:
        """A misspelled word as it was meant. The plural or past of an English word is none: "insertions" stay."""
        word = word.replace("’", "'")
        if any(word.endswith(e) and is_english(word.removesuffix(e)) for e in _ENDINGS):
            return word
        mended = self._index.mended(word)
        furthest = 1 if len(word) < MENDED_TWICE else 2
        if mended[0] != word[0] or OSA.distance(mended, word) > furthest:
            mended = word
        # four letters are too few to go by, but for a letter that is missing in one of a few words: "edma"
        if mended == word and len(word) == 4 and not is_english(word) and word not in self._known:
            nearest = [w for w in self._mendable if w[0] == word[0] and OSA.distance(w, word) == 1]
            mended = nearest[0] if len(nearest) == 1 else word
        return mended

    def find(self, tokens: Sequence[Token]) -> list[Found]:
        """Entries in order. The longest counts; a part inside a finding's name is an inner one."""
        stems, places = _words_of(tokens)
        main: list[Found] = []
        parts: list[Found] = []
        taken = 0
        part_until = 0
        for at in range(len(stems)):
            best: tuple[int, tuple[Kind, str, str | None]] | None = None
            for length in range(min(self._longest, len(stems) - at), 0, -1):
                if not _together(tokens, places, at, length):
                    continue
                entries = self._entries.get(tuple(stems[at : at + length]), ())
                for entry in entries:
                    if entry[0] == "part" and at >= part_until:
                        parts.append(Found("part", entry[1], places[at], places[at + length - 1] + 1))
                        part_until = at + length
                    elif entry[0] != "part" and best is None:
                        best = length, entry
            if best and at >= taken:
                length, (kind, entry_id, owner) = best
                main.append(Found(kind, entry_id, places[at], places[at + length - 1] + 1, owner))
                taken = at + length
        names = [m for m in main if m.kind in ("finding", "unexplained", "idiom")]
        parts = [replace(p, kind="inner part") if any(_overlap(p, n) for n in names) else p for p in parts]
        return sorted([*main, *parts], key=lambda f: f.first)

    def _add_name(self, finding: str, name: str) -> None:
        key = self._key(name)
        entries = self._entries.get(key, [])
        if any(kind == "part" for kind, _, _ in entries):
            return  # a healthy part of the body is no finding
        lesion = next((e for e in entries if e[0] == "lesion"), None)
        if lesion:
            entries[entries.index(lesion)] = ("lesion", lesion[1], lesion[2] or finding)
            return
        # "mild tendinosis": a lesion with nothing but words of degree before it is meant by the part it is in
        for length in range(len(key) - 1, 0, -1):
            tail = self._entries.get(key[-length:], [])
            head = key[:-length]
            if any(e[0] == "lesion" for e in tail) and all(word in _DEGREE_STEMS for word in head):
                return
        self._add(name, "finding", finding)

    def _add(self, name: str, kind: Kind, entry_id: str) -> None:
        entries = self._entries.setdefault(self._key(name), [])
        if not any(e[0] == kind or {e[0], kind} == {"finding", "lesion"} for e in entries):
            entries.append((kind, entry_id, None))

    def _key(self, name: str) -> tuple[str, ...]:
        return tuple(known_stem(plain(m.group(0))) for m in _TOKEN.finditer(name) if m.group(0)[0].isalnum())


_DEGREE_STEMS = frozenset(
    stem(w)
    for w in [
        "mild",
        "moderate",
        "severe",
        "marked",
        "small",
        "large",
        "trace",
        "trivial",
        "chronic",
        "acute",
        "reactive",
        "degenerative",
    ]
)


def split(text: str) -> list[str]:
    """The words and marks of a text, as tokens read them but unmended."""
    return [plain(m.group(0)) if m.group(0)[0].isalnum() else m.group(0) for m in _TOKEN.finditer(text)]


def _words_of(tokens: Sequence[Token]) -> tuple[list[str], list[int]]:
    places = [i for i, t in enumerate(tokens) if t.word[0].isalnum()]
    return [tokens[i].stem for i in places], places


def _together(tokens: Sequence[Token], places: Sequence[int], at: int, length: int) -> bool:
    """Whether nothing but hyphens, apostrophes, quotes and brackets stands between the words."""
    first, last = places[at], places[at + length - 1]
    return last - first == length - 1 or all(
        t.word[0].isalnum() or t.word in "-–'’\"()" for t in tokens[first : last + 1]
    )


def _overlap(one: Found, other: Found) -> bool:
    return one.first < other.last and other.first < one.last
