"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("knowledge", "actions", "bot", "tools")
MODULES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for folder in FOLDERS
    for file in sorted((ROOT / folder).rglob("*.py"))
    if ">>> " in file.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_are_true(name: str) -> None:
    if "from rasa." in (ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"):
        pytest.importorskip("rasa")
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed
