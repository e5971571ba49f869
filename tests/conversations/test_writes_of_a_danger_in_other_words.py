"""A patient tells of a danger in words that no rule knows: the second reader sees it, and says that it is its reading."""

from __future__ import annotations

import pytest

from knowledge.red_flags import load_red_flags
from tests.conversations.patient import Patient

# None raises a flag by the rules; that they don't is checked, or the test would show nothing.
MISSED = ()


@pytest.mark.parametrize(("text", "level"), MISSED)
def test_what_the_rules_miss_is_seen_by_the_second_reader(patient: Patient, text: str, level: str) -> None:
    rules = load_red_flags()
    assert rules.raised(rules.read(text)) == []
    first, *_ = patient.says(text).messages
    assert (first["type"], first["urgent"]["level"]) == ("urgent", level)
    assert "this is how I read your message" in first["text"]


def test_an_ordinary_question_about_a_frightening_finding_is_no_danger(patient: Patient) -> None:
    for text in ("there is a bag of fluid in the hollow of my knee", "is a bone tumor always cancer", "why does it hurt at night"):
        assert [m["type"] for m in patient.says(text).messages if m["type"] == "urgent"] == []
