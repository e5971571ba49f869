"""Findings that no passage is about, by their names (`knowledge/uncovered.yml`).

Similarity always has a nearest finding, and for "what is patella alta" that is patellar tendinosis: a wrong answer,
where an honest one is that there is no text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from knowledge.condense import asks, sentences
from knowledge.names import Mention, NameIndex
from knowledge.passages import KNOWLEDGE

# A message of so few words asks about what it names, however it is put.
SHORT = 30
# It is past and told of, as what they ask about came after it: "since my bunion surgery".
_TREATED = re.compile(
    r"\W*(?:surger|operat|op\b|release|repair|correct|reconstruct|screw|plate|fixation)", re.IGNORECASE
)


class Uncovered:
    """Finds them in a text; made once."""

    def __init__(self) -> None:
        rows = yaml.safe_load((KNOWLEDGE / "uncovered.yml").read_text(encoding="utf-8"))
        self._names = NameIndex({names[0]: tuple(names) for names in rows})

    def covered(self, text: str, findings: Sequence[Mention]) -> list[Mention]:
        """The mentions of findings without those that are part of such a name, or such a name taken for misspelled."""
        spans = [range(m.start, m.end) for m in self._names.find(text) if not m.corrected]
        return [
            m
            for m in findings
            if not any(
                s.start <= m.start and m.end <= s.stop and (len(s) > m.end - m.start or m.corrected) for s in spans
            )
        ]

    def asked(self, text: str) -> bool:
        """Whether a text asks about one of them."""
        mentions = [m for m in self._names.find(text) if not _TREATED.match(text[m.end :])]
        if not mentions or len(text.split()) <= SHORT:
            return bool(mentions)
        return any(asks(sentence) and self._names.find(sentence) for sentence in sentences(text))
