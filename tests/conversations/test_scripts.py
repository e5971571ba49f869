"""Users who talk as people talk: the scripts of the folders beside this file, played against the whole system."""

from __future__ import annotations

import pytest

from tests.conversations.running import Plainscan
from tests.conversations.scripts import Judged, play_all, read_scripts, summary

# The share of turns that must be right, over all scripts.
TURNS_RIGHT = 0.95
MUST_PASS = "must-pass"


@pytest.fixture(scope="module")
def judged(plainscan: Plainscan) -> list[Judged]:
    return play_all(read_scripts(), plainscan)


def test_are_answered_rightly(judged: list[Judged]) -> None:
    right = sum(not turn.faults for turn in judged)
    assert right >= TURNS_RIGHT * len(judged), summary(judged)


def test_are_never_told_of_a_wrong_finding_where_it_must_not_be(judged: list[Judged]) -> None:
    turns = [turn for turn in judged if turn.folder == MUST_PASS]
    assert turns
    assert [str(turn) for turn in turns if turn.wrong_finding] == []
