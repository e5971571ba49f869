"""A Plainscan of its own, in a copy of this folder, whose files the tests may damage. By name: `make test-faults`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conversations.patient import Patient, patients
from tests.conversations.running import ROOT, Plainscan, ended

HERE = Path(__file__).parent
OF_A_RUN = ("logs", "run", "results", "build", "rasa-cache")
DAMAGED = ("rasa", "index")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.slow)


def copy_of_plainscan(root: Path) -> Path:
    """Another installation in `root`: the code and what the tests damage is copied, the rest is linked."""
    root.mkdir(parents=True)
    for name in ("bot", "actions", "knowledge"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in (".venv", ".venv-rasa", "config.yml", "data"):
        (root / name).symlink_to(ROOT / name)
    (root / "models").mkdir()
    for path in (ROOT / "models").iterdir():
        if path.name in DAMAGED:
            shutil.copytree(path, root / "models" / path.name, symlinks=True)
        elif path.name not in OF_A_RUN:
            (root / "models" / path.name).symlink_to(path)
    return root


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_plainscan(tmp_path_factory.mktemp("faults") / "plainscan")


@pytest.fixture(scope="session")
def plainscan(root: Path) -> Iterator[Plainscan]:
    with ended(Plainscan(root / "console", root, {"PLAINSCAN_MESSAGES_PER_MINUTE": "1000"})) as running:
        yield running


@pytest.fixture
def new_patient(plainscan: Plainscan) -> Iterator[Callable[[], Patient]]:
    """Makes patients, each with a conversation of their own."""
    with patients(plainscan) as arrive:
        yield arrive
