"""Which language a message is written in, so that it can be told in that language that only English is understood.

Detection is lingua's (lingua-language-detector). Short texts, misspelled ones and those with Latin names are easily
mistaken: a message counts as foreign only when English is very unlikely and hardly a word of it is a common one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bm25s.stopwords import (
    STOPWORDS_DUTCH,
    STOPWORDS_EN,
    STOPWORDS_FRENCH,
    STOPWORDS_GERMAN,
    STOPWORDS_ITALIAN,
    STOPWORDS_PORTUGUESE,
    STOPWORDS_SPANISH,
    STOPWORDS_SWEDISH,
    STOPWORDS_TURKISH,
)
from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

# The languages that bot/domain/languages.yml has words in.
SPOKEN = (
    "ES", "FR", "DE", "PT", "IT", "NL", "PL", "RU", "UK", "TR", "AR", "ZH", "VI", "TL", "HI", "KO", "JA", "RO", "SV",
)  # fmt: skip
# A text of fewer words in Latin letters tells too little.
FEWEST_WORDS = 4
# The likelihood of English up to which a text is not English. Spanish and Portuguese share the rest, whichever it is.
# None of the 19,208 English examples of data/nlu counts as foreign.
ENGLISH = 0.04
# The same where the text has as many of the most common words of its language as English would have of its own: "edema"
# is English enough for the models to doubt "¿qué significa edema óseo?".
ENGLISH_AMONG_FOREIGN = 0.12
# The share of words that an English text has at least among the most common ones; "is" is Dutch and "me" Spanish too.
COMMON = 0.3
_ENGLISH_WORDS = frozenset(STOPWORDS_EN)
_COMMON_WORDS = {
    Language.DUTCH: frozenset(STOPWORDS_DUTCH) - _ENGLISH_WORDS,
    Language.FRENCH: frozenset(STOPWORDS_FRENCH) - _ENGLISH_WORDS,
    Language.GERMAN: frozenset(STOPWORDS_GERMAN) - _ENGLISH_WORDS,
    Language.ITALIAN: frozenset(STOPWORDS_ITALIAN) - _ENGLISH_WORDS,
    Language.PORTUGUESE: frozenset(STOPWORDS_PORTUGUESE) - _ENGLISH_WORDS,
    Language.SPANISH: frozenset(STOPWORDS_SPANISH) - _ENGLISH_WORDS,
    Language.SWEDISH: frozenset(STOPWORDS_SWEDISH) - _ENGLISH_WORDS,
    Language.TURKISH: frozenset(STOPWORDS_TURKISH) - _ENGLISH_WORDS,
}


class Languages:
    """Tells foreign languages. Reading the models takes seconds; until `load` is through, all counts as English.

    names: titles of findings, whose words say nothing of a language: "edema" is Spanish too, and Kienböck no German.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._of_names = frozenset(word for name in names for word in _words(name) if word not in STOPWORDS_EN)
        self._detector: LanguageDetector | None = None

    def load(self) -> Languages:
        """Read the models, about 400 MB."""
        codes = [getattr(IsoCode639_1, code) for code in ("EN", *SPOKEN)]
        self._detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()
        return self

    def foreign(self, text: str) -> str | None:
        """The ISO 639-1 code in lower case of the language a text is clearly in; None for English and for doubt."""
        words = _words(text)
        if self._detector is None or not words:
            return None
        letters = "".join(words)
        if sum(c.isascii() for c in letters) >= 0.8 * len(letters):
            common = sum(word in STOPWORDS_EN for word in words)
            if len(words) < FEWEST_WORDS or common >= COMMON * len(words):
                return None
        told = " ".join(word for word in words if word not in self._of_names) or text
        of_told = self._detector.compute_language_confidence_values(told)
        of_both = (*of_told, *self._detector.compute_language_confidence_values(text))
        english = max(value.value for value in of_both if value.language == Language.ENGLISH)
        language = of_told[0].language
        own_words = _COMMON_WORDS.get(language, frozenset())
        common = sum(word in own_words for word in words)
        if english > (ENGLISH_AMONG_FOREIGN if common >= COMMON * len(words) else ENGLISH):
            return None
        return str(language.iso_code_639_1.name).lower()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())
