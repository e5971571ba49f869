"""One start of the real system for all these tests; what has to be true after its stop is asserted here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conversations.patient import Patient
from tests.conversations.running import Plainscan

HERE = Path(__file__).parent
# Shorter ones ("hello") can stand in a log by chance.
TELLING_LENGTH = 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def plainscan(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Plainscan]:
    running = Plainscan(tmp_path_factory.mktemp("plainscan") / "console")
    try:
        running.wait_until_ready()
        assert len(running.processes()) == 5, "launcher, supervisor, gateway, action server, Rasa"
        yield running
        assert running.stop() == 0, running.said()
        assert running.processes() == set(), "Ctrl-C left processes running"
        logged = running.logged()
        assert "listening on" in logged, "the logs that were searched are not this run's"
        assert [text for text in running.heard if len(text) >= TELLING_LENGTH and text in logged] == []
        if not request.session.testsfailed:  # after a failure they may tell why
            shutil.rmtree(running.logs)
    finally:
        running.end_whatever_is_left()


@pytest.fixture
def new_patient(plainscan: Plainscan) -> Iterator[Callable[[], Patient]]:
    """Makes patients, each with a conversation of their own."""
    with ExitStack() as connections:

        def arrive() -> Patient:
            patient = Patient(plainscan)
            connections.callback(patient.http.close)
            return patient

        yield arrive


@pytest.fixture
def patient(new_patient: Callable[[], Patient]) -> Patient:
    return new_patient()
