"""A patient who stumbles over a word of the report, or over how scans work, is told what it means, and then goes on."""

from __future__ import annotations

import pytest

from tests.conversations.patient import Patient


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what does STIR mean", "stir"),
        ("it says unremarkable is that good", "unremarkable"),
        ("what is clinical correlation recommended", "clinical-correlation"),
        ("what does T2 hyperintense mean", "hyperintense"),
        ("my report says a fracture cannot be excluded, what does that mean", "cannot-exclude"),
        ("is there radiation in an MRI", "radiation"),
    ],
)
def test_is_told_what_it_means(question: str, topic: str, patient: Patient) -> None:
    passage = patient.says(question).passage
    assert (passage["id"], passage["finding"], passage["aspect"]) == (
        f"report-language#{topic}", "report-language", topic,
    )  # fmt: skip
    assert passage["sources"]


@pytest.mark.parametrize(
    ("question", "finding"),
    [
        ("what is mild bone marrow edema", "bone-marrow-edema"),
        ("how long does a severe bone bruise last", "bone-bruise"),
    ],
)
def test_a_word_beside_a_finding_leaves_the_question_with_the_finding(
    question: str, finding: str, patient: Patient
) -> None:
    assert patient.says(question).passage["finding"] == finding


def test_goes_on_with_the_finding_after_a_word(patient: Patient) -> None:
    patient.says("What is a bone bruise?")
    assert patient.says("what does unremarkable mean").passage["finding"] == "report-language"
    assert patient.finding_in_mind() == "bone-bruise"
