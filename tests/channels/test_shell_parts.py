"""Parts of the shell by themselves: text made safe, lines wrapped, the client's requests."""

import json

import httpx
import pytest

from bot.channels.shell.client import Clinic, GatewayClient, GatewayProblem, GatewayUnreachable, is_loopback
from bot.channels.shell.conversation import Conversation, OutOfRange
from bot.channels.shell.messages import Review, Source, read_answer
from bot.channels.shell.rendering import full_sources, plain_answer, review_line, short_sources, wrapped
from bot.channels.shell.safe_text import safe_text
from tests.channels.shell_gateway import GREETING, PASSAGE, FakeGateway, problem


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Plain words, é, 骨, 👩‍⚕️, a–b.", "Plain words, é, 骨, 👩‍⚕️, a–b."),
        ("a\r\nb\rc\u2028d\x85e\tf", "a\nb\nc\nd\ne f"),
        ("\x1b[1;31mred\x1b[0m \x9b31mred", "red red"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("\x1b]0;never ended, do not call", "0;never ended, do not call"),
        ("\x1bPq#0\x1b\\a\x1b(0b\x1bc", "ab"),
        ("\x00\x07\x08\x7f\x9f!", "!"),
        ("\u202eabc\u2066d\u200b\ufeff\u00ad\U000e0041", "abcd"),
        ("\ud800", "\ufffd"),
    ],
)
def test_safe_text(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("one\n\n  two  three four", ["one", "", "  two", "  three", "  four"]),
        ("- one two three", ["- one two", "  three"]),
        ("see https://long.example/address now", ["see", "https://long.example/address", "now"]),
        ("骨骨骨 骨骨", ["骨骨骨", "骨骨"]),
        ("", [""]),
    ],
)
def test_wrapped_at_nine_columns(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9) == lines


def test_sources_are_named_once_and_as_far_as_they_are_known() -> None:
    sources = [Source(org="NHS", year=2020), Source(org="NHS", year=2020, title="x"), Source(title="Atlas"), Source()]
    assert short_sources(sources[:3]) == "Sources: NHS 2020 · Atlas"
    assert full_sources([Source(title="T", url="https://x.example"), Source(org="NHS", year="2020")]) == [
        "- T",
        "  https://x.example",
        "- NHS. 2020",
    ]


@pytest.mark.parametrize(
    ("status", "day", "line"),
    [
        ("draft", None, "Draft: no clinician has reviewed this yet."),
        ("something-new", "2026-01-02", "Draft: no clinician has reviewed this yet."),
        ("reviewed", "2026-01-02", "Reviewed by a clinician on 2026-01-02."),
        ("expired", "2024-01-02", "A clinician reviewed this on 2024-01-02, but that review is out of date."),
    ],
)
def test_review_line(status: str, day: str | None, line: str) -> None:
    assert review_line(Review(status=status, reviewed_on=day)) == line


def test_what_is_said_before_a_passage_is_not_lost() -> None:
    message = {"type": "explanation", "passage": {**PASSAGE, "text": "Body.", "sources": [], "review": None}}
    lines = [PASSAGE["title"], "", "Body."]
    for text, shown in [
        ("Body.", lines),
        (f"{PASSAGE['title']}\n\nBody.\n\nSources: …", lines),
        ("Your report rules this out.\n\nBody.", ["Your report rules this out.", "", *lines]),
        (f"This is ruled out.\n\n{PASSAGE['title']}\n\nBody.", ["This is ruled out.", "", *lines]),
    ]:
        assert plain_answer(read_answer({"messages": [{**message, "text": text}]}), 80) == shown


def test_digits_without_end_are_out_of_range() -> None:
    conversation = Conversation()
    conversation.begin(read_answer({"messages": GREETING}))
    assert conversation.interpret("9" * 5000) == OutOfRange(2)


def test_the_client_keeps_the_token_in_a_header_and_the_words_in_the_body() -> None:
    requests: list[httpx.Request] = []
    gateway = FakeGateway()

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return gateway.respond(request)

    client = GatewayClient("http://gateway.example/", transport=httpx.MockTransport(respond))
    client.start()
    client.send_text("my knee")
    client.send_report("MRI")
    client.press("a-causes")
    client.give_feedback("m1", False, "too long")
    client.delete()
    assert [(r.method, str(r.url)) for r in requests] == [
        ("POST", "http://gateway.example/api/conversations"),
        *[("POST", "http://gateway.example/api/conversations/current/messages")] * 3,
        ("POST", "http://gateway.example/api/conversations/current/feedback"),
        ("DELETE", "http://gateway.example/api/conversations/current"),
    ]
    assert [r.headers.get("Authorization") for r in requests] == [None, *["Bearer token-1"] * 5]
    assert [json.loads(r.content) for r in requests[1:5]] == [
        {"text": "my knee"},
        {"report": "MRI"},
        {"action": "a-causes"},
        {"message_id": "m1", "helpful": False, "reason": "too long"},
    ]
    assert not client.in_conversation


def test_deleting_what_has_ended_already_is_no_error() -> None:
    gateway = FakeGateway()
    client = GatewayClient("http://gateway.example", transport=gateway.transport)
    client.delete()
    client.start()
    gateway.live.clear()
    client.delete()
    assert not client.in_conversation


def test_a_failed_delete_can_be_tried_again() -> None:
    gateway = FakeGateway()
    client = GatewayClient("http://gateway.example", transport=gateway.transport)
    client.start()
    gateway.reachable = False
    with pytest.raises(GatewayUnreachable, match=r"^ConnectError$"):
        client.delete()
    assert client.in_conversation


@pytest.mark.parametrize("wait", ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "٣"])
def test_a_retry_after_that_is_no_number_of_seconds_is_left_out(wait: str) -> None:
    response = httpx.Response(429, json=["x"], headers={b"Retry-After": wait.encode()})
    client = GatewayClient("http://gateway.example", transport=httpx.MockTransport(lambda request: response))
    with pytest.raises(GatewayProblem) as caught:
        client.start()
    assert (caught.value.status, caught.value.title, caught.value.retry_after) == (429, "Too Many Requests", None)


@pytest.mark.parametrize("token", [None, 7, "a\nb", "é", ""])
def test_a_token_that_is_none_is_a_problem_and_not_repeated(token: object) -> None:
    body = {"token": token, "messages": [{"type": "text", "text": "Hi"}]}
    transport = httpx.MockTransport(lambda request: httpx.Response(201, json=body))
    with pytest.raises(GatewayProblem, match=r"^502 A conversation without a token$"):
        GatewayClient("http://gateway.example", transport=transport).start()


@pytest.mark.parametrize(
    ("config", "clinic"),
    [
        ({"name": "A\x1b[1m B", "emergency_number": "112", "limits": {"text": 50}}, Clinic("A B", "112", 50)),
        ({"name": 1, "limits": {"text": -1}}, Clinic("", "", 2000)),
        ([], Clinic("", "", 2000)),
    ],
)
def test_what_the_clinic_has_set(config: object, clinic: Clinic) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=config))
    assert GatewayClient("http://gateway.example", transport=transport).clinic() == clinic


def test_a_problem_keeps_title_and_detail_apart_and_safe() -> None:
    transport = httpx.MockTransport(lambda request: problem(422, "\x1b[1mNo", "Say \x07more."))
    with pytest.raises(GatewayProblem) as caught:
        GatewayClient("http://gateway.example", transport=transport).start()
    assert (caught.value.title, caught.value.detail) == ("No", "Say more.")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80/", True),
        ("http://localhost", True),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_is_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
