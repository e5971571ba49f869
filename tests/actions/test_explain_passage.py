"""A button's passage is shown, or it is said to be gone."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.explain_passage import ActionExplainPassage
from knowledge.passages import Library


async def test_the_passage_is_shown_and_the_conversation_turns_to_it(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    pressed = tracker(entities={"passage": "fracture#causes"}, finding="bone-bruise")
    events = await ActionExplainPassage(library).run(dispatcher, pressed, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["fracture#causes"]
    assert dispatcher.messages[0]["custom"]["passage"]["text"] == "A heavy fall."
    assert {event["name"]: event["value"] for event in events} == {
        "finding": "fracture", "aspect": "causes", "earlier_finding": "bone-bruise", "shown_passage": "fracture#causes",
        "shown_short": False, "offered_passages": [], "missed": 0,
    }  # fmt: skip


async def test_a_passage_about_plainscan_does_not_change_the_subject(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    pressed = tracker(entities={"passage": "about#privacy"}, finding="bone-bruise")
    events = await ActionExplainPassage(library).run(dispatcher, pressed, domain)
    assert {"finding", "aspect"}.isdisjoint(event["name"] for event in events)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["about#privacy"]


@pytest.mark.parametrize("entities", [{}, {"passage": "fracture#colour"}, {"passage": ""}, {"finding": "fracture"}])
async def test_a_button_without_a_passage_of_today_has_expired(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any, entities: dict[str, str]
) -> None:
    assert await ActionExplainPassage(library).run(dispatcher, tracker(entities=entities), domain) == []
    assert [(m["response"], m["custom"]) for m in dispatcher.messages] == [("utter_button_expired", {})]
