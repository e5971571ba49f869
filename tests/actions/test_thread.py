"""Where the thread of a conversation goes after a passage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.thread import Thread
from knowledge.passages import Library, Passage, Topic


def slots(thread: Thread, passage: Passage) -> dict[str, object]:
    return {event["name"]: event["value"] for event in thread.shown(passage)}


def test_after_a_topic_a_new_thread_is_about_what_the_topic_leads_on_to(library: Library) -> None:
    topic = Topic("What is it?", ("what is it",), (), ("about#privacy", "fracture#causes", "bone-bruise#causes"))
    passage = replace(library.about.passages[0], topic=topic)
    after = slots(Thread(), passage)
    assert after["offered_passages"] == ["fracture#causes", "bone-bruise#causes"]
    assert "finding" not in after
    assert Thread(offered=("fracture#causes", "bone-bruise#causes")).about == "fracture"


def test_a_thread_that_is_about_a_finding_stays_there_beside_a_topic(library: Library) -> None:
    topic = Topic("What is it?", ("what is it",), (), ("fracture#causes",))
    after = slots(Thread(finding="bone-bruise"), replace(library.about.passages[0], topic=topic))
    assert after["offered_passages"] == [] and "finding" not in after


def test_what_was_named_last_is_remembered_first_and_no_more_than_six() -> None:
    thread = Thread(mentioned=("fracture", "bone-bruise", "crps", "bursitis", "erosion"))
    (event,) = thread.named(["acl-tear", "crps", "synovitis"])
    assert event["value"] == ["acl-tear", "crps", "synovitis", "fracture", "bone-bruise", "bursitis"]
    assert thread.named([]) == []


TALK = Thread(finding="bone-bruise", mentioned=("acl-tear", "bone-bruise"))


@pytest.mark.parametrize(
    ("text", "thread", "finding"),
    [
        # a bone bruise comes with the torn ligament, and the talk goes back to that
        ("how long till I can play", TALK, "acl-tear"),
        ("how long till I can play", Thread(finding="bone-bruise", earlier="acl-tear"), "acl-tear"),
        # it points, or goes on in a word or two
        ("how long does it last", TALK, "bone-bruise"),
        ("and meds", TALK, "bone-bruise"),
        # a general name is that of the talk's, even where it points
        (
            "how long does it last",
            Thread(finding="tendinosis", earlier="achilles-tendinopathy"),
            "achilles-tendinopathy",
        ),
        # the other is one of the report alone, or no companion is explained
        ("how long till I can play", Thread(finding="bone-bruise", report=("acl-tear",)), "bone-bruise"),
        ("how long till I can play", Thread(finding="acl-tear", mentioned=("bone-bruise",)), "acl-tear"),
        ("how long till I can play", Thread(), None),
    ],
)
def test_the_talk_goes_back_from_what_only_comes_with_another_finding(
    text: str, thread: Thread, finding: str | None
) -> None:
    assert thread.meant(text) == finding
