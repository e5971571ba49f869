"""Bad input: a clear problem document or an honest answer, never a fault, and nothing obeyed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.channels.conftest import Gateway

MESSAGES = "/api/conversations/current/messages"


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and name; everything that a problem document must have is asserted."""
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == response.status_code
    assert document["title"] and document["detail"] and "$" not in document["detail"]
    return response.status_code, document["type"].removeprefix("urn:plainscan:problem:")


async def post(gateway: Gateway, content: Any, content_type: str | None = "application/json") -> httpx.Response:
    headers = {**gateway.auth, **({"Content-Type": content_type} if content_type else {})}
    return await gateway.client.post(MESSAGES, content=content, headers=headers)


class TestMalformed:
    @pytest.mark.parametrize(
        "body", [b"{", b"hello", b'{"text": "a"', b"{'text': 'a'}", b'{"text": "\xff"}', b"[" * 30_000, b'{"text": 1e}']
    )
    async def test_what_is_not_json_is_a_400(self, gateway: Gateway, body: bytes) -> None:
        assert problem(await post(gateway, body)) == (400, "malformed")
        assert gateway.rasa.sent == []

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", None]
    )
    async def test_what_is_not_said_to_be_json_is_a_415(self, gateway: Gateway, content_type: str | None) -> None:
        assert problem(await post(gateway, b'{"text": "a"}', content_type)) == (415, "media-type")

    async def test_a_charset_is_fine(self, gateway: Gateway) -> None:
        assert (await post(gateway, b'{"text": "a"}', "Application/JSON; charset=utf-8")).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            None,
            "text",
            7,
            {"text": None},
            {"text": 7},
            {"text": True},
            {"text": ["a"]},
            {"text": {"a": 1}},
            {"report": 7},
            {"action": []},
            {"text": "a", "report": "b"},
            {"text": "a", "action": "b"},
            {"text": "a", "sender": "c2"},
            {"text": "a", "metadata": {}},
            {"message": "a"},
        ],
    )
    async def test_another_shape_is_a_422(self, gateway: Gateway, body: Any) -> None:
        assert problem(await post(gateway, json.dumps(body))) == (422, "wrong-shape")
        assert gateway.rasa.sent == []

    async def test_no_body_is_a_422(self, gateway: Gateway) -> None:
        assert problem(await post(gateway, b"")) == (422, "wrong-shape")

    @pytest.mark.parametrize("body", [{"other": 1}, [1], "x"])
    async def test_a_conversation_takes_no_fields(self, gateway: Gateway, body: Any) -> None:
        assert problem(await gateway.client.post("/api/conversations", json=body)) == (422, "wrong-shape")

    async def test_nothing_that_was_sent_is_quoted(self, gateway: Gateway) -> None:
        for body in ({"text": "sacrum", "sacrum": 1}, {"action": "sacrum"}, {"text": "sacrum" * 400}):
            assert "sacrum" not in (await gateway.send(body)).text


