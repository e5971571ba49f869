"""What the second reader makes of probabilities, how it reads long messages, and that the rules do without it."""

from __future__ import annotations

import itertools
import logging
import shutil
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import yaml
from safetensors import safe_open

from knowledge.danger_reader import (
    BIAS,
    FILE,
    FOLDER,
    HEAD,
    NO_FLAG,
    NOTHING,
    SCALE,
    SURE,
    VETOES,
    WINDOW,
    DangerReader,
    load_danger_reader,
    load_vetoes,
    windows,
)
from knowledge.red_flags import Level, load_red_flags

RULES = load_red_flags()
FLAGS = RULES.flags
LABELS = (
    *(NO_FLAG, "rf-cauda", "rf-clot-lung", "rf-septic", "rf-avn", "rf-inflam-back", "rf-suicide", "rf-cord"),
    *("rf-pregnancy-hip", "rf-spine-fever", "rf-cancer-signs"),
)


class Shares:
    """An encoder that gives each text the probabilities it was told, as what a head of ones makes of its vector."""

    def __init__(self, **told: dict[str, float]) -> None:
        self.told = told
        self.read: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.read += texts
        rows = []
        for text in texts:
            shares = next((told for word, told in self.told.items() if word in text), {NO_FLAG: 0.99})
            rest = (1 - sum(shares.values())) / (len(LABELS) - len(shares))
            rows.append([np.log(max(shares.get(label, rest), 1e-9)) / SCALE for label in LABELS])
        return np.array(rows, np.float32)


def reader(**told: dict[str, float]) -> DangerReader:
    head = np.eye(len(LABELS), dtype=np.float32)
    return DangerReader(cast(Any, Shares(**told)), LABELS, head, np.zeros(len(LABELS), np.float32), FLAGS)


def read(of: DangerReader, text: str) -> tuple[str, Level] | None:
    """The flag and level that it would speak of, by itself."""
    reading = of.read(text)
    return (reading.likeliest.flag.id, reading.likeliest.level) if reading and reading.urgency >= SURE else None


def test_the_likeliest_flag_is_raised_at_its_level() -> None:
    told = reader(paper={NO_FLAG: 0.01, "rf-cauda": 0.9})
    assert read(told, "the paper feels like nothing") == ("rf-cauda", Level.EMERGENCY)


def test_a_flag_that_is_mostly_routine_is_raised_at_the_level_of_its_case() -> None:
    assert read(reader(eye={NO_FLAG: 0.01, "rf-inflam-back": 0.9}), "red eye") == ("rf-inflam-back", Level.SAME_DAY)


def test_a_doubt_between_levels_goes_to_the_more_urgent_one() -> None:
    unsure = reader(hip={NO_FLAG: 0.02, "rf-cauda": 0.2, "rf-clot-lung": 0.25, "rf-avn": 0.5})
    assert read(unsure, "hip") == ("rf-clot-lung", Level.EMERGENCY)  # together 0.45 of 0.98
    sure = reader(hip={NO_FLAG: 0.02, "rf-cauda": 0.1, "rf-clot-lung": 0.1, "rf-avn": 0.75})
    assert read(sure, "hip") == ("rf-avn", Level.SOON)


EMERGENCY, SAME_DAY, SOON = (
    "cannot feel when I wipe",
    "my knee is hot, red and swollen",
    "I take fosamax and my thigh hurts",
)


def beside(of: DangerReader, text: str) -> tuple[str, Level] | None:
    """The flag that the reader adds to what the rules raise for a text."""
    guess = of.beside(text, RULES.raised(RULES.read(text))).added
    return (guess.flag.id, guess.level) if guess else None


def test_it_adds_only_what_is_more_urgent_than_what_the_rules_see() -> None:
    septic = ("rf-septic", Level.SAME_DAY)
    for text, added in (("my knee", septic), (SOON, septic), (SAME_DAY, None), (EMERGENCY, None)):
        assert beside(reader(**{text[:4]: {NO_FLAG: 0.01, "rf-septic": 0.9}}), text) == added


