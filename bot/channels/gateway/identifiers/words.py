"""The words that the recognisers work with: words.yml, lists of first and last names, and what knowledge/ speaks of."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import names
import yaml

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parents[3] / "knowledge"
# The most frequent last names of a US census; further down the list nearly every English word is somebody's name.
LAST_NAMES = 10_000

# Sources, what cites them, and remarks hold authors' names, which protect nothing.
_CITED = re.compile(r"^sources:.*?^(?=\S)|\[\^[^\]]*\]|(?:^|\s)#[^\n]*", re.S | re.M)
_LOWER_CASE_WORD = re.compile(r"(?<![\w.])[a-z][a-z'-]+")


@dataclass(frozen=True)
class RecogniserWords:
    """Patterns of words.yml by list; first and last names and the words of knowledge/, folded (`fold`)."""

    patterns: dict[str, list[str]]
    first_names: frozenset[str]
    last_names: frozenset[str]
    no_names: frozenset[str]
    knowledge: frozenset[str]

    def any_of(self, name: str) -> str:
        """A pattern for any entry of the list `name`, the longest first."""
        entries = sorted(self.patterns[name], key=len, reverse=True)
        pattern = re.sub(r" (\??)", lambda blank: r"[ \t]{0,3}" if blank[1] else r"[ \t]{1,3}", "|".join(entries))
        return f"(?:{pattern})"


def fold(word: str) -> str:
    """A word as the lists hold it: lower case, without accents and the possessive."""
    plain = word.lower()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return plain.removesuffix("'s").removesuffix("’s").strip(".'’-")


def read_recogniser_words() -> RecogniserWords:
    """Read them all.

    Raises:
        OSError: a file is missing.
    """
    patterns = yaml.safe_load((HERE / "words.yml").read_text(encoding="utf-8"))
    first = {fold(line.split()[0]) for key in ("first:male", "first:female") for line in _lines(names.FILES[key])}
    last = [fold(line.split()[0]) for line in _lines(names.FILES["last"])[:LAST_NAMES]]
    spoken: set[str] = set()
    for file in [*KNOWLEDGE.rglob("*.md"), *KNOWLEDGE.glob("*.yml")]:
        spoken.update(map(fold, _LOWER_CASE_WORD.findall(_CITED.sub("", file.read_text(encoding="utf-8")))))
    return RecogniserWords(
        patterns=patterns,
        first_names=frozenset(first),
        last_names=frozenset(last),
        no_names=frozenset(" ".join(patterns["no_names"]).split()),
        knowledge=frozenset(spoken),
    )


def _lines(file: str) -> list[str]:
    return Path(file).read_text(encoding="ascii").splitlines()
