"""Names of persons. A name is found by what stands around it: a report's header, a greeting, a title, a signature.

Words alone are no name: "Baker" and "Hoffa" are persons and findings. Only a first name with a last name behind it,
both with capitals, is taken for a person wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bot.channels.gateway.identifiers.found import Found
from bot.channels.gateway.identifiers.words import RecogniserWords, fold

_WORD = re.compile(r"[^\W\d_](?:[\w'’]|-(?=\w))*\.?")
_GAP = re.compile(r"[ \t]+")
_INITIAL = re.compile(r"[^\W\d_]\.?$")
# "I'm Ünlen and": what makes a single unknown word with a capital a name.
_AFTER_A_NAME = re.compile(r"[ \t]{0,9}(?:[,.!\n]|and\b|again\b|calling\b|from\b|$)", re.I)
# Whether a word can be part of a name.
Fits = Callable[[str], bool]
_CONTRACTED = re.compile(r"['’](?:m|d|ll|re|ve|t)$")
# Longest name: "Maria Cristina de la Cruz Hernandez".
MAX_WORDS = 6


class Persons:
    """Finds names of persons."""

    def __init__(self, words: RecogniserWords) -> None:
        self._words = words
        self._particles = frozenset(words.patterns["particles"])
        any_of = words.any_of
        start = r"(?<![\w'’-])"
        title = rf"(?:{any_of('titles')}(?<=[\w.])[ \t]{{1,3}})"
        self._labels = re.compile(
            rf"{start}{any_of('name_labels')}[ \t]{{0,9}}[:=][ \t]{{0,9}}\n?[ \t]{{0,9}}{title}?", re.I
        )
        self._strong_labels = re.compile(rf"{start}{any_of('name_labels_strong')}[ \t]{{1,3}}{title}?", re.I)
        self._introductions = re.compile(rf"{start}{any_of('introductions')}[ \t]{{0,9}}:?[ \t]{{1,3}}{title}?", re.I)
        self._weak = re.compile(rf"{start}{any_of('weak_introductions')}[ \t]{{1,3}}{title}?", re.I)
        self._titles = re.compile(rf"{start}{title}", re.I)
        self._roles = re.compile(rf"{start}{any_of('roles')},?[ \t]{{1,3}}", re.I)
        self._relations = re.compile(
            rf"{start}(?:my|our|his|her|the)[ \t]{{1,3}}(?:\w{{1,20}}[ \t]{{1,3}})?{any_of('relations')},?[ \t]{{1,3}}",
            re.I,
        )
        self._dashes = re.compile(r"\n[ \t]{0,9}[-~–—]{1,2}[ \t]{0,3}")
        self._acts = re.compile(
            rf"[ \t]{{1,3}}{any_of('does')}\b|['’]s[ \t]{{1,3}}(?:\w{{1,12}}[ \t]{{1,3}})?{any_of('owns')}\b", re.I
        )
        self._closings = re.compile(
            rf"{start}{any_of('closings')}[ \t]{{0,9}}(?:[,.!–-]+[ \t]{{0,9}}\n?|\n)[ \t\n]{{0,9}}", re.I
        )
        # What follows a name and tells that it was one.
        birth, record = any_of("birth_labels"), any_of("record_labels")
        self._before = re.compile(
            rf"[ \t]{{0,9}}(?:,[ \t]{{0,9}}(?:{any_of('degrees')})(?!\w)"
            rf"|(?:[,|(–-]+[ \t]{{0,9}}|\b)(?:(?i:{birth}|{record})(?!\w))"
            r"|<[\w.+-]+@|here\b|speaking\b)"
        )
        self._not_persons = re.compile(rf"\b{any_of('not_persons')}", re.I)

    def find(self, text: str, numbers: Iterable[Found]) -> Iterator[Found]:
        """All names of `text`; they may overlap. `numbers` are the other identifiers of it."""
        spared = [match.span() for match in self._not_persons.finditer(text)]
        addresses = [found.start for found in numbers if found.kind in ("address", "birth")]
        for found in self._all(text, frozenset(addresses)):
            if not any(start < found.end and found.start < end for start, end in spared):
                yield found

    def _all(self, text: str, addresses: frozenset[int]) -> Iterator[Found]:
        for match in self._labels.finditer(text):
            yield from self._after_label(text, match.end())
        for match in self._strong_labels.finditer(text):
            yield from self._named(text, match.end(), self._cased)
        for match in self._introductions.finditer(text):
            yield from self._named(text, match.end(), self._any_name)
        for match in self._weak.finditer(text):
            yield from self._looking_like_a_name(text, match.end())
        for match in self._titles.finditer(text):
            yield from self._named(text, match.end(), self._cased_or_listed)
        for match in self._roles.finditer(text):
            yield from self._named(text, match.end(), self._cased)
        for match in self._relations.finditer(text):
            yield from self._named(text, match.end(), self._first_or_cased)
        for match in self._closings.finditer(text):
            yield from self._signature(text, match.end(), self._cased_or_listed)
        for match in self._dashes.finditer(text):
            yield from self._signature(text, match.end(), self._first)
        yield from self._standing_alone(text, addresses)

    # How the words of a name may look, from the most to the least that is said by what stands before it.

    def _everyday(self, word: str) -> bool:
        folded = fold(word)
        return folded in self._words.no_names or folded in self._words.knowledge or bool(_CONTRACTED.search(folded))

    def _listed(self, word: str) -> bool:
        return fold(word) in self._words.first_names or fold(word) in self._words.last_names

    def _any_name(self, word: str) -> bool:
        if fold(word) in self._words.no_names:
            return False
        return not self._everyday(word) or (self._listed(word) and (word[0].isupper() or len(word) > 3))

    def _cased(self, word: str) -> bool:
        if not word[0].isupper() or fold(word) in self._words.no_names:
            return False
        return not self._everyday(word) or (self._listed(word) and not word.isupper())

    def _cased_or_listed(self, word: str) -> bool:
        return self._cased(word) or (not self._everyday(word) and (self._listed(word)))

    def _first(self, word: str) -> bool:
        return word[0].isupper() and self._is_first(word) and not self._everyday(word)

    def _is_first(self, word: str) -> bool:
        """Whether it is a first name, or two with a hyphen."""
        return fold(word) in self._words.first_names or fold(word).split("-")[0] in self._words.first_names

    def _first_or_cased(self, word: str) -> bool:
        if word[0].isupper():
            return self._cased(word)
        return fold(word) in self._words.first_names and not self._everyday(word)

    # How far a name goes.

    def _run(self, text: str, position: int) -> list[re.Match[str]]:
        """The words that follow each other from `position`, on one line, not parted by more than blanks."""
        run: list[re.Match[str]] = []
        while len(run) < MAX_WORDS and (word := _WORD.match(text, position)):
            run.append(word)
            if word[0].endswith(".") and not _INITIAL.match(word[0]):
                break  # the end of a sentence
            gap = _GAP.match(text, word.end())
            if not gap or len(gap[0]) > 1:
                break
            position = gap.end()
        return run

    def _take(self, run: list[re.Match[str]], fits: Fits) -> list[re.Match[str]]:
        """The words of `run` that are a name: "A. van der Berg"; it ends with no particle."""
        taken: list[re.Match[str]] = []
        for number, word in enumerate(run):
            more = number + 1 < len(run)
            initial = _is_initial(word[0]) and (bool(taken) or (more and word[0].endswith(".")))
            particle = fold(word[0]) in self._particles and (bool(taken) or more)
            if not (fits(word[0]) or initial or particle):
                break
            taken.append(word)
        while taken and not fits(taken[-1][0]) and not _is_initial(taken[-1][0]):
            taken.pop()
        return taken if any(fits(word[0]) for word in taken) else []

    def _named(self, text: str, position: int, fits: Fits) -> Iterator[Found]:
        taken = self._take(self._run(text, position), fits)
        if taken:
            yield _found(text, taken)

    def _after_label(self, text: str, position: int) -> Iterator[Found]:
        """ "Smith, John A." or "John Smith" in a header; not what else may stand there, like "knee pain"."""
        run = self._run(text, position)
        fits = self._header_name
        taken = self._take(run, fits)
        comma = re.compile(r",[ \t]{0,9}").match(text, taken[-1].end() if taken else run[0].end() if run else position)
        if run and comma and (len(taken) == len(run) or not taken):
            first = self._take(self._run(text, comma.end()), fits)
            # "Green, Nicole": the last name is a word, but the first name behind it tells.
            if first and (taken or (len(run) == 1 and fold(first[0][0]) in self._words.first_names)):
                taken = [run[0], *taken[1:], *first]
        if taken:
            yield _found(text, taken)

    def _header_name(self, word: str) -> bool:
        if fold(word) in self._words.no_names:
            return False
        return not self._everyday(word) or fold(word) in self._words.first_names

    def _looking_like_a_name(self, text: str, position: int) -> Iterator[Found]:
        run = self._run(text, position)
        if not run:
            return
        first = run[0][0]
        if fold(first) in self._words.first_names and not self._everyday(first):
            taken = self._take(run, self._cased if first[0].isupper() else self._first_or_cased)
            yield _found(text, taken or run[:1])
            return
        taken = self._take(run, self._cased)
        if all(self._everyday(word[0]) for word in taken):  # also when nothing was taken
            return
        shouted = any(word[0].isupper() and len(word[0]) > 1 for word in taken)
        alone = len(taken) == 1 and not taken[0][0].endswith(".") and not _AFTER_A_NAME.match(text, taken[0].end())
        if not shouted and not alone:
            yield _found(text, taken)

    def _signature(self, text: str, position: int, fits: Fits) -> Iterator[Found]:
        """One to four words that end the text or a line."""
        run = self._run(text, position)
        taken = self._take(run, fits)
        if taken and len(taken) == len(run) and re.compile(r"[ \t.!]*(?:\n|$)").match(text, taken[-1].end()):
            yield _found(text, taken)

    def _standing_alone(self, text: str, addresses: frozenset[int]) -> Iterator[Found]:
        position = 0
        while word := _WORD.search(text, position):
            position = word.end()
            if not word[0][0].isupper() or self._everyday(word[0]):
                continue
            taken = self._take(self._run(text, word.start()), self._cased)
            if not taken:
                continue
            end = taken[-1].end()
            first_name = word[0][: word[0].rfind("'")] if word[0].endswith("'s") else word[0]
            acts = self._first(first_name) and self._acts.match(text, word.start() + len(first_name))
            listed = self._is_first(word[0]) and (len(taken) > 1 or bool(acts))
            shouted = all(w[0].isupper() and len(w[0]) > 2 for w in taken)
            if shouted and listed:
                listed = all(self._listed(w[0]) for w in taken)
            comma = re.compile(r",[ \t]{0,9}").match(text, end)
            if not listed and comma and len(taken) <= 2:
                first = self._take(self._run(text, comma.end()), self._cased)
                if first and fold(first[0][0]) in self._words.first_names and _line_begins(text, word.start()):
                    taken, listed = [*taken, *first], True
                    end = taken[-1].end()
            gap = re.compile(r"[ \t]{0,9}[,|(–-]*[ \t]{0,9}").match(text, end)
            told = bool(self._before.match(text, end)) or bool(gap and gap.end() in addresses)
            if listed or (told and (len(taken) > 1 or fold(word[0]) in self._words.first_names)):
                yield _found(text, taken)
                position = end


def _is_initial(word: str) -> bool:
    return bool(_INITIAL.match(word)) and word[0].isupper()


def _line_begins(text: str, position: int) -> bool:
    return not text[text.rfind("\n", 0, position) + 1 : position].strip()


def _found(text: str, words: list[re.Match[str]]) -> Found:
    end = words[-1].end()
    if text[end - 1] == "." and not _INITIAL.match(words[-1][0]):
        end -= 1
    if text[words[0].start() : end].endswith(("'s", "’s")):
        end -= 2
    return Found("name", words[0].start(), end)