def test_it_adds_self_harm_beside_an_emergency_of_another_kind() -> None:
    text = f"{EMERGENCY}, there is no use in it all"
    assert beside(reader(use={NO_FLAG: 0.01, "rf-suicide": 0.9}), text) == ("rf-suicide", Level.EMERGENCY)
    assert beside(reader(use={NO_FLAG: 0.2, "rf-suicide": 0.75}), text) is None
    heard = f"{EMERGENCY}, and I want to end my life"
    assert beside(reader(life={NO_FLAG: 0.01, "rf-suicide": 0.9}), heard) is None  # the rules have said it


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("I just want the boot to be over", False),
        ("cant wait for this cast to be done", False),
        ("I want the crutches gone, and I want it all to stop", True),
        ("I want the boot and my life to be over", True),
        ("the sling is over and so is everything", True),
        ("I want the boot over, nobody would notice me gone", True),
        ("I want to be over", True),
    ],
)
def test_where_a_thing_of_the_treatment_is_to_end_and_nothing_else_nobody_wants_to_die(
    text: str, guessed: bool
) -> None:
    told = reader(**{text[-6:]: {NO_FLAG: 0.01, "rf-suicide": 0.95}})
    assert read(told, text) == (("rf-suicide", Level.EMERGENCY) if guessed else None)


@pytest.mark.parametrize(
    ("text", "flag", "guessed"),
    [
        ("cant do my bra up, adhesive capsulitis", "rf-clot-lung", False),
        ("frozen shoulder, I can't reach the back seat", "rf-clot-lung", False),
        ("cant do my bra up, capsulitis, and short of breath", "rf-clot-lung", True),
        ("cant do my bra up", "rf-clot-lung", True),
        ("frozen shoulder, cant reach my coat, clammy and grey", "rf-clot-lung", True),
        ("frozen shoulder, cant reach my coat", "rf-cauda", True),
        ("he pushes the trolley fine but cant walk to the bus", "rf-cord", False),
        ("can't walk 200 metres without having to sit", "rf-cord", False),
        ("he pushes the trolley fine but since today cant walk to the bus", "rf-cord", True),
        ("pushing the trolley is fine, my hands are clumsy", "rf-cord", True),
        ("he pushes the trolley fine, no wee all day", "rf-cauda", True),
        ("my legs go heavy, I sit on a wall and it eases", "rf-cord", False),
        ("since friday my legs go heavy, I sit on a wall and it eases", "rf-cord", True),
        ("my legs go heavy, I sit on a wall and it eases", "rf-cauda", True),
        ("I push the cart all day long, but then the legs quit", "rf-cord", False),
        ("well I push the cart all day long, and the day after the legs quit", "rf-cord", True),
        ("I push the cart fine, then wee on the way to the mailbox", "rf-cord", True),
        ("how did it come, I had no fall", "rf-suicide", False),
        ("why did it come, I never hurt anybody", "rf-suicide", True),
        ("why did it come to this, no fall off the roof would be high", "rf-suicide", True),
        ("how could it happen, no accident, I can't go on", "rf-suicide", True),
        ("had the neuroma op, numb second toe", "rf-cauda", False),
        ("had the neuroma op, numb second toe and no wee", "rf-cauda", True),
        ("had the disc op, numb second toe", "rf-cauda", True),
        ("numb second toe", "rf-cauda", True),
        ("thinking of going under the knife for the cuff", "rf-suicide", False),
        ("thinking of going under the knife, or of ending it", "rf-suicide", True),
        ("thinking of the knife", "rf-suicide", True),
        ("I am 64, hysterectomy at 49, hip burns on the side", "rf-pregnancy-hip", False),
        ("hip burns on the side, hysterectomy after the birth", "rf-pregnancy-hip", True),
        ("I'm 58, my daughter's hip hurts a lot", "rf-pregnancy-hip", True),
        ("hip hurts when I stand", "rf-pregnancy-hip", True),
        ("red marrow reconversion, the net says leukaemia", "rf-cancer-signs", False),
        ("red marrow reconversion and I lost two stone", "rf-cancer-signs", True),
        ("red marrow, years on prednisolone, sore groin", "rf-avn", True),
        ("backache, Tarlov cyst and a haemangioma", "rf-spine-fever", False),
        ("backache, Tarlov cyst and shivery", "rf-spine-fever", True),
        ("backache, haemangioma, on methotrexate", "rf-spine-fever", True),
        ("numb saddle, Tarlov cyst", "rf-cauda", True),
        ("I'm 17 stone and on warfarin", "rf-avn", False),
        ("17 stone, was 20, no idea why it falls off", "rf-cancer-signs", True),
        ("I smoke and my shin bone aches", "rf-cancer-signs", True),
    ],
)
def test_what_a_message_names_that_is_harmless_is_not_guessed_unless_a_word_of_danger_stands_by(
    text: str, flag: str, guessed: bool
) -> None:
    assert (read(reader(**{text[-3:]: {NO_FLAG: 0.01, flag: 0.95}}), text) is not None) is guessed


