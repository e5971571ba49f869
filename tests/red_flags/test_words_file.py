"""Rules of knowledge/red_flag_words.yml that a reader would not see broken: phrases cut short, phrases for one word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORDS = Path(__file__).parents[2] / "knowledge" / "red_flag_words.yml"
SECTIONS = ("places", "named", "symptoms", "facts", "always", "report")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def cut_lines(text: str) -> list[str]:
    """The lines with a `#` outside quotation marks, where YAML would end the phrase without a word."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [line.strip() for line in lines if "#" in _QUOTED.sub("", line)]


def needless(phrase: str) -> bool:
    """Whether a phrase of several parts needs only one word, as all the rest of it may be missing."""
    parts = phrase.split()
    return len(parts) > 1 and sum(not part.startswith("?") and part != "_" for part in parts) < 2


def phrases() -> list[tuple[str, str]]:
    rows: dict[str, Any] = yaml.load(WORDS.read_text(encoding="utf-8"), yaml.BaseLoader)
    own = [(group, phrase) for section in SECTIONS for group, many in rows[section].items() for phrase in many]
    triggers = [(name, phrase) for name, row in rows["context"]["triggers"].items() for phrase in row["phrases"]]
    return own + triggers + [("nothing", phrase) for phrase in rows["nothing"]]


def test_no_phrase_is_cut_at_a_number_sign() -> None:
    assert cut_lines(WORDS.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("line", ["    - in # days", '  age: [im #, "# years"]', '    - "# days" # ago'])
def test_a_phrase_that_is_cut_would_be_seen(line: str) -> None:
    assert cut_lines(f"# a remark\n{line}\n") == [line.strip()]


def test_no_pattern_fires_on_one_word_because_the_rest_may_be_missing() -> None:
    assert [(group, phrase) for group, phrase in phrases() if needless(phrase)] == []


def test_a_pattern_that_fires_on_one_word_would_be_seen() -> None:
    assert needless("burning ?up") and needless("want _ ?die")
    assert not needless("numb") and not needless("burning up ?now") and not needless("wet _ bed")


def test_no_phrase_stands_twice_in_its_group() -> None:
    known = phrases()
    assert [row for row in set(known) if known.count(row) > 1] == []


def test_no_choice_is_written_twice() -> None:
    parts = {part.removeprefix("?") for _, phrase in phrases() for part in phrase.split()}
    assert [part for part in parts if has_twice(part.split("/"))] == []


def has_twice(words: list[str]) -> bool:
    return len(words) > len(set(words))
