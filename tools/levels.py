"""`python -m tools.levels all | LEVEL …`: runs the test levels, each under its heading, and sums them up.

Those that start the whole of Plainscan run one after the other beside all others, as each of both waits a good part of
its time; every line then begins with the name of its level. The last line is "N passed, N failed"; the exit code is 1
when anything failed. A level whose data is missing fails.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.service.parts import BOUND
from tools.build import RASA_ENV, ROOT

RESULTS = Path("models/results")
PYTHON = sys.executable
RASA = ".venv-rasa/bin/rasa"
MODEL = "models/rasa/plainscan.tar.gz"

# What the intent model must reach on tests/nlu, and each intent in it. Retrieval decides too, so a mistaken aspect is
# not yet a wrong answer; but below these something is broken.
NLU_ACCURACY = 0.89
NLU_INTENT_F1 = 0.68

# Where responses are said that no story or rule names, and intents that nobody types.
SPEAKERS = ("actions", "bot/channels")
BUTTON_INTENTS = ("explain_passage", "note_report", "ask_several")


# What runs now, to be ended when the whole is stopped.
_running: set[subprocess.Popen[str]] = set()


@dataclass(frozen=True)
class Outcome:
    """What a level found. `faults` names each failure that the level's own output does not show clearly.

    skipped: what this machine has not got the means for; the level's own output says what is missing.
    """

    passed: int
    failed: int
    faults: tuple[str, ...] = ()
    skipped: int = 0


@dataclass(frozen=True)
class Level:
    """A test level: its heading, its command, and how its outcome is read from exit code and output."""

    heading: str
    command: Sequence[str]
    outcome: Callable[[int, str], Outcome]
    env: Mapping[str, str] | None = None


def one_check(code: int, output: str) -> Outcome:
    """A command that is one check: it passes or fails as a whole."""
    return Outcome(1, 0) if code == 0 else Outcome(0, 1)


def pytest_report(name: str) -> Callable[[int, str], Outcome]:
    """Reads the JUnit report that pytest wrote to models/results/NAME.xml. Skipped tests did not pass."""

    def outcome(code: int, output: str) -> Outcome:
        suites = list(ElementTree.parse(RESULTS / f"{name}.xml").iter("testsuite"))
        total, failures, errors, skipped = (
            sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
        )
        return Outcome(total - failures - errors - skipped, failures + errors, skipped=skipped)

    return outcome


def validation(code: int, output: str) -> Outcome:
    """`rasa data validate` exits 0 whatever it warns of, so its warnings are the failures.

    Two it cannot know better: a response that an action or a channel says; an intent that only buttons send or that
    stands for several others.
    """
    said = "\n".join(file.read_text() for folder in SPEAKERS for file in sorted(Path(folder).rglob("*.py")))
    built = tuple(re.findall(r"\b(utter_\w+)\{", said))  # f"utter_review_{status}"
    found = []
    for line in output.splitlines():
        warning = re.search(r"rasa/\S+: UserWarning: (.*)|\bWARNING\b.*", line)
        if not warning:
            continue
        unused = re.search(r"The utterance '(\w+)' is not used", line)
        if unused and (re.search(rf"\b{unused[1]}\b", said) or unused[1].startswith(built)):
            continue
        unread = re.search(r"The intent '(\w+)' is listed in the domain file, but is not found in the NLU", line)
        if unread and unread[1] in BUTTON_INTENTS:
            continue
        found.append(warning[1] or warning[0])
    return Outcome(0, len(found), tuple(found)) if found else one_check(code, output)


def intents(code: int, output: str) -> Outcome:
    """Reads Rasa's intent report: the whole against NLU_ACCURACY, every intent's F1 against NLU_INTENT_F1."""
    report = json.loads((RESULTS / "nlu/intent_report.json").read_text())
    accuracy = report["accuracy"] if "accuracy" in report else report["micro avg"]["f1-score"]
    scores = {intent: row["f1-score"] for intent, row in asked_for(report).items()}
    low = {name: score for name, score in scores.items() if score < NLU_INTENT_F1}
    faults = [f"intent {name}: F1 {score:.2f} < {NLU_INTENT_F1}" for name, score in low.items()]
    if accuracy < NLU_ACCURACY:
        faults.append(f"accuracy {accuracy:.3f} < {NLU_ACCURACY}")
    macro = sum(scores.values()) / len(scores)
    weakest = sorted(scores, key=scores.__getitem__)[:3]
    print(f"intents: accuracy {accuracy:.3f}, macro-F1 {macro:.3f} over {len(scores)} intents")
    print("weakest: " + ", ".join(f"{name} {scores[name]:.2f}" for name in weakest))
    return Outcome(len(scores) + 1 - len(faults), len(faults), tuple(faults))


def asked_for(report: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """The rows of Rasa's intent report for the intents that some message was meant to have."""
    return {
        intent: row
        for intent, row in report.items()
        if isinstance(row, dict) and row.get("support") and not intent.endswith(" avg")
    }


