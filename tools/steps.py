"""Build steps that know by content whether they have to run again.

A step's inputs are hashed (file names and bytes, never times), and so is what it made. Both hashes are kept; a step
runs when either differs. Steps run beside each other as far as their order allows. Runs with any Python 3.9 or newer.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

TAIL_LINES = 15
_BOUND = Path(__file__).resolve().parents[1] / "bot" / "service" / "bound.py"


class StepFailed(Exception):
    """A step could not do its work. The message is for the person at the terminal: what happened and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to build.

    name: short, for log and record files. title: as progress shows it.
    inputs: gives the hash of all that the result depends on; called when the steps before are done.
    commands: gives the command lines, one after the other; called only when the step runs. May raise StepFailed.
    outputs: files and folders it makes; hashed afterwards. record: where the hashes are kept.
    after: names of the steps that must be done before. advice: what to do when it fails.
    env: environment variables beside the present ones.
    """

    name: str
    title: str
    inputs: Callable[[], str]
    commands: Callable[[], Sequence[Sequence[str]]]
    outputs: Sequence[Path]
    record: Path
    log: Path
    after: Sequence[str] = ()
    advice: str = ""
    env: dict[str, str] = field(default_factory=dict)


def content_hash(root: Path, paths: Iterable[Path], facts: Iterable[str] = ()) -> str:
    """SHA-256 (hex) over the relative names and bytes of all files in `paths` (folders: all below), and over `facts`.

    A path that does not exist counts as absent, which is another content than an empty file.
    """
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(f"fact {fact}\0".encode())
    for path in sorted({file for given in paths for file in _files(given)}):
        digest.update(f"file {path.relative_to(root).as_posix()}\0".encode())
        if path.is_symlink():
            digest.update(f"link {os.readlink(path)}\0".encode())
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file() or path.is_symlink():
        yield path
    elif path.is_dir():
        for file in path.rglob("*"):
            if (file.is_file() or file.is_symlink()) and "__pycache__" not in file.parts and file.suffix != ".pyc":
                yield file


def up_to_date(step: Step, root: Path) -> bool:
    """Whether what the step made is there unchanged, made from inputs like today's."""
    try:
        record = json.loads(step.record.read_text())
    except (OSError, ValueError):
        return False
    return bool(record == {"inputs": step.inputs(), "outputs": content_hash(root, step.outputs)})


def run_steps(steps: Sequence[Step], root: Path, say: Progress) -> None:
    """Runs the steps that are not up to date, two at a time, each after those it names.

    A step that fails, or Ctrl-C, ends the others with all their processes. Raises StepFailed with the end of the log.
    """
    waiting, running, done = list(steps), {}, set()  # type: list[Step], dict[str, _Run], set[str]
    names = {step.name for step in steps}
    try:
        while waiting or running:
            for step in [s for s in waiting if done.issuperset(names.intersection(s.after))]:
                if len(running) == 2:  # more would only take turns on two cores
                    break
                waiting.remove(step)
                running[step.name] = _Run(step, root)
            say.working([(run.step.title, run.seconds, run.last_line()) for run in running.values()])
            time.sleep(0.05)
            for name, run in list(running.items()):
                if run.ended():
                    del running[name]
                    done.add(name)
                    if run.failure:
                        raise run.failure
                    say.finished(run.step.title, "up to date" if run.skipped else f"done in {run.seconds:.0f} s")
    finally:
        for run in running.values():
            run.cancel()


class _Run:
    """A step on its way, in a thread of its own."""

    def __init__(self, step: Step, root: Path) -> None:
        self.step, self.root = step, root
        self.skipped = False
        self.failure: Exception | None = None
        self._began = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=step.name, daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def ended(self) -> bool:
        return not self._thread.is_alive()

    def last_line(self) -> str:
        return next(iter(reversed(tail(self.step.log, 1))), "") if self._process else ""

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._process and self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGTERM)
        self._thread.join(timeout=5)
        if self._process and self._thread.is_alive():
            os.killpg(self._process.pid, signal.SIGKILL)
            self._thread.join(timeout=5)

    def _work(self) -> None:
        step = self.step
        try:
            if up_to_date(step, self.root):
                self.skipped = True
                return
            step.record.unlink(missing_ok=True)  # until it is done again, it is not done
            inputs = step.inputs()
            step.log.parent.mkdir(parents=True, exist_ok=True)
            with step.log.open("wb") as log:
                for command in step.commands():
                    if self._run(command, log) != 0:
                        raise StepFailed(failure_message(step, self.seconds))
            missing = [str(path.relative_to(self.root)) for path in step.outputs if not path.exists()]
            if missing:
                raise StepFailed(f"{step.title} ended well but made no {', '.join(missing)}. {step.advice}".strip())
            step.record.parent.mkdir(parents=True, exist_ok=True)
            made = {"inputs": inputs, "outputs": content_hash(self.root, step.outputs)}
            step.record.write_text(json.dumps(made) + "\n")
        except Exception as error:
            self.failure = error

    def _run(self, command: Sequence[str], log: IO[bytes]) -> int:
        with self._lock:
            if self._cancelled:
                return 1
            # A session of its own, so that Ctrl-C is ours to pass on, to the grandchildren too; bound, so that even
            # kill -9 of make leaves no installer or training behind.
            self._process = subprocess.Popen(
                [sys.executable, str(_BOUND), "SIGTERM", *command],
                cwd=self.root,
                env={**os.environ, **self.step.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._process.wait()


def tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last non-empty lines of a log, or none when there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours
    # A carriage return is where a progress bar begins again: what came before it was overwritten.
    return [line.rsplit("\r", 1)[-1].rstrip() for line in text.split("\n") if line.strip()][-lines:]


def failure_message(step: Step, seconds: float) -> str:
    end = tail(step.log)
    advice = step.advice
    if any("No space left on device" in line for line in end):
        advice = "The disk is full. Free some space, then run the same command again."
    quoted = "\n".join(f"  | {line}" for line in end)
    return f"{step.title} failed after {seconds:.0f} s. The end of {step.log}:\n{quoted}\n{advice}".rstrip()


class Progress:
    """Tells on stderr how far the steps are: a line that renews itself on a terminal, one now and then elsewhere."""

    def __init__(self, quiet_seconds: float = 15) -> None:
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._quiet_seconds = quiet_seconds
        self._said = time.monotonic()
        self._shown = ""

    def working(self, running: Sequence[tuple[str, float, str]]) -> None:
        if not running or max(seconds for _, seconds, _ in running) < 0.5:
            return
        line = "  " + " · ".join(f"{title} {seconds:.0f} s" for title, seconds, _ in running)
        detail = next((text for _, _, text in running if text), "")
        if self._terminal:
            room = shutil.get_terminal_size().columns - len(line) - 3
            self._write(f"{line}: {detail[:room]}" if detail and room > 20 else line)
        elif time.monotonic() - self._said >= self._quiet_seconds:
            print(line, file=sys.stderr, flush=True)
            self._said = time.monotonic()

    def finished(self, title: str, result: str) -> None:
        self.clear()
        print(f"  {title:<28}{result}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Takes the renewing line away, before something else is printed."""
        if self._terminal:
            self._write("")

    def _write(self, line: str) -> None:
        if line != self._shown:
            printable = "".join(character if character.isprintable() else " " for character in line)
            sys.stderr.write(f"\r\x1b[K{printable}")
            sys.stderr.flush()
            self._shown = line


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Lets one set-up work in a folder at a time; a second one says so and waits."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("  another set-up is at work in this folder; waiting for it …", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
