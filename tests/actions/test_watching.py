"""What the action server's log and numbers say of an action."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.watching import log_as_json, measured

NAMES = {"request": "0123456789abcdef", "conversation": "89abcdef"}


def tracker(metadata: Any) -> Tracker:
    message = {"text": "my sacrum hurts", "metadata": metadata}
    return Tracker("c1", {}, message, [], False, None, {}, "action_listen")


async def explain(metadata: Any) -> None:
    dispatcher = CollectingDispatcher()
    with measured("action_test", tracker(metadata), dispatcher):
        await asyncio.to_thread(logging.getLogger("actions.test").info, "decided")
        dispatcher.utter_message(json_message={"type": "explanation", "text": "t", "passage": {"id": "a#causes"}})
        dispatcher.utter_message(response="utter_unknown")


async def test_each_message_is_a_line_with_the_names_that_the_gateway_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(logging.getLogger("actions"), "level", logging.INFO)
    stream = io.StringIO()
    log_as_json("INFO", stream)
    await explain({**NAMES, "text": "my sacrum hurts"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["decided", "said", "said"]
    assert all({name: line[name] for name in NAMES} == NAMES for line in lines)
    assert [(line["said"], line.get("passage")) for line in lines[1:]] == [
        ("explanation", "a#causes"),
        ("utter_unknown", None),
    ]
    assert "sacrum" not in json.dumps(lines)


@pytest.mark.parametrize("metadata", [None, {}])
async def test_a_message_without_names_is_no_fault(metadata: Any) -> None:
    await explain(metadata)


async def test_answers_are_counted_by_what_was_said() -> None:
    labels = {"action": "action_test", "said": "explanation"}
    before = REGISTRY.get_sample_value("plainscan_answers_total", labels) or 0
    await explain(NAMES)
    assert REGISTRY.get_sample_value("plainscan_answers_total", labels) == before + 1
    assert REGISTRY.get_sample_value("plainscan_action_seconds_count", {"action": "action_test"})
