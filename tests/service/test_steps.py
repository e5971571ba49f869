"""When a build step runs again, and what it says when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.service.stand_ins import alive, until
from tools.steps import Progress, Step, StepFailed, content_hash, run_steps, up_to_date


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Step]:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.yml").write_text("one")

    def make(command: str = "cat in/a.yml > out && echo ran >> runs", **rest: object) -> Step:
        given = {
            "name": "index",
            "title": "index",
            "inputs": lambda: content_hash(tmp_path, [tmp_path / "in"]),
            "commands": lambda: [["sh", "-c", command]],
            "outputs": [tmp_path / "out"],
            "record": tmp_path / "index.json",
            "log": tmp_path / "index.log",
            "advice": "Mend it.",
        }
        return Step(**{**given, **rest})  # type: ignore[arg-type]

    return make


def runs(root: Path, steps: Sequence[Step]) -> int:
    run_steps(steps, root, Progress())
    return len((root / "runs").read_text().splitlines())


def test_a_step_runs_again_only_when_content_changed(make: Callable[..., Step], tmp_path: Path) -> None:
    step = make()
    assert runs(tmp_path, [step]) == 1
    assert runs(tmp_path, [step]) == 1
    os.utime(tmp_path / "in/a.yml", (0, 0))  # another time, the same content
    assert runs(tmp_path, [step]) == 1
    (tmp_path / "in/a.yml").write_text("two")
    assert runs(tmp_path, [step]) == 2
    (tmp_path / "in/a.yml").rename(tmp_path / "in/b.yml")
    with pytest.raises(StepFailed):  # a renamed file is a change, too: the command misses it
        runs(tmp_path, [step])


def test_a_step_runs_again_when_what_it_made_is_gone_or_damaged(make: Callable[..., Step], tmp_path: Path) -> None:
    step = make()
    assert runs(tmp_path, [step]) == 1
    (tmp_path / "out").write_text("damaged")
    assert runs(tmp_path, [step]) == 2
    (tmp_path / "out").unlink()
    assert runs(tmp_path, [step]) == 3


def test_a_failing_step_quotes_its_log_says_what_to_do_and_runs_again(
    make: Callable[..., Step], tmp_path: Path
) -> None:
    step = make("seq 100; echo 'intent greet has no examples' >&2; exit 1")
    with pytest.raises(StepFailed) as failed:
        run_steps([step], tmp_path, Progress())
    lines = str(failed.value).splitlines()
    assert lines[0] == f"index failed after 0 s. The end of {tmp_path}/index.log:"
    assert lines[1:3] == ["  | 87", "  | 88"]
    assert lines[-2:] == ["  | intent greet has no examples", "Mend it."]
    assert not up_to_date(step, tmp_path)


def test_a_full_disk_is_called_that(make: Callable[..., Step], tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"\nThe disk is full\. Free some space, then run the same command again\.$"):
        run_steps([make("echo 'OSError: [Errno 28] No space left on device'; exit 1")], tmp_path, Progress())


def test_a_step_that_makes_nothing_has_failed(make: Callable[..., Step], tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"index ended well but made no out\. Mend it\."):
        run_steps([make("true")], tmp_path, Progress())


def test_steps_wait_for_those_they_need(make: Callable[..., Step], tmp_path: Path) -> None:
    first = make("sleep 0.3; echo first >> order; touch out")
    second = make("echo second >> order; touch out2", name="train", after=["index"], record=tmp_path / "2.json",
                  log=tmp_path / "2.log", outputs=[tmp_path / "out2"])  # fmt: skip
    run_steps([second, first], tmp_path, Progress())
    assert (tmp_path / "order").read_text() == "first\nsecond\n"


def test_a_failure_stops_the_other_steps_with_their_children(make: Callable[..., Step], tmp_path: Path) -> None:
    slow = make("sleep 300 & echo $! > pid; wait")
    fails = make("while [ ! -s pid ]; do sleep 0.05; done; exit 1", name="train", record=tmp_path / "2.json",
                 log=tmp_path / "2.log")  # fmt: skip
    with pytest.raises(StepFailed):
        run_steps([slow, fails], tmp_path, Progress())
    assert until(lambda: not alive(int((tmp_path / "pid").read_text())), 2)


def test_progress_of_a_long_step_is_said_off_a_terminal_too(
    make: Callable[..., Step], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_steps([make("sleep 1.2; touch out")], tmp_path, Progress(quiet_seconds=0.5))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "  index 1 s"
    assert said[-1] == "  index                       done in 1 s"
    run_steps([make("sleep 1.2; touch out")], tmp_path, Progress())
    assert capsys.readouterr().err == "  index                       up to date\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_a_step_with_its_children(number: signal.Signals, tmp_path: Path) -> None:
    code = """
import signal, sys
from pathlib import Path
from tools.steps import Progress, Step, run_steps
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
root = Path(sys.argv[1])
command = ["sh", "-c", "sleep 300 & echo $! > pid; wait"]
run_steps([Step("a", "a", lambda: "", lambda: [command], [], root / "a.json", root / "a.log")], root, Progress())
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.DEVNULL)
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(10)
    assert until(lambda: not alive(int(pid.read_text())), 2)
