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
    find = NameIndex(finding_names()).find
    assert short_names.written_out("and the stenosis?", REPORT, find) == "and the Spinal stenosis?"
    assert short_names.written_out("the stenosis or a bone bruise", REPORT, find) == "the stenosis or a bone bruise"
    assert short_names.written_out("how long", REPORT, find) == "how long"


def test_a_general_name_is_that_of_the_only_finding_of_the_talk_that_it_can_be_said_of(short_names: ShortNames) -> None:
    find = NameIndex(finding_names()).find
    talk = Thread(finding="enchondroma", mentioned=("enchondroma", "rotator-cuff-tendinosis"))
    written = short_names.written_out("what of the tendinosis", talk, find)
    assert written == "what of the Rotator cuff tendinosis"
    # the talk is of one already, of two, of none
    of_one = Thread(finding="rotator-cuff-tendinosis", mentioned=("gluteal-tendinopathy",))
    of_two = Thread(finding="erosion", mentioned=("rotator-cuff-tendinosis", "achilles-tendinopathy"))
    for thread in (of_one, of_two, Thread(finding="erosion")):
        assert short_names.written_out("the tendinosis", thread, find) == "the tendinosis"
    foot = Thread(finding="plantar-fasciitis", mentioned=("morton-neuroma",))
    assert (
        short_names.written_out("the neuroma, is that a tumor", foot, find) == "the neuroma, is that a Morton neuroma"
    )


def test_a_word_of_one_finding_only_stands_for_it_anywhere(short_names: ShortNames) -> None:
    find = NameIndex(finding_names()).find
    talk = Thread(finding="vertebral-hemangioma", mentioned=("vertebral-hemangioma", "tarlov-cyst", "fracture"))
    assert short_names.written_out("did you forget tarlov?", talk, find) == "did you forget Tarlov cyst?"
    # of no talk, and a word that others are called by too, or that is told of others
    assert short_names.written_out("did you forget tarlov?", Thread(), find) == "did you forget tarlov?"
    assert short_names.written_out("pain in my femur and a cyst", talk, find) == "pain in my femur and a cyst"


def test_a_word_is_what_it_means_at_the_place_of_the_talk(short_names: ShortNames) -> None:
    find = NameIndex(finding_names()).find
    hip, wrist = Thread(finding="femoroacetabular-impingement"), Thread(finding="tfcc-tear")
    assert short_names.written_out("my labrum too?", hip, find) == "my Hip labral tear too?"
    # the place is named, the word is only told of, or it has no meaning there
    for text in ("the labrum of my shoulder", "from a sprain as a child", "is it torn"):
        assert short_names.written_out(text, hip, find) == text
    assert short_names.written_out("my labrum too?", wrist, find) == "my labrum too?"
