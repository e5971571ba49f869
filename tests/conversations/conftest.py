"""One start of the real system for all these tests; what has to be true after its stop is asserted here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conversations.patient import Patient, patients
from tests.conversations.running import Plainscan, ended

HERE = Path(__file__).parent
# Shorter ones ("hello") can stand in a log by chance.
TELLING_LENGTH = 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def plainscan(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Plainscan]:
    with ended(Plainscan(tmp_path_factory.mktemp("plainscan") / "console")) as running:
        assert len(running.processes()) == 5, "launcher, supervisor, gateway, action server, Rasa"
        yield running
    logged = running.logged()
    assert "listening on" in logged, "the logs that were searched are not this run's"
    assert [text for text in running.heard if len(text) >= TELLING_LENGTH and text in logged] == []
    if not request.session.testsfailed:  # after a failure they may tell why
        shutil.rmtree(running.logs)


@pytest.fixture
def new_patient(plainscan: Plainscan) -> Iterator[Callable[[], Patient]]:
    """Makes patients, each with a conversation of their own."""
    with patients(plainscan) as arrive:
        yield arrive


@pytest.fixture
def patient(new_patient: Callable[[], Patient]) -> Patient:
    return new_patient()
