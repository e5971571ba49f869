"""Findings that a patient names by a part and what is wrong with it, and those that only look so."""

from __future__ import annotations

import pytest

from knowledge.composed_names import ComposedNames
from knowledge.names import finding_names


@pytest.fixture(scope="module")
def names() -> ComposedNames:
    return ComposedNames(finding_names())


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("my supraspinatus is half torn", ["rotator-cuff-tear"]),
        ("complex tear of the body and posterior horn of the medial meniscus", ["meniscus-tear"]),
        ("hip labrum torn, do I need a surgeon", ["hip-labral-tear"]),
        ("ATFL fully ruptured and CFL partly", ["ankle-ligament-sprain"]),
        ("neuroma in the 3rd web space", []),  # no part stands beside it
        # the whole name counts where there is one, and no lesion of its own part is told twice
        ("subchondral insufficiency fracture of the femoral condyle", ["subchondral-insufficiency-fracture"]),
        # a general name is that of its part, or of its place
        ("bone marrow edema of both sacroiliac joints", ["sacroiliac-edema"]),
        ("shoulder MRI for tendinosis", ["rotator-cuff-tendinosis"]),
        ("my shoulder is fine. The tendinosis is new", ["tendinosis"]),
        # what the part only rules out, and what was operated
        ("the ACL is fine and my lateral meniscus has no tear", []),
        ("ACL repaired in May", []),
        # general findings, and parts of other things
        ("edema of the calcaneus", []),
        ("a bulge in the sidewall of my tyre", []),
        ("", []),
    ],
)
def test_a_part_and_its_lesion_name_a_finding(names: ComposedNames, text: str, findings: list[str]) -> None:
    assert names.ids(text) == findings


def test_the_place_is_that_of_the_words(names: ComposedNames) -> None:
    text = "Hi. I'm 60. The disc at L4 is bulging, so what now"
    (mention,) = names.find(text)
    assert (mention.id, text[mention.start : mention.end]) == ("disc-bulge", "disc at L4 is bulging")
    assert names.masked(text, "it") == "Hi. I'm 60. The it, so what now"
