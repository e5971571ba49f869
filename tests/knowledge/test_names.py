"""Names of findings are found in what patients write, misspelled or not, and ordinary words are left alone."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.names import Mention, NameIndex, body_part_names, finding_names, stem
from knowledge.passages import load_library

NAMES = NameIndex(
    {
        "bone-marrow-edema": ["Bone marrow edema", "marrow oedema", "BME"],
        "stress-fracture": ["Stress fracture"],
        "fracture": ["Fracture", "broken bone"],
        "avascular-necrosis": ["Avascular necrosis", "osteonecrosis", "AVN"],
        "bone-tumor": ["Bone tumour"],
        "tendinosis": ["Tendonitis"],
    }
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("what is Bone Marrow Edema", ["bone-marrow-edema"]),
        ("BME", ["bone-marrow-edema"]),
        ("bone marrow oedema", ["bone-marrow-edema"]),
        ("a bone tumor?", ["bone-tumor"]),
        ("both stress fractures healed", ["stress-fracture"]),
        ("it is fractured", ["fracture"]),
        ("the osteonecrosis's stage", ["avascular-necrosis"]),
        ("bone-marrow-edema", ["bone-marrow-edema"]),
        ("tendonitis", ["tendinosis"]),
        ("is AVN a broken bone or is a broken bone AVN", ["avascular-necrosis", "fracture"]),
        # misspelled
        ("bone marow adema in my shin", ["bone-marrow-edema"]),
        # a short word by its sound, beside the rest of a name and nowhere else
        ("stress frctr in my foot", ["stress-fracture"]),
        ("is a bone tomr bad", ["bone-tumor"]),
        ("the frctr clinic", []),
        ("a 2 bm stress", []),
        ("ostonecrois of the hip", ["avascular-necrosis"]),
        ("avasculer necrossis", ["avascular-necrosis"]),
        ("stres fratcure", ["stress-fracture"]),
    ],
)
def test_names_that_are_found(text: str, ids: list[str]) -> None:
    assert NAMES.ids(text) == ids


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "bone",
        "marrow of the bone",
        "edema of the bone marrow",
        "a narrow canal",  # narrow is a word, however near to marrow
        "fracas at the stress test",
        "bone. marrow. then nothing",
        "avm",  # too short to be read as AVN
        "the brokenhearted bone",
        "the tendon's edge",  # no inflammation of it
        "two tendons",
    ],
)
def test_names_that_are_not_found(text: str) -> None:
    assert NAMES.ids(text) == []


def test_a_mention_says_where_it_stands_and_whether_it_was_misspelled() -> None:
    text = "MRI: bone marow edema, no Fractures."
    assert NAMES.find(text) == [
        Mention("bone-marrow-edema", "Bone marrow edema", 5, 21, corrected=True),
        Mention("fracture", "Fracture", 26, 35, corrected=False),
    ]
    assert [text[m.start : m.end] for m in NAMES.find(text)] == ["bone marow edema", "Fractures"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("osteofites in my neck", "osteophyte"),  # by its letters, it is nearer to "osteitis"
        ("a bakers sist, 5 cm", "baker-cyst"),
        ("bone oedma in the shin", "bone-marrow-edema"),
        ("skafoid fracture", "scaphoid-fracture"),
        ("strss frctr", "stress-fracture"),
    ],
)
def test_what_is_written_by_ear_is_read_by_ear(text: str, finding: str) -> None:
    assert NameIndex(finding_names()).ids(text) == [finding]


def test_an_illness_of_another_place_is_not_taken_for_one_that_sounds_like_it() -> None:
    text = "sinusitis, gingivitis, pericarditis, cystitis and my osteopath"
    assert NameIndex(finding_names()).corrected(text) == text


def test_the_longest_name_counts() -> None:
    assert [m.name for m in NAMES.find("a stress fracture is a fracture")] == ["Stress fracture", "Fracture"]


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Is my marow adema bad??", "Is my marrow edema bad??"),
        ("ostonecrois, avm & narrow", "osteonecrosis, avm & narrow"),
        ("stress fracture", "stress fracture"),
    ],
)
def test_only_misspelled_words_of_names_are_mended(text: str, mended: str) -> None:
    assert NAMES.corrected(text) == mended


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("a stress fracture in my foot. how long do these fractures take", ["stress-fracture"]),
        ("I have a compression fracture. Is the fracture stable?", ["vertebral-compression-fracture"]),
        ("a stress fracture, and the fracture in my wrist", ["stress-fracture", "fracture"]),
        ("a stress fracture and a fracture", ["stress-fracture", "fracture"]),
        ("is this fracture a stress fracture", ["fracture", "stress-fracture"]),
    ],
)
def test_the_end_of_a_name_that_points_back_is_the_same_one(text: str, ids: list[str]) -> None:
    assert NameIndex(finding_names()).ids(text) == ids


def test_the_first_owner_of_a_name_keeps_it() -> None:
    assert NameIndex({"a": ["bone bruise"], "b": ["Bone bruises"]}).ids("bone bruise") == ["a"]


def test_an_index_without_names_finds_nothing() -> None:
    assert NameIndex({}).find("bone marow edema") == []
    assert NameIndex({}).corrected("bone marow edema") == "bone marow edema"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["bone", "marrow", "Edema", "marow", "fracture", "AVN", " ", ". ", "é", "\0", "👍", "ﬁ"]))
)
def test_mentions_stand_in_order_and_apart_in_any_text(parts: list[str]) -> None:
    text = " ".join(parts)
    ends = [0, *(m.end for m in NAMES.find(text))]
    starts = [*(m.start for m in NAMES.find(text)), len(text)]
    assert all(end <= start for end, start in zip(ends, starts, strict=True))


def test_the_files_names_are_the_librarys() -> None:
    """They are read twice, once without the sources, because Rasa's environment needs nothing else."""
    assert finding_names() == {f.id: f.names for f in load_library().findings.values()}


def test_every_finding_is_found_by_each_of_its_names() -> None:
    names = finding_names()
    index = NameIndex(names)
    assert {(i, name): index.ids(name) for i, own in names.items() for name in own if index.ids(name) != [i]} == {}


def test_every_body_part_is_found_by_each_of_its_names() -> None:
    names = body_part_names()
    index = NameIndex(names)
    assert {(i, name): index.ids(name) for i, own in names.items() for name in own if index.ids(name) != [i]} == {}


def test_words_are_stemmed_alike_by_many_threads_at_once() -> None:
    words = [
        f"{part}{ending}"
        for part in ("fractur", "tear", "effusion", "edema", "contusion")
        for ending in ("es", "ing", "ed", "s")
    ]
    alone = [stem(word) for word in words]
    # A word is changed for another thread's within microseconds, where they share what they work on.
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: [stem(word) for word in words * 20], range(16)))
    finally:
        sys.setswitchinterval(before)
    assert [row for row in found if row != alone * 20] == []
