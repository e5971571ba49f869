"""The toy knowledge of tests/fakes.py, in a folder of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.passages import Library
from tests.fakes import ToyEmbedder, toy_library, write_knowledge


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the toy findings, for a test to change."""
    return write_knowledge(tmp_path / "knowledge")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return toy_library(tmp_path / "library")


@pytest.fixture
def embedder() -> ToyEmbedder:
    return ToyEmbedder()
