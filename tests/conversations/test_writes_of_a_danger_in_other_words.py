"""A patient tells of a danger in words that no rule knows: the second reader sees it, and calls it its reading."""

from __future__ import annotations

import pytest

from knowledge.red_flags import load_red_flags
from tests.conversations.patient import Patient

# None raises a flag by the rules; that they don't is checked, or the test would show nothing.
MISSED = (
    ("my old man is clutching himself, sweating buckets and says an ox is standing on him", "emergency"),
    ("I twisted it at eleven and by noon it was the size of a melon", "same-day"),
    ("six kilos gone since autumn and I did not diet, my shin aches", "soon"),
)


@pytest.mark.parametrize(("text", "level"), MISSED)
def test_what_the_rules_miss_is_seen_by_the_second_reader(patient: Patient, text: str, level: str) -> None:
    rules = load_red_flags()
    assert rules.raised(rules.read(text)) == []
    first, *_ = patient.says(text).messages
    assert (first["type"], first["urgent"]["level"]) == ("urgent", level)
    assert "this is how I read your message" in first["text"]


@pytest.mark.parametrize(
    "text",
    [
        "there is a bag of fluid in the hollow of my knee",
        "is a bone tumor always cancer",
        "I am so scared that it is cancer, what does mild edema mean",
    ],
)
def test_an_ordinary_message_raises_no_alarm(patient: Patient, text: str) -> None:
    assert [m["type"] for m in patient.says(text).messages if m["type"] == "urgent"] == []
