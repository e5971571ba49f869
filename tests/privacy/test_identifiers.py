"""Identifiers are masked before a message goes to Rasa, and the words that patients ask about are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.channels.gateway.identifiers.__main__ import LINES, PRECISION, RECALL, main
from bot.channels.gateway.identifiers.finder import Identifiers, load_identifiers
from bot.channels.gateway.identifiers.found import KINDS
from bot.channels.gateway.identifiers.measure import changed, measure, read_lines, unmarked
from knowledge.passages import Library, load_library
from tests.channels.conftest import Gateway
from tests.growth import LINEAR, growth

ROOT = Path(__file__).parents[2]
HEADER = """EXAM: MRI LEFT KNEE WITHOUT CONTRAST
PATIENT: Quarrywright, Zebulon J.   DOB: 02/28/1979   MRN: 0077123
Referring physician: Dr. Ottoline Fenwick, MD
FINDINGS: Tiny Baker's cyst. Hoffa's fat pad edema. Modic type 2 changes at L4-L5, 12 mm.
Electronically signed by: Prosper Okonjo, MD"""


@pytest.fixture(scope="module")
def identifiers() -> Identifiers:
    return load_identifiers()


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("My name is Zebulon Quarrywright.", "My name is …."),
        ("hi my name is zebulon quarrywright and i have edema", "hi my name is … and i have edema"),
        ("I'm Zebulon Quarrywright, DOB 3 May 1961.", "I'm …, DOB …."),
        ("my wife Susan has a torn meniscus", "my wife … has a torn meniscus"),
        ("Dr. Baker says it is a Baker cyst", "Dr. … says it is a Baker cyst"),
        ("What is a bone bruise?\nKind regards,\nOttoline Fenwick", "What is a bone bruise?\nKind regards,\n…"),
        ("born on the 3rd of May 1961, pain since March", "born on the …, pain since March"),
        ("born on 3rd of May 1961, pain since March", "born on …, pain since March"),
        ("MRN 0077123, accession no. MR-21-55512", "MRN …, accession no. …"),
        ("call me on +1 555 012 3456 or 07700 900123", "call me on … or …"),
        ("mail z.quarry@example.com or z at example dot com", "mail … or …"),
        ("I live at 12 Old Mill Road, Apt 4, Dayton, OH 45402. Is it bad?", "I live at …. Is it bad?"),
        ("Mary has a torn meniscus. John's MRI is next week.", "… has a torn meniscus. …'s MRI is next week."),
        ("REFERRING: DR. A. KUMAR", "REFERRING: DR. …"),
        (HEADER.splitlines()[1], "PATIENT: …   DOB: …   MRN: …"),
    ],
)
def test_masks(identifiers: Identifiers, said: str, masked: str) -> None:
    assert identifiers.mask(said) == masked


@pytest.mark.parametrize(
    "said",
    [
        "Baker, Hoffa, Schmorl, Modic, Hill-Sachs, Bankart and Tarlov are in my report",
        "L4-L5 disc bulge of 12 mm, grade 3, T2 bright, 3.2 x 1.4 x 5.0 cm, series 4, images 12-18",
        "I fell in March, the MRI was on 14 October 2026 and I see the surgeon on the 9th",
        "Patient: 45-year-old man with knee pain",
        "PATIENT HISTORY: KNEE PAIN, RULE OUT MENISCUS TEAR",
        "I'm worried. I'm Still in pain. This is bad, right?",
        "my doctor says rest, the MR. shows a cyst",
        "it hurts 8/10 at night, CRP 12.5, 1000 IU of vitamin D, 10 to 29 in 100,000",
        "what is the name of the cyst behind the knee? The name is long",
        "please call me back",
        "Morton's neuroma, and Baker has a cyst named after him",
        "L4 5MM BULGE, L5 6MM",
    ],
)
def test_leaves_alone(identifiers: Identifiers, said: str) -> None:
    assert identifiers.mask(said) == said


def test_a_reports_header_loses_its_persons_and_nothing_else(identifiers: Identifiers) -> None:
    masked = identifiers.mask(HEADER)
    assert re.findall("Quarrywright|Zebulon|Ottoline|Fenwick|Prosper|Okonjo|1979|0077123", masked) == []
    assert masked.splitlines()[3] == HEADER.splitlines()[3]


def test_no_name_of_a_finding_is_damaged(identifiers: Identifiers, library: Library) -> None:
    names = [
        name
        for finding in library.findings.values()
        for name in (finding.title, *finding.also_called, *finding.report_phrases)
    ]
    assert len(names) > 3000
    assert changed(identifiers, [*names, *map(str.upper, names), *map(str.title, names)]) == []


def test_no_passage_is_damaged(identifiers: Identifiers, library: Library) -> None:
    assert changed(identifiers, [passage.text for passage in library.passages.values()]) == []


def test_of_the_gold_questions_only_an_aunt_is_masked(identifiers: Identifiers) -> None:
    questions = yaml.safe_load((ROOT / "tests/questions.yml").read_text(encoding="utf-8"))
    assert len(questions) > 900
    assert changed(identifiers, [row["text"] for row in questions]) == [
        "Can you write a birthday poem for my aunt Carla? -> Can you write a birthday poem for my aunt …?"
    ]


def test_of_what_the_intents_are_learned_from_only_identifiers_are_masked(identifiers: Identifiers) -> None:
    files = [*sorted((ROOT / "data/nlu").glob("*.yml")), ROOT / "tests/nlu/test_nlu.yml"]
    examples = [line[6:] for file in files for line in file.read_text("utf-8").splitlines() if line[:6] == "    - "]
    assert len(examples) > 3000
    assert len(changed(identifiers, examples)) <= 10  # "can I speak to dr miller", "14 Park Lane", "Ben Nevis"


def test_the_floors_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ROOT / LINES), "--assert"]) == 0, capsys.readouterr().out


def test_a_missed_floor_would_be_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.yml"
    rows = [{"id": "x1", "split": "report", "text": "[name:torn meniscus] is what they wrote, by Dr. Jane Roe"}]
    file.write_text(yaml.safe_dump(rows), encoding="utf-8")
    assert main([str(file)]) == 0
    assert main([str(file), "--assert"]) == 1
    said = capsys.readouterr().out
    assert "FAILED name: recall 0.000" in said and "FAILED name: precision 0.000" in said


def test_the_lines_are_many_and_of_every_kind() -> None:
    lines = read_lines(ROOT / LINES)
    assert len(lines) >= 500
    measured = measure(load_identifiers(), lines)
    assert {kind: measured.marked[kind] >= 25 for kind in KINDS} == dict.fromkeys(KINDS, True)
    assert sum(not line.marked for line in lines) >= 100
    assert 0 < RECALL["name"] < 1 and 0 < PRECISION < 1


def test_marks_are_taken_out_of_a_line() -> None:
    text, found = unmarked("I am [name:Jo], [birth:3 May 1961].")
    assert text == "I am Jo, 3 May 1961."
    assert [(f.kind, text[f.start : f.end]) for f in found] == [("name", "Jo"), ("birth", "3 May 1961")]


@pytest.mark.parametrize(
    "text",
    [
        "I am Zebulon Quarrywright, born 3 May 1961. My MRI shows bone marrow edema of the tibia. " * 40,
        f"{HEADER}\n" * 60,
        "1-" * 2000,
        "my name is " + " " * 4000,
        "A." * 2000,
        "Aa " * 1300,
        "12 a b " * 560,
        "a" * 4000 + "@",
    ],
    ids=["messages", "report", "dashes", "blanks", "initials", "capitals", "streets", "mail"],
)
def test_its_time_grows_with_the_text_whatever_is_typed(identifiers: Identifiers, text: str) -> None:
    assert growth(identifiers.mask, text) < LINEAR


async def test_rasa_is_sent_the_masked_text(gateway: Gateway) -> None:
    await gateway.ask("I am Zebulon Quarrywright, MRN 0077123. What is a Baker cyst?")
    assert gateway.rasa.sent[-1]["text"] == "I am …, MRN …. What is a Baker cyst?"


async def test_danger_signs_are_looked_for_in_what_was_typed(gateway: Gateway) -> None:
    text = "My name is Zebulon Quarrywright and I can't feel between my legs since I can't pee"
    messages = await gateway.ask(text)
    assert messages[0]["type"] == "urgent"
    assert gateway.rasa.sent[-1]["text"] == text.replace("Zebulon Quarrywright", "…")


async def test_a_button_is_sent_as_it_is(gateway: Gateway) -> None:
    action = gateway.created["messages"][0]["buttons"][0]["action"]
    await gateway.send({"action": action})
    assert gateway.rasa.sent[-1]["payload"] == '/explain_passage{"passage": "about#privacy"}'
