"""Starting, failing, coming back and stopping, with stand-ins for the parts: in the end no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.service.launcher import Service
from bot.service.parts import CannotStart, listening
from tests.service.stand_ins import DIES, alive, part, until

ROOT = Path(__file__).resolve().parents[2]
# The launcher as a process of its own: argv is the root, a file for pids, and the shell's command, if any.
_LAUNCH = """
import sys
from pathlib import Path
from bot.service.__main__ import run
from tests.service.stand_ins import part
root, pids, shell = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
sys.exit(run([part("gateway", pids), part("rasa", pids)], root, shell or None))
"""


def processes(pids: Path) -> list[int]:
    return [int(pid) for pid in pids.read_text().split()] if pids.exists() else []


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def launch(*shell: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _LAUNCH, str(tmp_path), str(tmp_path / "pids"), *shell]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert until(lambda: len(processes(tmp_path / "pids")) == 4), "the stand-ins did not start"
        return process

    yield launch
    for process in started:
        process.kill()
        process.wait()
        assert process.stderr
        process.stderr.close()
    for pid in processes(tmp_path / "pids"):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_running_whatever_ends_the_launcher(
    number: signal.Signals, launch: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    launcher = launch()
    assert launcher.stderr
    line = ""
    while "ready after" not in line:
        line = launcher.stderr.readline()
        assert line, "the launcher ended before it was ready"
    launcher.send_signal(number)
    assert launcher.wait(15) == (-9 if number == signal.SIGKILL else 0)
    assert until(lambda: not any(map(alive, processes(tmp_path / "pids"))))
    if number != signal.SIGKILL:
        assert list((tmp_path / "models/run").iterdir()) == []


def test_the_end_of_the_shell_stops_all_and_its_exit_code_is_passed_on(
    launch: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    launcher = launch(sys.executable, "-c", "import sys; sys.exit(0 if sys.argv[1] != '--url' else 3)")
    assert launcher.wait(15) == 3
    assert not any(map(alive, processes(tmp_path / "pids")))


def test_a_part_that_is_killed_comes_back(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with Service([part("gateway", pids)], tmp_path) as service:
        service.wait_until_ready(lambda line: None)
        first, child = processes(pids)
        os.kill(first, signal.SIGKILL)
        assert until(lambda: len(processes(pids)) == 4 and listening(service.parts[0]))
        os.kill(child, signal.SIGKILL)  # supervisord does not know the children of what was killed outright
    assert not any(map(alive, processes(pids)))


def test_nothing_is_left_running_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with (
        pytest.raises(CannotStart, match="The supervisor of the parts has stopped"),
        Service([part("gateway", pids)], tmp_path) as service,
    ):
        service.wait_until_ready(lambda line: None)
        assert service._supervisord
        service._supervisord.kill()
        service._supervisord.wait()
        service.watch(lambda line: None)
    assert until(lambda: not any(map(alive, processes(pids))))


def test_a_part_that_does_not_start_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    said: list[str] = []
    with (
        pytest.raises(CannotStart) as failed,
        Service([part("gateway", tmp_path / "pids"), part("rasa", tmp_path / "pids", DIES)], tmp_path) as service,
    ):
        service.wait_until_ready(said.append)
    message = str(failed.value)
    assert message.startswith("Rasa does not start.\nThe end of ")
    assert message.count("  | no model at models/rasa") == 3
    assert any(line.startswith("starting: rasa … ") for line in said)
    assert not any(map(alive, processes(tmp_path / "pids")))


def test_a_part_that_never_listens_is_named_when_the_time_is_over(tmp_path: Path) -> None:
    silent = part("rasa", tmp_path / "pids", ("sleep", "300"))
    with (
        pytest.raises(
            CannotStart, match=r"After 1 s the following do not listen yet: rasa\.\n.*\n  \| \(it said nothing\)"
        ),
        Service([part("gateway", tmp_path / "pids"), silent], tmp_path) as service,
    ):
        service.wait_until_ready(lambda line: None, seconds=1)


def test_the_control_socket_is_for_the_owner_alone_also_under_a_long_path(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 30)
    root.mkdir()
    with Service([part("gateway", tmp_path / "pids")], root) as service:
        service.wait_until_ready(lambda line: None)
        assert service._control.stat().st_mode & 0o777 == 0o600
        folder = service._control.parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_part_that_was_given_up_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.service.launcher.REVIVE_SECONDS", 0)
    log = tmp_path / "deaths"
    dies = ("sh", "-c", f"echo died >> {log}; exit 3")
    said: list[str] = []
    with Service([part("gateway", tmp_path / "pids"), part("rasa", tmp_path / "pids", dies)], tmp_path) as service:
        with pytest.raises(CannotStart):
            service.wait_until_ready(lambda line: None)
        assert log.read_text().count("died") == 3
        service.watch(said.append)
        assert until(lambda: log.read_text().count("died") > 3)
    assert said[0].startswith("Rasa keeps stopping; starting it again. Its log: ")


def test_a_part_that_lives_but_does_not_answer_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("SILENT_SECONDS", 0.5), ("PROBE_SECONDS", 0.2)):
        monkeypatch.setattr(f"bot.service.launcher.{name}", seconds)
    pids = tmp_path / "pids"
    said: list[str] = []
    with Service([part("gateway", pids)], tmp_path) as service:
        service.wait_until_ready(lambda line: None)
        service.watch(said.append)
        assert said == []
        first = processes(pids)[0]
        os.kill(first, signal.SIGSTOP)

        def back() -> bool:
            service.watch(said.append)
            return len(processes(pids)) == 4 and listening(service.parts[0])

        assert until(back, 15)
        assert not alive(first)
    assert said == ["Gateway does not answer; starting it again."]


def test_a_part_that_starts_slowly_is_left_in_peace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("SILENT_SECONDS", 0.1), ("PROBE_SECONDS", 0.1)):
        monkeypatch.setattr(f"bot.service.launcher.{name}", seconds)
    said: list[str] = []
    silent = part("rasa", tmp_path / "pids", ("sleep", "300"))
    with Service([part("gateway", tmp_path / "pids"), silent], tmp_path) as service:
        assert until(lambda: listening(service.parts[0]))
        end = time.monotonic() + 1
        while time.monotonic() < end:
            service.watch(said.append)
    # on a busy machine the gateway may be late to answer
    assert [line for line in said if line.startswith("Rasa")] == []
