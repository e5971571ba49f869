"""docs/safety.md is no paper: each hazard is complete, and each control names tests that exist."""

from __future__ import annotations

import ast
import re

from .conftest import ROOT

TEXT = (ROOT / "docs/safety.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def hazards(text: str) -> dict[str, str]:
    """Heading -> text of each hazard."""
    parts = re.split(r"^### (H\d+ .+)$", text.split("## Before a clinic goes live")[0], flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def controls(hazard: str) -> list[str]:
    return [row for row in re.findall(r"^\| (.+) \|$", hazard, re.M) if row != "control | tests"]


def missing(text: str) -> list[str]:
    """The tests that a text names and that are not there."""
    found = []
    for file, name in _TEST.findall(text):
        path = ROOT / file
        tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
        names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
        if name not in names:
            found.append(f"{file}::{name}")
    return found


def test_each_hazard_says_cause_effect_severity_and_residual_risk() -> None:
    found = hazards(TEXT)
    assert len(found) >= 10
    fields = ("**Cause**", "**Effect**", "**Severity and likelihood**", "**Residual risk**")
    assert {name: [f for f in fields if f not in text] for name, text in found.items()} == {n: [] for n in found}


def test_each_control_names_a_test() -> None:
    rows = {name: controls(text) for name, text in hazards(TEXT).items()}
    assert [name for name, found in rows.items() if not found] == []
    assert [row for found in rows.values() for row in found if not _TEST.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    assert missing(TEXT) == []


def test_a_test_that_is_not_there_would_be_seen() -> None:
    named = "`tests/consistency/test_safety.py::test_nothing` `tests/no_such.py::test_a`"
    assert missing(named) == ["tests/consistency/test_safety.py::test_nothing", "tests/no_such.py::test_a"]
