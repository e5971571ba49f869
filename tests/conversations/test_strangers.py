"""What strangers wrote, played against the whole system: no worse than it was."""

from __future__ import annotations

import pytest

from tests.conversations.running import Plainscan
from tests.conversations.strangers import play, shares

# What was right when these were put in force, less three of a hundred.
FLOORS = {"dialogues": 0.76, "out_of_scope": 0.93, "questions": 0.84, "reports": 0.92}


@pytest.fixture(scope="module")
def right(plainscan: Plainscan) -> dict[str, float]:
    return {name: right / count for name, (right, count) in shares(list(play(plainscan))).items()}


@pytest.mark.parametrize("kind", list(FLOORS))
def test_are_answered_as_well_as_before(right: dict[str, float], kind: str) -> None:
    assert right[kind] >= FLOORS[kind]
