"""The answer to somebody who wants a verdict on their own case: that it can't judge it, and what is known in general.

It is given where the intent is clear, and where a verdict is wanted and no passage answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from rasa_sdk.events import SlotSet

from actions.messages import Message, Words, explanation, no_diagnosis, questions_for_doctor
from actions.thread import Thread
from knowledge.asker import Asker
from knowledge.follow_ups import MASK, denied
from knowledge.general_findings import particular
from knowledge.passages import Library
from knowledge.retrieval import DEFAULT_FINDING, aspects_of_intents, likeliest

# A message longer than this tells a story of its own, which need not be about the conversation's finding.
SHORT = 12
# From this probability on an aspect is asked beside the verdict, "do I need another scan"; and from such a one where it
# has such a share of all aspects: "no pain for two weeks, so I can run, right?".
ASKED, ASKED_AT_ALL, SHARE = 0.2, 0.05, 0.8


def declined(
    message: Mapping[str, Any],
    named: str | None,
    thread: Thread,
    library: Library,
    asker: Asker,
    words: Words,
    implied: Callable[[str, str], str | None] = lambda text, finding: None,
) -> tuple[list[Message], list[Any]]:
    """The messages that decline a verdict on somebody's case, and the events after them.

    message: as Rasa parsed it; named: the finding that it names; without one, a short text is about the thread's, and
    one that asks about painkillers about those for what most patients here have. What is known in general is when to
    get help, where they ask whether they have it; what it is, where they ask whether it is what a general name says;
    else the passage on the aspect that is asked, else on the one that a statement is about ("I turn wrenches all day"),
    which `implied` gives, else on what usually happens next.
    """
    today, text = dt.date.today(), message.get("text") or ""
    aspects, _, _ = aspects_of_intents(message.get("intent_ranking", []), library.aspect_of_intent)
    asked = likeliest(aspects, min(ASKED, max(ASKED_AT_ALL, SHARE * sum(aspects.values()))))
    finding = named or (thread.meant(text) if len(text.split()) <= SHORT else None)
    assumed = finding is None and asker.asks_of_painkillers(text)
    if assumed:
        finding, asked = DEFAULT_FINDING, "medicines"
    cautions = [c for c in asker.cautions(text) if c not in thread.cautions and c in library.passages]
    leads = [library.passages[caution].short for caution in cautions]
    if not named and finding and all_named_in(message):
        first: str | None = "what-it-is"  # whether it is what a general name says: "is it a tumor", of an enchondroma
    else:
        first = "when-to-seek-help" if asker.suspects(without_names(message)) else asked
        if first is None and finding and not assumed:
            first = implied(text, finding)
    wanted = [f"{finding}#{aspect}" for aspect in (first, "what-next")]
    passage = next((library.passages[i] for i in wanted if i in library.passages), None)
    if passage is None:
        messages, events = [no_diagnosis(library, words, today, " ".join(leads))], list[Any]()
    else:
        judged = not assumed or asker.wants_judgement(text)
        if judged:
            leads.append(words["utter_cannot_judge"])
        if assumed:
            leads.append(words["utter_finding_assumed"].format(phrase=library.finding(passage.finding).phrase))
        messages = [explanation(passage, library, words, today, " ".join(leads))]
        if judged and (asks := questions_for_doctor(passage.finding, library, words)):
            messages.append(asks)
        events = thread.shown(passage)
    return messages, [*events, SlotSet("cautions", [*thread.cautions, *cautions])] if cautions else events


def without_names(message: Mapping[str, Any]) -> str:
    """The text of a parsed message with MASK in the place of every finding's name."""
    text = message.get("text") or ""
    for _, start, end in sorted(mentions_in(message), key=lambda mention: -mention[1]):
        text = text[:start] + MASK + text[end:]
    return text


def named_in(message: Mapping[str, Any], about: str | None = None) -> str | None:
    """The first finding that a parsed message names, other than what it says is not there; about: the finding that the
    talk is of, which general names in it are said of."""
    return next(iter(particular(all_named_in(message), about)), None)


def all_named_in(message: Mapping[str, Any]) -> list[str]:
    """The findings that a parsed message names, each once, in its order, without what it says is not there."""
    gone = [mention[0] for mention in denied(message.get("text") or "", mentions_in(message))]
    found = (row["value"] for row in message.get("entities") or [] if row["entity"] == "finding")
    return list(dict.fromkeys(finding for finding in found if finding not in gone))


def mentions_in(message: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Id, start and end of the findings' names in a parsed message."""
    rows = message.get("entities") or []
    return [(row["value"], row["start"], row["end"]) for row in rows if row["entity"] == "finding" and "start" in row]
