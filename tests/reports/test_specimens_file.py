"""The rules of the report specimens and minimal pairs: a label that breaks one spoils the numbers taken from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

HERE = Path(__file__).parent

Status = Literal["present", "absent", "uncertain", "prior"]
Id = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]


class Mention(BaseModel):
    """What the text says of one finding in one place; a field that is not here is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True)

    finding: Id | None = None
    term: str | None = None
    or_: Annotated[list[Id], Field(alias="or")] = []
    status: Status
    or_status: list[Status] = []
    via: Literal["normal"] | None = None
    side: str | None = None
    level: str | None = None
    severity: str | None = None
    grade: str | None = None
    size: str | None = None
    quote: Annotated[str, Field(min_length=2)]
    start: Annotated[int, Field(ge=0)]
    impression: bool = False

    @model_validator(mode="after")
    def names_one_thing(self) -> Mention:
        if (self.finding is None) == (self.term is None):
            raise ValueError("either finding or term")
        return self


class Report(BaseModel):
    """One specimen; its text stands in the file it names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str
    part: str
    side: Literal["left", "right", "bilateral"] | None = None
    style: str
    contradicts: list[str] = []
    mentions: Annotated[list[Mention], Field(min_length=1)]


class Text(BaseModel):
    """One half of a minimal pair."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    mentions: Annotated[list[Mention], Field(min_length=1)]


class Pair(BaseModel):
    """Two texts that differ in one thing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z-]+-\d{2}$")]
    a: Text
    b: Text


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return TypeAdapter(list[Report]).validate_python(yaml.safe_load((HERE / "labels.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    read = yaml.safe_load((HERE / "minimal_pairs.yml").read_text(encoding="utf-8"))
    return TypeAdapter(list[Pair]).validate_python(read)


@pytest.fixture(scope="module")
def labelled(reports: list[Report], pairs: list[Pair]) -> list[tuple[str, str, Mention]]:
    """Every mention with the name and the text that it is in."""
    texts = [(r.file, (HERE / r.file).read_text(encoding="utf-8"), r.mentions) for r in reports]
    texts += [(p.id, half.text, half.mentions) for p in pairs for half in (p.a, p.b)]
    return [(name, text, mention) for name, text, mentions in texts for mention in mentions]


def test_every_report_is_labelled_once_and_there_are_enough(reports: list[Report], pairs: list[Pair]) -> None:
    assert sorted(r.file for r in reports) == sorted(path.name for path in HERE.glob("*.txt"))
    assert len(reports) >= 60
    assert len(pairs) >= 300
    assert Counter(p.id for p in pairs).most_common(1)[0][1] == 1


def test_every_quote_stands_where_its_label_says(labelled: list[tuple[str, str, Mention]]) -> None:
    assert [(name, m.quote) for name, text, m in labelled if not text[m.start :].startswith(m.quote)] == []


def test_what_is_copied_word_for_word_stands_in_the_text(labelled: list[tuple[str, str, Mention]]) -> None:
    assert [
        (name, words)
        for name, text, m in labelled
        for words, where in (
            (m.severity, m.quote),
            (m.grade, m.quote),
            (m.size, m.quote),
            (m.side, text),
            (m.level, text),
        )
        if words and words.casefold() not in where.casefold()
    ] == []


def test_the_halves_of_a_pair_say_different_things(pairs: list[Pair]) -> None:
    def says(half: Text) -> list[tuple[object, ...]]:
        return [(m.finding or m.term, m.status, m.side, m.level) for m in half.mentions]

    assert [p.id for p in pairs if says(p.a) == says(p.b)] == []


def test_a_contradiction_is_labelled_with_both_readings(reports: list[Report]) -> None:
    one_sided = [
        (r.file, thing)
        for r in reports
        for thing in r.contradicts
        if len({(m.status, m.side) for m in r.mentions if thing == (m.finding or m.term)}) < 2
    ]
    assert one_sided == []
