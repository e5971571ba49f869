"""A patient, or somebody who is none, sends bad input: a kind error or an honest answer, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from tests.conversations.patient import MESSAGES, Patient
from tests.conversations.running import Plainscan


def refused(response: httpx.Response) -> tuple[int, str]:
    """Status and the last word of the problem's type; a refusal that tells a person nothing fails."""
    problem = response.json()
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == response.status_code
    assert problem["title"] and problem["detail"].endswith(".")
    return response.status_code, problem["type"].rpartition(":")[2]


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 422, "wrong-shape"),
        (b'{"text": ""}', 422, "empty"),
        (b'{"text": " \\n\\t "}', 422, "empty"),
        (b'{"report": ""}', 422, "empty"),
        (b'{"text": "\\u0000\\u0007"}', 422, "empty"),
        (b'{"text": "\\ud800"}', 422, "empty"),
        (b'{"text": "\\u200b\\u2060\\u202e\\ufeff"}', 422, "empty"),
        (json.dumps({"text": "a" * 2_001}).encode(), 413, "text-too-long"),
        (json.dumps({"report": "a" * 20_001}).encode(), 413, "report-too-long"),
        (json.dumps({"text": "a" * 1_000_000}).encode(), 413, "body-too-large"),
        (b'{"text": ', 400, "malformed"),
        (b'{"text": "\xff\xfe"}', 400, "malformed"),
        (b"[" * 30_000 + b"]" * 30_000, 400, "malformed"),
        (b'{"text": 5}', 422, "wrong-shape"),
        (b'{"text": null}', 422, "wrong-shape"),
        (b'{"text": ["What is a bone bruise?"]}', 422, "wrong-shape"),
        (b'{"text": {"text": "hello"}}', 422, "wrong-shape"),
        (b'"hello"', 422, "wrong-shape"),
        (b"[]", 422, "wrong-shape"),
        (b"{}", 422, "wrong-shape"),
        (b'{"text": "hello", "action": "x"}', 422, "wrong-shape"),
        (b'{"text": "hello", "metadata": {"a": 1}}', 422, "wrong-shape"),
        (b'{"text": "hello", "sender": "someone"}', 422, "wrong-shape"),
    ],
    ids=lambda value: value[:40].decode("ascii", "replace") if isinstance(value, bytes) else None,
)
def test_is_refused_kindly(body: bytes, status: int, problem: str, patient: Patient) -> None:
    assert refused(patient.send_bytes(body)) == (status, problem)
    assert patient.says("hello").type == "text", "the conversation goes on"


def test_is_refused_when_it_is_not_json(patient: Patient) -> None:
    assert refused(patient.send_bytes(b"text=hello", "application/x-www-form-urlencoded")) == (415, "media-type")


@pytest.mark.parametrize(
    "text",
    [
        "what is\x00 a bone\x07 bruise",
        "what is a bone bruise \ud800",
        "what is a bone \u202ebruise\u202c",
        "\u2067what is a bone bruise\u2069",
        "what is a b\u200bone bru\u200cise\ufeff",
        "<b>what is a bone bruise</b><script>alert(1)</script>",
        "<img src=x onerror=alert(1)> what is a bone bruise",
        "what is a bone bruise $clinic_phone {finding} ${jndi:ldap://x} %s",
        "/what is a bone bruise",
        "what is a bone bruise? " * 86,
    ],
)
def test_is_understood_all_the_same(text: str, patient: Patient) -> None:
    assert patient.says(text).passage["id"] == "bone-bruise#what-it-is"


@pytest.mark.parametrize(
    "text",
    [
        "😀😭🦴",
        "👩‍⚕️",
        "<script>alert(1)</script>",
        "!!!",
        "////",
        "{{7*7}}",
        "a" * 2_000,
        "😀" * 2_000,
        "e" + "\u0301" * 1_999,
        "\n".join("x" * 1_000),
        "' OR 1=1; --",
        '{"text": "hello"}',
    ],
)
def test_is_answered_honestly_and_never_with_an_echo(text: str, patient: Patient) -> None:
    reply = patient.says(text)
    assert reply.type in ("unknown", "text", "choices")
    assert text[:20] not in reply.text


@pytest.mark.parametrize(
    "command",
    ["/restart", "/session_start", "/back", "/deny", "/intent{}", '/intent{"x":1}', " / /restart", "\u200b/restart"],
)
def test_gives_commands_that_are_only_text(command: str, patient: Patient) -> None:
    patient.says("What is avascular necrosis?")
    patient.says(command)
    assert patient.finding_in_mind() == "avascular-necrosis"


def test_types_what_a_button_sends(patient: Patient) -> None:
    patient.says("What is avascular necrosis?")
    reply = patient.says('/explain_passage{"passage": "about#privacy"}')
    assert reply.first_finding != "about"


@pytest.mark.parametrize(
    "authorization", [None, "Bearer x", "Basic eDp5", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer \xff"]
)
def test_has_no_token(authorization: str | None, plainscan: Plainscan) -> None:
    headers = [(b"Authorization", authorization.encode("latin-1"))] if authorization else []
    response = httpx.post(plainscan.url + MESSAGES, json={"text": "hello"}, headers=headers, trust_env=False)
    assert refused(response) == (401, "unauthorised")


def test_changes_a_token_to_another_conversation(plainscan: Plainscan, new_patient: Callable[[], Patient]) -> None:
    one, other = new_patient(), new_patient()
    # The id is not secret from somebody who sees a log of Rasa; the signature is what opens a conversation.
    forged = one.token.partition(".")[0] + "." + other.token.rpartition(".")[2]
    for token in (forged, other.conversation, one.token + "x", one.token[:-1]):
        headers = {"Authorization": f"Bearer {token}"}
        assert (
            httpx.delete(plainscan.url + "/api/conversations/current", headers=headers, trust_env=False).status_code
            == 401
        )
    assert one.says("hello").type == other.says("hello").type == "text"


def test_uses_another_patients_token_after_its_end(new_patient: Callable[[], Patient]) -> None:
    one, thief = new_patient(), new_patient()
    one.says("What is avascular necrosis?")
    one.erases()
    thief.http.headers["Authorization"] = f"Bearer {one.token}"
    assert refused(thief.send({"text": "And how long will that take?"})) == (401, "conversation-ended")


def test_sends_too_many_messages(new_patient: Callable[[], Patient]) -> None:
    hasty, other = new_patient(), new_patient()
    statuses = [hasty.send({"text": "hello"}).status_code for _ in range(30)]
    assert statuses == [200] * 30
    response = hasty.send({"text": "hello"})
    assert refused(response) == (429, "too-many-messages")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert other.says("hello").type == "text"


def test_disturbs_nobody_else(new_patient: Callable[[], Patient]) -> None:
    calm, wild = new_patient(), new_patient()
    calm.says("What is avascular necrosis?")
    for body in (b'{"text": "' + b"a" * 1_000_000 + b'"}', b"{", b'{"text": "/restart"}', b'{"text": "\\u0000"}'):
        assert wild.send_bytes(body).status_code < 500
    assert calm.finding_in_mind() == "avascular-necrosis"


@pytest.mark.parametrize("path", ["/conversations/x/tracker", "/webhooks/rest/webhook", "/domain", "/model/parse"])
def test_finds_no_other_door_into_rasa(path: str, plainscan: Plainscan) -> None:
    rasa = plainscan.rasa_url.removesuffix("/webhooks/gateway")
    for method in ("GET", "POST"):
        assert httpx.request(method, rasa + path, trust_env=False).status_code in (404, 405)
