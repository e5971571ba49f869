"""The disk is full: no log can be written. Patients are answered all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversations.patient import Patient
from tests.conversations.running import Plainscan
from tests.faults.conftest import copy_of_plainscan

PARTS = ("gateway", "actions", "rasa")


@pytest.fixture
def without_space(tmp_path: Path) -> Iterator[Plainscan]:
    root = copy_of_plainscan(tmp_path / "plainscan")
    running = Plainscan(root / "console", root, full_disk=PARTS)
    try:
        running.wait_until_ready()
        yield running
        running.stop()
    finally:
        running.end_whatever_is_left()


def test_a_full_disk_keeps_nobody_from_an_answer(without_space: Plainscan) -> None:
    assert [(without_space.logs / f"{name}.log").resolve() for name in PARTS] == [Path("/dev/full")] * 3
    patient = Patient(without_space)
    for _ in range(3):
        assert patient.says("What is a bone bruise?").passage["id"] == "bone-bruise#what-it-is"
    assert patient.says("I have numbness between my legs and I cannot pee").type == "urgent"
    patient.http.close()
