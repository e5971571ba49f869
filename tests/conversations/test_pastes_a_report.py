"""A patient who pastes a report is told what it says, and can go on from there."""

from __future__ import annotations

from typing import Any

from tests.conversations.patient import Patient, Reply

REPORT = """MRI LEFT KNEE WITHOUT CONTRAST

FINDINGS: Moderate joint effusion. Increased T2 signal in the medial femoral condyle, in keeping with bone marrow edema.
No fracture line. A subchondral insufficiency fracture cannot be excluded. ACL is intact. Prominent plica.

IMPRESSION:
1. Bone marrow edema of the medial femoral condyle.
2. Moderate joint effusion."""


def report_of(reply: Reply) -> dict[str, Any]:
    [message] = [message for message in reply.messages if message["type"] == "report"]
    return dict(message["report"])


def statuses(reply: Reply) -> dict[str, str]:
    return {f["finding"]: g["status"] for g in report_of(reply)["groups"] for f in g["findings"]}


def test_is_told_what_was_found_ruled_out_and_left_open(patient: Patient) -> None:
    reply = patient.pastes(REPORT)
    found = statuses(reply)
    assert found["joint-effusion"] == found["bone-marrow-edema"] == "present"
    assert (found["fracture"], found["acl-tear"]) == ("absent", "absent")
    assert found["subchondral-insufficiency-fracture"] == "uncertain"
    assert "Your report says that this was NOT seen." in reply.messages[-1]["text"]
    assert 3 <= len(report_of(reply)["questions"]) <= 7


def test_with_a_possible_break_in_it_is_told_first_what_to_plan(patient: Patient) -> None:
    reply = patient.pastes(REPORT)
    assert [message["type"] for message in reply.messages] == ["urgent", "report"]
    assert "within a few days: a possible small break under the joint surface" in reply.text


def test_types_it_into_the_ordinary_input_and_is_told_the_same(patient: Patient) -> None:
    assert statuses(patient.says(REPORT)) == statuses(patient.pastes(REPORT))


def test_opens_a_finding(patient: Patient) -> None:
    patient.pastes(REPORT)
    assert patient.presses("What is a joint effusion?").passage["id"] == "joint-effusion#what-it-is"


def test_asks_on_without_naming_it(patient: Patient) -> None:
    patient.pastes(REPORT)
    assert patient.finding_in_mind() == "bone-marrow-edema"


def test_asks_beside_the_report(patient: Patient) -> None:
    reply = patient.says(REPORT + "\n\nHow long does a joint effusion last?")
    assert [message["type"] for message in reply.messages] == ["urgent", "report", "explanation"]
    assert reply.messages[2]["passage"]["finding"] == "joint-effusion"


def test_with_a_danger_in_it_is_told_whom_to_call_first(patient: Patient) -> None:
    reply = patient.pastes("IMPRESSION: Large central disc extrusion at L4-L5 with cauda equina compression.")
    assert [message["type"] for message in reply.messages] == ["urgent", "report"]


def test_of_another_part_of_the_body_is_told_kindly_what_is_not_known(patient: Patient) -> None:
    reply = patient.pastes("CT ABDOMEN. FINDINGS: Simple renal cyst. Mild hepatic steatosis.\nIMPRESSION: Renal cyst.")
    assert reply.type in ("report", "unknown")
    assert not statuses(reply) if reply.type == "report" else "found nothing that I know" in reply.text
