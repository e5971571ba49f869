"""The last passage again: in short, in full, as it was."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.show_again import ActionShowAgain
from knowledge.passages import Library

WORDS = {
    "utter_in_short": "Short:", "utter_whole": "Whole:", "utter_again": "Again:", "utter_whole_text": "All of {title}",
    "utter_already_short": "No shorter.", "utter_no_more": "No more.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("intent", "short_before", "lead", "text", "short_after"),
    [
        ("ask_shorter", False, "Short:", "Often a fall.", True),
        ("ask_longer", True, "Whole:", "A heavy fall.", False),
        ("ask_again", False, "Again:", "A heavy fall.", False),
        ("ask_again", True, "Again:", "Often a fall.", True),
    ],
)
async def test_the_passage_is_shown_as_wanted(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    intent: str,
    short_before: bool,
    lead: str,
    text: str,
    short_after: bool,
) -> None:
    domain["responses"] |= {name: [{"text": words}] for name, words in WORDS.items()}
    said = tracker("please", {intent: 1.0}, shown_passage="fracture#causes", shown_short=short_before)
    events = await ActionShowAgain(library).run(dispatcher, said, domain)
    (message,) = dispatcher.messages
    assert (message["custom"]["lead"], message["custom"]["passage"]["text"]) == (lead, text)
    assert {e["name"]: e["value"] for e in events}["shown_short"] is short_after


@pytest.mark.parametrize(
    ("intent", "short_before", "text", "offered"),
    [("ask_shorter", True, "No shorter.", "fracture#causes"), ("ask_longer", False, "No more.", "fracture#what-it-is")],
)
async def test_what_cannot_be_shorter_or_longer_says_so(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    intent: str,
    short_before: bool,
    text: str,
    offered: str,
) -> None:
    domain["responses"] |= {name: [{"text": words}] for name, words in WORDS.items()}
    said = tracker("please", {intent: 1.0}, shown_passage="fracture#causes", shown_short=short_before)
    assert await ActionShowAgain(library).run(dispatcher, said, domain) == []
    (message,) = dispatcher.messages
    assert message["custom"]["text"] == text
    assert [b["payload"] for b in message["custom"]["buttons"]] == [f'/explain_passage{{"passage": "{offered}"}}']


async def test_at_the_start_there_is_nothing_to_repeat(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    assert await ActionShowAgain(library).run(dispatcher, tracker("again", {"ask_again": 1.0}), domain) == []
    assert [m["response"] for m in dispatcher.messages] == ["utter_nothing_shown"]