class TestText:
    @pytest.mark.parametrize("kind", ["text", "report"])
    @pytest.mark.parametrize("nothing", ["", "   ", "\n\t", "\u200b\u202e", "\x00", "\ud800"])
    async def test_an_empty_message_is_a_422(self, gateway: Gateway, kind: str, nothing: str) -> None:
        response = await post(gateway, json.dumps({kind: nothing}))
        assert problem(response) == (422, "empty")
        assert response.json()["detail"] == "The message is empty. Please type your question in your own words."

    @pytest.mark.parametrize(
        ("sent", "heard"),
        [
            ("\U0001f914", "\U0001f914"),
            ("a\x00b", "ab"),
            ("\ud83dknee", "knee"),
            ("\u202eknee", "knee"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("<b>knee</b><script>alert(1)</script>", "knee"),
            ('/intent{"x":1}', '/intent{"x":1}'),
        ],
    )
    async def test_what_is_odd_is_cleaned_and_answered(self, gateway: Gateway, sent: str, heard: str) -> None:
        response = await post(gateway, json.dumps({"text": sent}))
        assert response.status_code == 200
        assert gateway.rasa.sent[-1]["text"] == heard

    async def test_a_raw_half_of_a_pair_is_cleaned_too(self, gateway: Gateway) -> None:
        response = await post(gateway, b'{"text": "\xed\xa0\xbdknee"}')
        assert response.status_code in (200, 400)
        assert all(sent["text"] == "knee" for sent in gateway.rasa.sent)

    async def test_2000_characters_are_a_message_and_2001_are_not(self, gateway: Gateway) -> None:
        assert (await gateway.send({"text": "\U0001f914" * 2000})).status_code == 200
        response = await gateway.send({"text": "\U0001f914" * 2001})
        assert problem(response) == (413, "text-too-long")
        assert response.json()["detail"] == (
            "A message can have 2,000 characters; yours has 2,001. Please shorten it, or split it into several "
            "messages. If it is a report, send it as a report."
        )
        assert (response.json()["limit"], response.json()["length"]) == (2000, 2001)

    async def test_20000_characters_are_a_report_and_20001_are_not(self, gateway: Gateway) -> None:
        assert (await gateway.send({"report": "x" * 20_000})).status_code == 200
        assert problem(await gateway.send({"report": "x" * 20_001})) == (413, "report-too-long")

    async def test_the_limits_are_settings(self, gateway_make: Callable[..., Gateway]) -> None:
        gateway = gateway_make(max_text_chars=5)
        await gateway.start()
        assert problem(await gateway.send({"text": "123456"})) == (413, "text-too-long")


class TestSize:
    async def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(self, gateway: Gateway) -> None:
        body = json.dumps({"text": "a"}).encode()
        assert (await post(gateway, body + b" " * (65536 - len(body)))).status_code == 200
        assert problem(await post(gateway, body + b" " * (65537 - len(body)))) == (413, "body-too-large")

    async def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, gateway: Gateway) -> None:
        read = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal read
            for _ in range(1000):
                read += 1
                yield b" " * 1024

        request = gateway.client.build_request(
            "POST", MESSAGES, content=body(), headers={**gateway.auth, "Content-Type": "application/json"}
        )
        assert "Content-Length" not in request.headers
        assert problem(await gateway.client.send(request)) == (413, "body-too-large")
        assert read == 65

        read = 0
        request = gateway.client.build_request(
            "POST", MESSAGES, content=body(), headers={**gateway.auth, "Content-Length": "1024000"}
        )
        assert problem(await gateway.client.send(request)) == (413, "body-too-large")
        assert read == 0


class TestAccess:
    @pytest.mark.parametrize(
        "header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x.y"}, {"Authorization": "Basic eDp5"}]
    )
    @pytest.mark.parametrize(("method", "path"), [("POST", MESSAGES), ("DELETE", "/api/conversations/current")])
    async def test_no_token_is_a_401(self, gateway: Gateway, header: dict[str, str], method: str, path: str) -> None:
        body = {"text": "a"} if method == "POST" else None
        response = await gateway.client.request(method, path, headers=header, json=body)
        assert problem(response) == (401, "unauthorised")
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert gateway.rasa.sent == []

    async def test_an_id_is_no_token(self, gateway: Gateway) -> None:
        gateway.created["token"] = gateway.created["conversation"]
        assert problem(await gateway.send({"text": "a"})) == (401, "unauthorised")

    async def test_a_token_of_another_gateway_is_refused(
        self, gateway: Gateway, gateway_make: Callable[..., Gateway]
    ) -> None:
        other = gateway_make()
        await other.start()
        gateway.created = other.created
        assert problem(await gateway.send({"text": "a"})) == (401, "unauthorised")

    async def test_anothers_button_has_expired(self, gateway: Gateway) -> None:
        action = gateway.created["messages"][0]["buttons"][0]["action"]
        await gateway.start()
        response = await gateway.send({"action": action})
        assert problem(response) == (404, "button-expired")
        assert response.json()["title"] == "This button has expired"
        assert gateway.rasa.sent == []

    async def test_a_payload_is_no_action(self, gateway: Gateway) -> None:
        assert problem(await gateway.send({"action": "/ask_causes"})) == (404, "button-expired")

    @pytest.mark.parametrize(
        "path", ["/", "/demo/", "/demo/other", "/plainscan-chat", "/docs", "/api/health/", "/webhooks/rest"]
    )
    async def test_what_is_not_there_is_a_404(self, gateway: Gateway, path: str) -> None:
        assert problem(await gateway.client.get(path)) == (404, "not-found")

    async def test_another_method_is_a_405(self, gateway: Gateway) -> None:
        response = await gateway.client.get(MESSAGES)
        assert problem(response) == (405, "method-not-allowed")
        assert response.headers["Allow"] == "POST"


