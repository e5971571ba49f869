"""A patient writes what is nobody's business: it is in no log, no metric and no address."""

from __future__ import annotations

import re

from tests.conversations.patient import Patient
from tests.conversations.running import Plainscan

# Words that stand nowhere else in the system, so that each place where one turns up is a leak.
NAME = "Zebulon Quarrywright"
BORN = "born 3 Floreal 1961"


def leaks(plainscan: Plainscan, text: str) -> list[str]:
    """The lines of logs, and of `text`, that hold one of the words."""
    telling = re.compile("|".join([*NAME.split(), "Floreal"]), re.IGNORECASE)
    return [line for line in [*plainscan.logged().splitlines(), *text.splitlines()] if telling.search(line)]


def test_finds_it_in_no_log_and_no_metric(plainscan: Plainscan, patient: Patient) -> None:
    message = patient.says(f"I am {NAME}, {BORN}. What is a bone bruise?").messages[0]["id"]
    patient.says(f"{NAME} wants car insurance, {BORN}")
    patient.says(f"/restart{{{NAME}}}")
    patient.send({"report": f"PATIENT: {NAME}, {BORN}. Bone marrow edema."})
    feedback = {"message_id": message, "helpful": False, "reason": f"{NAME} is cross"}
    assert patient.http.post("/api/conversations/current/feedback", json=feedback).status_code == 204
    refusals = [
        patient.send({"action": NAME}),
        patient.send({"text": f"{NAME} " * 500}),
        patient.send({NAME: BORN}),
        patient.send({"text": [NAME]}),
        patient.send_bytes(f'{{"text": "{NAME}'.encode()),
        patient.send_bytes(NAME.encode(), "text/plain"),
        patient.http.get(f"/api/{NAME}", params={"q": BORN}),
    ]
    assert [response.status_code for response in refusals] == [404, 413, 422, 422, 400, 415, 404]
    said_back = "\n".join(response.text for response in refusals)
    assert leaks(plainscan, said_back + patient.http.get("/metrics").text) == []


def test_finds_no_trace_of_the_conversation_in_the_logs(plainscan: Plainscan, patient: Patient) -> None:
    patient.says("What is a bone bruise?")
    assert patient.erases() == 204
    logged = plainscan.logged()
    assert patient.conversation not in logged and patient.token not in logged


def test_causes_no_error_in_the_logs_by_an_ordinary_conversation(plainscan: Plainscan, patient: Patient) -> None:
    # Logs that cry at every turn hide the one that matters; and Rasa's errors carry the slots, which are health data.
    before = len(errors(plainscan))
    patient.says("How serious is a bone tumor?")
    patient.presses("What is a bone tumor?")
    patient.says("hello")
    patient.says("do you sell car insurance")
    patient.says("thank you very much")
    assert errors(plainscan)[before:] == []


def errors(plainscan: Plainscan) -> list[str]:
    return [line for line in plainscan.logged().splitlines() if re.search(r"\b(ERROR|CRITICAL|Traceback)\b", line)]
