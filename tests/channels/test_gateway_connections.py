"""The gateway on a real socket, with clients that mean no good: each is refused in time, and others are served."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from bot.channels.gateway import connections
from bot.channels.gateway.app import create_app
from bot.channels.gateway.connections import MAX_HEAD_BYTES, GuardedHttp
from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.settings import Settings
from tests.channels.conftest import CLINIC, DOMAIN, FakeRasa

POST = b"POST /api/conversations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = b"GET /api/health HTTP/1.1\r\nHost: x\r\n"
HIDDEN = GET + b"\r\n"
MEGABYTES = 100
SECONDS_TO_SEND = 0.5


@pytest.fixture(scope="module")
def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture(scope="module")
def port(rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a gateway served as `python -m bot.channels.gateway` does, but impatient."""
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "clinic.yml").write_text(CLINIC)
    (folder / "_shared.yml").write_text(DOMAIN)
    settings = Settings(clinic_file=folder / "clinic.yml", domain_folder=folder)
    app = create_app(settings, RasaClient(["http://rasa.test"], 0.5, httpx.MockTransport(rasa)))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=GuardedHttp, ws="none", log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "REQUEST_SECONDS", SECONDS_TO_SEND)
        yield int(listening.getsockname()[1])
    server.should_exit = True
    thread.join(10)


def sent(port: int, request: bytes, seconds: float = 2.0) -> bytes:
    """All that is answered until the gateway closes the connection, or is silent for so long."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(seconds)
        answer = b""
        try:
            connection.sendall(request)
            while data := connection.recv(65536):
                answer += data
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        return answer


def statuses(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def alive(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False).status_code == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + HIDDEN,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
        POST + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
        POST + b"Content-Length: -1\r\n\r\n{}" + HIDDEN,
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + HIDDEN,
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + HIDDEN,
        GET + b"X: a\r\n b\r\n\r\n" + HIDDEN,
        GET + b"X: a\x00b\r\n\r\n" + HIDDEN,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
        bytes.fromhex("16030100050100000100") + HIDDEN,
    ],
)
def test_a_request_that_two_servers_could_read_differently_is_refused_and_the_connection_closed(
    port: int, request_bytes: bytes
) -> None:
    answer = sent(port, request_bytes)
    assert statuses(answer) == [400]
    assert b"connection: close" in answer
    assert alive(port)


def test_requests_one_after_the_other_are_answered_in_order(port: int) -> None:
    answer = sent(port, HIDDEN + b"GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN, 0.5)
    assert statuses(answer) == [200, 404, 200]


def test_there_are_no_web_sockets(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    assert statuses(sent(port, GET + upgrade + key, 0.5)) == [200]


@pytest.mark.parametrize(
    "request_bytes",
    [
        GET + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
        GET + b"X: " + b"a" * 5_000_000,
        GET + b"".join(b"X%d: a\r\n" % number for number in range(20_000)) + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["header", "header without end", "headers", "path"],
)
def test_a_head_that_is_too_large_is_refused(port: int, request_bytes: bytes) -> None:
    # A reset may overtake the answer when more was still being sent.
    assert statuses(sent(port, request_bytes)) in ([431], [])
    assert alive(port)


def test_a_head_below_the_limit_is_read(port: int) -> None:
    assert statuses(sent(port, GET + b"X: " + b"a" * (MAX_HEAD_BYTES - 1000) + b"\r\n\r\n", 0.5)) == [200]


@pytest.mark.parametrize(
    ("begin", "drop", "answered"),
    [
        (GET, b"X: a\r\n", [408]),
        (b"", b"\r\n", [408]),
        (POST + b"Content-Length: 60000\r\n\r\n{", b" ", [408]),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", [408]),
        # refused at once; what it still sends is not listened to for ever
        (POST + b"Content-Length: 90000\r\n\r\n{", b" ", [413]),
    ],
    ids=["head", "blank lines", "body", "chunks", "refused body"],
)
def test_who_sends_drop_by_drop_is_cut_off_in_time(port: int, begin: bytes, drop: bytes, answered: list[int]) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(0.05)
        connection.sendall(begin)
        answer, closed = b"", False
        while not closed and time.monotonic() - began < 3 * SECONDS_TO_SEND:
            try:
                connection.sendall(drop)
                data = connection.recv(65536)
                answer, closed = answer + data, not data
            except TimeoutError:
                continue
            except OSError:
                closed = True
    assert statuses(answer) == answered
    assert SECONDS_TO_SEND * 0.9 < time.monotonic() - began < SECONDS_TO_SEND + 1


def test_many_slow_clients_hold_nobody_up(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    for connection in slow:
        connection.sendall(GET)
    began = time.monotonic()
    assert alive(port)
    assert time.monotonic() - began < 0.5
    for connection in slow:
        connection.close()


def memory() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: %d\r\n\r\n" % (MEGABYTES << 20), b" " * (1 << 16)),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * (1 << 16) + b"\r\n"),
        (b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (MEGABYTES << 20), b""),
    ],
    ids=["declared", "chunked", "expecting"],
)
def test_a_hundred_megabytes_are_refused_within_100_ms_and_held_nowhere(
    port: int, rasa: FakeRasa, head: bytes, piece: bytes
) -> None:
    refused: list[tuple[float, bytes]] = []
    before, began = memory(), time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:

        def listen() -> None:
            answer = connection.recv(65536)
            refused.append((time.monotonic() - began, answer))

        listener = threading.Thread(target=listen)
        listener.start()
        connection.sendall(POST + head)
        most = before
        for _ in range(16 * MEGABYTES):
            connection.sendall(piece)
            most = max(most, memory())
        listener.join(5)
    [(seconds, answer)] = refused
    assert statuses(answer) == [413]
    assert seconds < 0.1
    assert most - before < 8 << 20
    assert rasa.sent == []


@pytest.mark.parametrize("encoding", ["deflate", "gzip, gzip", "x"])
def test_nothing_packed_is_unpacked(port: int, rasa: FakeRasa, encoding: str) -> None:
    body = b"x\xda" + b"\x00" * 50_000
    for size, status in ((290_000, 413), (len(body), 415)):
        began = time.monotonic()
        head = b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (encoding.encode(), size)
        answer = sent(port, POST + head + body.ljust(size, b"\x00"), 0.3)
        assert statuses(answer) == [status]
        assert time.monotonic() - began < 0.5
    assert rasa.sent == []


def test_a_client_that_goes_in_the_middle_leaves_its_conversation_usable(port: int, rasa: FakeRasa) -> None:
    async def slowly() -> list[dict[str, str]]:
        await asyncio.sleep(0.2)
        return [{"text": "there"}]

    rasa.answer = lambda request: slowly()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        token = client.post("/api/conversations").json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        body = b'{"text": "hello"}'
        path = b"/api/conversations/current/messages"
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(
                b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (path, token.encode(), len(body), body)
            )
            time.sleep(0.05)

        def answer() -> httpx.Response:
            return client.post(path.decode(), json={"text": "again"}, headers=headers)

        while (response := answer()).status_code == 409:
            time.sleep(0.05)
        assert response.json()["messages"][0]["text"] == "there"