class TestPace:
    async def test_a_second_message_meanwhile_is_a_409_and_others_are_not_held_up(self, gateway: Gateway) -> None:
        async def slowly() -> list[dict[str, str]]:
            await asyncio.sleep(0.1)
            return [{"text": "first"}]

        gateway.rasa.answer = lambda request: slowly()
        first = asyncio.create_task(gateway.send({"text": "one"}))
        await asyncio.sleep(0.02)
        assert problem(await gateway.send({"text": "two"})) == (409, "busy")
        assert (await first).json()["messages"][0]["text"] == "first"
        assert [sent["text"] for sent in gateway.rasa.sent] == ["one"]
        assert (await gateway.send({"text": "three"})).status_code == 200

    async def test_the_31st_message_of_a_minute_is_a_429_that_says_when(self, gateway: Gateway) -> None:
        for _ in range(30):
            await gateway.ask()
        response = await gateway.send({"text": "hello"})
        assert problem(response) == (429, "too-many-messages")
        assert 55 <= int(response.headers["Retry-After"]) <= 60
        assert len(gateway.rasa.sent) == 30
        await gateway.start()
        await gateway.ask()

    async def test_conversations_of_one_address_share_a_rate_too(self, gateway_make: Callable[..., Gateway]) -> None:
        gateway = gateway_make("10.0.0.1", address_messages_per_minute=2)
        for _ in range(2):
            await gateway.start()
            await gateway.ask()
        response = await gateway.send({"text": "hello"})
        assert problem(response) == (429, "too-many-from-here")
        assert 55 <= int(response.headers["Retry-After"]) <= 60
        assert len(gateway.rasa.sent) == 2

    async def test_a_refused_message_does_not_use_up_the_rate(self, gateway_make: Callable[..., Gateway]) -> None:
        gateway = gateway_make(messages_per_minute=1)
        await gateway.start()
        for body in ({"text": ""}, {"text": "x" * 2001}, {"action": "x"}, {}):
            assert (await gateway.send(body)).status_code in (404, 413, 422)
        await gateway.ask()

    @pytest.mark.parametrize(
        ("address", "neighbour", "shared"),
        [
            ("10.0.0.1", "10.0.0.2", False),
            ("2001:db8::1", "2001:db8::2", True),
            ("2001:db8::1", "2001:db8:0:1::1", False),
        ],
    )
    async def test_conversations_of_one_address_have_a_rate(
        self, gateway_make: Callable[..., Gateway], address: str, neighbour: str, shared: bool
    ) -> None:
        gateway = gateway_make(address, conversations_per_minute=2)
        for _ in range(2):
            await gateway.start()
        response = await gateway.client.post("/api/conversations")
        assert problem(response) == (429, "too-many-conversations")
        assert 55 <= int(response.headers["Retry-After"]) <= 60
        app = gateway.client._transport.app  # type: ignore[attr-defined]
        transport = httpx.ASGITransport(app, client=(neighbour, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            assert (await client.post("/api/conversations")).status_code == (429 if shared else 201)
