"""Actions without Rasa: the toy findings, a domain with the words they need, and a tracker of one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from knowledge.passages import Library
from tests.fakes import toy_library

WORDS = {
    "utter_card": "{title} / {passage} / {sources} / {review}",
    "utter_review_draft": "Not reviewed.",
    "utter_review_reviewed": "Reviewed by {reviewer_role} on {reviewed_on}.",
    "utter_review_expired": "Out of date.",
    "utter_finding_assumed": "About {phrase}.",
    "utter_aspect_missing": "Nothing on that for {phrase}.",
    "utter_choices": "Which one?",
    "utter_something_else": "None of them",
    "utter_unavailable": "Not now.",
}
MakeTracker = Callable[..., Tracker]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return toy_library(tmp_path_factory.mktemp("toy") / "knowledge")


@pytest.fixture
def words() -> dict[str, str]:
    return dict(WORDS)


@pytest.fixture
def domain() -> dict[str, Any]:
    return {"responses": {name: [{"text": text}] for name, text in WORDS.items()}}


@pytest.fixture
def dispatcher() -> CollectingDispatcher:
    return CollectingDispatcher()


@pytest.fixture
def tracker() -> MakeTracker:
    """Makes the tracker of a conversation whose latest message is this one."""

    def make(
        text: str | None = "",
        intents: dict[str, float] | None = None,
        entities: dict[str, str] | None = None,
        **slots: str | None,
    ) -> Tracker:
        ranking = [{"name": name, "confidence": confidence} for name, confidence in (intents or {}).items()]
        message = {
            "text": text,
            "intent": ranking[0] if ranking else {},
            "intent_ranking": ranking,
            "entities": [{"entity": entity, "value": value} for entity, value in (entities or {}).items()],
        }
        return Tracker("c1", {"finding": None, **slots}, message, [], False, None, {}, "action_listen")

    return make
