"""Small processes in the place of Plainscan's parts: some listen and have children of their own, some die."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.service.parts import Part

DIES = (sys.executable, "-c", "print('no model at models/rasa'); raise SystemExit(3)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> range:
    """So many free ports in a row, below those that the system gives to whoever asks for any (Linux: from 32768 on)."""
    while True:
        ports = range(first := random.randrange(20_000, 32_000), first + count)
        with contextlib.ExitStack() as probes:
            try:
                for port in ports:
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return ports


def part(name: str, pids: Path, command: tuple[str, ...] | None = None) -> Part:
    """A part that listens on a free port and appends its process ids to `pids`, or one that runs `command`."""
    port = free_port()
    listens = (sys.executable, "-S", str(Path(__file__).with_name("listening_part.py")), str(port), str(pids))
    return Part(name, name, command or listens, "127.0.0.1", port, f"PLAINSCAN_{name.upper()}_PORT")


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie, which waits for its parent to notice, does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Waits for something to become true; False when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
