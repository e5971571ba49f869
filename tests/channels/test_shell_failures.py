"""When things go wrong: what was typed is kept, what the server sends is harmless, and every failure is explained."""

from pathlib import Path

import httpx
import pytest

from tests.channels.shell_chat import BACKSPACE, CTRL_C, ENTER, Chat, paste, text
from tests.channels.shell_gateway import EXPLANATION, FakeGateway, problem


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    return Chat(monkeypatch)


@pytest.fixture
def gateway(chat: Chat) -> FakeGateway:
    return chat.gateway


# ---- when things go wrong: nothing that was typed is lost


def test_too_many_messages_keeps_the_text_for_enter(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [problem(429, "Too Many Requests", **{"Retry-After": "12"})]
    assert chat("down", "") == "│ I can't look that up right now. In an emergency call 911."
    assert chat.err == (
        "That was a lot of messages in a short time. Please wait 12\nseconds.\n"
        "Your message is kept below. Press Enter to send it again.\n"
    )
    assert gateway.said == [{"text": "down"}] * 2


def test_one_message_at_a_time_keeps_the_picked_number(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [problem(409, "Conflict")]
    chat("1", "")
    assert chat.err.startswith("Your last message is still being answered. Please wait a\nmoment.\n")
    assert gateway.said == [{"action": "a-what"}] * 2


def test_a_kept_text_can_be_changed_or_cleared(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [problem(422, "Unprocessable Content", "Please write a few words."), problem(409, "Conflict")]
    chat("abc", keys=BACKSPACE + "d" + ENTER + CTRL_C + "hi" + ENTER)
    assert gateway.said == [{"text": "abc"}, {"text": "abd"}, {"text": "hi"}]
    assert chat.err.startswith("Please write a few words.\nYour message is kept below. Change it, then press Enter.\n")


def test_an_unreachable_server_keeps_the_message(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")]
    chat("hi", "", "")
    notice = (
        "I can't reach the server. If this could be an emergency,\ndon't wait for me: call 911.\n"
        "Your message is kept below. Press Enter to send it again.\n"
    )
    assert chat.err == notice * 2
    assert gateway.said == [{"text": "hi"}] * 3


def test_an_old_report_is_not_sent_once_something_else_was_answered(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [httpx.ConnectError("refused")]
    chat(keys=paste("r" * 2500) + ENTER + "hi" + ENTER + ENTER)
    assert gateway.said == [{"report": "r" * 2500}, {"text": "hi"}]


def test_ctrl_c_stops_waiting_and_keeps_the_message(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [KeyboardInterrupt()]
    chat("hi", "")
    assert chat.err == "Stopped waiting.\nYour message is kept below. Press Enter to send it again.\n"
    assert gateway.said == [{"text": "hi"}] * 2


def test_ctrl_c_clears_the_line(chat: Chat) -> None:
    chat(keys="half a thou" + CTRL_C + "hi" + ENTER)
    assert chat.gateway.said == [{"text": "hi"}]


@pytest.mark.parametrize(
    ("typed", "sent_again"), [("hi", {"text": "hi"}), ("1", {"text": "What is bone marrow edema?"})]
)
def test_an_ended_conversation_is_started_anew(
    chat: Chat, gateway: FakeGateway, typed: str, sent_again: dict[str, str]
) -> None:
    gateway.next = [problem(401, "Unauthorized")]
    shown = chat(typed)
    assert "The conversation had ended. I started a new one and sent\nyour message again.\n\n" in shown
    assert gateway.started == 2
    assert gateway.said[-1] == sent_again


def test_a_button_that_has_expired(chat: Chat, gateway: FakeGateway) -> None:
    gateway.next = [problem(404, "Not Found", "This button has expired. Please type your question.")]
    chat("1", "", "hi")
    assert chat.err == "This button has expired. Please type your question.\n"
    assert gateway.said == [{"action": "a-what"}, {"text": "hi"}]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(503, text="<html>Bad gateway</html>"),
        httpx.Response(200, text="<html>Please log in</html>"),
        httpx.Response(200, json={"messages": []}),
        httpx.Response(200, json={"messages": [{"type": "text"}]}),
        httpx.Response(200, json=["messages"]),
        httpx.Response(200, text="[" * 100_000),
    ],
)
def test_a_broken_server_is_said_to_be_and_the_text_kept(
    chat: Chat, gateway: FakeGateway, response: httpx.Response
) -> None:
    gateway.next = [response]
    chat("hi", "")
    assert chat.err.startswith("Something went wrong on the server (50")
    assert "call 911" in chat.err and "<html>" not in chat.err
    assert gateway.said == [{"text": "hi"}] * 2


def test_an_unknown_type_or_a_broken_card_still_has_its_text(chat: Chat, gateway: FakeGateway) -> None:
    gateway.answers["hi"] = [
        {"type": "hologram", "text": "Words of a later version.", "beams": 3},
        {"type": "explanation", "text": "Title\n\nThe words.", "passage": {"id": 7}, "buttons": "none"},
        {"type": "urgent", "text": "Call now.", "urgent": "yes"},
    ]
    assert chat("hi", arguments=("--plain",)) == text(
        """
        URGENT

        Call now.

        Words of a later version.

        Title

        The words.
        """
    )


# ---- what reaches the terminal


def test_colours(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    chat("is it bad??")
    shown = chat.out
    assert "\x1b[36m│ \x1b[0m\x1b[1;36mBone marrow edema: how serious is it?\x1b[0m\n" in shown
    assert "\x1b[36m│ \x1b[0m\x1b[2mSources: Clinic A 2021 · Journal B 2019\x1b[0m\n" in shown
    assert "\x1b[36m│ \x1b[0m\x1b[33mDraft: no clinician has reviewed this yet.\x1b[0m\n" in shown
    assert "\x1b[1;36m  1  \x1b[0mWhat causes it?\n" in shown


def test_no_color_leaves_no_escape_sequence(chat: Chat) -> None:
    chat("my legs are numb", "/help", "/sources", "/foo")
    assert "\x1b" not in chat.out + chat.err


ATTACK = "\x1b]0;owned\x07\x1b[31mred\x1b[0m\x9b2J\u202eevil\u202c\x00\x08[bold]b[/bold]\x1b]52;c;aGk="
HARMLESS = "redevil[bold]b[/bold]52;c;aGk="


@pytest.mark.parametrize("arguments", [(), ("--plain",)])
def test_what_the_server_sends_cannot_steer_the_terminal(
    chat: Chat, gateway: FakeGateway, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    source = {"title": ATTACK, "org": ATTACK, "year": ATTACK, "url": "https://x.example/" + ATTACK}
    passage = {"id": ATTACK, "title": ATTACK, "text": ATTACK, "sources": [source]}
    passage["review"] = {"status": "reviewed", "reviewed_on": ATTACK}
    button = {"title": ATTACK, "action": ATTACK}
    gateway.answers["hi"] = [
        {**EXPLANATION[0], "passage": passage, "buttons": [button]},
        {"type": "choices", "text": ATTACK, "choices": [button]},
        {"type": "urgent", "text": ATTACK, "urgent": {"level": ATTACK, "call": ATTACK + "!"}},
        {"type": ATTACK, "text": ATTACK},
    ]
    gateway.next = [problem(422, ATTACK, ATTACK), problem(403, ATTACK)]
    chat("hi", "", "", "/sources", f"/save {tmp_path}/saved", "1", arguments=arguments)
    printed = chat.out + chat.err + (tmp_path / "saved").read_text()
    assert HARMLESS in printed.replace("\n", "")
    assert not [c for c in printed if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or "\u202a" <= c <= "\u202e")]
    assert gateway.said[-1] == {"action": ATTACK}
