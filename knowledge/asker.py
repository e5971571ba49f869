"""Who asks, for whom, and whether a verdict on their own case is wanted. Words in `knowledge/asker.yml`; no model.

A verdict is never given, whatever this module says; it only chooses which honest sentence goes before the passage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.condense import asks, sentences
from knowledge.follow_ups import MASK
from knowledge.passages import KNOWLEDGE

# So few words about painkillers ask, whatever they are.
BARE = 2


@dataclass(frozen=True)
class Words:
    """What a text says when it has words of `when` and none of `unless`."""

    when: re.Pattern[str]
    unless: re.Pattern[str] | None = None

    def said(self, text: str) -> bool:
        return bool(self.when.search(text)) and not (self.unless and self.unless.search(text))


@dataclass(frozen=True)
class Caution:
    """A group for whom more caution holds; `passage` is the id of the about# passage that says which."""

    passage: str
    words: Words


class Asker:
    """Reads a message for what it says of the person."""

    def __init__(
        self,
        judgement: list[re.Pattern[str]],
        cautions: list[Caution],
        suspicion: Sequence[re.Pattern[str]] = (),
        painkillers: Words | None = None,
    ) -> None:
        self._judgement = judgement
        self._cautions = cautions
        self._suspicion = suspicion
        self._painkillers = painkillers

    @classmethod
    def load(cls, root: Path = KNOWLEDGE) -> Asker:
        rows: dict[str, Any] = yaml.safe_load((root / "asker.yml").read_text(encoding="utf-8"))
        cautions = [Caution(f"about#{row['passage']}", _words(row)) for row in rows["cautions"]]
        suspicion = [_compiled(pattern.replace("{finding}", re.escape(MASK))) for pattern in rows["suspicion"]]
        judgement = [_compiled(pattern) for pattern in rows["judgement"]]
        return cls(judgement, cautions, suspicion, _words(rows["painkillers"]))

    def wants_judgement(self, text: str) -> bool:
        """Whether a verdict on somebody's own case is asked for: "can I ski on Saturday", "do I need surgery"."""
        return any(pattern.search(text) for pattern in self._judgement)

    def suspects(self, masked: str) -> bool:
        """Whether it is asked if somebody has a finding: "is it a fracture". masked: the text, with names as MASK."""
        return any(pattern.search(masked) for pattern in self._suspicion)

    def cautions(self, text: str) -> list[str]:
        """Ids of the about# passages on caution that a text gives reason for, in the order of the file."""
        return [caution.passage for caution in self._cautions if caution.words.said(text)]

    def asks_of_painkillers(self, text: str) -> bool:
        """Whether a question of the text is about a painkiller, for bones and joints as far as it says.

        "Can I take ibuprofen" is one; "for my headache" is not, nor a story in which somebody takes one.
        """
        words = self._painkillers
        if words is None or not words.said(text):
            return False
        return len(text.split()) <= BARE or any(asks(s) and words.when.search(s) for s in sentences(text))


def _words(row: Mapping[str, str]) -> Words:
    return Words(_compiled(row["when"]), _compiled(row["unless"]) if row.get("unless") else None)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)
