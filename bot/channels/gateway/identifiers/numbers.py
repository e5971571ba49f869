"""Identifiers of numbers, or with a form of their own: dates of birth, record numbers, phones, e-mails, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.channels.gateway.identifiers.found import Found
from bot.channels.gateway.identifiers.words import RecogniserWords

# A full date this long ago is hardly a scan's: it is taken for a date of birth wherever it stands.
YEARS_AGO = 18

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:19|20)\d\d"
DATE = (
    rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-](?:{_YEAR}|\d\d)|{_YEAR}[./-]\d{{1,2}}[./-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?:[ ]of)?[ -]{_MONTH}[ ,-]{{1,2}}(?:{_YEAR}|'?\d\d)"
    rf"|{_MONTH}[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]{_YEAR})(?![\d/])"
)
# A number's label is followed by "number", "no." and the like; between it and the number a few words may stand.
_NUMBER = r"(?:nos?\b\.?|nrs?\b\.?|num(?:ber)?s?\b|id\b|i\.d\.|\#)"
_BETWEEN = r"(?:[ \t]{1,3}\w{1,20}){0,4}?[ \t]{1,3}(?:is|was)\b[ \t:]{0,9}|[ \t]{0,9}[:#=.-]?[ \t]{0,9}"
# Four digits or more, with letters and dashes between.
_VALUE = r"(?=(?:[A-Z/-]{0,6}\d){4})[A-Z0-9](?:[A-Z0-9/-]|[ ](?=\d{3})){3,19}\b"
_UNITS = r"(?![ ]?(?:mg|mcg|mm|cm|ml|ms|iu|cells|cal|kcal|steps|m|kg|lbs?|hz)\b)"

_EMAIL = re.compile(
    r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|\b[\w.+-]{1,64}[ ]?(?:\(at\)|\[at\]|[ ]at[ ])[ ]?[\w-]{1,40}[ ]?(?:\(dot\)|\[dot\]|[ ]dot[ ])[ ]?"
    r"(?:com|org|net|edu|co)\b",
    re.I,
)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.I)
_PHONES = re.compile(
    r"(?<![\w.])(?:"
    r"\+\d[\d ().-]{7,18}\d"
    r"|(?:1[ .-])?\(?\d{3}\)?[ .-]?\d{3}[ .-]\d{4}"
    r"|0\d{2,4}[ -]?\d{3,4}[ -]?\d{3,4}"
    r"|\d{10,11}"
    rf"|\d{{3}}-\d{{4}}{_UNITS}"
    r")(?![\w-])",
    re.I,
)
# Long runs of digits, and the forms of national numbers, are somebody's whatever stands before them.
_LONG_NUMBERS = re.compile(
    rf"(?<![\w.,/-])(?:[A-Z]{{0,4}}-?\d{{6,12}}|\d{{3}}-\d{{2}}-\d{{4}})(?![\w.]\d|\w){_UNITS}", re.I
)

_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_CITY = r"[^\W\d_][\w.'’-]{0,30}(?:[ ][^\W\d_][\w.'’-]{0,30}){0,2}"
# The second half of a British postcode never has C, I, K, M, O or V, so "L4 5MM" is none.
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]?[ ]\d[ABD-HJLNP-UW-Z]{2}\b"
_PLACE = rf"(?:,?[ \n](?:{_CITY}),?[ ](?:(?:{_STATES})[ ]\d{{5}}(?:-\d{{4}})?\b|{_POSTCODE}))"
_ROOM = r"(?:,?[ ](?:apt|apartment|unit|suite|ste|flat|room|\#)\.?[ ]?\w{1,5}\b)"
_STREET = re.compile(
    r"(?:\bflat[ ]\w{1,4},[ ])?"
    r"(?<![\w./-])\d{1,5}[a-z]?[ ](?P<name>(?:[^\W_][\w.'’-]{0,30}[ ]){1,3})"
    r"(?P<kind>street|avenue|road|lane|drive|boulevard|st|ave|rd|ln|dr|blvd|court|ct|close|way|place|pl|terrace|crescent"
    r"|square|highway|hwy|parkway|pkwy|circle|row|gardens|mews|grove|hill|park|plaza|trail|loop|alley)\b\.?"
    rf"{_ROOM}?{_PLACE}?",
    re.I,
)
_ALWAYS_STREETS = frozenset({"street", "avenue", "road", "boulevard", "lane"})
_BOX = re.compile(rf"\bp\.?[ ]?o\.?[ ]?box[ ]\d+{_PLACE}?", re.I)
_TOWN = re.compile(
    rf"\b[A-Z][\w.'-]{{1,30}}(?:[ ][A-Z][\w.'-]{{1,30}})?,[ ](?:{_STATES})[ ]\d{{5}}(?:-\d{{4}})?\b|\b{_POSTCODE}"
)
_ADDRESS_LINE = re.compile(r"\baddress[ \t]{0,9}:[ \t]{0,9}(?P<value>[^\n;|]{0,120})", re.I)
_ASIDE = re.compile(r"[ \t]{0,9}[,|(/–-]*[ \t]{0,9}")


class Numbers:
    """Finds every kind but names."""

    def __init__(self, words: RecogniserWords, this_year: int) -> None:
        any_of = words.any_of
        self._oldest = this_year - YEARS_AGO
        self._no_streets = frozenset(" ".join(words.patterns["no_streets"]).split())
        self._birth = re.compile(
            rf"(?<![\w.]){any_of('birth_labels')}[ \t]{{0,9}}(?:[:=(-]|is|was|on|in)?[ \t]{{0,9}}(?:on|in)?"
            rf"[ \t]{{0,9}}\n?[ \t]{{0,9}}(?P<value>{DATE}|{_YEAR}\b)",
            re.I,
        )
        self._birth_after = re.compile(rf"(?P<value>{DATE})[ \t]{{0,9}}\(?[ \t]{{0,9}}(?:d\.?o\.?b\b|birth)", re.I)
        self._date = re.compile(rf"(?<![\d/.-]){DATE}", re.I)
        self._record, self._accession = (
            re.compile(
                rf"\b(?:{any_of(f'{kind}_labels')}\b\.?(?:[ \t]{{0,9}}{_NUMBER}){{0,2}}"
                rf"|{any_of(f'{kind}_labels_weak')}[ \t]{{0,9}}{_NUMBER}(?:[ \t]{{0,9}}{_NUMBER})?)"
                rf"(?:{_BETWEEN})(?P<value>{_VALUE})",
                re.I,
            )
            for kind in ("record", "accession")
        )
        self._phone = re.compile(
            rf"\b{any_of('phone_labels')}\b\.?(?:[ \t]{{0,9}}{_NUMBER})?(?:[ \t]{{1,3}}(?:is|at|on|me|us))?"
            rf"[ \t:]{{0,9}}(?P<value>\+?\(?\d[\d ().-]{{5,17}}\d)(?!\w)",
            re.I,
        )

    def find(self, text: str) -> Iterator[Found]:
        """All of them; they may overlap."""
        for kind, pattern in (
            ("email", _EMAIL),
            ("address", _LINK),
            ("phone", _PHONES),
            ("record", _LONG_NUMBERS),
            ("address", _BOX),
            ("address", _TOWN),
        ):
            for match in pattern.finditer(text):
                yield Found(kind, *match.span())
        for kind, pattern in (
            ("birth", self._birth),
            ("birth", self._birth_after),
            ("record", self._record),
            ("accession", self._accession),
            ("phone", self._phone),
            ("address", _ADDRESS_LINE),
        ):
            for match in pattern.finditer(text):
                yield Found(kind, *match.span("value"))
        for match in self._date.finditer(text):
            year = re.search(_YEAR, match[0])
            if year and int(year[0]) <= self._oldest:
                yield Found("birth", *match.span())
        yield from self._streets(text)

    def beside(self, text: str, persons: Iterable[Found]) -> Iterator[Found]:
        """Dates that stand right behind a person: "SMITH, JOHN | 02/03/2015"."""
        for person in persons:
            gap = _ASIDE.match(text, person.end)
            if gap and (date := self._date.match(text, gap.end())):
                yield Found("birth", *date.span())

    def _streets(self, text: str) -> Iterator[Found]:
        for match in _STREET.finditer(text):
            name = match["name"].split()
            if any(word.lower().strip(".,") in self._no_streets for word in name):
                continue
            if match["kind"].lower() in _ALWAYS_STREETS or all(
                word[0].isupper() or word[0].isdigit() for word in [*name, match["kind"]]
            ):
                yield Found("address", *match.span())
