"""Danger signs are answered first, in every turn that follows, and whatever is down."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from bot.channels.gateway.app import create_app
from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.settings import Settings
from bot.channels.gateway.urgent import Alarm
from bot.channels.gateway.words import read_words
from knowledge.danger_reader import SecondOpinion
from knowledge.red_flags import Level, Raised, load_red_flags
from tests.channels.conftest import EXPLANATION, FakeRasa, Gateway

EMERGENCY = "my leg is swollen since the flight and I am short of breath"
SAME_DAY = "my knee is hot, red and swollen"
SOON = "I take fosamax and have new pain in my thigh"
SELF_HARM = "I don't want to live with this pain"
ORDINARY = "what is bone marrow edema"
REPORT = "FINDINGS: mild edema of the medial femoral condyle. IMPRESSION: no fracture."


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


async def test_the_urgent_message_is_first_and_the_explanation_comes_after_it(gateway: Gateway) -> None:
    gateway.rasa.says({"custom": EXPLANATION})
    urgent, explanation = await gateway.ask(EMERGENCY)
    assert (urgent["type"], explanation["type"]) == ("urgent", "explanation")
    assert urgent["text"].startswith("Emergency: ") and "Call 911 now." in urgent["text"]
    assert urgent["urgent"]["level"] == "emergency"
    assert urgent["urgent"]["call"] == "Call 911."
    assert "sudden trouble breathing, chest pain or coughing up blood" in urgent["urgent"]["flags"]
    assert gateway.rasa.sent[-1]["text"] == EMERGENCY


@pytest.mark.parametrize(
    ("text", "level", "call"),
    [(SAME_DAY, "same-day", "Call North Clinic today."), (SOON, "soon", "Call North Clinic soon.")],
)
async def test_each_level_has_its_own_words(gateway: Gateway, text: str, level: str, call: str) -> None:
    urgent, _ = await gateway.ask(text)
    assert (urgent["urgent"]["level"], urgent["urgent"]["call"]) == (level, call)


async def test_nothing_urgent_is_said_of_an_ordinary_question(gateway: Gateway) -> None:
    assert kinds(await gateway.ask(ORDINARY)) == ["text"]


async def test_thoughts_of_self_harm_get_their_own_message_and_nothing_else(gateway: Gateway) -> None:
    gateway.rasa.says({"custom": EXPLANATION})
    [urgent] = await gateway.ask(SELF_HARM)
    assert (urgent["type"], urgent["text"]) == ("urgent", "Call 988 or 911.")
    assert gateway.rasa.sent == []
    reminder, explanation = await gateway.ask("sorry, forget it. what is bone marrow edema")
    assert reminder["text"] == "Still there? Call 988 or 911."
    assert explanation["type"] == "explanation"


async def test_an_emergency_beside_self_harm_is_named_too(gateway: Gateway) -> None:
    messages = await gateway.ask(f"{EMERGENCY}. {SELF_HARM}")
    assert [message["text"][:9] for message in messages] == ["Call 988 ", "Emergency"]


@pytest.mark.parametrize("text", [EMERGENCY, SAME_DAY])
async def test_the_reminder_stays_first_however_often_it_is_waved_away(gateway: Gateway, text: str) -> None:
    await gateway.ask(text)
    for _ in range(5):
        messages = await gateway.ask("it's fine, just tell me about the edema")
        assert kinds(messages) == ["urgent", "text"]
        assert messages[0]["text"].startswith("Remember")


async def test_a_button_keeps_the_reminder_too(gateway: Gateway) -> None:
    gateway.rasa.says({"custom": EXPLANATION})
    _, explanation = await gateway.ask(EMERGENCY)
    response = await gateway.send({"action": explanation["buttons"][0]["action"]})
    assert kinds(response.json()["messages"]) == ["urgent", "explanation"]


async def test_what_is_to_be_checked_soon_is_said_once(gateway: Gateway) -> None:
    assert kinds(await gateway.ask(SOON)) == ["urgent", "text"]
    assert kinds(await gateway.ask(ORDINARY)) == ["text"]
    assert kinds(await gateway.ask(SOON)) == ["text"]


async def test_a_danger_that_is_told_in_two_messages_is_put_together(gateway: Gateway) -> None:
    assert kinds(await gateway.ask("my knee is hot and red")) == ["text"]
    urgent, _ = await gateway.ask("and I have a fever")
    assert urgent["urgent"]["level"] == "same-day"
    assert "a joint that has become hot, swollen and very painful" in urgent["urgent"]["flags"]


async def test_another_conversation_knows_nothing_of_it(gateway: Gateway) -> None:
    await gateway.ask(EMERGENCY)
    await gateway.start()
    assert kinds(await gateway.ask(ORDINARY)) == ["text"]


async def test_danger_words_of_a_report_are_answered_first(gateway: Gateway) -> None:
    report = "FINDINGS: Disc extrusion at C5-6 with cord compression and cord signal change. IMPRESSION: As above."
    messages = (await gateway.send({"report": report})).json()["messages"]
    assert messages[0]["urgent"]["level"] == "same-day"
    assert len(messages) == 2


async def test_a_danger_that_a_report_leaves_open_is_called_possible_until_one_states_it(gateway: Gateway) -> None:
    name = "pain, swelling or redness over a bone"
    [urgent, _] = (await gateway.send({"report": "IMPRESSION: Osteomyelitis cannot be excluded."})).json()["messages"]
    assert urgent["urgent"]["level"] == "same-day"
    assert f"perhaps {name}" in urgent["text"]
    [reminder, *_] = (await gateway.send({"text": "what is a joint effusion"})).json()["messages"]
    assert f"perhaps {name}" in reminder["text"]
    [urgent, _] = (await gateway.send({"report": "IMPRESSION: Osteomyelitis of the tibia."})).json()["messages"]
    assert name in urgent["text"] and "perhaps" not in urgent["text"]


async def test_a_report_that_rules_them_out_is_not_urgent(gateway: Gateway) -> None:
    report = "FINDINGS: No cord compression. No fracture line or displaced fracture. No abscess, no aggressive lesion."
    assert kinds((await gateway.send({"report": report})).json()["messages"]) == ["report"]


async def test_it_is_said_within_300_ms_with_rasa_stopped(gateway: Gateway) -> None:
    gateway.rasa.answer = lambda request: httpx.ConnectError("stopped")
    await gateway.ask(ORDINARY)
    started = time.perf_counter()
    messages = await gateway.ask(EMERGENCY)
    assert time.perf_counter() - started < 0.3
    assert kinds(messages) == ["urgent", "unavailable"]


async def test_somebody_in_danger_does_not_wait_for_a_rasa_that_hangs(
    gateway_make: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.channels.gateway.replies.URGENT_WAIT_SECONDS", 0.1)
    gateway = gateway_make()
    await gateway.start()

    async def never() -> None:
        await asyncio.sleep(30)

    gateway.rasa.answer = lambda request: never()
    started = time.perf_counter()
    assert kinds(await gateway.ask(EMERGENCY)) == ["urgent", "unavailable"]
    assert time.perf_counter() - started < 0.4  # the gateway under test would wait for half a second
    assert "unavailable: cause=timeout failure=UrgentWait request=" in caplog.text


class Second:
    """A second reader that sees what it was told to see, where the rules see nothing as urgent, and takes back what may
    wait where a text says "nothing"."""

    def __init__(self, **seen: Raised) -> None:
        self.seen = seen
        self.asked: list[str] = []

    def beside(self, text: str, raised: Sequence[Raised]) -> SecondOpinion:
        self.asked.append(text)
        added = next((flag for word, flag in self.seen.items() if word in text and not raised), None)
        return SecondOpinion(added, tuple(r for r in raised if r.level is Level.SOON and "nothing" in text))


def guess(flag: str, level: Level) -> Raised:
    return Raised(load_red_flags().flags[flag], level)


def alarm_with(second: Second) -> Alarm:
    settings = Settings()
    return Alarm(load_red_flags(), read_words(settings.clinic_file, settings.domain_folder), cast(Any, second))


async def test_what_only_the_second_reader_sees_is_said_as_a_guess_and_remembered() -> None:
    alarm = alarm_with(Second(velvet=guess("rf-cauda", Level.EMERGENCY)))
    conversation = Conversation(30)
    warned = await alarm.read(conversation, "it all feels like velvet")
    [message] = warned.messages
    assert message.urgent.level == "emergency"
    assert "(this is how I read your message, and I may be wrong)" in message.text
    for _ in range(2):
        [reminder] = (await alarm.read(conversation, ORDINARY)).messages
        assert reminder.text.startswith("First a reminder.") and reminder.urgent.level == "emergency"
    # once the rules see it too, it is no guess any more
    [message] = (await alarm.read(conversation, "I can't feel when I wipe")).messages
    assert "I may be wrong" not in message.text


async def test_a_guessed_sign_that_can_wait_some_days_is_said_once() -> None:
    alarm = alarm_with(Second(stiff=guess("rf-inflam", Level.SOON)))
    conversation = Conversation(30)
    assert [m.urgent.level for m in (await alarm.read(conversation, "stiff as a board")).messages] == ["soon"]
    assert (await alarm.read(conversation, "still stiff as a board")).messages == []
    assert (await alarm.read(conversation, ORDINARY)).messages == []


async def test_a_guess_of_self_harm_gets_its_own_words_and_an_answer_after_them() -> None:
    """Unlike what the rules are sure of: who is misread must not be left without an answer."""
    warned = await alarm_with(Second(lighter=guess("rf-suicide", Level.EMERGENCY))).read(
        Conversation(30), "everyone would be lighter with me off the list"
    )
    assert [m.text[:24] for m in warned.messages] == ["I'm glad that you wrote "]
    assert not warned.only


async def test_rasa_reads_a_message_while_the_second_reader_does(
    gateway_settings: Settings, gateway_rasa: FakeRasa
) -> None:
    """The two are on two cores: one after the other, a patient would wait for the sum."""
    rasa_has_it = threading.Event()

    class Waiting(Second):
        def beside(self, text: str, raised: Sequence[Raised]) -> SecondOpinion:
            assert rasa_has_it.wait(5), "the second reader was waited for before Rasa was asked"
            return super().beside(text, raised)

    def answer(request: httpx.Request) -> list[dict[str, str]]:
        rasa_has_it.set()
        return [{"text": "ok"}]

    gateway_rasa.answer = answer
    rasa = RasaClient(["http://rasa.test"], 0.5, httpx.MockTransport(gateway_rasa))
    second = Waiting(velvet=guess("rf-cauda", Level.EMERGENCY))
    transport = httpx.ASGITransport(create_app(gateway_settings, rasa, cast(Any, second)))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        gateway = Gateway(client, gateway_rasa)
        await gateway.start()
        assert kinds(await gateway.ask("it all feels like velvet")) == ["urgent", "text"]


async def test_of_a_report_the_second_reader_gets_only_what_was_asked_beside_it() -> None:
    second = Second()
    alarm = alarm_with(second)
    await alarm.read(Conversation(30), REPORT, report=True)
    await alarm.read(Conversation(30), f"{REPORT} Is that bad?", report=True, typed="Is that bad?")
    assert second.asked == ["", "Is that bad?"]


async def test_what_is_taken_back_is_not_said_until_it_is_told_again() -> None:
    alarm, conversation = alarm_with(Second()), Conversation(30)
    assert (await alarm.read(conversation, f"{SOON}, nothing")).messages == []
    assert conversation.flags == frozenset()
    assert (await alarm.read(conversation, ORDINARY)).messages == []
    assert [m.urgent.level for m in (await alarm.read(conversation, SOON)).messages] == ["soon"]
    assert (await alarm.read(conversation, SOON)).messages == []


async def test_of_a_report_nothing_is_taken_back() -> None:
    alarm, report = alarm_with(Second()), "IMPRESSION: avascular necrosis of the femoral head. FINDINGS: nothing else."
    [message] = (await alarm.read(Conversation(30), report, report=True, typed="nothing")).messages
    assert message.urgent.level == "soon"


async def test_only_ids_are_kept() -> None:
    """What a conversation holds of danger signs are names out of our own file, whatever was written."""
    red_flags = load_red_flags()
    settings = Settings()
    alarm = Alarm(red_flags, read_words(settings.clinic_file, settings.domain_folder))
    conversation = Conversation(30)
    await alarm.read(conversation, f"I am Zebulon Quarrywright. {EMERGENCY}")
    assert "breathless" in conversation.signs and ("rf-clot-lung", "emergency") in conversation.flags
    ours = (Path(__file__).parents[2] / "knowledge/red_flags.yml").read_text(encoding="utf-8")
    assert [name for name in conversation.signs if f"  {name}: [" not in ours] == []
    assert {name for name, _ in conversation.flags} <= red_flags.flags.keys()
