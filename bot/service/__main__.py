"""`python -m bot.service serve` runs Plainscan until it is stopped; `… chat` runs it as long as a chat shell is open.

What follows `chat` is handed to the shell, whose exit code is passed on. Exit code 1: it could not start or stay up.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.service.launcher import Service
from bot.service.parts import BOUND, CannotStart, Part, plainscan_parts

ROOT = Path(__file__).resolve().parents[2]
USAGE = "usage: python -m bot.service serve | chat [words for the chat shell]"


def main(argv: Sequence[str]) -> int:
    if argv[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if not argv or argv[0] not in ("serve", "chat") or (argv[0] == "serve" and argv[1:]):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return run(plainscan_parts(ROOT), ROOT, [*SHELL, *argv[1:]] if argv[0] == "chat" else None)
    except CannotStart as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


SHELL = (sys.executable, "-m", "bot.channels.shell")


def run(parts: Sequence[Part], root: Path, shell: Sequence[str] | None) -> int:
    """Runs the parts, and a shell in front of them when there is one (`--url …` is added to its command).

    Returns the shell's exit code, or 0 when a service without a shell was asked to stop. Raises CannotStart.
    """
    say = _Status()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        with Service(parts, root) as service:
            try:
                seconds = service.wait_until_ready(say)
                say(f"ready after {seconds:.0f} s: {service.url}", last=True)
                if shell is None:
                    print("Ctrl-C stops it.", file=sys.stderr)
                    while True:
                        time.sleep(1)
                        service.watch(say.line)
                return _in_front([*shell, "--url", service.url], root, service)
            finally:
                # From here on only stopping counts; a second Ctrl-C must not leave half of it running.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                say.clear()
    except KeyboardInterrupt:
        return 0 if shell is None else 130
    except SystemExit as asked:
        return 0 if shell is None else int(str(asked.code))


def _in_front(command: Sequence[str], root: Path, service: Service) -> int:
    # Ctrl-C belongs to the shell: it clears a line, or stops waiting. Not SIG_IGN, which the shell would inherit.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    terminal = _terminal_modes()
    shell = subprocess.Popen([sys.executable, str(BOUND), "SIGTERM", *command], cwd=root)
    try:
        while True:
            try:
                code = shell.wait(timeout=1)
                return code if code >= 0 else 128 - code
            except subprocess.TimeoutExpired:
                service.watch(lambda line: None)  # the terminal is the shell's
    finally:
        if shell.poll() is None:
            shell.terminate()
            try:
                shell.wait(5)
            except subprocess.TimeoutExpired:
                shell.kill()
                shell.wait()
        if terminal:  # a shell that was killed leaves the terminal without echo
            with contextlib.suppress(termios.error):  # unless the terminal went first
                termios.tcsetattr(sys.stdin, termios.TCSANOW, terminal)


def _terminal_modes() -> list[Any] | None:
    return termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


class _Status:
    """A line on stderr that renews itself on a terminal; elsewhere only every 10 s, and the last one."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._said = time.monotonic()

    def __call__(self, line: str, last: bool = False) -> None:
        if self._terminal:
            print(f"\r\x1b[K  {line}", end="\n" if last else "", file=sys.stderr, flush=True)
        elif last or time.monotonic() - self._said >= 10:
            self.line(f"  {line}")
            self._said = time.monotonic()

    def line(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
