"""Plainscan as a person starts it, `python -m bot.service serve`, on free ports, seen from outside (Linux: /proc)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from bot.service.parts import BOUND, plainscan_parts
from tests.service.stand_ins import alive, free_port, until

ROOT = Path(__file__).resolve().parents[2]
# On a busy machine; alone, it takes about fifteen.
START_SECONDS = 240
STOP_SECONDS = 30


class Plainscan:
    """The three processes and their launcher.

    Attributes:
        url: of the gateway. rasa_url: of the gateway's channel inside Rasa. logs: folder of the logs of all parts.
        heard: every text that a patient sent in these tests; none may ever stand in a log.
    """

    def __init__(self, console: Path) -> None:
        ports = {f"PLAINSCAN_{part}PORT": str(free_port()) for part in ("", "ACTIONS_", "RASA_")}
        self._parts = {part.name: part for part in plainscan_parts(ROOT, ports)}
        self._mark = f"PLAINSCAN_PORT={ports['PLAINSCAN_PORT']}".encode()
        self._console = console
        self.url = f"http://127.0.0.1:{ports['PLAINSCAN_PORT']}"
        self.rasa_url = f"http://127.0.0.1:{ports['PLAINSCAN_RASA_PORT']}/webhooks/gateway"
        self.logs = ROOT / "models/logs" / ports["PLAINSCAN_PORT"]
        self.heard: list[str] = []
        with console.open("wb") as stderr:
            self._launcher = subprocess.Popen(
                [sys.executable, str(BOUND), "SIGTERM", sys.executable, "-m", "bot.service", "serve"],
                cwd=ROOT,
                env={**os.environ, **ports},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                # Ctrl-C has to work also when these tests run in the background, where it is ignored and inherited.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
            )

    def wait_until_ready(self) -> None:
        """Wait for the launcher's word that a real question was answered.

        Raises:
            RuntimeError: it ended before, or took too long; with what it said.
        """
        until(lambda: "ready after" in self.said() or self._launcher.poll() is not None, START_SECONDS)
        if self._launcher.poll() is not None or "ready after" not in self.said():
            raise RuntimeError(f"Plainscan did not start:\n{self.said()}")

    def said(self) -> str:
        """What the launcher has said on the terminal."""
        return self._console.read_text(errors="replace")

    def processes(self) -> set[int]:
        """Every process that came from this start, whoever its parent is now: the ports in its environment tell."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if self._mark in environment and alive(int(folder.name)):
                found.add(int(folder.name))
        return found

    def pid(self, name: str) -> int:
        """The process of the part `name`: gateway, actions or rasa.

        Raises:
            LookupError: it does not run.
        """
        command = list(self._parts[name].command)
        for pid in self.processes():
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
            if words[-len(command) :] == command and str(BOUND) not in words:
                return pid
        raise LookupError(name)

    def kill(self, name: str) -> None:
        """End a part as if by kill -9; return when it is gone."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        assert until(lambda: not alive(pid))

    def logged(self) -> str:
        """All that is in the logs of the parts and was said by the launcher."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.logs.iterdir())) + self.said()

    def stop(self) -> int:
        """Press Ctrl-C; return the launcher's exit code, when it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        self._launcher.send_signal(signal.SIGINT)
        return self._launcher.wait(STOP_SECONDS)

    def end_whatever_is_left(self) -> None:
        """For a stop that failed: nothing of these tests may stay on the machine."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        if self._launcher.poll() is None:
            self._launcher.kill()
        self._launcher.wait()
        time.sleep(0.1)
