"""Plainscan as a person starts it, `python -m bot.service serve`, on free ports, seen from outside (Linux: /proc)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.service.parts import BOUND, listening, plainscan_parts
from tests.service.stand_ins import alive, free_ports, until

ROOT = Path(__file__).resolve().parents[2]
# On a busy machine; alone, it takes about fifteen.
START_SECONDS = 240
STOP_SECONDS = 30


class Plainscan:
    """The three processes and their launcher. `root`: another folder than this one to run it in; `env`: more settings.
    `full_disk`: the parts whose logs find no space.

    Attributes:
        url: of the gateway. rasa_url: of the gateway's channel inside Rasa. logs: folder of the logs of all parts.
        ports: by the variable that sets each.
        heard: every text that a patient sent in these tests; none may ever stand in a log.
    """

    def __init__(
        self, console: Path, root: Path = ROOT, env: Mapping[str, str] | None = None, full_disk: Sequence[str] = ()
    ) -> None:
        # several Rasas listen on ports in a row from the last on
        row = free_ports(2 + int((env or {}).get("PLAINSCAN_WORKERS", 1)))
        ports = {f"PLAINSCAN_{part}PORT": str(port) for part, port in zip(("", "ACTIONS_", "RASA_"), row, strict=False)}
        self.ports = ports
        self._parts = {part.name: part for part in plainscan_parts(root, {**ports, **(env or {})})}
        self._mark = f"PLAINSCAN_PORT={ports['PLAINSCAN_PORT']}".encode()
        self._console = console
        self.url = f"http://127.0.0.1:{ports['PLAINSCAN_PORT']}"
        self.rasa_url = f"http://127.0.0.1:{ports['PLAINSCAN_RASA_PORT']}/webhooks/gateway"
        self.logs = root / "models/logs" / ports["PLAINSCAN_PORT"]
        self.heard: list[str] = []
        self.logs.mkdir(parents=True, exist_ok=True)
        for name in full_disk:
            (self.logs / f"{name}.log").symlink_to("/dev/full")  # every write to it fails as on a full disk
        with console.open("wb") as stderr:
            self._launcher = subprocess.Popen(
                [sys.executable, str(BOUND), "SIGTERM", sys.executable, "-m", "bot.service", "serve"],
                cwd=root,
                env={**os.environ, **ports, **(env or {})},
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
        """The process of the part `name`: gateway, actions, rasa, rasa-2 …

        Raises:
            LookupError: it does not run.
        """
        command = list(self._parts[name].command)
        for pid in self.processes():
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
            if words[-len(command) :] == command and str(BOUND) not in words:
                return pid
        raise LookupError(name)

    def answers(self, name: str) -> bool:
        """Whether a part accepts connections."""
        return listening(self._parts[name])

    def freeze(self, name: str) -> None:
        """Have a part live and do nothing, as if by kill -STOP."""
        os.kill(self.pid(name), signal.SIGSTOP)

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


@contextmanager
def ended(plainscan: Plainscan) -> Iterator[Plainscan]:
    """Wait until it answers, and stop it in the end: with exit code 0, and so that nothing of it is left."""
    try:
        plainscan.wait_until_ready()
        yield plainscan
        assert plainscan.stop() == 0, plainscan.said()
        assert plainscan.processes() == set(), "Ctrl-C left processes running"
    finally:
        plainscan.end_whatever_is_left()


def running_at(url: str) -> Plainscan:
    """A Plainscan that somebody else has started, as far as a patient needs it."""
    return cast(Plainscan, SimpleNamespace(url=url.rstrip("/"), heard=list[Any]()))
