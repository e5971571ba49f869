"""The rules of the vignettes in tests/red_flags: one that breaks a rule spoils the numbers taken from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from rapidfuzz import fuzz, process

FILES = {
    "vignettes.yml": (200, 200),
    "second.yml": (130, 120),
    "voices.yml": (400, 390),
    "third.yml": (260, 270),
    "classes.yml": (700, 350),
    "fourth.yml": (220, 200),
    "apart.yml": (300, 300),
}  # at least so many of both sorts
# Above this (rapidfuzz ratio, 0 to 100) two messages are the same one with a word changed.
SAME_MESSAGE = 80


class Vignette(BaseModel):
    """One conversation of the file; a field that is not here is a fault."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z-]+-\d{2,3}$")]
    kind: Annotated[str, Field(min_length=3)]
    urgent: bool
    level: Literal["emergency", "same-day", "soon"] | None
    flags: list[Annotated[str, Field(pattern=r"^rf-[a-z-]+$")]]
    texts: Annotated[list[Annotated[str, Field(min_length=4, max_length=2000)]], Field(min_length=1, max_length=3)]


def read(name: str) -> list[Vignette]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return TypeAdapter(list[Vignette]).validate_python(yaml.safe_load(text))


@pytest.mark.parametrize("name", FILES)
def test_there_are_enough_of_both_sorts_and_every_id_is_used_once(name: str) -> None:
    vignettes, (urgent, others) = read(name), FILES[name]
    assert Counter(v.id for v in vignettes).most_common(1)[0][1] == 1
    assert sum(v.urgent for v in vignettes) >= urgent
    assert sum(not v.urgent for v in vignettes) >= others


@pytest.mark.parametrize("name", FILES)
def test_urgent_ones_name_their_flag_and_level_and_the_others_none(name: str) -> None:
    vignettes = read(name)
    assert [v.id for v in vignettes if v.urgent != bool(v.flags) or v.urgent != (v.level is not None)] == []
    assert [v.id for v in vignettes if v.urgent and v.flags[0] != f"rf-{v.id.rpartition('-')[0]}"] == []


def test_no_message_is_written_twice() -> None:
    vignettes = [(name, v) for name in FILES for v in read(name)]
    texts = [" ".join(v.texts).casefold() for _, v in vignettes]
    alike = np.tril(process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=SAME_MESSAGE), -1)
    twice = np.argwhere(alike > SAME_MESSAGE)
    assert [(vignettes[i][0], vignettes[i][1].id, vignettes[j][1].id) for i, j in twice] == []


def test_nothing_is_learned_from_what_is_kept_apart() -> None:
    folder = Path(__file__).parents[2] / "knowledge/danger_messages"
    learned = [
        text.casefold()
        for file in folder.glob("*.yml")
        for row in yaml.safe_load(file.read_text(encoding="utf-8"))
        for text in (*row["urgent"], *row["other"])
    ]
    apart = [" ".join(v.texts).casefold() for v in read("apart.yml")]
    alike = process.cdist(apart, learned, scorer=fuzz.ratio, score_cutoff=SAME_MESSAGE)
    assert len(learned) > 7_000
    assert [apart[n] for n in np.unique(np.argwhere(alike > SAME_MESSAGE)[:, 0])] == []
