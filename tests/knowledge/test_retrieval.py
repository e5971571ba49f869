"""Each thing that is known of a question takes part as it should; the toy space's cosines are worked out by hand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge import index
from knowledge.index import PassageIndex
from knowledge.linear_reader import ELSEWHERE, Reading
from knowledge.names import NameIndex, finding_names
from knowledge.onnx_encoder import Vectors
from knowledge.passages import Library, Review, load_library
from knowledge.retrieval import DecisionRule, Question, Retriever, Verdict, aspects_of_intents, stand_in, verdict_of
from tests.fakes import VOCABULARY, ToyEmbedder, rule


# Made once for the module: a retriever reads every finding's names, and nothing here changes it.
@pytest.fixture(scope="module")
def embedder() -> ToyEmbedder:
    return ToyEmbedder()


@pytest.fixture(scope="module")
def built(library: Library, embedder: ToyEmbedder, tmp_path_factory: pytest.TempPathFactory) -> PassageIndex:
    return index.build(library, embedder, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def retriever(library: Library, embedder: ToyEmbedder, built: PassageIndex) -> Retriever:
    return Retriever(library, built, embedder, rule())


def fits(retriever: Retriever, question: Question, **weights: float) -> dict[str, float]:
    """Passage id -> fit, where it is not 0."""
    found = retriever.with_rule(rule(weights)).retrieve(question, most=99)
    assert [c.fit for c in found.candidates] == sorted((c.fit for c in found.candidates), reverse=True)
    return {c.passage.id: c.fit for c in found.candidates if c.fit}


def of(finding: str, fit: float) -> dict[str, float]:
    return {f"{finding}#what-it-is": fit, f"{finding}#causes": fit}


BME, BRUISE, FRACTURE = "bone-marrow-edema", "bone-bruise", "fracture"
WHY_BRUISE, WHY_KNOCK = Question("what causes bone bruise"), Question("what causes bone knock")
# long enough, and pointing to nothing, so that it is not taken as a follow-up
LONG = "how many weeks until I can run again"


@pytest.mark.parametrize(
    ("feature", "question", "expected"),
    [
        # similarity to the ways people ask: of 4 words, "what causes Bone bruise" has 3, "what causes Fracture" 2
        ("asked", WHY_KNOCK, {"bone-bruise#causes": 3 / 4, "bone-bruise#what-it-is": 2 / 4,
                              "bone-marrow-edema#causes": 2 / 4, "bone-marrow-edema#what-it-is": 1 / 4,
                              "fracture#causes": 2 / math.sqrt(12), "fracture#what-it-is": 1 / math.sqrt(12)}),
        # to the text: the short form "Marrow edema" has two words; title and text of #causes have four known ones
        ("text", Question("edema"), {"bone-marrow-edema#what-it-is": 1 / math.sqrt(2),
                                     "bone-marrow-edema#causes": 1 / 2}),
        # the best of a finding, or of an aspect, counts for all its passages
        ("finding", WHY_KNOCK, of(BRUISE, 3 / 4) | of(FRACTURE, 2 / math.sqrt(12)) | of(BME, 2 / 4)),
        # "Bone bruise: what it is. A knock hurts the bone." has "bone" twice and four other known words
        ("finding_text", Question("knock"), of(BME, 1 / 2) | of(BRUISE, 1 / math.sqrt(8))),
        ("aspect_asked", WHY_KNOCK, {f"{f}#{a}": s for f in (BME, BRUISE, FRACTURE)
                                     for a, s in (("causes", 3 / 4), ("what-it-is", 2 / 4))}),
        ("lexical", Question("crack"), {"fracture#what-it-is": 1.0}),
        ("lexical", Question("zebra"), {}),
        # names
        ("named", Question("a fracture"), of(FRACTURE, 1.0)),
        ("named", Question("a fracturre"), of(FRACTURE, 1.0)),
        ("named", Question("bone marrow edema"), {}),
        ("general_name", Question("bone marrow edema"), of(BME, 1.0)),
        ("later_name", Question("bone bruise or fracture"), of(FRACTURE, 1.0)),
        # the conversation's finding, unless the question names one
        ("conversation", Question(LONG, finding=FRACTURE), of(FRACTURE, 1.0)),
        ("conversation", Question("how long is a bone bruise", finding=FRACTURE), {}),
        ("conversation", Question("how long", finding="sprain"), {}),
        ("conversation", Question("how long"), {}),
        # what nearly everybody has, when nothing is named
        ("default", Question("how long"), of(BME, 1.0)),
        ("default", Question("how long", finding="sprain"), of(BME, 1.0)),
        ("default", Question(LONG, finding=FRACTURE), {}),
        ("default", Question("a fracture"), {}),
    ],
)  # fmt: skip
def test_what_speaks_for_a_passage(
    retriever: Retriever, feature: str, question: Question, expected: Mapping[str, float]
) -> None:
    assert fits(retriever, question, **{feature: 1.0}) == pytest.approx(expected)


def test_the_intents_aspect_counts_by_its_share_among_the_aspects(retriever: Retriever) -> None:
    question = Question("why", aspects={"causes": 0.6, "what-it-is": 0.2}, off_topic=0.2)
    expected = {
        f"{f}#{a}": math.log(p) for f in (BME, BRUISE, FRACTURE) for a, p in (("causes", 0.75), ("what-it-is", 0.25))
    }
    assert fits(retriever, question, aspect=1.0) == pytest.approx(expected)


def test_an_aspect_that_the_intents_rule_out_is_not_beyond_reach(retriever: Retriever) -> None:
    sure = Question("why", aspects={"causes": 1.0})
    assert min(fits(retriever, sure, aspect=1.0).values()) > -7


def test_a_particular_name_leaves_no_other_findings_passages(retriever: Retriever) -> None:
    assert set(fits(retriever, Question("what is the knock in the bone, a fracture"), text=1.0, named=1.0)) == {
        "fracture#what-it-is",
        "fracture#causes",
    }
    both = fits(retriever, Question("a fracture or a bone bruise"), named=1.0)
    assert both == of(FRACTURE, 1.0) | of(BRUISE, 1.0)


def test_the_general_name_leaves_the_others_in(retriever: Retriever) -> None:
    found = fits(retriever, Question("bone marrow edema after a knock"), text=1.0)
    # "Bone bruise: what it is. A knock hurts the bone.": "bone" twice, and "knock"
    assert found["bone-bruise#what-it-is"] == pytest.approx(3 / (2 * math.sqrt(8)))
    # and where a particular one is named beside it, both are in
    assert set(fits(retriever, Question("is a fracture bone marrow edema"), named=1.0, general_name=1.0)) == {
        *of(FRACTURE, 1.0),
        *of(BME, 1.0),
    }


def test_weights_add_up(retriever: Retriever) -> None:
    found = fits(retriever, WHY_BRUISE, asked=2.0, named=3.0)
    assert found == pytest.approx({"bone-bruise#causes": 2 * 1.0 + 3, "bone-bruise#what-it-is": 2 * 3 / 4 + 3})


@pytest.mark.parametrize(
    ("question", "full"),
    [
        # what points back is replaced, the first time
        (Question("how is it treated", finding=FRACTURE), "how is a fracture treated"),
        (Question("Is IT bad that it hurts?", finding=FRACTURE), "Is a fracture bad that it hurts?"),
        # a few words that point to nothing are about it too
        (Question("How long?", finding=FRACTURE), "How long with a fracture?"),
        (Question("how many weeks until I run", finding=FRACTURE), "how many weeks until I run with a fracture?"),
        (Question(LONG, finding=FRACTURE), LONG),
        # what "it" leads to
        (Question("will it give me a bone bruise", finding=FRACTURE), "will a fracture give me a bone bruise"),
        # unless they name something, or have nothing to do with findings
        (Question("what is a bone bruise", finding=FRACTURE), "what is a bone bruise"),
        (Question("is it raining", off_topic=0.6, finding=FRACTURE), "is it raining"),
        (Question("is it bad", off_topic=0.59, finding=FRACTURE), "is a fracture bad"),
        (Question("how is it treated"), "how is it treated"),
        (Question("how is it treated", finding="sprain"), "how is it treated"),
        # what says nothing asks nothing
        (Question("", finding=FRACTURE), ""),
        (Question("???", finding=FRACTURE), "???"),
        (Question("👍", finding=FRACTURE), "👍"),
    ],
)
def test_a_follow_up_is_read_with_the_conversations_finding(
    retriever: Retriever, embedder: ToyEmbedder, question: Question, full: str
) -> None:
    assert retriever.in_full(question) == full
    embedder.questions.clear()
    retriever.retrieve(question)
    assert embedder.questions[-1] == full  # and first as it stands, as it may ask about a word of the report


@pytest.mark.parametrize(
    ("aspects", "own", "followed"),
    [
        ({"causes": 0.7}, 0.4, True),
        ({"causes": 0.6}, 0.4, False),  # nothing is clearly asked
        ({"causes": 0.7}, 0.89, True),  # a talk goes on about what it is of
        ({"causes": 0.7}, 0.91, False),  # it reads like a finding of its own
    ],
)
def test_a_longer_follow_up_has_to_be_clear(
    retriever: Retriever, aspects: dict[str, float], own: float, followed: bool
) -> None:
    question = Question(LONG, aspects, finding=FRACTURE)
    lay = np.full(3, -1.0, np.float32)
    lay[[*retriever.library.findings].index(BRUISE)] = math.log(own) / 8
    evidence = retriever.evidence(LONG)
    evidence = replace(evidence, by_finding={**evidence.by_finding, "lay": lay})
    assert (retriever.in_full(question, evidence) != LONG) is followed


def test_what_the_passages_tell_of_belongs_to_the_talk(retriever: Retriever) -> None:
    # "A fracture is a crack." and "A heavy fall."
    told = ("a heavy fall?", "and falling", "heavy rain", "what about it", "so a crack and a heavy fall and a crack")
    assert [retriever.told_in_passages(text, FRACTURE) for text in told] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "out_of_scope", "passage"),
    [
        ("my roof came down", 0.94, "fracture#causes"),
        ("my roof came down", 0.95, None),  # it has nothing to do with it
        ("my roof came down " + "and then " * 6, 0.5, None),  # too much to be said by the way
        ("patella alta", 0.5, None),  # no passage is about that
    ],
)
def test_a_few_words_in_a_talk_are_said_of_its_finding(
    retriever: Retriever, text: str, out_of_scope: float, passage: str | None
) -> None:
    # known only where a finding is named, as it is once the words are read as said of it
    known = retriever.with_rule(rule({"named": 5.0, "aspect": 1.0}, {"intercept": -3.0, "named": 6.0}))
    asked = Question(text, {"causes": 0.3}, 0.7, FRACTURE, out_of_scope=out_of_scope)
    decision = known.retrieve(asked)
    assert (decision.passage.id if decision.verdict is Verdict.EXPLAINED else None) == passage
    unclear = known.retrieve(replace(asked, aspects={}))
    assert unclear.verdict is Verdict.UNKNOWN  # it points to no passage of the finding alone


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a fracture and a bone bruise", (FRACTURE, BRUISE)),
        ("a fracture and a bone bruise. how long does a bone bruise last?", (BRUISE, FRACTURE)),
        # a bone bruise comes with every fracture: it is not asked about
        ("a fracture and a bone bruise. how long does it last?", (FRACTURE,)),
        ("a bone bruise and a fracture. how long does it last?", (FRACTURE,)),
        # what is ruled out, and what was only thought
        ("no bone bruise, but a fracture and bone marrow edema. why?", (FRACTURE,)),
        ("I thought it was a fracture. now it is bone marrow edema. why?", (BME,)),
        # what the rest comes to
        ("bone marrow edema, suspicious for a bone bruise. why?", (BRUISE, BME)),
    ],
)
def test_of_several_findings_the_one_in_the_question_comes_first(
    retriever: Retriever, text: str, named: tuple[str, ...]
) -> None:
    assert retriever.evidence(text).named == named


class ReaderOfFalls:
    """Takes what has a fall in it for a fracture, and what has water in it for no question about findings."""

    def read(self, vector: Vectors) -> Reading:
        fall, water = vector[VOCABULARY.index("fall")] > 0, vector[VOCABULARY.index("water")] > 0
        return Reading({FRACTURE: math.log(0.5 if fall else 0.1), ELSEWHERE: math.log(0.8 if water else 0.01)})


STORY = (
    "I went on holiday to the sea with my aunt and all her children last summer. {} We all came home. Is that usual?"
)


@pytest.mark.parametrize(
    ("told", "asking"),
    [
        ("There was a long fall from the pier.", "There was a long fall from the pier. Is that usual?"),
        # of three sentences one with 0.8 is too little, of four two are enough
        ("The water was really cold and deep there.", "Is that usual?"),
        ("The water was cold. Water everywhere, you see.", "The water was cold. Is that usual?"),
        # what names a finding needs no description
        ("A bone bruise by water. A long fall too.", "A bone bruise by water. Is that usual?"),
    ],
)
def test_a_story_that_names_nothing_keeps_the_sentence_that_tells_most(
    library: Library, embedder: ToyEmbedder, built: PassageIndex, told: str, asking: str
) -> None:
    reading = Retriever(library, replace(built, reader=ReaderOfFalls()), embedder, rule())  # type: ignore[arg-type]
    assert reading._asking(STORY.format(told)) == asking


def test_a_follow_up_is_answered_from_the_conversations_finding(retriever: Retriever) -> None:
    decision = retriever.with_rule(rule({"asked": 1.0})).retrieve(Question("what causes it", finding=FRACTURE))
    assert (decision.passage.id, decision.finding_from) == ("fracture#causes", "conversation")


def test_what_has_no_passage_is_stood_in_for_by_the_nearest() -> None:
    library = load_library()
    asked = (("crps", "medicines"), ("crps", "outlook"), ("fracture", "medicines"), ("crps", "questions-to-ask"))
    assert [stand_in(library, *one) for one in asked] == ["treatment", "how-serious", None, None]


def test_every_findings_phrase_is_one_of_its_names() -> None:
    """Follow-ups are completed with the phrase, and the name in it keeps them with their finding."""
    index = NameIndex(finding_names())
    phrases = {f.id: f.phrase for f in load_library().findings.values()}
    assert {i: phrase for i, phrase in phrases.items() if index.ids(f"how long with {phrase}?") != [i]} == {}


@pytest.mark.parametrize(
    ("aspects", "missing"),
    [
        ({"outlook": 0.7}, "outlook"),
        ({"outlook": 0.69, "causes": 0.3}, None),
        ({"causes": 0.9}, None),
        ({}, None),
    ],
)
def test_an_aspect_that_was_clearly_asked_for_and_is_not_written_is_said_to_be_missing(
    retriever: Retriever, aspects: dict[str, float], missing: str | None
) -> None:
    assert retriever.retrieve(Question("a fracture", aspects=aspects)).missing_aspect == missing


def test_a_decision_shows_its_best_candidates_with_their_similarity(retriever: Retriever) -> None:
    decision = retriever.with_rule(rule({"asked": 1.0})).retrieve(WHY_BRUISE, most=2)
    assert [c.passage.id for c in decision.candidates] == ["bone-bruise#causes", "bone-bruise#what-it-is"]
    assert [c.similarity for c in decision.candidates] == pytest.approx([1.0, 3 / 4])
    assert decision.passage.text == "A fall."
    assert decision.named == (BRUISE,)


@pytest.mark.parametrize(
    ("text", "embedded"),
    [
        ("What causes a fracturre?", "What causes a fracture?"),
        (
            "In March I slipped on wet leaves behind the house and landed on my left knee. The pain came back each "
            "evening. My wife says that I complain a lot. What causes a fracturre? Thanks.",
            "What causes a fracture?",
        ),
    ],
)
def test_a_question_is_condensed_and_mended_before_it_is_embedded(
    retriever: Retriever, embedder: ToyEmbedder, text: str, embedded: str
) -> None:
    embedder.questions.clear()
    retriever.retrieve(Question(text))
    assert embedder.questions == [embedded]


def test_names_are_read_in_the_whole_of_a_long_message(retriever: Retriever) -> None:
    story = "My scan in March shows a fracture. " + "I slipped on wet leaves behind the house. " * 5
    assert retriever.retrieve(Question(story + "How long does it take?")).named == (FRACTURE,)


@pytest.mark.parametrize(
    ("question", "weights", "origin"),
    [
        (Question("what causes a fracture"), {"named": 1.0}, "question"),
        (Question("what causes a fracture", finding=BRUISE), {"conversation": 1.0}, "question"),
        (Question("how long", finding=BRUISE), {"conversation": 1.0}, "conversation"),
        # near to the fracture's "what causes Fracture", which is a short row
        (Question("what causes the knock"), {"asked": 1.0}, "similarity"),
        (Question("what causes water in the marrow"), {"asked": 1.0}, "similarity"),
        # nearer to another finding, yet the general one was taken
        (Question("what causes the knock"), {"default": 1.0}, "default"),
    ],
)
def test_a_decision_says_where_the_finding_came_from(
    retriever: Retriever, question: Question, weights: dict[str, float], origin: str
) -> None:
    assert retriever.with_rule(rule(weights)).retrieve(question).finding_from == origin


@pytest.mark.parametrize(
    ("calibration", "question", "confidence"),
    [
        ({}, WHY_BRUISE, 1 / 2),
        ({"intercept": math.log(3)}, WHY_BRUISE, 3 / 4),
        ({"named": math.log(3)}, WHY_BRUISE, 3 / 4),
        ({"named": math.log(3)}, Question("how long"), 1 / 2),
        ({"off_topic": -math.log(3)}, Question("how long", off_topic=1.0), 1 / 4),
        ({"off_topic": -math.log(9)}, Question("how long", off_topic=0.5), 1 / 4),
        ({"aspect": math.log(3)}, Question("how long", aspects={"causes": 1.0}), 3 / 4),
        ({"similarity": math.log(3)}, WHY_BRUISE, 3 / 4),
        ({"body_part": math.log(3)}, Question("my knee"), 3 / 4),
        ({"body_part": math.log(3)}, Question("my car"), 1 / 2),
        ({"intercept": -1e6}, WHY_BRUISE, math.exp(-30)),
    ],
)
def test_the_confidence_is_the_logistic_function_of_the_calibrated_numbers(
    retriever: Retriever, calibration: dict[str, float], question: Question, confidence: float
) -> None:
    decided = retriever.with_rule(rule({"asked": 1.0}, calibration)).retrieve(question)
    assert decided.confidence == pytest.approx(confidence, rel=1e-3)


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (1.0, Verdict.EXPLAINED),
        (0.6, Verdict.EXPLAINED),
        (0.59, Verdict.UNSURE),
        (0.3, Verdict.UNSURE),
        (0.29, Verdict.UNKNOWN),
        (0.0, Verdict.UNKNOWN),
    ],
)
def test_the_thresholds_belong_to_the_better_verdict(confidence: float, verdict: Verdict) -> None:
    assert verdict_of(confidence, explained=0.6, unsure=0.3) is verdict


@pytest.mark.parametrize(
    ("explained", "unsure", "verdict"),
    [(0.5, 0.2, Verdict.EXPLAINED), (0.6, 0.5, Verdict.UNSURE), (0.7, 0.6, Verdict.UNKNOWN)],
)
def test_a_decision_keeps_to_its_rules_thresholds(
    retriever: Retriever, explained: float, unsure: float, verdict: Verdict
) -> None:
    assert retriever.with_rule(rule(explained=explained, unsure=unsure)).retrieve(WHY_BRUISE).verdict is verdict
    assert retriever.retrieve(WHY_BRUISE).verdict is Verdict.EXPLAINED  # the first one's rule has not changed


def test_what_plainscan_is_is_no_candidate(retriever: Retriever) -> None:
    found = retriever.retrieve(Question("privacy of a program"), most=99)
    assert {c.passage.finding for c in found.candidates} == {BME, BRUISE, FRACTURE}


def test_where_nothing_is_served_everything_is_unknown(
    library: Library, embedder: ToyEmbedder, built: PassageIndex
) -> None:
    served = library.served("reviewed", dt.date(2026, 6, 1))  # nothing in the toy library is
    decision = Retriever(served, built, embedder, rule()).retrieve(WHY_BRUISE)
    assert (decision.verdict, decision.candidates, decision.confidence) == (Verdict.UNKNOWN, (), 0.0)


def test_a_named_finding_without_a_served_passage_is_not_explained_by_another_findings(
    library: Library, embedder: ToyEmbedder, built: PassageIndex
) -> None:
    today = dt.date(2026, 6, 1)
    bruise = library.findings[BRUISE]
    reviewed = tuple(replace(p, review=Review("reviewed", "radiologist", today, today)) for p in bruise.passages)
    served = replace(library, findings={**library.findings, BRUISE: replace(bruise, passages=reviewed)}).served(
        "reviewed", today
    )
    asks = Retriever(served, built, embedder, rule({"asked": 1.0}))
    assert asks.retrieve(WHY_BRUISE).passage.id == "bone-bruise#causes"
    assert asks.retrieve(Question("what causes a fracture")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "text", ["", "\0", "👍👍", "\u202e\u200b", "<script>alert(1)</script>", "?" * 2000, "the of and"]
)
def test_a_strange_text_names_nothing_and_is_decided_all_the_same(retriever: Retriever, text: str) -> None:
    decision = retriever.with_rule(rule({"default": 1.0}, {"named": 9.0, "intercept": -2.0})).retrieve(Question(text))
    assert (decision.named, decision.verdict) == ((), Verdict.UNKNOWN)


def test_the_rule_in_force_knows_every_feature_and_number(retriever: Retriever) -> None:
    in_force = DecisionRule.load()
    features = retriever.features(WHY_BRUISE, retriever.evidence(WHY_BRUISE.text))
    numbers = retriever.retrieve(WHY_BRUISE).numbers
    assert set(in_force.weights) == set(features)
    assert list(in_force.calibration) == ["intercept", *numbers]
    assert 0 < in_force.unsure < in_force.explained < 1


def test_a_rule_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "decision.yml").write_text(
        "weights: {text: 1.5}\ncalibration: {intercept: -1}\nthresholds: {explained: 0.7, unsure: 0.2}\n",
        encoding="utf-8",
    )
    assert DecisionRule.load(tmp_path) == DecisionRule({"text": 1.5}, {"intercept": -1}, explained=0.7, unsure=0.2)


@pytest.mark.parametrize(
    ("ranking", "aspects", "rest"),
    [
        ([], {}, (0.0, 0.0)),
        ([("ask_what_it_is", 0.75), ("ask_causes", 0.25)], {"what-it-is": 0.75, "causes": 0.25}, (0.0, 0.0)),
        ([("ask_causes", 0.5), ("greet", 0.25), ("out_of_scope", 0.25)], {"causes": 0.5}, (0.5, 0.0)),
        # it only says that the others are uncertain
        ([("nlu_fallback", 0.5), ("ask_causes", 0.25), ("greet", 0.75)], {"causes": 0.25}, (0.75, 0.0)),
        ([("ask_about_report", 0.5), ("greet", 0.25)], {}, (0.75, 0.5)),
        ([("ask_about_bot", 1.0)], {}, (1.0, 0.0)),  # is no aspect, whatever it begins with
    ],
)
def test_intents_are_split_into_aspects_and_the_rest(
    ranking: list[tuple[str, float]], aspects: dict[str, float], rest: tuple[float, float]
) -> None:
    rows = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    assert aspects_of_intents(rows, {"ask_what_it_is": "what-it-is", "ask_causes": "causes"}) == (aspects, *rest)


@pytest.mark.parametrize(
    ("probability", "finding", "told_from"), [(0.89, FRACTURE, "question"), (0.91, BRUISE, "similarity")]
)
def test_what_is_described_beyond_doubt_stands_beside_what_is_named(
    retriever: Retriever, probability: float, finding: str, told_from: str
) -> None:
    text = "what causes it after a fracture"
    evidence = retriever.evidence(text)
    others = math.log((1 - probability) / 2) / 8
    lay = np.array([math.log(probability) / 8 if f == BRUISE else others for f in retriever._finding_ids], np.float32)
    evidence = replace(evidence, by_finding={**evidence.by_finding, "lay": lay})
    decision = retriever.with_rule(rule({"lay": 8.0, "named": 1.0})).decide(Question(text), evidence)
    assert (decision.passage.finding, decision.finding_from) == (finding, told_from)
    # a headline that names one leaves no doubt
    decision = retriever.with_rule(rule({"lay": 8.0, "named": 1.0})).decide(
        Question(text), replace(evidence, headed=True)
    )
    assert decision.passage.finding == FRACTURE


@pytest.mark.parametrize(
    ("text", "uncovered"),
    [("what causes patella alta", True), ("does a fracture cause patella alta", False), ("what causes it", False)],
)
def test_a_finding_without_a_passage_is_unknown(retriever: Retriever, text: str, uncovered: bool) -> None:
    decision = retriever.retrieve(Question(text, {"causes": 0.9}, finding=FRACTURE))
    assert decision.uncovered is uncovered
    assert (decision.verdict is Verdict.UNKNOWN) >= uncovered


@pytest.mark.parametrize(
    ("text", "headed"),
    [
        ("Fracture. It happened in May on the ice and what causes it is unclear", True),
        ("The fracture happened in May on the ice and what causes it is unclear", False),
        ("Ice. The fracture happened in May on it and what causes it is unclear", False),
    ],
)
def test_a_headline_that_names_a_finding_is_noted(retriever: Retriever, text: str, headed: bool) -> None:
    assert retriever.evidence(text).headed is headed


class ReaderOfWater:
    """Takes what has water in it for a question of causes, nearly for sure."""

    def read(self, vector: Vectors) -> Reading:
        water = vector[VOCABULARY.index("water")] > 0
        return Reading({"causes": math.log(0.9 if water else 0.1), "what-it-is": math.log(0.05)})


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("I carry water all day", "causes"),
        ("I carry stones all day", None),  # the reader is not sure
        ("can I carry water", None),  # that asks
        ("I carry water " + "and then " * 6, None),  # too much to be said by the way
    ],
)
def test_a_statement_in_a_talk_implies_an_aspect(
    library: Library, embedder: ToyEmbedder, built: PassageIndex, text: str, aspect: str | None
) -> None:
    reading = replace(built, aspect_reader=ReaderOfWater())  # type: ignore[arg-type]
    assert Retriever(library, reading, embedder, rule()).implied(text, FRACTURE) == aspect


def test_a_text_can_tell_rather_of_one_finding_than_of_another(
    library: Library, embedder: ToyEmbedder, built: PassageIndex
) -> None:
    class ReaderOfBoth:
        def read(self, vector: Vectors) -> Reading:
            fall = vector[VOCABULARY.index("fall")] > 0
            return Reading({FRACTURE: math.log(0.6 if fall else 0.3), BRUISE: math.log(0.15)})

    reading = Retriever(library, replace(built, reader=ReaderOfBoth()), embedder, rule())  # type: ignore[arg-type]
    assert reading.tells_rather_of("after a fall", FRACTURE, BRUISE)
    assert not reading.tells_rather_of("after all", FRACTURE, BRUISE)
    assert not reading.tells_rather_of("after a fall", BRUISE, FRACTURE)
