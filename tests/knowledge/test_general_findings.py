"""Names that say little by themselves: of several findings the particular one is meant; some other organs have too."""

from __future__ import annotations

import pytest
import yaml

from knowledge.body_parts import Anatomy
from knowledge.general_findings import OtherParts, leading, particular
from knowledge.names import NameIndex, finding_names
from knowledge.passages import KNOWLEDGE

ROWS = yaml.safe_load((KNOWLEDGE / "general_findings.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def findings() -> NameIndex:
    return NameIndex(finding_names())


@pytest.fixture(scope="module")
def others() -> OtherParts:
    return OtherParts(Anatomy.load())


@pytest.mark.parametrize(
    ("named", "about", "meant"),
    [
        (("enchondroma", "bone-tumor"), None, ("enchondroma",)),
        (("bone-tumor", "enchondroma"), None, ("enchondroma",)),
        (("fracture", "acl-tear"), None, ("fracture", "acl-tear")),
        (("fracture", "fracture"), None, ("fracture",)),
        (("bone-tumor",), "morton-neuroma", ()),
        (("bone-tumor",), "acl-tear", ("bone-tumor",)),
        (("stress-fracture",), "fracture", ("stress-fracture",)),
    ],
)
def test_the_particular_one_is_meant(named: tuple[str, ...], about: str | None, meant: tuple[str, ...]) -> None:
    assert particular(named, about) == meant


def test_a_general_name_leads_back_to_what_the_talk_was_of() -> None:
    assert leading("tendinosis", ["acl-tear", "achilles-tendinopathy"]) == "achilles-tendinopathy"
    assert leading("tendinosis", ["acl-tear"]) is None


def test_every_id_and_name_is_a_findings(findings: NameIndex) -> None:
    ids = set(finding_names())
    for general, those in ROWS["particular"].items():
        assert {general, *those} <= ids
        assert general not in those
    for companion, those in ROWS["accompanies"].items():
        assert {companion, *those} <= ids
        assert companion not in those
    assert set(ROWS["yields"]) <= ids
    for name in ROWS["other_parts"]:
        assert findings.ids(name)


@pytest.mark.parametrize(
    ("text", "of_others"),
    [
        ("a small pericardial effusion", ["effusion"]),
        ("hemangioma of the liver, does it grow", ["hemangioma"]),
        ("erosions in the stomach", ["erosions"]),
        ("effusion in the knee", []),
        ("liver and hip: a hemangioma", []),  # a part of ours stands there too
        ("My mother has bad lungs. I have an effusion.", []),
        ("an acl tear, and my eye hurts", []),  # no eye has one
        ("a fracture", []),
    ],
)
def test_a_name_said_of_another_part_is_none_of_ours(
    others: OtherParts, findings: NameIndex, text: str, of_others: list[str]
) -> None:
    said = others.said_of_them(text, findings.find(text))
    assert [text[mention.start : mention.end] for mention in said] == of_others
