"""Questions about Plainscan itself get the passage of their intent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.explain_about import TOPICS, ActionExplainAbout
from knowledge.passages import Library, load_library


@pytest.mark.parametrize(
    ("intent", "passage"), [("ask_about_bot", "about#what-this-is"), ("ask_about_privacy", "about#privacy")]
)
async def test_each_intent_has_its_passage(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    intent: str,
    passage: str,
) -> None:
    said = tracker("what about you", {intent: 0.9, "ask_causes": 0.1}, finding="fracture")
    assert await ActionExplainAbout(library).run(dispatcher, said, domain) == []
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == [passage]


async def test_a_clinic_that_serves_no_finding_still_says_what_plainscan_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    nothing = replace(library, findings={})
    await ActionExplainAbout(nothing).run(dispatcher, tracker("who are you", {"ask_about_bot": 1.0}), domain)
    assert dispatcher.messages[0]["custom"]["passage"]["text"] == "A program."


def test_every_topic_is_written() -> None:
    passages = load_library().passages
    assert {intent: topic for intent, topic in TOPICS.items() if f"about#{topic}" not in passages} == {}
