"""The action asks the retriever what the tracker knows, and says what was decided."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import replace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.explain_finding import ActionExplainFinding
from actions.messages import choices
from knowledge.asker import Asker, Words
from knowledge.general_findings import particular
from knowledge.names import Mention
from knowledge.passages import Library, Topic
from knowledge.retrieval import Candidate, Decision, Question, Retriever, Verdict

# says nothing of who asks
NOBODY = Asker([], [])
SECRET = "my name is Jane Roe and my shin hurts"


def slots(events: list[Any]) -> dict[str, Any]:
    """What events set the slots to."""
    return {event["name"]: event["value"] for event in events}


class DecidedRetriever(Retriever):
    """Gives the decision that a test wants, and keeps what it was asked and in which thread."""

    def __init__(self, library: Library, verdict: Verdict, *passages: str, finding_from: str = "question") -> None:
        self.library = library
        candidates = tuple(Candidate(library.passages[p], 1.0, 0.5) for p in passages)
        self.decision = Decision(verdict, 0.5, candidates, (), finding_from, {"share": 0.5})
        self.asked: list[Question] = []
        self.threads: list[threading.Thread] = []

    def retrieve(self, question: Question, most: int = 5) -> Decision:
        self.asked.append(question)
        self.threads.append(threading.current_thread())
        return self.decision

    def find(self, text: str) -> list[Mention]:
        phrases = ((i, finding.phrase) for i, finding in self.library.findings.items())
        return [Mention(i, p, text.index(p), text.index(p) + len(p), False) for i, p in phrases if p in text]

    def named(self, text: str) -> list[str]:
        return [mention.id for mention in self.find(text)]

    def main(self, text: str) -> tuple[str, ...]:
        return particular(self.named(text))


async def test_the_retriever_gets_text_aspects_and_the_conversations_finding(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker("why", {"ask_causes": 0.75, "greet": 0.25}, finding="bone-bruise", body_part="knee")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert retriever.asked == [Question("why", {"causes": 0.75}, 0.25, "bone-bruise")]
    assert retriever.threads != [threading.current_thread()]  # the event loop stays free


@pytest.mark.parametrize("text", [None, ""])
async def test_a_message_without_text_is_an_empty_question(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any, text: str | None
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker(text), domain)
    assert retriever.asked == [Question("")]


async def test_explained_shows_the_passage_and_remembers_what_it_was_about(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes", "bone-bruise#causes")
    events = await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("why"), domain)
    assert slots(events) == {
        "finding": "fracture", "aspect": "causes", "shown_passage": "fracture#causes", "shown_short": False,
        "offered_passages": [], "missed": 0,
    }  # fmt: skip
    (message,) = dispatcher.messages
    assert (message["custom"]["type"], message["custom"]["passage"]["id"]) == ("explanation", "fracture#causes")
    assert message["custom"]["text"] == "Fracture: what can cause it / A heavy fall. / A college, 2020 / Not reviewed."


async def test_a_finding_that_nobody_named_is_said_to_be_assumed(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "bone-marrow-edema#causes", finding_from="default")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("why"), domain)
    assert dispatcher.messages[0]["custom"]["text"].startswith(
        "About marrow edema.\n\nMarrow edema: what can cause it / "
    )


async def test_an_aspect_without_a_passage_is_said_to_be_missing(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes", finding_from="default")
    retriever.decision = replace(retriever.decision, missing_aspect="outlook")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("will it heal"), domain)
    assert dispatcher.messages[0]["custom"]["text"].startswith(
        "About a fracture. Nothing on that for a fracture.\n\nFracture: what can cause"
    )


def that_declines(library: Library) -> Library:
    """The library with a passage that says why no diagnosis is made."""
    about = replace(library.about.passages[0], aspect="no-diagnosis")
    return replace(library, about=replace(library.about, passages=(about,)))


@pytest.mark.parametrize(
    ("body_part", "intents", "said"),
    [
        (1.0, {"ask_for_diagnosis": 0.4, "out_of_scope": 0.3}, ["about#no-diagnosis"]),
        (1.0, {"out_of_scope": 0.4, "ask_for_diagnosis": 0.3}, ["utter_unknown"]),
        (1.0, {"ask_causes": 1.0}, ["utter_which_finding"]),
        (0.0, {"ask_for_diagnosis": 0.4, "out_of_scope": 0.3}, ["utter_unknown"]),
    ],
)
async def test_somebodys_own_trouble_is_told_that_it_makes_no_diagnosis(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    body_part: float,
    intents: dict[str, float],
    said: list[str],
) -> None:
    retriever = DecidedRetriever(that_declines(library), Verdict.UNKNOWN, "fracture#causes")
    retriever.decision = replace(retriever.decision, numbers={"body_part": body_part})
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("my knee hurts", intents), domain)
    assert [m["response"] or m["custom"]["passage"]["id"] for m in dispatcher.messages] == said


async def test_unsure_asks_back_with_three_readings_and_remembers_them(
    library: Library, domain: dict[str, Any], words: dict[str, str], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    ids = ["fracture#causes", "bone-bruise#causes", "fracture#what-it-is", "bone-bruise#what-it-is"]
    events = await ActionExplainFinding(DecidedRetriever(library, Verdict.UNSURE, *ids), NOBODY).run(
        dispatcher, tracker("why"), domain
    )
    (message,) = dispatcher.messages
    assert message["custom"] == choices([library.passages[i] for i in ids[:3]], library, words)
    assert slots(events) == {"missed": 1, "offered_passages": ids[:3]}


async def test_unknown_says_so_with_the_domains_response(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.UNKNOWN, "fracture#causes")
    events = await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("cars"), domain)
    assert slots(events) == {"missed": 1, "offered_passages": []}
    assert [(m["response"], m["custom"]) for m in dispatcher.messages] == [("utter_unknown", {})]


async def test_what_is_asked_of_no_finding_is_asked_back_of_which(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    action = ActionExplainFinding(DecidedRetriever(library, Verdict.UNKNOWN, "fracture#causes"), NOBODY)
    for slots_before, said in (
        ({}, "utter_which_finding"),
        ({"missed": 1}, "utter_unknown_again"),
        ({"finding": "fracture"}, "utter_unknown"),
    ):
        dispatcher.messages.clear()
        await action.run(dispatcher, tracker("why is that", {"ask_causes": 0.9}, **slots_before), domain)
        assert [m["response"] for m in dispatcher.messages] == [said]


async def test_unknown_without_any_candidate_says_so_too(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    """As for a clinic that serves reviewed passages only, on the first day."""
    retriever = DecidedRetriever(library, Verdict.UNKNOWN)
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("why"), domain)
    assert [m["response"] for m in dispatcher.messages] == ["utter_unknown"]


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_the_log_has_the_decisions_numbers_and_nothing_of_the_patient(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    caplog: pytest.LogCaptureFixture,
    verdict: Verdict,
) -> None:
    caplog.set_level(logging.DEBUG)
    retriever = DecidedRetriever(library, verdict, "fracture#causes")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker(SECRET), domain)
    logged = [r.getMessage() for r in caplog.records if r.name == "actions.explain_finding"]
    assert logged == [f"{verdict.value} confidence=0.50 from=question numbers={{'share': 0.5}}"]
    assert not [word for word in [*SECRET.split(), "fracture"] if len(word) > 3 and word in caplog.text]


async def test_what_is_asked_of_something_else_keeps_the_aspect(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker("and a fracture?", {"ask_the_same": 0.9}, finding="bone-bruise", aspect="causes")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert retriever.asked == [Question("and a fracture?", {"causes": 1.0}, 0.0, "bone-bruise")]


WHOLE = "it says so. whats that, did he not know"


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("and a bone bruise?", "causes"),
        ("no, i meant a bone bruise", "causes"),
        ("is it the same with a bone bruise", "causes"),
        ("and a bone bruise, is it bad", "what-it-is"),
        ("and a fracture, is it bad", "causes"),  # that was explained
    ],
)
async def test_what_more_is_said_of_a_new_finding_is_answered_with_what_it_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any, text: str, aspect: str
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker(text, {"ask_the_same": 0.9}, finding="fracture", aspect="causes")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert retriever.asked[0].aspects == {aspect: 1.0}


async def test_several_questions_are_answered_in_order_and_none_twice(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    class OneEach(DecidedRetriever):
        def retrieve(self, question: Question, most: int = 5) -> Decision:
            self.asked.append(question)
            passage = library.passages[question.text]
            return replace(self.decision, candidates=(Candidate(passage, 1.0, 0.5),))

    retriever = OneEach(library, Verdict.EXPLAINED)
    said = tracker("three things")
    wanted = ["fracture#causes", "fracture#what-it-is", "fracture#causes"]
    wanted += ["bone-bruise#causes", "bone-bruise#what-it-is"]
    said.latest_message["questions"] = [{"text": i, "intent_ranking": []} for i in wanted]
    domain["responses"]["utter_several_rest"] = [{"text": "And these."}]
    events = await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    shown = [m["custom"]["passage"]["id"] for m in dispatcher.messages if m["custom"].get("passage")]
    assert shown == ["fracture#causes", "fracture#what-it-is", "bone-bruise#causes"]
    assert dispatcher.messages[-1]["custom"]["text"] == "And these."
    assert [b["payload"] for b in dispatcher.messages[-1]["custom"]["buttons"]] == [
        '/explain_passage{"passage": "bone-bruise#what-it-is"}'
    ]
    assert slots(events)["finding"] == "bone-bruise"
    # "can it heal" after "what is a fracture" is about the fracture
    assert [q.finding for q in retriever.asked] == [None, "fracture", "fracture", "fracture", "bone-bruise"]


@pytest.mark.parametrize(
    ("second", "about"),
    [("what is a bone bruise", "bone-bruise"), ("is a bone bruise a fracture", "bone-bruise"), ("and why", None)],
)
async def test_it_may_stand_before_its_name_in_the_next_question(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any, second: str, about: str
) -> None:
    retriever = DecidedRetriever(library, Verdict.UNSURE, "fracture#causes")
    domain["responses"]["utter_several_rest"] = [{"text": "Perhaps these."}]
    said = tracker(f"how long does it last, and {second}")
    said.latest_message["questions"] = [{"text": t, "intent_ranking": []} for t in ("how long does it last", second)]
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [q.finding for q in retriever.asked[:2]] == [about, about]


async def test_a_message_is_read_as_one_where_none_of_its_questions_is_answered(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    class OnlyTheWhole(DecidedRetriever):
        def retrieve(self, question: Question, most: int = 5) -> Decision:
            decision = super().retrieve(question, most)
            return decision if question.text == WHOLE else replace(decision, verdict=Verdict.UNKNOWN)

    retriever = OnlyTheWhole(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker(WHOLE, {"ask_causes": 0.9})
    said.latest_message["questions"] = [{"text": t, "intent_ranking": []} for t in ("whats that", "did he not know")]
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [m["custom"]["passage"]["id"] for m in dispatcher.messages] == ["fracture#causes"]
    assert retriever.asked[-1].aspects == {"causes": 0.9}


async def test_the_same_readings_are_not_offered_twice_and_a_third_miss_is_admitted(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    ids = ["fracture#causes", "bone-bruise#causes"]
    retriever = DecidedRetriever(library, Verdict.UNSURE, *ids)
    for slots_before in ({"missed": 1, "offered_passages": ids[::-1]}, {"missed": 2, "offered_passages": []}):
        dispatcher.messages.clear()
        said = tracker("hm", **slots_before)
        events = await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
        assert [m["response"] for m in dispatcher.messages] == ["utter_unknown_again"]
        assert slots(events) == {"missed": slots_before["missed"] + 1, "offered_passages": []}


@pytest.mark.parametrize(
    ("intents", "said"),
    [
        ({"ask_for_diagnosis": 0.4, "out_of_scope": 0.3}, ["about#no-diagnosis"]),
        ({"out_of_scope": 0.4, "ask_for_diagnosis": 0.3}, ["utter_unknown"]),
    ],
)
async def test_a_verdict_without_a_passage_is_declined_unless_it_is_off_topic(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    intents: dict[str, float],
    said: list[str],
) -> None:
    retriever = DecidedRetriever(that_declines(library), Verdict.UNKNOWN, "fracture#causes")
    action = ActionExplainFinding(retriever, Asker([re.compile("do i have")], []))
    await action.run(dispatcher, tracker("do i have it", intents), domain)
    assert [m["response"] or m["custom"]["passage"]["id"] for m in dispatcher.messages] == said


@pytest.mark.parametrize(
    ("verdict", "named", "leads_to", "said"),
    [
        (Verdict.EXPLAINED, (), None, "utter_ask_report_words"),
        (Verdict.UNSURE, (), None, "utter_ask_report_words"),
        (Verdict.EXPLAINED, ("fracture",), None, "fracture#causes"),
        # a word of reports: one for a finding, and one for a kind of scan
        (Verdict.EXPLAINED, (), ("bone-bruise#causes",), "about#what-this-is"),
        (Verdict.EXPLAINED, (), ("about#privacy",), "utter_ask_report_words"),
    ],
)
async def test_who_wants_the_report_read_is_asked_for_its_words_unless_they_say_one(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    verdict: Verdict,
    named: tuple[str, ...],
    leads_to: tuple[str, ...] | None,
    said: str,
) -> None:
    word = replace(library.about.passages[0], topic=Topic("", next=leads_to or ()))
    about = replace(library.about, passages=(word, *library.about.passages[1:]))
    library = Library(library.aspects, library.findings, about)
    retriever = DecidedRetriever(library, verdict, "fracture#causes", "bone-bruise#causes")
    retriever.decision = replace(retriever.decision, named=named)
    if leads_to:
        retriever.decision = replace(retriever.decision, candidates=(Candidate(word, 1.0, 0.5),), topic_said=True)
    tracked = tracker("my mri shows it", {"ask_to_read_report": 0.9})
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracked, domain)
    assert [m["response"] or m["custom"]["passage"]["id"] for m in dispatcher.messages] == [said]


@pytest.mark.parametrize(
    ("verdict", "slots", "said"),
    [
        (Verdict.UNKNOWN, {}, "about#no-diagnosis"),
        (Verdict.UNSURE, {}, "about#no-diagnosis"),
        (Verdict.EXPLAINED, {}, "fracture#causes"),
        (Verdict.UNKNOWN, {"finding": "fracture"}, "utter_unknown"),
    ],
)
async def test_a_question_about_painkillers_is_not_refused(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    verdict: Verdict,
    slots: dict[str, str],
    said: str,
) -> None:
    retriever = DecidedRetriever(that_declines(library), verdict, "fracture#causes", "bone-bruise#causes")
    action = ActionExplainFinding(retriever, Asker([], [], painkillers=Words(re.compile("ibuprofen"))))
    await action.run(dispatcher, tracker("is ibuprofen good", {"out_of_scope": 0.9}, **slots), domain)
    assert [m["response"] or m["custom"]["passage"]["id"] for m in dispatcher.messages] == [said]


async def test_what_is_said_before_the_question_is_left_out_and_what_was_offered_is_the_thread(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker("ok thanks, and why?", offered_passages=["bone-bruise#causes", "fracture#causes"])
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [(q.text, q.finding) for q in retriever.asked] == [("why?", "bone-bruise")]


@pytest.mark.parametrize(
    ("of_one", "aspects"),
    [
        ({"ask_causes": 0.9}, {"causes": 1.0}),
        ({"ask_causes": 0.5}, {"what-it-is": 1.0}),
        ({}, {"what-it-is": 1.0}),
    ],
)
async def test_the_same_is_asked_again_unless_something_else_is_clearly_asked(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    of_one: dict[str, float],
    aspects: dict[str, float],
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker("is the cause the same", {"ask_the_same": 0.9}, finding="fracture", aspect="what-it-is")
    said.latest_message["of_one_ranking"] = [{"name": n, "confidence": c} for n, c in of_one.items()]
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [q.aspects for q in retriever.asked] == [aspects]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tell me more about the fracture thing", "fracture#what-it-is"),  # a finding that was a candidate
        ("tell me more about the fall part", "bone-bruise#causes"),  # a word of the text
        ("tell me more about swelling", None),  # neither
    ],
)
async def test_more_about_a_word_of_the_last_text(
    library: Library,
    domain: dict[str, Any],
    dispatcher: CollectingDispatcher,
    tracker: Any,
    text: str,
    shown: str | None,
) -> None:
    last = library.passages["bone-bruise#causes"]
    last = replace(last, paragraphs=(replace(last.paragraphs[0], text="A fall, or a fracture beside it."),))
    finding = library.findings["bone-bruise"]
    passages = tuple(last if p.id == last.id else p for p in finding.passages)
    library = replace(library, findings={**library.findings, "bone-bruise": replace(finding, passages=passages)})
    domain["responses"]["utter_listed"] = [{"text": "It was here:"}]
    retriever = DecidedRetriever(library, Verdict.UNSURE, "fracture#causes", "bone-bruise#causes")
    said = tracker(text, finding="bone-bruise", shown_passage="bone-bruise#causes")
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    (message,) = dispatcher.messages
    assert message["custom"].get("passage", {}).get("id") == shown


async def test_one_more_finding_is_told_what_it_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#what-it-is")
    for text in ("there is also a fracture", "and a fracture?"):
        said = tracker(text, {"ask_the_same": 0.9}, finding="bone-bruise", aspect="causes")
        await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [question.aspects for question in retriever.asked] == [{"what-it-is": 1.0}, {"causes": 1.0}]


async def test_what_nothing_answers_in_a_talk_is_met_with_what_there_is(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    domain["responses"]["utter_unknown_of"] = [{"text": "Not that of {phrase}."}]
    retriever = DecidedRetriever(library, Verdict.UNKNOWN, "fracture#causes")
    thread = {"finding": "fracture", "shown_passage": "fracture#what-it-is"}
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("i lay bricks", **thread), domain)
    said = dispatcher.messages[0]["custom"]
    assert (said["type"], said["text"]) == ("unknown", "Not that of a fracture.")
    assert [button["title"] for button in said["buttons"]] == ["What can cause a fracture?"]


async def test_what_belongs_elsewhere_in_a_talk_is_simply_refused(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.UNKNOWN, "fracture#causes")
    retriever.decision = replace(retriever.decision, elsewhere=0.6)
    thread = {"finding": "fracture", "shown_passage": "fracture#what-it-is"}
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("is it raining", **thread), domain)
    assert [message["response"] for message in dispatcher.messages] == ["utter_unknown"]


async def test_where_nothing_is_named_three_findings_are_not_guessed(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    offered = ("fracture#causes", "bone-bruise#causes", "bone-marrow-edema#causes")
    of_two = (*offered[:2], "fracture#what-it-is")
    for share, others, text in (
        (0.3, offered, "what causes this"),
        (0.6, offered, "what causes this"),
        (0.3, of_two, "what causes this"),
        (0.3, offered, "what causes a spot"),
        (0.3, offered, "what causes this spot"),
    ):
        retriever = DecidedRetriever(library, Verdict.UNSURE, *others)
        retriever.decision = replace(retriever.decision, numbers={"finding_share": share})
        await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker(text), domain)
    said = [message.get("response") or message["custom"]["type"] for message in dispatcher.messages]
    assert said == ["utter_which_finding", "choices", "choices", "choices", "choices"]


async def test_the_first_button_asks_the_same_of_the_other_finding_that_is_named(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.EXPLAINED, "fracture#causes")
    said = tracker("a fracture and a bone bruise, why", entities={"finding": "bone-bruise"})
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    buttons = dispatcher.messages[0]["custom"]["buttons"]
    assert buttons[0]["payload"] == '/explain_passage{"passage": "bone-bruise#causes"}'
    # and of the one that the talk was of before
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, tracker("why", finding="bone-bruise"), domain)
    assert dispatcher.messages[-1]["custom"]["buttons"][0] == buttons[0]


async def test_several_questions_without_an_answer_get_one_no_if_one_has_nothing_to_do_with_findings(
    library: Library, domain: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Any
) -> None:
    retriever = DecidedRetriever(library, Verdict.UNKNOWN)
    domain["responses"]["utter_several_unknown"] = [{"text": "Not this: {question}"}]
    said = tracker("is the tower open and do I book the lift")
    rows = [("is the tower open", "out_of_scope"), ("do I book the lift", "ask_for_diagnosis")]
    said.latest_message["questions"] = [
        {"text": text, "intent_ranking": [{"name": intent, "confidence": 0.9}]} for text, intent in rows
    ]
    await ActionExplainFinding(retriever, NOBODY).run(dispatcher, said, domain)
    assert [m["response"] for m in dispatcher.messages] == ["utter_unknown"]
