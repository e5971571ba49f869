"""A patient who erases the conversation is forgotten, at once, by the gateway and by Rasa."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx

from tests.conversations.patient import FOLLOW_UPS, Patient, Reply
from tests.conversations.running import Plainscan


def remembered_finding(plainscan: Plainscan, conversation: str) -> str | None:
    """The finding that Rasa itself still connects with a conversation, asked behind the gateway's back.

    A question that names none is answered for the conversation's finding, if there is one. The asking starts a tracker
    anew, so it is erased again.
    """
    with httpx.Client(base_url=plainscan.rasa_url, timeout=15, trust_env=False) as rasa:
        for question in FOLLOW_UPS:
            answer = rasa.post("/messages", json={"conversation": conversation, "text": question}).raise_for_status()
            (message,) = answer.json()["messages"]
            reply = Reply([{"buttons": [], **message.get("custom", {}), "text": "-"}])
            if reply.first_finding:
                break
        rasa.delete(f"/conversations/{conversation}").raise_for_status()
    return reply.first_finding


def test_is_remembered_as_long_as_nothing_is_erased(plainscan: Plainscan, patient: Patient) -> None:
    # Without this the next test could not fail.
    patient.says("What is avascular necrosis?")
    assert remembered_finding(plainscan, patient.conversation) == "avascular-necrosis"


def test_is_forgotten_by_gateway_and_rasa(plainscan: Plainscan, patient: Patient) -> None:
    patient.says("What is avascular necrosis?")
    assert patient.erases() == 204
    refused = patient.send({"text": "And how long will that take?"})
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:plainscan:problem:conversation-ended"
    assert patient.erases() == 401
    assert remembered_finding(plainscan, patient.conversation) != "avascular-necrosis"


def test_is_forgotten_also_while_an_answer_is_on_its_way(plainscan: Plainscan, patient: Patient) -> None:
    patient.says("What is avascular necrosis?")
    answers: list[httpx.Response] = []
    asking = threading.Thread(
        target=lambda: answers.append(patient.send({"text": "What is avascular necrosis? " * 70}))
    )
    asking.start()
    with httpx.Client(base_url=plainscan.url, headers=patient.http.headers, trust_env=False) as other_tab:
        assert other_tab.delete("/api/conversations/current").status_code == 204
    asking.join()
    assert answers[0].status_code in (200, 401)
    assert patient.send({"text": "hello"}).status_code == 401
    assert remembered_finding(plainscan, patient.conversation) != "avascular-necrosis"


def test_leaves_others_their_conversations(new_patient: Callable[[], Patient]) -> None:
    one, other = new_patient(), new_patient()
    one.says("What is avascular necrosis?")
    other.says("What is avascular necrosis?")
    assert one.erases() == 204
    assert other.finding_in_mind() == "avascular-necrosis"
