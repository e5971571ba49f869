"""Parts of names stand for the findings that the talk is about, and for no others."""

from __future__ import annotations

import pytest

from actions.short_names import ShortNames
from actions.thread import Thread
from knowledge.names import NameIndex, finding_names
from knowledge.passages import load_library


@pytest.fixture(scope="module")
def short_names() -> ShortNames:
    return ShortNames(load_library())


REPORT = Thread(finding="disc-herniation", report=("disc-herniation", "spinal-stenosis"))


@pytest.mark.parametrize(
    ("text", "thread", "finding"),
    [
        ("and the stenosis", REPORT, "spinal-stenosis"),
        ("is that hernia bad", REPORT, None),  # nobody calls it that often
        ("back to the labrum", Thread(finding="synovitis", earlier="hip-labral-tear"), "hip-labral-tear"),
        ("what about the cyst", Thread(finding="fracture", offered=("baker-cyst#causes",)), "baker-cyst"),
        # what the patient named beside what was answered; and first in a message
        ("and the cyst?", Thread(finding="meniscus-tear", mentioned=("meniscus-tear", "baker-cyst")), "baker-cyst"),
        ("stenosis: do they operate", REPORT, "spinal-stenosis"),
        # both, a part of the body, and something that the talk is not about
        ("the tear", Thread(finding="acl-tear", earlier="meniscus-tear"), None),
        ("and the spine", REPORT, None),
        ("and the labrum", REPORT, None),
        ("the stenosis", Thread(), None),
        # a word that stands for nothing known
        ("stenosis", REPORT, None),
    ],
)
def test_a_part_of_a_name_stands_for_what_the_talk_is_about(
    short_names: ShortNames, text: str, thread: Thread, finding: str | None
) -> None:
    assert short_names.first(text, thread) == finding


def test_the_name_is_written_out_unless_a_whole_one_is_there(short_names: ShortNames) -> None:
    named = NameIndex(finding_names()).ids
    assert short_names.written_out("and the stenosis?", REPORT, named) == "and the Spinal stenosis?"
    assert short_names.written_out("the stenosis or a bone bruise", REPORT, named) == "the stenosis or a bone bruise"
    assert short_names.written_out("how long", REPORT, named) == "how long"