def stories(code: int, output: str) -> Outcome:
    """Reads Rasa's story report: each test story went as it is told, or did not."""
    report = json.loads((RESULTS / "dialogue/story_report.json").read_text()).get("conversation_accuracy")
    if not report:  # no story at all
        return Outcome(0, 0)
    wrong = report["total"] - report["correct"]
    return Outcome(report["correct"], wrong, ("see models/results/dialogue/failed_test_stories.yml",) if wrong else ())


def _pytest(python: str, name: str, *words: str) -> list[str]:
    return [python, "-m", "pytest", "-q", f"--junitxml={RESULTS}/{name}.xml", *words]


LEVELS = {
    "lint": Level("lint", ["sh", "-c", ".venv/bin/ruff check . && .venv/bin/ruff format --check ."], one_check),
    "types": Level("types", [PYTHON, "-m", "mypy"], one_check),
    "knowledge": Level("knowledge check", [PYTHON, "-m", "knowledge", "check"], one_check),
    "validate": Level(
        "Rasa data",
        [RASA, "data", "validate", "--domain", "bot/domain", "--data", "data", "--config", "config.yml"],
        validation,
        {**RASA_ENV, "PYTHONWARNINGS": "default::UserWarning"},
    ),
    "unit": Level(
        "unit tests",
        _pytest(PYTHON, "unit", "tests", "-m", "not system and not browser and not faults"),
        pytest_report("unit"),
    ),
    "rasa": Level(
        "unit tests inside Rasa",
        _pytest(".venv-rasa/bin/python", "rasa", "tests/rasa"),
        pytest_report("rasa"),
        RASA_ENV,
    ),
    "nlu": Level(
        "intents",
        [RASA, "test", "nlu", "--nlu", "tests/nlu", "--model", MODEL, "--domain", "bot/domain",
         "--out", f"{RESULTS}/nlu", "--no-plot"],
        intents,
        RASA_ENV,
    ),
    "dialogue": Level(
        "dialogue",
        [RASA, "test", "core", "--e2e", "--stories", "tests/stories", "--model", MODEL, "--out", f"{RESULTS}/dialogue",
         "--no-plot"],
        stories,
        RASA_ENV,
    ),
    "red-flags": Level("danger signs", [PYTHON, "-m", "knowledge", "red-flags", "--assert"], one_check),
    "reports": Level("reading reports", [PYTHON, "-m", "knowledge", "reports", "--assert"], one_check),
    "retrieval": Level("retrieval", [PYTHON, "-m", "knowledge", "evaluate", "--assert"], one_check),
    "browser": Level("widget in a browser", _pytest(PYTHON, "browser", "tests/browser"), pytest_report("browser")),
    "system": Level(
        "whole conversations",
        _pytest(PYTHON, "system", "tests", "-m", "system and not browser"),
        pytest_report("system"),
    ),
}  # fmt: skip
# These start the whole of Plainscan.
WHOLE = ("browser", "system")
# Takes minutes, as parts are killed and come back: only by name.
FAULTS = Level("faults", _pytest(PYTHON, "faults", "tests/faults", "-s", "--durations=0"), pytest_report("faults"))
# Takes many trainings: only by name.
CROSSVAL = Level(
    "cross-validation of the intents",
    [RASA, "test", "nlu", "--cross-validation", "--folds", "5", "--nlu", "data/nlu", "--domain", "bot/domain",
     "--config", "config.yml", "--out", f"{RESULTS}/crossval", "--no-plot"],
    one_check,
    RASA_ENV,
)  # fmt: skip


