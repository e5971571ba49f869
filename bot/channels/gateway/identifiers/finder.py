"""Finds identifiers in what a patient typed, and masks them. No model, and well below a millisecond for a message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cache

from bot.channels.gateway.identifiers.found import Found
from bot.channels.gateway.identifiers.numbers import Numbers
from bot.channels.gateway.identifiers.persons import Persons
from bot.channels.gateway.identifiers.words import read_recogniser_words

# Stands where an identifier was. It is no word, so it can change neither the intent nor what is found.
MASK = "…"


class Identifiers:
    """The recognisers, put together. Keeps nothing of what it reads."""

    def __init__(self, numbers: Numbers, persons: Persons) -> None:
        self._numbers = numbers
        self._persons = persons

    def find(self, text: str) -> list[Found]:
        """All identifiers of `text` in order, none inside another."""
        numbers = list(self._numbers.find(text))
        persons = list(self._persons.find(text, numbers))
        beside = self._numbers.beside(text, persons)
        return list(_apart([*numbers, *persons, *beside]))

    def mask(self, text: str) -> str:
        """`text` with "…" in the place of each identifier; the very same text when there is none."""
        parts, end = [], 0
        for found in self.find(text):
            parts += [text[end : found.start], MASK]
            end = found.end
        return "".join([*parts, text[end:]])


@cache
def load_identifiers() -> Identifiers:
    """The recognisers, with their words; reads files at the first call (about 0.2 s).

    Raises:
        OSError: a file of words is missing.
    """
    words = read_recogniser_words()
    return Identifiers(Numbers(words, dt.date.today().year), Persons(words))


def _apart(found: Iterable[Found]) -> Iterator[Found]:
    """What overlaps becomes one, of the kind of the longest."""
    held: Found | None = None
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if held and one.start < held.end:
            kind = max((held, one), key=lambda f: f.end - f.start).kind
            held = Found(kind, held.start, max(held.end, one.end))
            continue
        if held:
            yield held
        held = one
    if held:
        yield held
