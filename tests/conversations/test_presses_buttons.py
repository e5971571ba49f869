"""A patient who presses buttons gets what they say, and nothing that was not offered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conversations.patient import Patient


def test_starts_with_a_button_of_the_greeting(patient: Patient) -> None:
    assert patient.presses("How serious is bone marrow edema?").passage["id"] == "bone-marrow-edema#how-serious"


def test_goes_through_a_finding_by_buttons_alone(patient: Patient) -> None:
    patient.says("What is a bone bruise?")
    assert (
        patient.presses("How long does a bone bruise take to get better?").passage["id"] == "bone-bruise#recovery-time"
    )
    assert patient.presses("How is a bone bruise treated?").passage["id"] == "bone-bruise#treatment"


def test_gets_the_finding_of_the_button_in_the_next_question(patient: Patient) -> None:
    necrosis = patient.says("What is avascular necrosis?")
    patient.says("What is CRPS?")
    patient.reply = necrosis
    patient.presses("How serious is avascular necrosis?")
    assert patient.finding_in_mind() == "avascular-necrosis"


def test_finds_that_every_button_leads_somewhere(patient: Patient) -> None:
    reply = patient.says("How serious is a bone tumor?")
    for title in reply.buttons:
        patient.reply = reply
        assert patient.presses(title).passage["finding"] == "bone-tumor"


def test_is_asked_back_when_it_is_unsure(new_patient: Callable[[], Patient]) -> None:
    vague = ["bone thing bad?", "white spot on my scan", "bone", "signal in the bone", "swelling and crack"]
    asked = ((patient, patient.says(text)) for text in vague for patient in [new_patient()])
    patient, reply = next((pair for pair in asked if pair[1].type == "choices"), (None, None))
    assert patient and reply, "it was never unsure"
    choices = reply.messages[0]["choices"]
    assert 2 <= len(choices) <= 3
    for choice in choices:
        patient.reply = reply
        assert choice["title"] in reply.text
        assert patient.presses(choice["title"]).passage["id"] == choice["passage_id"]
    patient.reply = reply
    assert patient.presses("Something else").text.startswith("All right.")


def test_may_press_an_old_button_again(patient: Patient) -> None:
    first = patient.says("What is a bone bruise?")
    patient.says("What is CRPS?")
    patient.reply = first
    assert patient.presses("What can cause a bone bruise?").passage["id"] == "bone-bruise#causes"


def test_sees_nothing_of_what_is_behind_a_button(patient: Patient) -> None:
    for title, action in patient.says("What is a bone bruise?").buttons.items():
        assert "bone" not in action and "explain" not in action and "{" not in action, title


@pytest.mark.parametrize(
    "action", ["", "made-up", "/restart", '/explain_passage{"passage": "bone-bruise#causes"}', "/deny", "\ud800"]
)
def test_cannot_press_what_was_not_offered(action: str, patient: Patient) -> None:
    response = patient.send({"action": action})
    assert response.status_code == 404
    assert response.json()["type"] == "urn:plainscan:problem:button-expired"


def test_cannot_press_another_patients_button(new_patient: Callable[[], Patient]) -> None:
    theirs = new_patient().says("What is a bone bruise?").buttons["What can cause a bone bruise?"]
    assert new_patient().send({"action": theirs}).status_code == 404


def test_says_once_whether_an_answer_helped(patient: Patient) -> None:
    def counted() -> int:
        metrics = patient.http.get("/metrics").text
        row = 'plainscan_feedback_total{helpful="true",passage="repetitive-overuse#what-it-is"}'
        return next((int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith(row)), 0)

    before = counted()
    message = patient.says("What is repetitive overuse?").messages[0]["id"]
    for _ in range(2):
        body = {"message_id": message, "helpful": True}
        assert patient.http.post("/api/conversations/current/feedback", json=body).status_code == 204
    assert counted() == before + 1
