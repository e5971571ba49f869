"""Places in the body are read from what people write, and words that depend on the place are settled by it."""

from __future__ import annotations

import pytest
import yaml

from knowledge.body_parts import Anatomy, Place
from knowledge.names import NameIndex, body_part_names, finding_names
from knowledge.passages import KNOWLEDGE, load_library

ANATOMY = Anatomy.load()
FINDINGS = NameIndex(finding_names())
WORDS = yaml.safe_load((KNOWLEDGE / "ambiguous_words.yml").read_text(encoding="utf-8"))


def only(text: str) -> Place:
    (place,) = ANATOMY.read(text)
    return place


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("my knee hurts", "knee"),
        ("the femoral head", "hip"),
        ("talus", "ankle"),
        ("scapoid bone", "wrist"),  # misspelled
        ("behind my kneecap", "knee"),
        ("the ball of my foot", "foot"),
        ("under my heel", "heel"),
        ("greater trochanter", "hip"),
        ("distal clavicle", "shoulder"),
    ],
)
def test_a_part_is_read(text: str, part: str) -> None:
    assert only(text).part == part


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("my left knee", "left"),
        ("MRI R KNEE W/O CONTRAST", "right"),
        ("L shoulder", "left"),
        ("lt. hip", "left"),
        ("knee, right", "right"),
        ("knee (left)", "left"),
        ("right-sided hip pain", "right"),
        ("both knees", "both"),
        ("bilateral hips", "both"),
        ("left and right ankles", "both"),
        ("the inner side of my bad left knee", "left"),
        # no side is meant
        ("my knee", None),
        ("should I see a doctor right away about my knee", None),
        ("am I right that my knee is fine", None),
        ("what is left of the knee cartilage", None),
        ("my knee hurts. It is the left foot that is fine", None),
    ],
)
def test_the_side(text: str, side: str | None) -> None:
    assert ANATOMY.read(text)[0].side == side


@pytest.mark.parametrize(
    ("text", "part", "compartment"),
    [
        ("medial compartment of the right knee", "knee", "medial"),
        ("the inside of my knee", "knee", "medial"),
        ("lateral femoral condyle", "knee", "lateral"),
        ("patellofemoral joint", "knee", "patellofemoral"),
        ("cyst behind my knee", "knee", "posterior"),
        ("side of my hip", "hip", "outer"),
        ("outer ankle", "ankle", "outer"),
        ("left medial malleolus", "ankle", "inner"),
        ("top of my shoulder", "shoulder", "top"),
        ("pinky side of my wrist", "wrist", "little finger side"),
        ("the lunate bone of my left wrist", "wrist", "middle"),
        ("back of the heel", "heel", "back"),
        ("arthritis in my neck", "spine", "cervical"),
        ("my lower back", "spine", "lumbar"),
        ("my knee", "knee", None),
        # the medial side of something else is not the knee's
        ("medial ankle and the knee", "ankle", "inner"),
    ],
)
def test_the_compartment(text: str, part: str, compartment: str | None) -> None:
    place = ANATOMY.read(text)[0]
    assert (place.part, place.compartment) == (part, compartment)


@pytest.mark.parametrize(
    ("text", "level", "region"),
    [
        ("L4-L5 disc bulge", "L4-L5", "lumbar"),
        ("l4/5 bulge", "L4-L5", "lumbar"),
        ("L4-5", "L4-L5", "lumbar"),
        ("L45", "L4-L5", "lumbar"),
        ("L5S1", "L5-S1", "lumbar"),
        ("L5/S1", "L5-S1", "lumbar"),
        ("L5-1", "L5-S1", "lumbar"),
        ("C5/6", "C5-C6", "cervical"),
        ("C7-T1", "C7-T1", "cervical"),
        ("T12/L1", "T12-L1", "thoracic"),
        ("D11-D12", "T11-T12", "thoracic"),
        ("the L3 vertebra", "L3", "lumbar"),
        ("lower back, level L4 - L5", "L4-L5", "lumbar"),
    ],
)
def test_a_level_of_the_spine(text: str, level: str, region: str) -> None:
    assert only(text) == Place("spine", None, region, level)


@pytest.mark.parametrize(
    "text", ["bright on T2", "T1 and T2 pictures", "C9", "L7-L8", "L5-L3", "grade 2/3", "S1", "in L45678", "vitamin D3"]
)
def test_what_only_looks_like_a_level(text: str) -> None:
    assert ANATOMY.read(text) == ()


def test_several_places_keep_their_own_sides() -> None:
    assert ANATOMY.read("Left shoulder MRI. Right knee: tear of the medial meniscus") == (
        Place("shoulder", "left"),
        Place("knee", "right", "medial"),
    )
    assert ANATOMY.read("left knee and right hip") == (Place("knee", "left"), Place("hip", "right"))
    assert [p.level for p in ANATOMY.read("C5/6 and C6-7 bulges")] == ["C5-C6", "C6-C7"]


@pytest.mark.parametrize(
    ("place", "phrase"),
    [
        (Place("knee"), "the knee"),
        (Place("knee", "left"), "the left knee"),
        (Place("hip", "both"), "both hips"),
        (Place("foot", "both"), "both feet"),
        (Place("knee", "left", "medial"), "the inner side of the left knee"),
        (Place("knee", "right", "patellofemoral"), "the front of the right knee"),
        (Place("foot", None, "sole"), "the sole of the foot"),
        (Place("heel", "right", "back"), "the back of the right heel"),
        (Place("heel", None, "under"), "under the heel"),
        (Place("spine", None, "lumbar"), "the lower back"),
        (Place("spine", None, "lumbar", "L4-L5"), "L4-L5"),
    ],
)
def test_how_an_answer_says_a_place(place: Place, phrase: str) -> None:
    assert ANATOMY.phrase(place) == phrase


