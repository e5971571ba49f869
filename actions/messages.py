"""Typed messages as plain dicts, made from passages and from the words of bot/domain.

Pure functions, tested without Rasa. The shapes are the public Message of docs/architecture.md with `payload` in the
place of `action`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.passages import Library, Passage

Message = dict[str, Any]
# response name -> its text, as in bot/domain
Words = Mapping[str, str]


def words_of(domain: Mapping[str, Any]) -> dict[str, str]:
    """The text of each response of a Rasa domain; responses without a plain text are left out."""
    responses: Mapping[str, Sequence[Mapping[str, Any]]] = domain.get("responses", {})
    return {name: variants[0]["text"] for name, variants in responses.items() if variants and variants[0].get("text")}


def passage_payload(passage: Passage) -> str:
    """What the button for a passage sends."""
    return "/explain_passage" + json.dumps({"passage": passage.id})


def explanation(
    passage: Passage, library: Library, words: Words, today: dt.date, lead: str = "", short: bool = False,
    others: Sequence[Passage] = (),
) -> Message:  # fmt: skip
    """A passage, word for word, with its sources, its review status and the next questions as buttons.

    lead: a sentence of bot/domain that stands before the card, or nothing; short: its short form in the place of the
    whole text, with a button for the whole; others: passages that may have been meant too, offered first.
    """
    text = passage.short if short else passage.text
    buttons = [{"title": library.question(p), "payload": passage_payload(p)} for p in library.related(passage)]
    meant = [{"title": library.question(p), "payload": passage_payload(p)} for p in others]
    buttons = [*meant, *buttons[: len(buttons) - len(meant)]]
    if short:
        whole = {"title": words["utter_whole_text"].format(title=passage.title), "payload": passage_payload(passage)}
        buttons = [whole, *buttons[:-1]]
    status = passage.review.status_on(today)
    sources = [{"title": s.title, "org": s.org, "year": s.year, "url": s.url} for s in passage.sources]
    review = words[f"utter_review_{status}"].format(
        reviewer_role=passage.review.reviewer_role, reviewed_on=passage.review.reviewed_on
    )
    card = words["utter_card"].format(
        title=passage.title,
        passage=text,
        sources="; ".join(f"{s.org}, {s.year}" for s in passage.sources),
        review=review,
    )
    reviewed_on = passage.review.reviewed_on
    return {
        "type": "explanation",
        "text": f"{lead}\n\n{card}" if lead else card,
        "lead": lead,
        "passage": {
            "id": passage.id,
            "finding": passage.finding,
            "aspect": passage.aspect,
            "title": passage.title,
            "text": text,
            "sources": sources,
            "review": {"status": status, "reviewed_on": reviewed_on.isoformat() if reviewed_on else None},
        },
        "buttons": buttons,
    }


def no_diagnosis(library: Library, words: Words, today: dt.date, lead: str = "") -> Message:
    """That nobody's own case can be judged here, and what to do instead."""
    return explanation(library.passages[f"{library.about.id}#no-diagnosis"], library, words, today, lead)


def choices(passages: Sequence[Passage], library: Library, words: Words, ask: str = "utter_choices") -> Message:
    """The readings it hesitates between, in the patient's words; `ask` is the response that asks."""
    rows = [{"title": library.question(p), "payload": passage_payload(p), "passage_id": p.id} for p in passages]
    return {
        "type": "choices",
        "text": "\n".join([words[ask], *(f"- {row['title']}" for row in rows)]),
        "choices": rows,
        "buttons": [{"title": words["utter_something_else"], "payload": "/deny"}],
    }


def passages_to_open(passages: Sequence[Passage], library: Library, text: str) -> Message:
    """Plain words with buttons that open passages."""
    return {
        "type": "text",
        "text": text,
        "buttons": [{"title": library.question(p), "payload": passage_payload(p)} for p in passages],
    }


def listed(passage: Passage) -> list[str]:
    """The items of the list in a passage."""
    return [line for line in passage.text.splitlines() if line.startswith("- ")]


def questions_for_doctor(finding: str, library: Library, words: Words, most: int = 3) -> Message | None:
    """The first few questions of a finding's passage of questions to ask, as they stand there, or None."""
    passage = library.passages.get(f"{finding}#questions-to-ask")
    lines = listed(passage)[:most] if passage else []
    if not passage or not lines:
        return None
    return passages_to_open([passage], library, "\n".join([words["utter_questions_for_doctor"], *lines]))


def sources_of(shown: Passage, about_sources: Passage, library: Library, words: Words) -> Message:
    """What the passage that was shown rests on, one source a line, with a button to how sources are chosen."""
    lines = [f"- {s.title}. {s.org}, {s.year}. {s.url}" for s in shown.sources]
    text = "\n".join([words["utter_sources_of"].format(title=shown.title), *lines])
    return passages_to_open([about_sources], library, text)
