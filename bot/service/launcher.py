"""Starts Plainscan's parts, knows when they answer, and stops all of them, whatever happens."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from bot.service.parts import (
    BOUND,
    GROUP,
    CannotStart,
    Part,
    check_ports,
    environment,
    listening,
    reachable,
    supervisord_config,
)

START_SECONDS = 240.0
STOP_SECONDS = 15.0
REVIVE_SECONDS = 10.0
# A process can live and not work: stopped, locked up, without memory. Longer than Rasa needs for the longest message.
SILENT_SECONDS = 20.0
PROBE_SECONDS = 3.0
# sockaddr_un holds 107 bytes, and supervisord first binds a name with its process id appended.
SOCKET_PATH_LIMIT = 90


class Service:
    """The parts under a supervisord of their own. A context manager: leaving it leaves no process.

    root: folder the parts run in; everything is written below root/models. parts: the first one answers /api/ready.
    """

    def __init__(self, parts: Sequence[Part], root: Path) -> None:
        self.parts = tuple(parts)
        self.url = f"http://{_bracketed(reachable(parts[0].host))}:{parts[0].port}"
        self.logs = root / "models/logs" / str(parts[0].port)  # two Plainscans on a machine keep their logs apart
        self._root = root
        self._run = root / "models/run" / str(os.getpid())
        self._control = self._run / "control"
        self._socket_folder: str | None = None
        self._supervisord: subprocess.Popen[bytes] | None = None
        self._groups: set[int] = set()
        self._pids: dict[str, int] = {}
        self._patience: dict[int, float] = {}  # process id -> when it has to have answered
        self._revived = self._probed = 0.0

    def __enter__(self) -> Service:
        """Starts the parts beside each other. Raises CannotStart when a port is taken."""
        check_ports(self.parts)
        _sweep(self._run.parent)
        self._run.mkdir(parents=True, mode=0o700, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        for part in self.parts:  # so that what is quoted is of this start
            self._log(part).write_bytes(b"")
        if len(os.fsencode(self._control)) > SOCKET_PATH_LIMIT:
            self._socket_folder = tempfile.mkdtemp(prefix="plainscan-")
            self._control = Path(self._socket_folder) / "control"
        config = self._run / "supervisord.conf"
        config.write_text(supervisord_config(self.parts, self._root, self._run, self.logs, self._control))
        # A session of its own: Ctrl-C at the terminal is for us, and we stop the parts in order. Bound: if we are
        # killed outright, the kernel tells supervisord to stop them.
        supervisord = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", str(config)]
        self._supervisord = subprocess.Popen(
            [sys.executable, str(BOUND), "SIGTERM", *supervisord],
            cwd=self._root,
            env=environment(self.parts, self._root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.logs / "supervisord.err").open("wb"),
            start_new_session=True,
        )
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def wait_until_ready(self, say: Callable[[str], None], seconds: float = START_SECONDS) -> float:
        """Waits until a real question is answered; says now and then which part is still starting.

        Returns the seconds it took. Raises CannotStart, with the end of the log, when a part died three times or the
        time is over.
        """
        began = time.monotonic()
        why = "no answer"
        while (passed := time.monotonic() - began) < seconds:
            for part in self.parts:
                if self._states().get(part.name) == "FATAL":
                    raise CannotStart(f"{_first_upper(part.title)} does not start.\n{self._quoted(part)}")
            starting = [part for part in self.parts if not listening(part)]
            if not starting:
                why = _not_ready(self.url)
                if not why:
                    return time.monotonic() - began
            named = ", ".join(part.title for part in starting) or "the first question"
            say(f"starting: {named} … {passed:.0f} s")
            time.sleep(0.25)
        late = [part for part in self.parts if not listening(part)]
        if late:
            what = f"the following do not listen yet: {', '.join(part.title for part in late)}"
        else:
            what = f"all parts run, but the test question is not answered ({why})"
        quoted = "\n".join(self._quoted(part) for part in late or self.parts)
        raise CannotStart(f"After {seconds:.0f} s {what}.\n{quoted}")

    def watch(self, say: Callable[[str], None]) -> None:
        """Call it now and then while the service runs.

        Brings back a part that supervisord has given up on, and ends one that does not answer any more, so that
        supervisord starts it again. Raises CannotStart when supervisord itself is gone.
        """
        states = self._states()
        if time.monotonic() - self._probed >= PROBE_SECONDS:
            self._end_the_silent(say)
            self._probed = time.monotonic()
        if time.monotonic() - self._revived < REVIVE_SECONDS:
            return
        for part in self.parts:
            if states.get(part.name) == "FATAL":
                self._revived = time.monotonic()
                say(f"{_first_upper(part.title)} keeps stopping; starting it again. Its log: {self._log(part)}")
                self._rpc().supervisor.startProcess(f"{GROUP}:{part.name}", False)

    def _end_the_silent(self, say: Callable[[str], None]) -> None:
        for part in self.parts:
            pid = self._pids.get(part.name)
            if not pid:
                continue
            if _answers(f"http://{_bracketed(reachable(part.host))}:{part.port}{part.health}"):
                self._patience[pid] = time.monotonic() + SILENT_SECONDS
            elif time.monotonic() > self._patience.setdefault(pid, time.monotonic() + START_SECONDS):
                say(f"{_first_upper(part.title)} does not answer; starting it again.")
                with contextlib.suppress(OSError):  # it has just ended by itself
                    os.killpg(pid, signal.SIGKILL)
        self._patience = {pid: end for pid, end in self._patience.items() if pid in self._groups}

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each part that runs, by the part's name."""
        self._states()
        return {name: pid for name, pid in self._pids.items() if pid}

    def stop(self) -> None:
        """Stops every part and supervisord; kills what is still there after 15 s. Never raises; may be called again."""
        process = self._supervisord
        if process and process.poll() is None:
            with contextlib.suppress(CannotStart):
                self._states()  # to know the groups there are now
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for group in self._groups:  # empty of processes, unless supervisord was killed
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()
        shutil.rmtree(self._run, ignore_errors=True)
        if self._socket_folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def _states(self) -> dict[str, str]:
        """Supervisord's word for the state of each part; empty while it is starting itself."""
        assert self._supervisord
        if self._supervisord.poll() is not None:
            error = (self.logs / "supervisord.err").read_text(errors="replace").strip()
            raise CannotStart(f"The supervisor of the parts has stopped; start again. {error}".strip())
        try:
            info = self._rpc().supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return {}
        self._pids = {one["name"]: one["pid"] for one in info}
        # Each part leads a process group of its own.
        self._groups = {pid for pid in self._pids.values() if pid}
        return {one["name"]: one["statename"] for one in info}

    def _rpc(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._control}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)

    def _log(self, part: Part) -> Path:
        return self.logs / f"{part.name}.log"

    def _quoted(self, part: Part) -> str:
        text = re.sub(r"\x1b\[[0-9;]*m", "", self._log(part).read_text(errors="replace"))  # colours
        lines = text.strip().splitlines()[-15:]
        quoted = "\n".join(f"  | {line}" for line in lines) or "  | (it said nothing)"
        return f"The end of {self._log(part)}:\n{quoted}"


def _loopback() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never behind a proxy


def _answers(url: str) -> bool:
    """Whether a GET is answered with 200, soon."""
    try:
        with _loopback().open(url, timeout=PROBE_SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _not_ready(url: str) -> str:
    """Why the gateway says that it is not ready; empty when it is."""
    try:
        with _loopback().open(f"{url}/api/ready", timeout=10) as answer:
            return "" if answer.status == 200 else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        try:
            return str(json.loads(error.read())["detail"])
        except (ValueError, KeyError, TypeError):
            return f"status {error.code}"
    except OSError as error:
        return f"no answer, {type(error).__name__}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _sweep(runs: Path) -> None:
    """Removes run folders of launchers that were killed before they could."""
    for folder in runs.glob("*"):
        try:
            os.kill(int(folder.name), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue
