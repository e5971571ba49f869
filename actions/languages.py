"""Which language a message is written in, so that it can be told in that language that only English is understood.

Detection is lingua's (lingua-language-detector). Short texts, misspelled ones and those with Latin names are easily
mistaken: a message counts as foreign only when English is very unlikely and hardly a word of it is a common one.
"""

from __future__ import annotations

import re

from bm25s.stopwords import STOPWORDS_EN
from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

# The languages that bot/domain/languages.yml has words in.
SPOKEN = (
    "ES", "FR", "DE", "PT", "IT", "NL", "PL", "RU", "UK", "TR", "AR", "ZH", "VI", "TL", "HI", "KO", "JA", "RO", "SV",
)  # fmt: skip
# A text of fewer words in Latin letters tells too little.
FEWEST_WORDS = 4
# The likelihood of English up to which a text is not English. Spanish and Portuguese share the rest, whichever it is.
# None of 7,900 English training examples is at or below it.
ENGLISH = 0.04
# The share of words that an English text has at least among the most common ones; "is" is Dutch and "me" Spanish too.
COMMON = 0.3


class Languages:
    """Tells foreign languages. Reading the models takes seconds; until `load` is through, all counts as English."""

    def __init__(self) -> None:
        self._detector: LanguageDetector | None = None

    def load(self) -> Languages:
        """Read the models, about 400 MB."""
        codes = [getattr(IsoCode639_1, code) for code in ("EN", *SPOKEN)]
        self._detector = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()
        return self

    def foreign(self, text: str) -> str | None:
        """The ISO 639-1 code in lower case of the language a text is clearly in; None for English and for doubt."""
        words = re.findall(r"[^\W\d_]+", text.lower())
        if self._detector is None or not words:
            return None
        letters = "".join(words)
        if sum(c.isascii() for c in letters) >= 0.8 * len(letters):
            common = sum(word in STOPWORDS_EN for word in words)
            if len(words) < FEWEST_WORDS or common >= COMMON * len(words):
                return None
        values = self._detector.compute_language_confidence_values(text)
        if next(v.value for v in values if v.language == Language.ENGLISH) > ENGLISH:
            return None
        return str(values[0].language.iso_code_639_1.name).lower()
