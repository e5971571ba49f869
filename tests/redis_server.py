"""A Redis of a test's own, on a free port, in memory alone."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

MISSING = "no redis-server on PATH (Debian: apt-get install redis-server)"


def installed() -> bool:
    return shutil.which("redis-server") is not None


class RedisServer:
    """Runs from `start` to `stop`. `url` stays the same when it is started again; what was in it does not."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"]
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError("redis-server does not answer")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A Redis that runs, and ends with the block."""
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
