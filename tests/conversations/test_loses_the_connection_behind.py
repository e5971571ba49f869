"""A patient writes while a part behind the gateway is down: told so at once, whom to call, and soon served again."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import yaml

from tests.conversations.patient import Patient, Reply
from tests.conversations.running import ROOT, Plainscan

CLINIC = yaml.safe_load((ROOT / "bot/clinic.yml").read_text(encoding="utf-8"))
QUESTION = "What is a bone bruise? My neighbour Quillfeather-771 had one."
SECONDS_TO_ANSWER = 2.0
SECONDS_TO_COME_BACK = 60.0


def timed(patient: Patient, text: str) -> tuple[Reply, float]:
    began = time.monotonic()
    return patient.says(text), time.monotonic() - began


@pytest.mark.parametrize("part", ["actions", "rasa"])
def test_is_told_within_two_seconds_and_served_again(
    part: str, plainscan: Plainscan, new_patient: Callable[[], Patient]
) -> None:
    gateway, patient = plainscan.pid("gateway"), new_patient()
    assert patient.says("What is a bone bruise?").type == "explanation"
    plainscan.kill(part)
    killed = time.monotonic()
    reply, seconds = timed(patient, QUESTION)
    assert (reply.type, len(reply.messages)) == ("unavailable", 1)
    assert seconds < SECONDS_TO_ANSWER
    assert f"call {CLINIC['name']} at {CLINIC['phone']}" in reply.text
    assert f"In an emergency, call {CLINIC['emergency_number']}." in reply.text
    ready = patient.http.get("/api/ready")
    assert (ready.status_code, ready.json()["title"]) == (503, "Not ready")
    assert patient.http.get("/api/health").json() == {"status": "ok"}
    # All the time that it takes to come back, everybody is told at once, newcomers too.
    while reply.type == "unavailable":
        assert seconds < SECONDS_TO_ANSWER
        assert time.monotonic() - killed < SECONDS_TO_COME_BACK, f"{part} did not come back"
        time.sleep(0.5)
        reply, seconds = timed(new_patient(), QUESTION)
    assert reply.passage["id"] == "bone-bruise#what-it-is"
    assert patient.says("What is a stress fracture?").passage["id"] == "stress-fracture#what-it-is", (
        "the same conversation"
    )
    assert plainscan.pid("gateway") == gateway
    assert "Quillfeather" not in plainscan.logged()
