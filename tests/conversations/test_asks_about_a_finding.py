"""A patient who asks about a finding gets the passage that answers it, word for word, with its sources."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge.passages import Library, load_library
from tests.conversations.patient import Patient

QUESTIONS = [
    ("What is bone marrow edema?", "bone-marrow-edema#what-it-is"),
    ("How common is bone marrow edema?", "bone-marrow-edema#how-common"),
    ("What is a bone bruise?", "bone-bruise#what-it-is"),
    ("How long does a bone bruise take to heal?", "bone-bruise#recovery-time"),
    ("What does a fracture look like on MRI?", "fracture#on-mri"),
    ("What causes a stress fracture?", "stress-fracture#causes"),
    ("Can I run with a stress fracture?", "stress-fracture#activity"),
    ("What questions should I ask my doctor about a stress fracture?", "stress-fracture#questions-to-ask"),
    ("What is repetitive overuse?", "repetitive-overuse#what-it-is"),
    ("What are the symptoms of osteoarthritis?", "osteoarthritis#symptoms"),
    ("What medicines help with osteoarthritis?", "osteoarthritis#medicines"),
    ("How serious is avascular necrosis?", "avascular-necrosis#how-serious"),
    ("How is AVN treated?", "avascular-necrosis#treatment"),
    ("What is inflammatory arthritis?", "inflammatory-arthritis#what-it-is"),
    ("What causes osteomyelitis?", "bone-infection#causes"),
    ("When should I seek help with a bone infection?", "bone-infection#when-to-seek-help"),
    ("How serious is a bone tumor?", "bone-tumor#how-serious"),
    ("How long does transient osteoporosis last?", "transient-osteoporosis#recovery-time"),
    ("What is a subchondral insufficiency fracture?", "subchondral-insufficiency-fracture#what-it-is"),
    ("What is CRPS?", "crps#what-it-is"),
    ("What is red marrow?", "red-marrow#what-it-is"),
    ("What is marrow edema after surgery?", "post-surgical-edema#what-it-is"),
]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def test_gets_the_answer_that_the_readme_promises(patient: Patient, library: Library) -> None:
    reply = patient.says("mri says bone marrow edema in my tibia, is that bad??")
    assert len(reply.messages) == 1
    written = library.passages["bone-marrow-edema#how-serious"]
    shown = reply.passage
    assert (shown["id"], shown["finding"], shown["aspect"]) == (written.id, "bone-marrow-edema", "how-serious")
    assert shown["text"] == written.text
    assert [(s["title"], s["org"], s["url"]) for s in shown["sources"]] == [
        (s.title, s.org, s.url) for s in written.sources
    ]
    assert shown["sources"]
    assert shown["review"] == {"status": "draft", "reviewed_on": None}
    assert 3 <= len(reply.buttons) <= 4
    # Enough for a client that shows nothing but text.
    for part in (written.title, written.text, written.sources[0].org, "No clinician has reviewed this text yet."):
        assert part in reply.text
    assert "$" not in reply.text and "{" not in reply.text


@pytest.mark.parametrize(("question", "passage"), QUESTIONS)
def test_gets_the_passage_asked_for(question: str, passage: str, patient: Patient, library: Library) -> None:
    shown = patient.says(question).passage
    assert shown["id"] == passage
    assert shown["text"] == library.passages[passage].text


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("what is a stres fracture", "stress-fracture#what-it-is"),
        ("WHAT IS A BONE BRUISE", "bone-bruise#what-it-is"),
        ("what is bone marow oedma", "bone-marrow-edema#what-it-is"),
    ],
)
def test_may_misspell_it(question: str, passage: str, patient: Patient) -> None:
    assert patient.says(question).passage["id"] == passage


def test_may_ramble_before_the_question(patient: Patient) -> None:
    story = "I am fifty two and fell on my knee in the garden three weeks ago, my sister drove me to the hospital. "
    text = (story * 30)[-1900:] + " What is a bone bruise?"
    assert patient.says(text).passage["id"] == "bone-bruise#what-it-is"


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("And how long will that take?", "recovery-time"),
        ("How serious is it?", "how-serious"),
        ("How is it treated?", "treatment"),
        ("What causes it?", "causes"),
        ("Can I still exercise with it?", "activity"),
        ("When should I get help?", "when-to-seek-help"),
    ],
)
def test_need_not_name_the_finding_again(question: str, aspect: str, patient: Patient) -> None:
    patient.says("What is a stress fracture?")
    reply = patient.says(question)
    # It may hesitate, but not about what the conversation is about; another finding's text would be a wrong answer.
    assert reply.first_finding == "stress-fracture"
    if reply.type == "explanation":
        assert reply.passage["aspect"] == aspect


def test_changes_the_subject_by_naming_another_finding(patient: Patient) -> None:
    patient.says("What is a stress fracture?")
    assert patient.says("How serious is avascular necrosis?").passage["id"] == "avascular-necrosis#how-serious"
    assert patient.finding_in_mind() == "avascular-necrosis"


def test_is_not_taken_for_another_patient(new_patient: Callable[[], Patient]) -> None:
    one, other = new_patient(), new_patient()
    one.says("What is avascular necrosis?")
    assert other.finding_in_mind() != "avascular-necrosis"
    assert one.finding_in_mind() == "avascular-necrosis"


def test_gets_the_own_answer_also_when_many_ask_at_once(new_patient: Callable[[], Patient]) -> None:
    def ask(question: str) -> str:
        return str(new_patient().says(question).passage["id"])

    asked = QUESTIONS[:8]
    with ThreadPoolExecutor(len(asked)) as pool:
        assert list(pool.map(ask, [question for question, _ in asked])) == [passage for _, passage in asked]
