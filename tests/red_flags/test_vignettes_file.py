"""The rules of tests/red_flags/vignettes.yml: a vignette that breaks one of them spoils the numbers taken from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from rapidfuzz import fuzz, process

VIGNETTES = Path(__file__).with_name("vignettes.yml")
# Above this (rapidfuzz ratio, 0 to 100) two messages are the same one with a word changed.
SAME_MESSAGE = 80


class Vignette(BaseModel):
    """One conversation of the file; a field that is not here is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z-]+-\d{2}$")]
    kind: Annotated[str, Field(min_length=3)]
    urgent: bool
    level: Literal["emergency", "same-day", "soon"] | None
    flags: list[Annotated[str, Field(pattern=r"^rf-[a-z-]+$")]]
    texts: Annotated[list[Annotated[str, Field(min_length=4, max_length=2000)]], Field(min_length=1, max_length=3)]


@pytest.fixture(scope="module")
def vignettes() -> list[Vignette]:
    return TypeAdapter(list[Vignette]).validate_python(yaml.safe_load(VIGNETTES.read_text(encoding="utf-8")))


def test_there_are_enough_of_both_sorts_and_every_id_is_used_once(vignettes: list[Vignette]) -> None:
    assert Counter(v.id for v in vignettes).most_common(1)[0][1] == 1
    assert sum(v.urgent for v in vignettes) >= 200
    assert sum(not v.urgent for v in vignettes) >= 200


def test_urgent_ones_name_their_flag_and_level_and_the_others_none(vignettes: list[Vignette]) -> None:
    assert [v.id for v in vignettes if v.urgent != bool(v.flags) or v.urgent != (v.level is not None)] == []
    assert [v.id for v in vignettes if v.urgent and v.flags[0] != f"rf-{v.id.rpartition('-')[0]}"] == []


def test_no_message_is_written_twice(vignettes: list[Vignette]) -> None:
    texts = [" ".join(v.texts).casefold() for v in vignettes]
    alike = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=SAME_MESSAGE)
    assert [
        (vignettes[i].id, vignettes[j].id) for i in range(len(texts)) for j in range(i) if alike[i][j] > SAME_MESSAGE
    ] == []
