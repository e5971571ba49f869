"""The gateway's process with something in the place of Rasa that answers nonsense: one message, never an empty one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.conversations.running import ROOT
from tests.service.stand_ins import free_port, until

HTML = b"<!doctype html><title>Welcome</title>"
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
REPLY_SECONDS = 1.0


def json(body: bytes) -> bytes:
    return JSON % (len(body), body)


NONSENSE = {
    "html": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(HTML), HTML),
    "html that fails": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n%s" % (len(HTML), HTML),
    "nothing": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages": [',
    "no message": json(b'{"messages": []}'),
    "an empty message": json(b'{"messages": [{"text": ""}]}'),
    "a blank message": json(b'{"messages": [{"text": "  \\n "}]}'),
    "rasa's own empty list": json(b"[]"),
    "null": json(b"null"),
    "a number that is none": json(b'{"messages": NaN}'),
    "deep nesting": json(b"[" * 50_000),
    "packed nonsense": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    "sent elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
}


class Behind:
    """Listens where Rasa should, and answers each request with `answer`, or holds it when that is None."""

    def __init__(self) -> None:
        self.answer: bytes | None = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._held: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.recv(65536)
                if self.answer is None:
                    self._held.append(connection)
                    continue
                connection.sendall(self.answer)
                connection.close()

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    behind = Behind()
    yield behind
    behind.close()


@pytest.fixture(scope="module")
def http(behind: Behind) -> Iterator[httpx.Client]:
    port = free_port()
    gateway = subprocess.Popen(
        [sys.executable, "-m", "bot.channels.gateway"],
        cwd=ROOT,
        env={
            **os.environ,
            "PLAINSCAN_PORT": str(port),
            "PLAINSCAN_RASA_PORT": str(behind.port),
            "PLAINSCAN_REPLY_TIMEOUT_SECONDS": str(REPLY_SECONDS),
            "PLAINSCAN_MESSAGES_PER_MINUTE": "1000",
        },
        stderr=subprocess.DEVNULL,
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=15, trust_env=False) as client:

        def listening() -> bool:
            with suppress(httpx.TransportError):
                return client.get("/api/health").status_code == 200
            return False

        assert until(listening, 60)
        token = client.post("/api/conversations").json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client
    gateway.terminate()
    gateway.wait(10)


def asked(http: httpx.Client) -> tuple[list[dict[str, str]], float]:
    began = time.monotonic()
    response = http.post("/api/conversations/current/messages", json={"text": "What is a bone bruise?"})
    assert response.status_code == 200
    return response.json()["messages"], time.monotonic() - began


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_one_message_that_says_whom_to_call(name: str, behind: Behind, http: httpx.Client) -> None:
    behind.answer = NONSENSE[name]
    [message], seconds = asked(http)
    assert message["type"] == "unavailable" and "911" in message["text"]
    assert seconds < REPLY_SECONDS + 0.5


def test_silence_is_one_message_too(behind: Behind, http: httpx.Client) -> None:
    behind.answer = None
    [message], seconds = asked(http)
    assert message["type"] == "unavailable"
    assert REPLY_SECONDS * 0.9 < seconds < REPLY_SECONDS + 0.5


def test_what_makes_sense_is_passed_on_right_after(behind: Behind, http: httpx.Client) -> None:
    behind.answer = json(b'{"messages": [{"text": "There again."}]}')
    [message], _ = asked(http)
    assert (message["type"], message["text"]) == ("text", "There again.")
