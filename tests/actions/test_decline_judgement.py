"""Who asks for a diagnosis or a decision is told that it can't judge, with the general passage that fits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.decline_judgement import ActionDeclineJudgement
from knowledge.asker import Asker, Words
from knowledge.passages import Library, Passage


def no_doubt(text: str) -> tuple[float, None]:
    return 0.0, None


@pytest.fixture
def with_next(library: Library) -> Library:
    """The toy library, where the fracture says what happens next and `about` says that it makes no diagnosis."""
    fracture, about = library.findings["fracture"], library.about
    first: Passage = fracture.passages[0]
    more = [replace(first, aspect=aspect) for aspect in ("what-next", "medicines")]
    fracture = replace(fracture, passages=(*fracture.passages, *more))
    about = replace(about, passages=(*about.passages, replace(about.passages[0], aspect="no-diagnosis")))
    aspects = dict(library.aspects)
    aspects |= {aspect: replace(library.aspects["causes"], id=aspect) for aspect in ("what-next", "medicines")}
    return Library(aspects, {**library.findings, "fracture": fracture}, about)


@pytest.mark.parametrize(
    ("entities", "passage", "lead", "finding"),
    [
        ({"finding": "fracture"}, "fracture#what-next", True, "fracture"),
        # a finding that says nothing of it, one that is not known, and none at all
        ({"finding": "bone-bruise"}, "about#no-diagnosis", False, None),
        ({"finding": "sprain"}, "about#no-diagnosis", False, None),
        ({}, "about#no-diagnosis", False, None),
    ],
)  # fmt: skip
async def test_it_declines_and_says_what_it_can(
    with_next: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    entities: dict[str, str],
    passage: str,
    lead: bool,
    finding: str | None,
) -> None:
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    said = tracker("is it broken?", {"ask_for_diagnosis": 0.9}, entities)
    events = await ActionDeclineJudgement(with_next, Asker([], []), no_doubt).run(dispatcher, said, domain)
    assert next((e["value"] for e in events if e["name"] == "finding"), None) == finding
    message = dispatcher.messages[0]["custom"]
    assert message["passage"]["id"] == passage
    assert message["text"].startswith("I can't judge that.\n\n") is lead


async def test_an_aspect_that_is_asked_too_is_answered_in_general(
    with_next: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    said = tracker("did i break it", {"ask_for_diagnosis": 0.5, "ask_causes": 0.3}, {"finding": "fracture"})
    await ActionDeclineJudgement(with_next, Asker([], []), no_doubt).run(dispatcher, said, domain)
    assert dispatcher.messages[0]["custom"]["passage"]["id"] == "fracture#causes"


async def test_what_belongs_elsewhere_is_no_question_about_a_case(
    with_next: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    decline = ActionDeclineJudgement(with_next, Asker([], []), lambda text: (0.9 if "periods" in text else 0.1, None))
    await decline.run(dispatcher, tracker("why are my periods painful?", {"ask_for_diagnosis": 0.9}), domain)
    assert [m["response"] for m in dispatcher.messages] == ["utter_unknown"]
    # a finding that is named is never elsewhere
    said = tracker("periods and is it broken?", {"ask_for_diagnosis": 0.9}, {"finding": "fracture"})
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    await decline.run(dispatcher, said, domain)
    assert dispatcher.messages[1]["custom"]["passage"]["id"] == "fracture#what-next"


async def test_a_few_words_in_a_talk_are_of_its_finding(
    with_next: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    suspicion = [re.compile(r"do i have")]
    decline = ActionDeclineJudgement(with_next, Asker([], [], suspicion), lambda text: (0.9, None))
    said = tracker("had two injections already", {"ask_for_diagnosis": 0.9}, finding="fracture")
    await decline.run(dispatcher, said, domain)
    assert dispatcher.messages[0]["custom"]["passage"]["id"] == "fracture#what-next"
    # what they may have is another thing, and so may a story be
    for text in ("do i have diabetes?", "and " * 12 + "had two injections"):
        await decline.run(dispatcher, tracker(text, {"ask_for_diagnosis": 0.9}, finding="fracture"), domain)
        assert dispatcher.messages[-1]["response"] == "utter_unknown"


async def test_a_general_name_is_said_of_the_finding_that_the_talk_is_of(
    with_next: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    decline = ActionDeclineJudgement(with_next, Asker([], []), no_doubt)
    said = tracker("is it broken?", {"ask_for_diagnosis": 0.9}, {"finding": "fracture"}, finding="stress-fracture")
    await decline.run(dispatcher, said, domain)
    # of which there is no passage here
    assert dispatcher.messages[0]["custom"]["passage"]["id"] == "about#no-diagnosis"


async def test_a_finding_that_is_described_counts_as_named_unless_the_conversation_has_one(
    with_next: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    decline = ActionDeclineJudgement(with_next, Asker([], []), lambda text: (0.0, "fracture"))
    await decline.run(dispatcher, tracker("my bone snapped, need surgery?", {"ask_for_diagnosis": 0.9}), domain)
    assert dispatcher.messages[0]["custom"]["passage"]["id"] == "fracture#what-next"
    said = tracker("my bone snapped, need surgery?", {"ask_for_diagnosis": 0.9}, finding="bone-bruise")
    await decline.run(dispatcher, said, domain)
    assert dispatcher.messages[-1]["custom"]["passage"]["id"] == "about#no-diagnosis"


@pytest.mark.parametrize(
    ("text", "slots", "passage", "leads"),
    [
        ("can i take ibuprofen?", {}, "fracture#medicines", "I can't judge that. About {phrase}."),
        ("what does ibuprofen do?", {}, "fracture#medicines", "About {phrase}."),
        # what they or the conversation name is what it is for
        ("can i take ibuprofen?", {"finding": "bone-bruise"}, "about#no-diagnosis", ""),
        ("can i take sugar?", {}, "about#no-diagnosis", ""),
    ],
)
async def test_who_asks_about_painkillers_hears_what_holds_for_what_most_have(
    with_next: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    slots: dict[str, str],
    passage: str,
    leads: str,
) -> None:
    monkeypatch.setattr("actions.declining.DEFAULT_FINDING", "fracture")
    domain["responses"]["utter_cannot_judge"] = [{"text": "I can't judge that."}]
    asker = Asker([re.compile("can i")], [], painkillers=Words(re.compile("ibuprofen")))
    decline = ActionDeclineJudgement(with_next, asker, lambda text: (0.9, None) if "ibuprofen" in text else (0.0, None))
    if slots:  # the reader's doubt is not what this is about
        decline = ActionDeclineJudgement(with_next, asker, no_doubt)
    await decline.run(dispatcher, tracker(text, {"ask_for_diagnosis": 0.9}, **slots), domain)
    message = dispatcher.messages[0]["custom"]
    assert message["passage"]["id"] == passage
    assert message["text"].startswith(leads.format(phrase=with_next.finding("fracture").phrase))
    assert leads or not message["text"].startswith("About")