def run(level: Level, name: str = "") -> Outcome:
    """Runs one level, showing its output as it comes. What cannot be read, or fails unseen, counts as one failure.

    name: what each line begins with, where another level runs beside it.
    """
    start = f"{name:<9} | " if name else ""
    print(f"{start}== {level.heading} ==" if name else f"\n== {level.heading} ==", flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(BOUND), "SIGTERM", *level.command],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(level.env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines = []
    assert process.stdout
    _running.add(process)
    for line in process.stdout:
        print(start + line, end="", flush=True)
        lines.append(line)
    code = process.wait()
    _running.discard(process)
    try:
        outcome = level.outcome(code, "".join(lines))
        if code != 0 and not outcome.failed:
            outcome = Outcome(outcome.passed, 1, (f"exit code {code}",))
        if outcome.passed + outcome.failed + outcome.skipped == 0:
            outcome = Outcome(0, 1, ("nothing was tested",))
    except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
        outcome = Outcome(0, 1, (f"no result to read: {type(error).__name__}: {error}", f"exit code {code}"))
    for fault in outcome.faults:
        print(f"{start}  FAILED {fault}")
    seconds = time.monotonic() - began
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    print(
        f"{start}-- {level.heading}: {outcome.passed} passed, {outcome.failed} failed{skipped}, {seconds:.0f} s",
        flush=True,
    )
    return outcome


def run_lanes(known: Mapping[str, Level], names: Sequence[str]) -> dict[str, Outcome]:
    """Runs levels, those in WHOLE beside all others. When it is stopped it ends them and raises KeyboardInterrupt."""
    lanes = [[name for name in names if (name in WHOLE) is whole] for whole in (True, False)]
    lanes, outcomes, stopped = [lane for lane in lanes if lane], dict[str, Outcome](), threading.Event()

    def run_lane(lane: Sequence[str]) -> None:
        for name in lane:
            if not stopped.is_set():
                outcomes[name] = run(known[name], name if len(lanes) > 1 else "")

    with ThreadPoolExecutor(len(lanes)) as pool:
        try:
            for lane_done in wait([pool.submit(run_lane, lane) for lane in lanes], return_when=FIRST_EXCEPTION).done:
                lane_done.result()
        except BaseException:
            stopped.set()
            for process in list(_running):
                process.terminate()
            raise
    return {name: outcomes[name] for name in names}


def main(argv: Sequence[str]) -> int:
    known = {**LEVELS, "faults": FAULTS, "crossval": CROSSVAL}
    names = list(LEVELS) if list(argv) == ["all"] else list(argv)
    if not names or any(name not in known for name in names):
        print(f"usage: python -m tools.levels all | {' | '.join(known)}", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for old in RESULTS.rglob("*"):  # yesterday's result must not be taken for today's
        if old.is_file():
            old.unlink()
    try:
        outcomes = run_lanes(known, names)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    print()
    for name, outcome in outcomes.items():
        skipped = f"{outcome.skipped:>6} skipped" if outcome.skipped else ""
        print(f"  {known[name].heading:<32}{outcome.passed:>6} passed{outcome.failed:>6} failed{skipped}")
    failed = sum(outcome.failed for outcome in outcomes.values())
    print(f"\n{sum(outcome.passed for outcome in outcomes.values())} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
