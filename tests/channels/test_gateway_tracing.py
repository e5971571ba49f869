"""What the gateway's log and numbers say of a request, and what they do not."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import httpx
import pytest

from bot.channels.gateway.tracing import log_as_json
from tests.channels.conftest import EXPLANATION, Gateway

EMERGENCY = "my sacrum hurts, I have numbness between my legs and cannot pee"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What was logged since, one object a line, as the gateway's process writes it."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(logging.getLogger("bot"), "level", logging.INFO)
    stream = io.StringIO()
    log_as_json(stream)

    def read() -> list[dict[str, Any]]:
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in text.splitlines()]

    return read


async def test_an_answer_is_one_line_with_its_names_and_stages(gateway: Gateway, lines: Any) -> None:
    gateway.rasa.says({"custom": EXPLANATION})
    response = await gateway.send({"text": EMERGENCY})
    [line] = [line for line in lines() if line["message"] == "answered"]
    assert line["request"] == response.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{8}", line["conversation"])
    assert line["said"] == ["urgent", "explanation"]
    assert (line["passages"], line["urgent"]) == (["bone-marrow-edema#what-it-is"], ["emergency"])
    assert set(line["stages"]) == {"danger-signs", "identifiers", "wait", "rasa", "write"}
    assert 0 < sum(line["stages"].values()) <= line["ms"] + 0.5
    await gateway.send({"text": "again"})
    await gateway.start()
    await gateway.send({"text": "somebody else"})
    again, other = (line for line in lines() if line["message"] == "answered")
    assert again["conversation"] == line["conversation"] != other["conversation"]


async def test_rasa_is_told_the_names_and_the_log_has_no_id_and_no_word(gateway: Gateway, lines: Any) -> None:
    heard: list[httpx.Request] = []

    def answer(request: httpx.Request) -> list[Any]:
        heard.append(request)
        return [{"text": "ok"}]

    gateway.rasa.answer = answer
    response = await gateway.send({"text": EMERGENCY})
    await gateway.send({"report": f"Report: {EMERGENCY}"})
    await gateway.delete()
    logged = lines()
    told = heard[0].headers
    assert told["X-Request-ID"] == response.headers["X-Request-ID"]
    assert told["X-Plainscan-Conversation"] == logged[0]["conversation"]
    for word in ("sacrum", "numbness", gateway.created["conversation"], gateway.created["token"]):
        assert word not in json.dumps(logged)
        assert word not in told["X-Plainscan-Conversation"]


def test_of_an_exception_only_class_and_place_are_logged(lines: Any) -> None:
    try:
        raise ValueError("my sacrum hurts")
    except ValueError:
        logging.getLogger("somebody.else").exception("failed")
    [line] = lines()
    assert (line["message"], line["failure"]) == ("failed", "ValueError")
    assert line["place"].startswith(__file__)
    assert "sacrum" not in json.dumps(line)


async def test_stages_and_urgent_messages_are_counted(gateway: Gateway) -> None:
    await gateway.ask(EMERGENCY)
    await gateway.ask("hello")
    numbers = await gateway.metrics()
    # The first message stands in the flags that are kept, so the second is preceded by a reminder.
    assert numbers['plainscan_urgent_total{level="emergency"}'] == 2
    for stage in ("danger-signs", "identifiers", "rasa", "write"):
        assert numbers[f'plainscan_stage_seconds_count{{stage="{stage}"}}'] == 2
