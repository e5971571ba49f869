"""A Plainscan with two Rasas and a Redis, for all these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conversations.patient import Patient, patients
from tests.conversations.running import Plainscan, ended
from tests.redis_server import MISSING, RedisServer, installed, redis_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    if not installed():
        pytest.skip(MISSING)
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def two_rasas(tmp_path_factory: pytest.TempPathFactory, shared_redis: RedisServer) -> Iterator[Plainscan]:
    env = {
        "PLAINSCAN_WORKERS": "2",
        "PLAINSCAN_REDIS_URL": shared_redis.url,
        "PLAINSCAN_MESSAGES_PER_MINUTE": "1000",
    }
    running = Plainscan(tmp_path_factory.mktemp("scale") / "console", env=env)
    with ended(running):
        assert len(running.processes()) == 6, "launcher, supervisor, gateway, action server, two Rasas"
        yield running


@pytest.fixture
def new_patient(two_rasas: Plainscan) -> Iterator[Callable[[], Patient]]:
    """Makes patients, each with a conversation of their own."""
    with patients(two_rasas) as arrive:
        yield arrive
