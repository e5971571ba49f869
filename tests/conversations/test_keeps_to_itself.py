"""Fifty secrets are told on every way that a message can take; none stays anywhere, and nothing leaves the machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.conversations.alone import PHRASES
from tests.conversations.running import BOUND, ROOT

SECONDS = 540
ALONE = ["unshare", "-rn"]


def can_be_alone() -> bool:
    """Whether this machine lets us make a network of our own."""
    if not shutil.which(ALONE[0]):
        return False
    return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    alone = can_be_alone()
    folder = tmp_path_factory.mktemp("alone")
    ran = subprocess.run(
        [sys.executable, str(BOUND), "SIGTERM", *(ALONE if alone else []),
         sys.executable, "-m", "tests.conversations.alone", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PLAINSCAN_TEST_ALONE": "yes" if alone else "no"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_takes_every_way(report: dict[str, Any]) -> None:
    outcomes = report["outcomes"]
    assert {way: sum(found.values()) for way, found in outcomes.items()} == dict.fromkeys(outcomes, PHRASES)
    # Emergencies are told in any case; all others learn that it is down.
    for way in ("actions hangs", "actions dead", "rasa hangs", "rasa dead"):
        assert outcomes[way].get("unavailable", 0) >= PHRASES // 2, (way, outcomes[way])
        assert set(outcomes[way]) <= {"unavailable", "unknown", "explanation", "choices", "text", "urgent"}, way
    for way in ("normal", "afterwards"):  # a busy machine may answer one or the other too late
        assert outcomes[way]["explanation"] >= PHRASES // 2, (way, outcomes[way])
    assert outcomes["left"] == {"204": PHRASES}
    [refused] = outcomes["refused"]
    assert refused == "404 413 413 422 422 400 415 404 200 204 401"


def test_leaves_no_secret_in_logs_metrics_files_or_refusals(report: dict[str, Any]) -> None:
    assert report["planted_found"], "the search finds nothing at all"
    assert report["logs_searched"] >= 3
    assert report["shown"] == []
    assert report["hits"] == []


def test_connects_to_nothing_outside(report: dict[str, Any]) -> None:
    if report["tries_to_get_out"] is None:
        pytest.skip("this machine lets nobody make a network of their own (unshare -rn)")
    assert report["control"] >= 1, "a try would not have been counted"
    assert report["tries_to_get_out"] == 0
    assert report["exit"] == 0