def test_what_is_a_danger_beside_a_thing_that_ends_is_still_read() -> None:
    told = reader(boot={NO_FLAG: 0.01, "rf-suicide": 0.04, "rf-clot-lung": 0.94})
    assert read(told, "I want the boot to be over, and I cough blood") == ("rf-clot-lung", Level.EMERGENCY)


def rows_with(**changed: Any) -> str:
    """Two rows of vetoes, the second with fields changed, or left out where they are None."""
    row = {"id": "boot", "why": "a boot", "said": ["boot"], "unsaid": ["life"], "flags": ["rf-suicide"]}
    other = {field: value for field, value in {**row, "id": "cast", **changed}.items() if value is not None}
    return yaml.safe_dump({"vetoes": [row, other]})


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"flags": ["rf-suicide", "rf-nothing"]}, "cast: 'rf-nothing' is no flag"),
        ({"said": ["boot", "(cast"]}, r"cast: '\(cast' is no pattern: missing \)"),
        ({"unsaid": [["life", ["me)|(us"]]]}, r"cast: 'me\)\|\(us' is no pattern: unbalanced"),
        ({"also_said": ["[a"]}, r"cast: '\[a' is no pattern"),
        ({"said": [r"\w*"]}, "fits where nothing is said"),
        ({"said": ["a ?boot"]}, "cast: 'a \\?boot' repeats a space"),
        ({"said": [{"boot": "over"}]}, "cast: .* is no text"),
        ({"unsaid": [[]]}, "cast: 'unsaid' is missing or empty"),
        ({"also_said": []}, "cast: 'also_said' is missing or empty"),
        ({"why": None}, "cast: 'why' is missing or empty"),
        ({"id": None}, "row 2: 'id' is missing or empty"),
        ({"and_said": ["over"]}, "cast: 'and_said' is no field"),
    ],
)
def test_a_veto_with_a_fault_is_refused_and_named(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    file = tmp_path / "vetoes.yml"
    file.write_text(rows_with(**changed), encoding="utf-8")
    with pytest.raises(ValueError, match=f"vetoes.yml: .*{fault}") as refused:
        load_vetoes(file)
    assert "boot: " not in str(refused.value)


def test_all_faults_of_vetoes_are_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "vetoes.yml"
    file.write_text(rows_with(flags=["rf-a"], said=["(a"]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"'rf-a' is no flag; cast: '\(a' is no pattern"):
        load_vetoes(file)


def test_a_veto_holds_where_all_is_said_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "vetoes.yml"
    file.write_text(rows_with(said=["my (left )?boot"], also_said=["over", ["done"]], unsaid=["life", ["me"]]))
    veto = load_vetoes(file)[1]
    assert veto.holds("DONE at last, my \n left boot") and veto.holds("my boot: over, meat")
    assert not any(map(veto.holds, ["my boot", "over", "my boots are over", "my boot is over, help me"]))


def test_the_words_of_vetoes_are_sorted_and_stand_once_in_a_list() -> None:
    def lists(part: Any) -> list[list[str]]:
        parts = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
        return [[p for p in parts if isinstance(p, str)]] * isinstance(part, list) + [
            x for p in parts for x in lists(p)
        ]

    text = VETOES.read_text(encoding="utf-8")
    found = lists(yaml.load(text, yaml.BaseLoader))
    assert len(found) > 20 and [words for words in found if words != sorted(set(words))] == []
    assert max(map(len, text.splitlines())) <= 160


def test_it_speaks_from_its_threshold_on() -> None:
    just_below = reader(knee={NO_FLAG: 1 - SURE + 0.01, "rf-septic": SURE - 0.02})
    just_above = reader(knee={NO_FLAG: 1 - SURE - 0.01, "rf-septic": SURE})
    assert beside(just_below, "my knee") is None
    assert beside(just_above, "my knee") == ("rf-septic", Level.SAME_DAY)


@pytest.mark.parametrize(
    ("text", "urgency", "taken_back"),
    [
        (SOON, NOTHING - 0.01, ["rf-bisphos"]),
        (SOON, NOTHING + 0.01, []),
        (SAME_DAY, NOTHING - 0.01, []),
        (EMERGENCY, NOTHING - 0.01, []),
        ("my knee", NOTHING - 0.01, []),
        # a cancer that somebody has had is a fact
        ("breast cancer in 2012, and now bone marrow edema in my hip", NOTHING - 0.01, []),
    ],
)
def test_it_takes_back_only_what_may_wait_and_only_where_it_finds_nothing(
    text: str, urgency: float, taken_back: list[str]
) -> None:
    found = reader(**{text[:4]: {NO_FLAG: 1 - urgency, "rf-septic": urgency}})
    by_rules = RULES.raised(RULES.read(text))
    assert bool(by_rules) is (text != "my knee")
    opinion = found.beside(text, by_rules)
    assert [raised.flag.id for raised in opinion.taken_back] == taken_back
    assert opinion.added is None


def test_a_danger_anywhere_in_a_long_message_is_read() -> None:
    told = reader(breath={NO_FLAG: 0.01, "rf-clot-lung": 0.9})
    before, after = "I went to the lake with my sister and we had ice cream. " * 30, "The dog is well. " * 40
    for text in (f"Cannot get my breath. {before}", f"{before} Cannot get my breath. {after}", f"{before} no breath"):
        assert read(told, text) == ("rf-clot-lung", Level.EMERGENCY)
    assert read(told, before + after) is None


@pytest.mark.parametrize("text", ["", "  \n ", "?!"])
def test_a_text_without_words_holds_nothing(text: str) -> None:
    assert read(reader(), text) is None


def test_a_message_is_cut_between_sentences_and_no_word_is_lost() -> None:
    short = "My knee  hurts.\nIs that bad?"
    assert windows(short) == ["My knee hurts. Is that bad?"]
    numbers = [f"word{n}" for n in range(4 * WINDOW)]
    sentences = [" ".join(numbers[at : at + 12]) + "." for at in range(0, len(numbers), 12)]
    parts = windows(" ".join(sentences))
    assert set(" ".join(parts).replace(".", "").split()) == set(numbers)
    assert max(len(part.split()) for part in parts) <= WINDOW
    # the last sentence of a part begins the next, as what belongs together is not always in one sentence; and what is
    # asked in the end ends each of them
    assert all(part.endswith(sentences[-1]) for part in parts)
    cut = [part.removesuffix(f" {sentences[-1]}") for part in parts]
    assert all(after.startswith(before.split(". ")[-1]) for before, after in itertools.pairwise(cut))
    unbroken = windows(" ".join(numbers))
    assert set(" ".join(unbroken).split()) == set(numbers) and max(len(p.split()) for p in unbroken) <= WINDOW


@pytest.mark.parametrize("damage", ["no graph", "changed graph", "no weights", "cut weights"])
def test_without_its_files_there_is_a_line_in_the_log_and_no_reader(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    graph, weights = tmp_path / "graph", tmp_path / "adapter.safetensors"
    shutil.copytree(FOLDER, graph)
    shutil.copy(FILE, weights)
    monkeypatch.setattr("knowledge.danger_reader.FILE", weights)
    assert load_danger_reader(FLAGS, graph) is not None
    match damage:
        case "no graph":
            shutil.rmtree(graph)
        case "changed graph":
            (graph / "encoder.onnx").write_bytes((graph / "encoder.onnx").read_bytes()[:-1] + b"x")
        case "no weights":
            weights.unlink()
        case "cut weights":
            weights.write_bytes(weights.read_bytes()[:1000])
    with caplog.at_level(logging.ERROR):
        assert load_danger_reader(FLAGS, graph) is None
    assert "danger signs are read by the rules alone" in caplog.text


def test_what_was_learned_knows_every_flag_it_can_raise() -> None:
    """The labels of the file are flags of ours, and none is routine in every case."""
    with safe_open(FILE, "numpy") as file:
        labels = file.metadata()["labels"].split(" ")
        head, bias = file.get_tensor(HEAD), file.get_tensor(BIAS)
    assert head.shape == (len(labels), 384) and bias.shape == (len(labels),)
    assert labels[0] == NO_FLAG and set(labels[1:]) <= FLAGS.keys()
    assert [label for label in labels[1:] if FLAGS[label].raised_at is Level.ROUTINE] == []
