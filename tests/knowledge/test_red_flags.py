"""What raises a flag and what does not: two tables, and the ways in which people write."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest
import yaml

from knowledge.red_flags import Level, RedFlags, load_red_flags

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"


@cache
def flags() -> RedFlags:
    return load_red_flags()


def raised(*texts: str, report: bool = False) -> dict[str, str]:
    """Flag id -> level, after these messages of one conversation."""
    kept: frozenset[str] = frozenset()
    for text in texts:
        signs = flags().read(text, report)
        found, kept = flags().raised(kept | signs), kept | flags().lasting(signs)
    return {r.flag.id: r.level.value for r in found}


RAISE = [
    ("can't feel when I wipe", "rf-cauda", "emergency"),
    ("peeing myself since yesterday", "rf-cauda", "emergency"),
    ("leg swollen since the flight and short of breath", "rf-clot-lung", "emergency"),
    ("don't want to live with this pain", "rf-suicide", "emergency"),
    ("fever and my knee is hot", "rf-septic", "same-day"),
    ("MY MOTHER CANT HOLD HER URINE SINCE THE BACK PAIN GOT WORSE", "rf-cauda", "emergency"),
    ("is it bad that i can't feel my private parts", "rf-cauda", "emergency"),
    ("No chest pain but I am short of breath", "rf-clot-lung", "emergency"),
    ("I had an MRI 2 years ago. Now I can't feel when I wipe.", "rf-cauda", "emergency"),
    ("dont know if this matters but i have numbness in my private area", "rf-cauda", "emergency"),
    ("breast cancer two years ago, now my back hurts at night", "rf-mscc", "same-day"),
    ("my 82 year old mother fell yesterday and her hip hurts, xray was normal", "rf-trauma", "emergency"),
    ("I'm diabetic and my foot is warm and swollen", "rf-diabfoot", "same-day"),
    ("I am 33 weeks pregnant and my hip hurts when I stand", "rf-pregnancy-hip", "same-day"),
    ("my 4 year old is limping and has fever", "rf-child-limp", "same-day"),
]
SAY_NOTHING = [
    "can infection cause edema?",
    "what fever level should I be concerned?",
    "no fever, knee a bit swollen after running",
    "I had a fever last year with flu, now knee edema",
    "what if I get a fever and my knee gets hot",
    "I read in a book that bone infection gives fever and hot joints",
    "is leg edema the same as bone marrow edema",
    "what does a chest wall MRI show",
    "I'm dying to run again, this waiting is killing me",
    "Denies bowel or bladder problems, no numbness in the groin.",
    "I hurt myself running and am tired of this pain",
    "if my leg becomes numb and cold should I go to hospital",
    "my hands go numb at night",
    "stress fracture of the navicular, how long is healing",
    "what are the signs of cauda equina syndrome",
]


@pytest.mark.parametrize(("text", "flag", "level"), RAISE)
def test_raises(text: str, flag: str, level: str) -> None:
    assert raised(text).get(flag) == level


@pytest.mark.parametrize("text", SAY_NOTHING)
def test_says_nothing(text: str) -> None:
    assert raised(text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "i cnt feel wen i wipe n my bak hurts",
        "numness in my saddel area",
        "NUMB BETWEEN MY LEGS",
        "n\u200bumb between\u00a0my le\u00adgs",
        "my privte parts are nummb",
    ],
)
def test_reads_what_is_badly_written(text: str) -> None:
    assert raised(text).get("rf-cauda") == "emergency"


def test_puts_several_messages_together() -> None:
    assert raised("my knee is hot and red") == {}
    assert "rf-septic" in raised("my knee is hot and red", "what is edema", "and I have a fever")


def test_today_in_one_message_does_not_make_the_pain_of_another_sudden() -> None:
    assert "rf-worse" not in raised("I got my MRI today", "what does edema mean")


def test_every_flag_can_be_raised_except_what_is_routine() -> None:
    silent = [f.id for f in flags().flags.values() if not f.cases]
    assert silent == ["rf-not-better"]
    for flag in flags().flags.values():
        for level, signs in flag.cases:
            assert (flag.id, level) in {(r.flag.id, r.level) for r in flags().raised(signs)} or any(
                r.flag.id == flag.id and r.level.rank < level.rank for r in flags().raised(signs)
            )


def test_the_most_urgent_comes_first() -> None:
    found = flags().raised(flags().read("my knee is hot, red and swollen and I have chest pain"))
    assert [r.level for r in found] == sorted((r.level for r in found), key=lambda level: level.rank)
    assert found[0].level is Level.EMERGENCY


def test_reads_reports_with_what_they_rule_out() -> None:
    assert raised("Severe cord compression with cord signal change.", report=True) == {"rf-cord": "same-day"}
    assert raised("No cord compression. No abscess or osteomyelitis.", report=True) == {}
    assert raised("There is a displaced fracture of the tibia.", report=True)["rf-fracture-report"] == "same-day"


def test_a_file_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    rows = yaml.safe_load((KNOWLEDGE / "red_flags.yml").read_text("utf-8"))
    rows["flags"][0]["when"] = ["no-such-sign"]
    (tmp_path / "red_flags.yml").write_text(yaml.safe_dump(rows))
    (tmp_path / "red_flag_words.yml").write_text((KNOWLEDGE / "red_flag_words.yml").read_text("utf-8"))
    with pytest.raises(ValueError, match="rf-cauda: 'no-such-sign' is no sign"):
        load_red_flags(tmp_path)


def test_is_quick() -> None:
    """On a busy machine too: a few milliseconds a message, 150 a report of 20,000 characters."""
    message = "I have had an MRI of the knee and it shows bone marrow edema. " * 8
    report = "There is mild edema of the medial femoral condyle without a fracture line or collapse. " * 230
    assert len(report) >= 20_000
    for text, most in ((message, 0.05), (report, 0.3)):
        flags().read(text)
        times = []
        for _ in range(3):
            started = time.process_time()
            flags().read(text)
            times.append(time.process_time() - started)
        assert min(times) < most
