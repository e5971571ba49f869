"""A word of the report answers where it is asked about, and stays out of the way of findings; cosines are by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from knowledge import index
from knowledge.index import PassageIndex
from knowledge.linear_reader import Reading
from knowledge.passages import Library, load_library
from knowledge.retrieval import Question, Retriever, Verdict
from knowledge.topics import TopicReading, Topics
from tests.fakes import VOCABULARY, ToyEmbedder, rule, write_knowledge, write_words

# the words of the toy topics are axes too, so that asking for one is near to it
EMBEDDER = ToyEmbedder((*VOCABULARY, "does", "mean", "cannot", "exclude", "excluded", "not"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load_library(write_words(write_knowledge(tmp_path_factory.mktemp("toy") / "knowledge")))


@pytest.fixture(scope="module")
def built(library: Library, tmp_path_factory: pytest.TempPathFactory) -> PassageIndex:
    return index.build(library, EMBEDDER, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def retriever(library: Library, built: PassageIndex) -> Retriever:
    return Retriever(library, built, EMBEDDER, rule({"asked": 1.0, "named": 1.0}))


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("what does cannot exclude mean", "report-language#cannot-exclude"),
        ("what does cannot excludde mean", "report-language#cannot-exclude"),
        ("what does not excluded mean", "report-language#cannot-exclude"),
        # beside a finding's name: 5 of 6 words of "what does Cannot exclude mean" against 1 of "what causes Fracture"
        ("what does cannot exclude a fracture mean", "report-language#cannot-exclude"),
        # the same word, but the finding is what is asked about
        ("what causes a fracture that you cannot exclude", "fracture#causes"),
        ("what causes a bone bruise", "bone-bruise#causes"),
        # "marrow" is a word here, yet it stands in a finding's name
        ("what is marrow edema", "bone-marrow-edema#what-it-is"),
        ("what does marrow mean", "report-language#marrow"),
    ],
)
def test_what_is_asked_about_answers(retriever: Retriever, text: str, passage: str) -> None:
    decision = retriever.retrieve(Question(text))
    assert (decision.passage.id, decision.verdict) == (passage, Verdict.EXPLAINED)


def test_a_word_answers_in_the_middle_of_a_conversation_about_a_finding(retriever: Retriever) -> None:
    asked = retriever.retrieve(Question("what does cannot exclude mean", finding="fracture"))
    assert (asked.passage.id, asked.finding_from, asked.missing_aspect) == (
        "report-language#cannot-exclude", "question", None,
    )  # fmt: skip
    followed = retriever.retrieve(Question("what causes it", finding="fracture"))
    assert (followed.passage.id, followed.finding_from) == ("fracture#causes", "conversation")


def test_the_findings_that_come_next_stay_as_further_candidates(retriever: Retriever) -> None:
    found = retriever.retrieve(Question("what does cannot exclude a fracture mean"), most=3).candidates
    assert [c.passage.finding for c in found] == ["report-language", "report-language", "fracture"]


@pytest.mark.parametrize(
    ("share", "second"), [(0.09, "bone-bruise"), (0.11, "report-language"), (0.59, "report-language")]
)
def test_a_topic_that_may_be_asked_about_is_the_second_candidate(
    retriever: Retriever, library: Library, share: float, second: str
) -> None:
    evidence = retriever.evidence("is there a crack or not in a bone bruise")
    topic = TopicReading(library.passages["report-language#cannot-exclude"], share, needed=0.6, elsewhere=0.0)
    decision = retriever.decide(Question("?"), replace(evidence, topic=topic), most=3)
    offered = [c.passage.finding for c in decision.candidates]
    assert offered[:2] == ["bone-bruise", second] and offered.count("report-language") == (second == "report-language")
    fits = [c.fit for c in decision.candidates]
    assert fits == sorted(fits, reverse=True)


@pytest.mark.parametrize(
    ("share", "findings"), [(0.03, ["report-language", "bone-bruise"]), (0.05, ["report-language"] * 2)]
)
def test_the_next_topic_comes_behind_one_that_is_asked_about(
    retriever: Retriever, library: Library, share: float, findings: list[str]
) -> None:
    evidence = retriever.evidence("what causes a bone bruise")
    asked, after = library.passages["report-language#cannot-exclude"], library.passages["report-language#marrow"]
    topic = TopicReading(asked, 0.7, needed=0.6, elsewhere=0.0, next=(after, share))
    decision = retriever.decide(Question("?"), replace(evidence, topic=topic), most=2)
    assert decision.passage is asked and [c.passage.finding for c in decision.candidates] == findings


def test_the_likeliest_two_topics_are_read(retriever: Retriever, library: Library) -> None:
    shares = {"report-language#marrow": 0.2, "report-language#cannot-exclude": 0.3, "fracture": 0.5}
    reading = Reading({name: math.log(share) for name, share in shares.items()})
    topic = Topics(library).read("is there a crack or not", (), reading)
    assert topic is not None and topic.passage.id == "report-language#cannot-exclude" and topic.next is not None
    assert (topic.next[0].id, topic.next[1]) == ("report-language#marrow", pytest.approx(0.2))


def test_what_is_far_from_every_way_of_asking_is_no_topic(retriever: Retriever) -> None:
    topic = retriever.evidence("bone water").topic
    assert topic is not None and topic.asked() is False
    # said without its name: "is there a crack or not" is asked in these very words
    assert retriever.retrieve(Question("is there a crack or not")).passage.id == "report-language#cannot-exclude"


def test_words_that_are_not_served_are_not_found(library: Library, built: PassageIndex) -> None:
    without = Retriever(replace(library, report_language=()), built, EMBEDDER, rule({"asked": 1.0}))
    decision = without.retrieve(Question("what does cannot exclude mean"))
    assert {c.passage.finding for c in decision.candidates} <= set(library.findings)


@pytest.mark.parametrize(
    ("text", "share", "asked", "in_between"),
    [
        # the word is said
        ("what does cannot exclude mean", 0.29, False, False),
        ("what does cannot exclude mean", 0.31, True, True),
        ("what does cannot exclude a fracture mean", 0.49, False, False),
        ("what does cannot exclude a fracture mean", 0.51, True, True),
        # of a part of the body that no passage is about
        ("what does cannot exclude a thing in the brain mean", 0.79, False, False),
        ("what does cannot exclude a thing in the brain mean", 0.81, True, True),
        # the word is not said
        ("is there a crack or not", 0.59, False, False),
        ("is there a crack or not", 0.61, True, False),
        ("is there a crack or not", 0.86, True, True),
        ("crack", 0.99, False, False),
    ],
)
def test_a_topic_whose_word_is_not_said_takes_more(
    retriever: Retriever, library: Library, text: str, share: float, asked: bool, in_between: bool
) -> None:
    reading = Reading({"report-language#cannot-exclude": math.log(share), "fracture": math.log(1 - share)})
    topic = Topics(library).read(text, retriever._findings.find(text), reading)
    assert topic is not None and topic.passage.id == "report-language#cannot-exclude"
    assert (topic.asked(), topic.asked_in_between()) == (asked, in_between)
