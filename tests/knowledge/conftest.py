"""The toy knowledge of tests/fakes.py: read once, and in a folder of a test's own where it is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.passages import Library
from tests.fakes import ToyEmbedder, toy_library, write_knowledge


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the toy findings, for a test to change."""
    return write_knowledge(tmp_path / "knowledge")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return toy_library(tmp_path_factory.mktemp("toy") / "knowledge")


@pytest.fixture
def embedder() -> ToyEmbedder:
    return ToyEmbedder()
