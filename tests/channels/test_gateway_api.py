"""The public API, as a client sees it."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.channels.conftest import EXPLANATION, Gateway

OTHER_EXPLANATION = {**EXPLANATION, "passage": {**EXPLANATION["passage"], "id": "fracture#causes"}}
MESSAGE_IDS = re.compile(r"^[\w-]{16}$")


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


class TestStarting:
    async def test_a_conversation_starts_with_the_clinics_greeting_and_without_rasa(self, gateway: Gateway) -> None:
        assert set(gateway.created) == {"conversation", "token", "expires_at", "messages"}
        [greeting] = gateway.created["messages"]
        assert (greeting["type"], greeting["text"]) == ("text", "Hello from North Clinic.")
        assert [button["title"] for button in greeting["buttons"]] == ["Ask North Clinic"]
        assert MESSAGE_IDS.match(greeting["id"])
        assert gateway.rasa.sent == []

    async def test_it_says_when_it_ends(self, gateway: Gateway) -> None:
        ends = datetime.fromisoformat(gateway.created["expires_at"])
        assert ends.tzinfo is not None
        assert abs(ends - datetime.now(UTC) - timedelta(minutes=30)) < timedelta(seconds=5)
        assert gateway.created["expires_at"].endswith("Z")

    async def test_an_empty_body_is_fine(self, gateway: Gateway) -> None:
        assert (await gateway.client.post("/api/conversations")).status_code == 201


class TestMessages:
    async def test_a_text_goes_to_rasa_and_the_answer_comes_back(self, gateway: Gateway) -> None:
        gateway.rasa.says({"text": "One.\n\nTwo."})
        [message] = await gateway.ask("  what is it\u200b? ")
        assert gateway.rasa.sent == [{"conversation": gateway.created["conversation"], "text": "what is it?"}]
        assert without(message, "id") == {"type": "text", "text": "One.\n\nTwo.", "buttons": []}

    async def test_a_slash_is_text(self, gateway: Gateway) -> None:
        await gateway.ask('/restart{"x": 1}')
        assert [sent.get("text") for sent in gateway.rasa.sent] == ['/restart{"x": 1}']

    async def test_an_explanation_keeps_its_passage_word_for_word(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask()
        assert message["passage"] == EXPLANATION["passage"]
        assert message["text"] == "From North Clinic:\n\nIt costs $clinic_phone $$5.\n\nCall 555 0100."
        assert [button["title"] for button in message["buttons"]] == ["Causes, North Clinic"]
        assert set(message) == {"id", "type", "text", "buttons", "passage"}

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "docs/privacy.md", "https://a b"])
    async def test_a_link_that_is_no_web_address_is_left_out(self, gateway: Gateway, url: str) -> None:
        passage = {**EXPLANATION["passage"], "sources": [{"title": "T", "org": "O", "year": 2021, "url": url}]}
        gateway.rasa.says({"custom": {**EXPLANATION, "passage": passage}})
        [message] = await gateway.ask()
        assert message["passage"]["sources"] == [{"title": "T", "org": "O", "year": 2021, "url": None}]

    async def test_a_button_is_answered_with_its_payload(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask()
        action = message["buttons"][0]["action"]
        response = await gateway.send({"action": action})
        assert response.status_code == 200
        assert gateway.rasa.sent[-1] == {"conversation": gateway.created["conversation"], "payload": "/ask_causes"}

    async def test_the_greetings_button_can_be_pressed(self, gateway: Gateway) -> None:
        await gateway.send({"action": gateway.created["messages"][0]["buttons"][0]["action"]})
        assert gateway.rasa.sent[-1]["payload"] == '/explain_passage{"passage": "about#privacy"}'

    async def test_choices_offer_actions_in_the_place_of_payloads(self, gateway: Gateway) -> None:
        choice = {"title": "Fracture?", "payload": "/a", "passage_id": "fracture#causes"}
        gateway.rasa.says({"custom": {"type": "choices", "text": "Which?", "choices": [choice], "buttons": None}})
        [message] = await gateway.ask()
        action = message["choices"][0].pop("action")
        assert message["choices"] == [{"title": "Fracture?", "passage_id": "fracture#causes"}]
        await gateway.send({"action": action})
        assert gateway.rasa.sent[-1]["payload"] == "/a"

    async def test_urgent_comes_first_and_says_whom_to_call(self, gateway: Gateway) -> None:
        urgent = {"level": "emergency", "flags": ["x"], "call": "$emergency_number"}
        gateway.rasa.says(
            {"text": "b"}, {"custom": {"type": "urgent", "text": "Call $emergency_number", "urgent": urgent}}
        )
        first, second = await gateway.ask()
        assert (first["type"], first["text"], first["urgent"]["call"]) == ("urgent", "Call 911", "911")
        assert second["text"] == "b"

    async def test_what_the_schema_does_not_name_stays_here(self, gateway: Gateway) -> None:
        gateway.rasa.says(
            {"custom": {"type": "unknown", "text": "No.", "similarity": 0.4, "served_by": {"model": "m"}}}
        )
        [message] = await gateway.ask()
        assert without(message, "id") == {"type": "unknown", "text": "No.", "buttons": []}

    async def test_message_ids_are_not_repeated(self, gateway: Gateway) -> None:
        ids = [(await gateway.ask())[0]["id"] for _ in range(10)]
        assert len(set(ids)) == 10


class TestEnding:
    async def test_deleting_erases_here_and_in_rasa(self, gateway: Gateway) -> None:
        assert (await gateway.delete()).status_code == 204
        assert gateway.rasa.erased == [gateway.created["conversation"]]
        response = await gateway.send({"text": "hello"})
        assert (response.status_code, response.json()["title"]) == (401, "This conversation has ended")
        assert (await gateway.delete()).status_code == 401

    async def test_deleting_works_when_rasa_does_not(self, gateway: Gateway) -> None:
        gateway.rasa.erase_status = 500
        assert (await gateway.delete()).status_code == 204
        assert (await gateway.send({"text": "hello"})).status_code == 401

    async def test_a_conversation_deleted_while_it_is_answered_leaves_nothing(self, gateway: Gateway) -> None:
        async def slowly() -> list[dict[str, str]]:
            await asyncio.sleep(0.1)
            return [{"text": "late"}]

        gateway.rasa.answer = lambda request: slowly()
        in_flight = asyncio.create_task(gateway.send({"text": "hello"}))
        await asyncio.sleep(0.02)
        assert (await gateway.delete()).status_code == 204
        response = await in_flight
        assert (response.status_code, "late" in response.text) == (401, False)
        assert gateway.rasa.erased == [gateway.created["conversation"]] * 2

    async def test_an_idle_conversation_ends(self, gateway_make: Callable[..., Gateway]) -> None:
        gateway = gateway_make(idle_minutes=0.1 / 60)
        await gateway.start()
        await gateway.ask()
        await asyncio.sleep(0.12)
        response = await gateway.send({"text": "hello"})
        assert (response.status_code, response.json()["type"]) == (401, "urn:plainscan:problem:conversation-ended")


class TestFeedback:
    async def test_it_is_counted_once_by_verdict_and_passage(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        [message] = await gateway.ask()
        for _ in range(2):
            response = await gateway.feedback({"message_id": message["id"], "helpful": False, "reason": "x" * 500})
            assert (response.status_code, response.content) == (204, b"")
        name = 'plainscan_feedback_total{helpful="false",passage="bone-marrow-edema#what-it-is"}'
        assert (await gateway.metrics())[name] == 1

    async def test_it_needs_a_message_of_this_conversation(self, gateway: Gateway) -> None:
        mine = gateway.created["messages"][0]["id"]
        await gateway.start()
        response = await gateway.feedback({"message_id": mine, "helpful": True})
        assert (response.status_code, response.json()["title"]) == (404, "No such message")

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"reason": "x" * 501}, 413),
            ({"helpful": "yes"}, 422),
            ({"helpful": 1}, 422),
            ({"helpful": None}, 422),
            ({"message_id": 7}, 422),
            ({"other": "x"}, 422),
        ],
    )
    async def test_its_shape_is_checked(self, gateway: Gateway, changed: dict[str, Any], status: int) -> None:
        body = {"message_id": gateway.created["messages"][0]["id"], "helpful": True, **changed}
        assert (await gateway.feedback(body)).status_code == status


class TestService:
    async def test_health_needs_nothing(self, gateway: Gateway) -> None:
        response = await gateway.client.get("/api/health")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    async def test_config_shows_what_the_clinic_has_set(self, gateway: Gateway) -> None:
        assert (await gateway.client.get("/api/config")).json() == {
            "name": "North Clinic",
            "phone": "555 0100",
            "emergency_number": "911",
            "crisis_line": "988",
            "booking_url": "https://north.example/book",
            "opening_hours": "8 to 5",
            "privacy_url": "",
            "widget": {"title": "", "label": "", "position": "end", "theme": "auto", "keep_transcript": True},
            "colours": {"accent": "#0b5c8a"},
            "version": "0.1.0",
            "limits": {
                "text": 2000,
                "report": 20000,
                "reason": 500,
                "body_bytes": 65536,
                "messages_per_minute": 30,
                "idle_minutes": 30,
            },
        }

    async def test_ready_is_a_real_question_answered_and_forgotten(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        response = await gateway.client.get("/api/ready")
        body = response.json()
        assert (response.status_code, body.pop("rasa_ms") < 1000) == (200, True)
        assert body == {"status": "ready", "served_by": {"model": "m1", "index": "i1"}, "version": "0.1.0"}
        assert [sent["text"] for sent in gateway.rasa.sent] == ["what is bone marrow edema"]
        assert gateway.rasa.erased == [gateway.rasa.sent[0]["conversation"]]

    async def test_many_who_ask_whether_it_is_ready_share_one_question(self, gateway: Gateway) -> None:
        gateway.rasa.says({"custom": EXPLANATION})
        responses = await asyncio.gather(*(gateway.client.get("/api/ready") for _ in range(20)))
        assert {response.status_code for response in responses} == {200}
        assert len(gateway.rasa.sent) == 1

    @pytest.mark.parametrize(
        ("said", "cause", "failure"),
        [
            ([{"text": "Hello"}], "bot", "OtherAnswer"),
            (
                [{"custom": {**EXPLANATION, "passage": {**EXPLANATION["passage"], "id": "fracture#causes"}}}],
                "bot",
                "OtherAnswer",
            ),
            (httpx.ConnectError("refused"), "connect", "ConnectError"),
        ],
    )
    async def test_any_other_answer_is_not_ready(self, gateway: Gateway, said: Any, cause: str, failure: str) -> None:
        gateway.rasa.answer = lambda request: said
        response = await gateway.client.get("/api/ready")
        assert response.headers["Content-Type"] == "application/problem+json"
        assert (response.status_code, response.json()["cause"], response.json()["failure"]) == (503, cause, failure)

    @pytest.mark.parametrize(
        ("address", "public", "status"),
        [
            ("127.0.0.1", False, 200),
            ("::1", False, 200),
            ("::ffff:127.0.0.1", False, 200),
            ("10.0.0.7", False, 404),
            ("2001:db8::1", False, 404),
            ("10.0.0.7", True, 200),
        ],
    )
    async def test_metrics_are_for_this_machine(
        self, gateway_make: Callable[..., Gateway], address: str, public: bool, status: int
    ) -> None:
        gateway = gateway_make(address, metrics_public=public)
        assert (await gateway.client.get("/metrics")).status_code == status

    async def test_metrics_count_without_saying_who_or_what(self, gateway: Gateway) -> None:
        gateway.rasa.says({"text": "a"}, {"custom": {"type": "unknown", "text": "No."}})
        await gateway.ask("my sacrum hurts")
        await gateway.client.get("/api/sacrum?q=sacrum")
        numbers = await gateway.metrics()
        assert numbers['plainscan_messages_total{type="text"}'] == 2  # with the greeting
        assert numbers['plainscan_messages_total{type="unknown"}'] == 1
        route = "/api/conversations/current/messages"
        assert numbers[f'plainscan_requests_total{{method="POST",route="{route}",status="200"}}'] == 1
        assert numbers[f'plainscan_request_seconds_count{{route="{route}"}}'] == 1
        assert numbers['plainscan_requests_total{method="GET",route="none",status="404"}'] == 1
        assert numbers["plainscan_conversations"] == 1
        text = str(numbers)
        assert "sacrum" not in text and gateway.created["conversation"] not in text


class TestHeaders:
    @pytest.mark.parametrize("path", ["/api/health", "/api/nowhere", "/api/openapi.json"])
    async def test_every_answer_is_guarded(self, gateway: Gateway, path: str) -> None:
        headers = (await gateway.client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Server" not in headers
        assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-ID"])

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            ("https://north.example", "https://north.example"),
            ("http://north.example", None),
            ("https://north.example.evil.example", None),
            ("https://evil.example", None),
            ("https://north.example:8443", None),
            ("https://sub.north.example", None),
            ("https://notnorth.example", None),
            ("https://north.example/", None),
            ("https://NORTH.example", None),
            ("https://north.example, https://evil.example", None),
            ("null", None),
        ],
    )
    async def test_only_the_clinics_pages_may_read(self, gateway: Gateway, origin: str, allowed: str | None) -> None:
        response = await gateway.client.post("/api/conversations", headers={"Origin": origin})
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        preflight = await gateway.client.options(
            "/api/conversations/current/messages",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        assert preflight.headers.get("Access-Control-Allow-Origin") == allowed
        assert (preflight.status_code == 200) == (allowed is not None)

    async def test_a_refusal_can_be_read_by_the_clinics_page(self, gateway: Gateway) -> None:
        response = await gateway.client.post(
            "/api/conversations", content=b"x" * 70_000, headers={"Origin": "https://north.example"}
        )
        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (413, "https://north.example")
