"""How `make test` counts."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from tools import levels
from tools.levels import Level, Outcome


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(levels, "RESULTS", tmp_path)
    return tmp_path


def test_skipped_tests_did_not_pass(results: Path) -> None:
    (results / "unit.xml").write_text(
        '<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>'
    )
    assert levels.pytest_report("unit")(1, "") == Outcome(4, 3, skipped=3)


def test_a_warning_of_rasas_validation_is_a_failure() -> None:
    unused = "The intent 'greet' is not used in any story or rule."
    output = f"Validating intents...\n\x1b[93m/env/lib/rasa/shared/utils/io.py:99: UserWarning: {unused}\n"
    assert levels.validation(0, output) == Outcome(0, 1, (unused,))
    assert levels.validation(0, "No story structure conflicts found.\n") == Outcome(1, 0)
    assert levels.validation(1, "") == Outcome(0, 1)


def test_a_response_that_only_python_says_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "say.py").write_text('words["utter_card"], words[f"utter_review_{status}"]')
    monkeypatch.setattr(levels, "SPEAKERS", [tmp_path])

    def verdict(name: str) -> int:
        return levels.validation(
            0, f"rasa/io.py:1: UserWarning: The utterance '{name}' is not used in any rule."
        ).failed

    assert [verdict(name) for name in ("utter_card", "utter_review_draft", "utter_cards", "utter_gone")] == [0, 0, 1, 1]


def test_each_intent_and_the_whole_must_be_good_enough(results: Path) -> None:
    report = {
        "greet": {"f1-score": 0.9, "support": 20},
        "thank": {"f1-score": 0.5, "support": 20},
        "accuracy": 0.7,
        "macro avg": {"f1-score": 0.7, "support": 40},
    }
    (results / "nlu").mkdir()
    (results / "nlu/intent_report.json").write_text(json.dumps(report))
    faults = ("intent thank: F1 0.50 < 0.68", "accuracy 0.700 < 0.89")
    assert levels.intents(0, "") == Outcome(1, 2, faults)


def test_each_story_counts(results: Path) -> None:
    (results / "dialogue").mkdir()
    (results / "dialogue/story_report.json").write_text('{"conversation_accuracy": {"correct": 7, "total": 9}}')
    assert levels.stories(0, "") == Outcome(7, 2, ("see models/results/dialogue/failed_test_stories.yml",))


@pytest.mark.parametrize(
    ("code", "outcome", "expected"),
    [
        ("pass", levels.one_check, Outcome(1, 0)),
        ("raise SystemExit(1)", levels.one_check, Outcome(0, 1)),
        ("raise SystemExit(5)", lambda code, output: Outcome(3, 0), Outcome(3, 1, ("exit code 5",))),
        ("pass", lambda code, output: Outcome(0, 0), Outcome(0, 1, ("nothing was tested",))),
    ],
)
def test_a_level_cannot_pass_unseen(code: str, outcome: object, expected: Outcome) -> None:
    assert levels.run(Level("it", [sys.executable, "-c", code], outcome)) == expected  # type: ignore[arg-type]


def test_a_level_without_a_result_fails() -> None:
    outcome = levels.run(Level("stories", [sys.executable, "-c", ""], levels.stories))
    assert (outcome.passed, outcome.failed) == (0, 1)


def test_the_closing_line_sums_all_levels(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fine = Level("a", [sys.executable, "-c", ""], lambda code, output: Outcome(5, 0))
    bad = Level("b", [sys.executable, "-c", "raise SystemExit(1)"], lambda code, output: Outcome(2, 1))
    monkeypatch.setattr(levels, "LEVELS", {"a": fine, "b": bad})
    monkeypatch.chdir(Path.cwd())
    assert levels.main(["all"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 1 failed"
    assert levels.main(["a"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 0 failed"


def test_what_starts_the_whole_runs_beside_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(levels, "WHOLE", ("a",))
    # Each waits for what the other writes: one after the other they would fail.
    code = """
import sys, time, pathlib
own, other = map(pathlib.Path, sys.argv[1:])
own.touch()
deadline = time.monotonic() + 30
while not other.exists() and time.monotonic() < deadline:
    time.sleep(0.01)
print("done")
sys.exit(not other.exists())
"""
    files = [str(tmp_path / name) for name in ("a", "b")]
    known = {
        "a": Level("whole", [sys.executable, "-c", code, *files], levels.one_check),
        "b": Level("rest", [sys.executable, "-c", code, *reversed(files)], levels.one_check),
    }
    assert levels.run_lanes(known, ["b", "a"]) == {"b": Outcome(1, 0), "a": Outcome(1, 0)}
    assert {"a         | done", "b         | done"} <= set(capsys.readouterr().out.splitlines())


def test_stopping_ends_what_runs_and_starts_nothing_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(levels, "WHOLE", ("a",))
    endless = Level("whole", [sys.executable, "-c", "import time; time.sleep(60)"], levels.one_check)

    def stop(code: int, output: str) -> Outcome:
        raise KeyboardInterrupt

    touched = tmp_path / "touched"
    late = Level("late", [sys.executable, "-c", f"open({str(touched)!r}, 'w')"], levels.one_check)
    known = {"a": endless, "b": Level("stopped", [sys.executable, "-c", ""], stop), "c": late}
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        levels.run_lanes(known, ["b", "a", "c"])
    assert time.monotonic() - began < 30
    assert not touched.exists()
