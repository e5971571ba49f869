"""Typed messages, field by field."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from actions.messages import choices, explanation, passage_payload, words_of
from knowledge.passages import Library, Review

TODAY = dt.date(2026, 6, 1)


def test_words_are_the_first_plain_text_of_each_response() -> None:
    domain = {
        "responses": {
            "utter_one": [{"text": "One."}, {"text": "Another."}],
            "utter_custom": [{"custom": {"type": "unknown"}}],
            "utter_empty": [],
            "utter_blank": [{"text": ""}],
        }
    }
    assert words_of(domain) == {"utter_one": "One."}
    assert words_of({}) == {}


def test_a_payload_names_the_passage(library: Library) -> None:
    assert passage_payload(library.passages["fracture#causes"]) == '/explain_passage{"passage": "fracture#causes"}'


def test_an_explanation_is_the_passage_its_sources_its_review_and_the_next_questions(
    library: Library, words: dict[str, str]
) -> None:
    message = explanation(library.passages["fracture#what-it-is"], library, words, TODAY)
    assert message == {
        "type": "explanation",
        "text": "Fracture: what it is / The bone has a crack. / A college, 2020 / Not reviewed.",
        "lead": "",
        "passage": {
            "id": "fracture#what-it-is",
            "finding": "fracture",
            "aspect": "what-it-is",
            "title": "Fracture: what it is",
            "text": "The bone has a crack.",
            "sources": [{"title": "An atlas", "org": "A college", "year": "2020", "url": "https://atlas.example/1"}],
            "review": {"status": "draft", "reviewed_on": None},
        },
        "buttons": [
            {"title": "What can cause a fracture?", "payload": '/explain_passage{"passage": "fracture#causes"}'},
        ],
    }


def test_a_lead_stands_before_the_card_and_leaves_the_passage_alone(library: Library, words: dict[str, str]) -> None:
    passage = library.passages["fracture#causes"]
    plain, led = (explanation(passage, library, words, TODAY, lead) for lead in ("", "About a fracture."))
    assert led["text"] == "About a fracture.\n\n" + plain["text"]
    assert (led["lead"], plain["lead"]) == ("About a fracture.", "")
    assert led["passage"] == plain["passage"]


@pytest.mark.parametrize(
    ("today", "status", "said"),
    [
        (dt.date(2026, 12, 31), "reviewed", "Reviewed by radiologist on 2026-02-01."),
        (dt.date(2027, 1, 1), "expired", "Out of date."),
    ],
)
def test_the_review_is_shown_as_it_stands_today(
    library: Library, words: dict[str, str], today: dt.date, status: str, said: str
) -> None:
    review = Review("reviewed", "radiologist", dt.date(2026, 2, 1), dt.date(2026, 12, 31))
    message = explanation(replace(library.passages["fracture#causes"], review=review), library, words, today)
    assert message["passage"]["review"] == {"status": status, "reviewed_on": "2026-02-01"}
    assert message["text"].endswith(said)


def test_a_passage_is_said_word_for_word_whatever_stands_in_it(library: Library, words: dict[str, str]) -> None:
    passage = library.passages["fracture#causes"]
    odd = replace(passage, paragraphs=(replace(passage.paragraphs[0], text="{title} 100% $name {0}\n- a list"),))
    message = explanation(odd, library, words, TODAY)
    assert message["passage"]["text"] == "{title} 100% $name {0}\n- a list"
    assert " / {title} 100% $name {0}\n- a list / " in message["text"]


def test_choices_are_questions_in_the_patients_words_and_a_way_out(library: Library, words: dict[str, str]) -> None:
    passages = [library.passages["fracture#causes"], library.passages["bone-bruise#what-it-is"]]
    assert choices(passages, library, words) == {
        "type": "choices",
        "text": "Which one?\n- What can cause a fracture?\n- What is a bone bruise?",
        "choices": [
            {
                "title": "What can cause a fracture?",
                "payload": '/explain_passage{"passage": "fracture#causes"}',
                "passage_id": "fracture#causes",
            },
            {
                "title": "What is a bone bruise?",
                "payload": '/explain_passage{"passage": "bone-bruise#what-it-is"}',
                "passage_id": "bone-bruise#what-it-is",
            },
        ],
        "buttons": [{"title": "None of them", "payload": "/deny"}],
    }
