"""A patient who asks for something else is told honestly that this is not what it does, and what it does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.conversations.patient import Patient
from tests.conversations.running import ROOT

CLINIC: dict[str, Any] = yaml.safe_load((ROOT / "bot/clinic.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "question",
    [
        "do you sell car insurance",
        "what's the capital of France",
        "write me a poem about cats",
        "Can you recommend a good restaurant?",
        "how do I fix a flat bicycle tyre",
        "12345",
    ],
)
def test_is_refused_and_told_what_can_be_asked(question: str, patient: Patient) -> None:
    reply = patient.says(question)
    assert reply.type == "unknown"
    assert reply.text.startswith("I can't help with that. I can explain")
    assert all(
        kind in reply.text for kind in ("bones", "joints", "cartilage", "tendons", "ligaments", "spine", "marrow")
    )
    assert CLINIC["name"] in reply.text and CLINIC["phone"] in reply.text
    assert "$" not in reply.text
    assert patient.presses("What can you explain?").passage["id"] == "about#what-it-covers"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("hello", "Hello. Which word or finding"),
        ("thank you very much", "You're welcome."),
        ("see you later", "Goodbye, and take care."),
        (
            "Could you read my MRI report for me?",
            "I can't see your scan or your report, but I can go through the words.",
        ),
        ("How can I make an appointment?", "I can't book visits"),
    ],
)
def test_is_answered_in_the_words_of_the_domain(words: str, answer: str, patient: Patient) -> None:
    reply = patient.says(words)
    assert reply.type == "text"
    assert reply.text.startswith(answer)


def test_is_given_the_clinics_own_contact(patient: Patient) -> None:
    text = patient.says("How can I make an appointment?").text
    assert all(CLINIC[name] in text for name in ("name", "phone", "opening_hours", "booking_url"))


@pytest.mark.parametrize(
    ("words", "passage"),
    [
        ("Are you a real person?", "about#what-this-is"),
        ("Who can read what I write here?", "about#privacy"),
        ("Can you show me your sources?", "about#sources"),
        ("should I have surgery or not?", "about#no-diagnosis"),
        ("I am so scared", "about#worry"),
    ],
)
def test_learns_what_plainscan_is_and_is_not(words: str, passage: str, patient: Patient) -> None:
    assert patient.says(words).passage["id"] == passage


def test_keeps_the_thread_after_something_else(patient: Patient) -> None:
    patient.says("What is avascular necrosis?")
    assert patient.says("do you sell car insurance").type == "unknown"
    patient.says("Are you a real person?")
    assert patient.finding_in_mind() == "avascular-necrosis"


def test_is_greeted_with_the_truth_about_the_texts(patient: Patient) -> None:
    greeting = patient.greeting.text
    assert "a computer program" in greeting and "I can't see your scan, make a diagnosis" in greeting
    assert f"In an emergency, call {CLINIC['emergency_number']}." in greeting
    # What is served decides what may be said of it; nothing that ships has been reviewed.
    assert ("no clinician has reviewed them yet" in greeting) == (CLINIC["serve"] == "draft")
    patient.reply = patient.greeting
    shown = patient.presses("What is bone marrow edema?").passage
    assert (shown["review"]["status"] == "reviewed") == (CLINIC["serve"] == "reviewed")
