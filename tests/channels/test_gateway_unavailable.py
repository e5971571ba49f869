"""Whatever fails behind the gateway, the patient gets one message that says what to do, and soon."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.gateway.app import create_app
from bot.channels.gateway.rasa_client import AT_ONCE, WAITING, Erasures, RasaClient, RasaUnavailable
from bot.channels.gateway.settings import Settings
from tests.channels.conftest import EXPLANATION, FakeRasa, Gateway

PASSAGE = EXPLANATION["passage"]
IN_PASSAGE = "ValidationError:explanation.passage"
SOURCES = f"{IN_PASSAGE}.sources"
HALF_A_PAIR = b'{"messages": [{"text": "\\ud83d"}]}'


def changed(**passage: Any) -> list[Any]:
    return [{"text": "first"}, {"custom": {**EXPLANATION, "passage": {**PASSAGE, **passage}}}]


FAILURES: dict[str, tuple[Any, str, str]] = {
    "refused": (httpx.ConnectError("x"), "connect", "ConnectError"),
    "no route": (httpx.ConnectTimeout("x"), "connect", "ConnectTimeout"),
    "too slow": (httpx.ReadTimeout("x"), "timeout", "ReadTimeout"),
    "broken off": (httpx.RemoteProtocolError("x"), "http", "RemoteProtocolError"),
    "action failed": (httpx.Response(500, json={"error": "ClientResponseError"}), "bot", "ClientResponseError"),
    "odd error": (httpx.Response(500, json={"error": "my sacrum hurts"}), "http", "Status500"),
    "redirected": (httpx.Response(302, headers={"Location": "http://x"}), "http", "Status302"),
    "html": (httpx.Response(200, html="<h1>Hello</h1>"), "not-json", "JSONDecodeError"),
    "html error": (httpx.Response(502, html="<h1>Bad</h1>"), "http", "Status502"),
    "not a message list": (httpx.Response(200, json=["Hello"]), "off-schema", "NoMessages"),
    "nothing said": ([], "empty", "NothingSaid"),
    "a bare string": (["Hello"], "off-schema", "TypeError"),
    "no text": ([{"buttons": []}], "off-schema", "KeyError"),
    "empty text": ([{"text": ""}], "off-schema", "ValidationError:text.text"),
    "blank text": ([{"text": " \n "}], "off-schema", "ValidationError:text.text"),
    "text is no string": ([{"text": 7}], "off-schema", "TypeError"),
    "unknown type": ([{"custom": {"type": "poem", "text": "x"}}], "off-schema", "ValidationError:type"),
    "custom is no object": ([{"custom": "x"}], "off-schema", "ValueError"),
    "explanation without passage": ([{"custom": {"type": "explanation", "text": "x"}}], "off-schema", "KeyError"),
    "passage without sources": (changed(sources=None), "off-schema", SOURCES),
    "passage with another status": (changed(review={"status": "fine"}), "off-schema", f"{IN_PASSAGE}.review.status"),
    "passage id that is none": (changed(id="my sacrum hurts"), "off-schema", f"{IN_PASSAGE}.id"),
    "button that sends text": (
        [{"text": "x", "buttons": [{"title": "a", "payload": "hi"}]}],
        "off-schema",
        "ValueError",
    ),
    "button without title": ([{"text": "x", "buttons": [{"payload": "/a"}]}], "off-schema", "KeyError"),
    "half a pair": (httpx.Response(200, content=HALF_A_PAIR), "off-schema", "ValidationError:text.text"),
}


@pytest.mark.parametrize(("said", "cause", "failure"), FAILURES.values(), ids=FAILURES.keys())
async def test_every_failure_is_one_unavailable_message(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, said: Any, cause: str, failure: str
) -> None:
    gateway.rasa.answer = lambda request: said
    with caplog.at_level(logging.DEBUG, "bot"):
        response = await gateway.send({"text": "my sacrum hurts"})
    assert response.status_code == 200
    [message] = response.json()["messages"]
    assert (message["type"], message["text"]) == ("unavailable", "Down. Call 555 0100; in an emergency 911.")
    request_id = response.headers["X-Request-ID"]
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == [
        f"unavailable: cause={cause} failure={failure} request={request_id}"
    ]
    assert (await gateway.metrics())[f'plainscan_unavailable_total{{cause="{cause}"}}'] == 1

    gateway.rasa.says({"text": "back"})
    assert (await gateway.ask())[0]["text"] == "back"


async def test_a_button_that_fails_is_unavailable_and_can_be_pressed_again(gateway: Gateway) -> None:
    action = gateway.created["messages"][0]["buttons"][0]["action"]
    gateway.rasa.answer = lambda request: httpx.ConnectError("x")
    assert (await gateway.send({"action": action})).json()["messages"][0]["type"] == "unavailable"
    gateway.rasa.says({"text": "back"})
    assert (await gateway.send({"action": action})).json()["messages"][0]["text"] == "back"


async def test_a_rasa_that_drips_is_given_up_in_time(gateway: Gateway) -> None:
    async def never() -> None:
        await asyncio.sleep(30)

    gateway.rasa.answer = lambda request: never()
    started = time.perf_counter()
    [message] = await gateway.ask()
    assert message["type"] == "unavailable"
    assert 0.4 < time.perf_counter() - started < 1.5  # the gateway under test waits for half a second


async def test_a_dead_rasa_is_answered_within_two_seconds(gateway_settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        app = create_app(gateway_settings.model_copy(update={"rasa_port": port}))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test") as client:
            gateway = Gateway(client, FakeRasa())
            await gateway.start()
            started = time.perf_counter()
            [message] = await gateway.ask()
            assert message["type"] == "unavailable"
            assert time.perf_counter() - started < 2
            started = time.perf_counter()
            assert (await gateway.delete()).status_code == 204
            assert time.perf_counter() - started < 2


async def test_an_erasure_that_failed_is_tried_again_until_it_is_done(gateway_rasa: FakeRasa) -> None:
    erasures = Erasures(RasaClient(["http://rasa.test"], transport=httpx.MockTransport(gateway_rasa)))
    gateway_rasa.erase_status = 500
    await erasures.erase("c1")
    await erasures.erase("c2")
    background = asyncio.create_task(erasures.run(pause_seconds=0.01))
    await asyncio.sleep(0.05)
    assert gateway_rasa.erased == []
    gateway_rasa.erase_status = 204
    await asyncio.sleep(0.05)
    background.cancel()
    assert sorted(gateway_rasa.erased) == ["c1", "c2"]


async def test_a_fault_of_our_own_is_a_500_that_tells_and_logs_nothing_private(
    gateway: Gateway, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("my sacrum hurts")

    gateway.rasa.says({"text": "hello"})
    with monkeypatch.context() as broken:
        broken.setattr("bot.channels.gateway.replies.read_replies", fail)
        response = await gateway.send({"text": "my sacrum hurts"})
    assert (response.status_code, response.headers["Content-Type"]) == (500, "application/problem+json")
    assert response.headers["Cache-Control"] == "no-store"
    assert "sacrum" not in response.text + caplog.text
    assert f"RuntimeError at {Path(__file__)}" in caplog.text
    gateway.rasa.says({"text": "back"})
    assert (await gateway.ask())[0]["text"] == "back"


async def test_the_failure_of_a_client_names_its_cause(gateway_rasa: FakeRasa) -> None:
    client = RasaClient(["http://rasa.test"], transport=httpx.MockTransport(gateway_rasa))
    gateway_rasa.answer = lambda request: httpx.Response(500, json={"error": "NothingSaid"})
    with pytest.raises(RasaUnavailable, match=r"^bot: NothingSaid$"):
        await client.send_text("c1", "hello")


async def test_nothing_a_patient_writes_is_logged(
    gateway_make: Callable[..., Gateway], caplog: pytest.LogCaptureFixture
) -> None:
    gateway = gateway_make()
    with caplog.at_level(logging.DEBUG):
        await gateway.start()
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask("my sacrum hurts")
        await gateway.feedback({"message_id": message["id"], "helpful": False, "reason": "sacrum"})
        for body in ({"text": "sacrum", "sacrum": 1}, {"report": "sacrum"}, {"text": "sacrum" * 400}):
            await gateway.send(body)
        await gateway.client.get("/api/sacrum")
        await gateway.delete()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert not [line for line in ours if "sacrum" in line]


async def test_rasa_gets_a_few_messages_at_a_time_and_the_others_in_the_order_in_which_they_came(
    gateway_rasa: FakeRasa,
) -> None:
    client = RasaClient(["http://rasa.test"], transport=httpx.MockTransport(gateway_rasa))
    go_on = asyncio.Event()
    most = at_work = 0

    async def held() -> list[Any]:
        nonlocal most, at_work
        at_work += 1
        most = max(most, at_work)
        await go_on.wait()
        at_work -= 1
        return [{"text": "ok"}]

    gateway_rasa.answer = lambda request: held()
    names = [f"c{number}" for number in range(4 * AT_ONCE)]
    asked = [asyncio.create_task(client.send_text(name, "hello")) for name in names]
    await asyncio.sleep(0.05)
    assert [sent["conversation"] for sent in gateway_rasa.sent] == names[:AT_ONCE]
    go_on.set()
    assert await asyncio.gather(*asked) == [[{"text": "ok"}]] * len(names)
    assert [sent["conversation"] for sent in gateway_rasa.sent] == names
    assert most == AT_ONCE


async def test_a_rasa_that_ends_in_the_middle_is_replaced_by_another_and_the_least_busy_is_asked() -> None:
    asked: list[str] = []
    dead: set[str] = set()
    go_on = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host in dead:
            raise httpx.ReadError("x") if len(asked) % 2 else httpx.ConnectError("x")
        await go_on.wait()
        return httpx.Response(200, json={"messages": [{"text": request.url.host}]})

    client = RasaClient(["http://one", "http://two"], transport=httpx.MockTransport(answer))
    both = [asyncio.create_task(client.send_text(name, "hello")) for name in ("c1", "c2")]
    await asyncio.sleep(0.05)
    assert sorted(asked) == ["one", "two"]
    go_on.set()
    await asyncio.gather(*both)
    dead.add("one")
    assert [await client.send_text("c1", "hello") for _ in range(4)] == [[{"text": "two"}]] * 4
    dead.add("two")
    with pytest.raises(RasaUnavailable, match=r"^(connect: ConnectError|http: ReadError)$"):
        await client.send_text("c1", "hello")


async def test_a_rasa_that_comes_back_takes_over_from_one_that_ends_in_the_middle() -> None:
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if asked == ["one"]:
            raise httpx.ConnectError("it is starting")
        if request.url.host == "two":
            raise httpx.RemoteProtocolError("killed")
        return httpx.Response(200, json={"messages": [{"text": "one"}]})

    client = RasaClient(["http://one", "http://two"], transport=httpx.MockTransport(answer))
    assert await client.send_text("c1", "hello") == [{"text": "one"}]
    assert asked == ["one", "two", "one"]


async def test_a_failed_answer_is_not_asked_for_again(gateway_rasa: FakeRasa) -> None:
    client = RasaClient(["http://one", "http://two"], transport=httpx.MockTransport(gateway_rasa))
    gateway_rasa.answer = lambda request: httpx.Response(500, json={"error": "NothingSaid"})
    with pytest.raises(RasaUnavailable, match=r"^bot: NothingSaid$"):
        await client.send_text("c1", "hello")
    assert len(gateway_rasa.sent) == 1


async def test_an_error_of_the_transport_that_httpx_does_not_know_is_no_fault_of_ours(gateway_rasa: FakeRasa) -> None:
    client = RasaClient(["http://rasa.test"], transport=httpx.MockTransport(gateway_rasa))

    def closed(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("the handler is closed")

    gateway_rasa.answer = closed
    with pytest.raises(RasaUnavailable, match=r"^http: RuntimeError$"):
        await client.send_text("c1", "hello")


async def test_when_too_many_wait_another_is_told_so_at_once_and_those_who_wait_lose_nothing(
    gateway_rasa: FakeRasa,
) -> None:
    client = RasaClient(["http://rasa.test"], transport=httpx.MockTransport(gateway_rasa))
    go_on = asyncio.Event()

    async def held() -> list[Any]:
        await go_on.wait()
        return [{"text": "ok"}]

    gateway_rasa.answer = lambda request: held()
    asked = [asyncio.create_task(client.send_text(f"c{n}", "hello")) for n in range(AT_ONCE + WAITING)]
    await asyncio.sleep(0.05)
    with pytest.raises(RasaUnavailable, match=r"^busy: TooManyWait$"):
        await client.send_text("late", "hello")
    go_on.set()
    assert await asyncio.gather(*asked) == [[{"text": "ok"}]] * len(asked)
    assert await client.send_text("later", "hello") == [{"text": "ok"}]


async def test_who_waits_too_long_is_told_so_and_leaves_the_queue(gateway_rasa: FakeRasa) -> None:
    client = RasaClient(["http://rasa.test"], reply_seconds=0.05, transport=httpx.MockTransport(gateway_rasa))

    async def never() -> list[Any]:
        await asyncio.sleep(30)
        return []

    gateway_rasa.answer = lambda request: never()
    asked = [asyncio.create_task(client.send_text(f"c{n}", "hello")) for n in range(3 * AT_ONCE)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(one) for one in told] == ["timeout: TimeoutError"] * len(asked)
    gateway_rasa.says({"text": "ok"})
    assert await client.send_text("c1", "hello") == [{"text": "ok"}]