def test_every_place_can_be_said_and_is_read_again() -> None:
    for part in ANATOMY.parts:
        for place in ANATOMY.places_in(part):
            assert place in ANATOMY.read(ANATOMY.phrase(place)), place


def test_the_parts_of_every_finding_are_known() -> None:
    for finding in load_library().findings.values():
        assert ANATOMY.parts_of(finding.body_parts), finding.id
    assert ANATOMY.parts_of(["kneecap", "knees", "heel"]) == ("knee", "heel")
    with pytest.raises(ValueError, match="tentacle"):
        ANATOMY.parts_of(["tentacle"])


def test_a_part_within_another_is_covered_by_it() -> None:
    assert ANATOMY.covers("foot", Place("heel"))
    assert ANATOMY.covers("heel", Place("foot"))
    assert not ANATOMY.covers("heel", Place("toe"))
    assert not ANATOMY.covers("knee", Place("hip"))


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("torn cartilage in my knee", ("meniscus-tear", "chondromalacia")),
        ("I have a torn cartilage in my left wrist", ("tfcc-tear",)),
        ("labral tear", ("hip-labral-tear", "slap-tear")),
        ("right hip MRI says labrum is torn, labral tear", ("hip-labral-tear",)),
        ("shoulder: torn labrum", ("slap-tear",)),
        ("impingement, hip", ("femoroacetabular-impingement",)),
        ("is impingement bad", ("rotator-cuff-tendinosis", "femoroacetabular-impingement")),
        ("torn ligament in the ankle that I sprained", ("ankle-ligament-sprain",)),
        ("arthritis at the end of the clavicle, AC joint", ("ac-joint-arthritis",)),
        ("arthritis in my thumb", ("osteoarthritis",)),
        ("tendinitis on the outside of the ankle", ("peroneal-tendinopathy",)),
        ("tendinitis in my elbow", ("tendinosis",)),
        ("thumb side of my wrist, tendinitis", ("de-quervain-tenosynovitis",)),
        ("dead bone in the lunate", ("kienbock-disease",)),
        ("a cyst behind the knee, what is the cyst", ("baker-cyst",)),
        ("pinched nerve, ball of my foot", ("morton-neuroma",)),
        ("a pinched nerve", ("nerve-root-compression",)),
        ("my neck has a trapped nerve", ("nerve-root-compression",)),
        ("stenosis", ("spinal-stenosis", "foraminal-stenosis")),
        ("narrowing in the lower back", ("spinal-stenosis", "foraminal-stenosis", "disc-degeneration")),
        ("bad disc at L5/S1", ("disc-herniation", "disc-bulge", "disc-degeneration")),
        ("lumbar spine, a tear", ("annular-fissure", "disc-herniation")),
        ("a cyst in the lower back", ("tarlov-cyst", "facet-arthropathy")),
        ("my back, a fracture", ("vertebral-compression-fracture",)),
        ("there is a tear in my shoulder", ("rotator-cuff-tear", "slap-tear")),
        # the nearest place counts, also one within the part that is meant
        ("my knee is fine but the hip has a tear", ("hip-labral-tear", "gluteal-tendinopathy")),
        ("torn ligament, my left heel", ("ankle-ligament-sprain",)),
    ],
)
def test_words_that_depend_on_the_place(text: str, findings: tuple[str, ...]) -> None:
    particular = [m for m in FINDINGS.find(text) if len(findings) > 1 or m.id not in findings]
    assert [m.findings for m in ANATOMY.meant(text, particular)][:1] == [findings]


@pytest.mark.parametrize("text", ["", "torn meniscus in my knee", "it is torn", "it is narrow", "my hip hurts"])
def test_no_meaning_where_a_name_says_it_or_the_words_say_too_little(text: str) -> None:
    assert ANATOMY.meant(text, FINDINGS.find(text)) == ()


def test_the_table_of_words_holds_no_unknown_part_or_finding() -> None:
    known, parts = set(finding_names()), body_part_names()
    for row in WORDS:
        used = {f for findings in (*row["by_part"].values(), row["otherwise"]) for f in findings}
        assert used <= known, used - known
        for key in row["by_part"]:
            part, _, compartment = key.partition(": ")
            assert part in parts, key
            assert not compartment or Place(part, None, compartment) in ANATOMY.places_in(part), key


def test_no_ambiguous_word_is_the_name_of_a_particular_finding() -> None:
    """A name says which finding is meant; such a word may be a name only of the general finding that it stands for."""
    for row in WORDS:
        for word in row["words"]:
            owners = [m.id for m in FINDINGS.find(word) if (m.start, m.end) == (0, len(word))]
            assert owners in ([], row["otherwise"][:1]), (word, owners)
    rows = {str(n): row["words"] for n, row in enumerate(WORDS)}
    index = NameIndex(rows)
    assert [word for n, words in rows.items() for word in words if index.ids(word) != [n]] == []


def test_no_finding_is_called_like_a_healthy_part() -> None:
    """A report that calls the knee normal names no finding."""
    parts = NameIndex(body_part_names())
    names = [name for own in finding_names().values() for name in own]
    assert [n for n in names if any((m.start, m.end) == (0, len(n)) for m in parts.find(n))] == []
