"""The guard around every action, through rasa-sdk's own executor: it never raises, never dawdles, never quotes."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions import __main__ as server
from actions.languages import Languages
from knowledge.index import IndexRefused
from knowledge.passages import Fault, Library, MalformedKnowledge
from knowledge.retrieval import Retriever

SECRET = "Jane Roe, born 1980, painful shin"
SERVED_BY = {"model": "toy", "index": "0123", "passages": 6}
UNAVAILABLE = {"type": "unavailable", "text": "Not now.", "buttons": []}


class Raises(Action):
    """Says half of an answer, then fails with an error that quotes the patient."""

    def __init__(self, error: type[BaseException] = ValueError) -> None:
        self._error = error

    def name(self) -> str:
        return "action_raises"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(text="half an answer to " + tracker.latest_message["text"])
        raise self._error(tracker.latest_message["text"])


class Dawdles(Action):
    """Answers after a minute, waiting in the event loop or in a thread."""

    def __init__(self, in_thread: bool) -> None:
        self._in_thread = in_thread

    def name(self) -> str:
        return "action_dawdles"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        # the thread's nap is short, because pytest waits for it at the end
        await (asyncio.to_thread(time.sleep, 0.6) if self._in_thread else asyncio.sleep(60))
        dispatcher.utter_message(text="too late")
        return []


class Answers(Action):
    """Says one typed message, one response and one empty typed message."""

    def name(self) -> str:
        return "action_answers"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        dispatcher.utter_message(json_message={"type": "explanation", "text": "A passage."})
        dispatcher.utter_message(response="utter_unknown")
        return [{"event": "slot", "name": "finding", "value": "fracture", "timestamp": None}]


async def run(action: Action, domain: dict[str, Any]) -> dict[str, Any]:
    """What rasa-sdk would answer to Rasa."""
    executor = ActionExecutor()
    executor.register_function(action.name(), server.guarded(action, SERVED_BY, Languages()))
    tracker = {
        "sender_id": "c1",
        "slots": {},
        "latest_message": {"text": SECRET, "intent": {}, "intent_ranking": [], "entities": []},
        "events": [],
        "paused": False,
        "followup_action": None,
        "active_loop": {},
        "latest_action_name": "action_listen",
    }
    result = await executor.run({"next_action": action.name(), "tracker": tracker, "domain": domain})
    assert result is not None
    return result.model_dump() if hasattr(result, "model_dump") else dict(result)


def quoted(text: str) -> list[str]:
    return [word for word in SECRET.replace(",", "").split() if word in text]


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError, OSError, asyncio.TimeoutError])
async def test_an_action_that_raises_says_unavailable_and_quotes_nobody(
    domain: dict[str, Any], caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await run(Raises(error), domain)
    assert answer["events"] == []
    assert [(r["text"], r["custom"]) for r in answer["responses"]] == [(None, UNAVAILABLE)]
    assert quoted(str(answer)) == []
    failures = [r for r in caplog.records if r.name == "actions"]
    assert [(r.levelname, r.getMessage(), r.exc_info) for r in failures] == [
        ("ERROR", f"action_raises failed: {error.__name__}", None)
    ]
    assert quoted(caplog.text) == []


@pytest.mark.parametrize("in_thread", [True, False])
async def test_an_action_that_takes_too_long_says_unavailable(
    domain: dict[str, Any], monkeypatch: pytest.MonkeyPatch, in_thread: bool
) -> None:
    monkeypatch.setattr(server, "TIMEOUT", 0.1)
    started = time.perf_counter()
    answer = await run(Dawdles(in_thread), domain)
    assert 0.1 <= time.perf_counter() - started < 0.5
    assert [r["custom"] for r in answer["responses"]] == [UNAVAILABLE]
    assert answer["events"] == []


def test_an_action_has_three_seconds() -> None:
    assert server.TIMEOUT == 3.0


async def test_without_words_for_it_unavailable_is_still_said() -> None:
    answer = await run(Raises(), {})
    assert [r["custom"] for r in answer["responses"]] == [{**UNAVAILABLE, "text": ""}]


async def test_a_typed_answer_says_what_served_it_and_all_else_goes_through(domain: dict[str, Any]) -> None:
    answer = await run(Answers(), domain)
    typed, response = answer["responses"]
    assert typed["custom"] == {"type": "explanation", "text": "A passage.", "served_by": SERVED_BY}
    assert (response["response"], response["custom"]) == ("utter_unknown", {})
    assert [(e["name"], e["value"]) for e in answer["events"]] == [("finding", "fracture")]


def test_every_action_is_given_what_it_needs(library: Library) -> None:
    class Unasked(Retriever):
        def __init__(self) -> None:
            self.library = library

    assert [action.name() for action in server.actions(Unasked())] == [
        "action_explain_finding",
        "action_explain_passage",
        "action_explain_about",
        "action_decline_judgement",
        "action_compare_findings",
        "action_show_again",
        "action_offer_more",
        "action_point_back",
        "action_hold_line",
        "action_note_report",
    ]


def test_a_refused_index_ends_the_start_with_a_plain_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise IndexRefused("the index's model is not what is here now; run `make index`")

    monkeypatch.setattr(server, "load", refuse)
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    assert server.main() == 1
    assert capsys.readouterr().err == (
        "The action server did not start: the index's model is not what is here now; run `make index`\n"
    )


def test_a_clinic_that_may_serve_nothing_is_told_so_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As shipped: no clinician has reviewed a passage, so `serve: reviewed` leaves none."""
    clinic = tmp_path / "clinic.yml"
    clinic.write_text("serve: reviewed\n", encoding="utf-8")
    monkeypatch.setenv("PLAINSCAN_CLINIC_FILE", str(clinic))
    with pytest.raises(MalformedKnowledge, match="serve: no passage on any finding may be served"):
        server.load()


class Days:
    """A calendar that tests turn."""

    def __init__(self) -> None:
        self.day = dt.date(2026, 11, 30)

    def today(self) -> dt.date:
        return self.day


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_may_be_served_is_looked_up_anew_on_each_new_day(monkeypatch: pytest.MonkeyPatch) -> None:
    days, registered = Days(), []
    monkeypatch.setattr(server, "load", lambda: f"served on {days.day}")
    monkeypatch.setattr(server, "register", lambda executor, retriever, languages: registered.append(retriever))
    background = asyncio.create_task(
        server.renew_daily(ActionExecutor(), Languages(), lambda: None, days.today, pause_seconds=0.01)
    )
    await asyncio.sleep(0.1)
    assert registered == []
    days.day += dt.timedelta(1)
    await until(lambda: registered)
    await asyncio.sleep(0.1)
    background.cancel()
    assert registered == ["served on 2026-12-01"]


async def test_a_day_on_which_nothing_may_be_served_stops_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    days, stopped = Days(), []

    def refuse() -> None:
        raise MalformedKnowledge([Fault("clinic.yml", "serve", "no passage on any finding may be served")])

    monkeypatch.setattr(server, "load", refuse)
    background = asyncio.create_task(
        server.renew_daily(ActionExecutor(), Languages(), lambda: stopped.append(True), days.today, pause_seconds=0.01)
    )
    await asyncio.sleep(0.05)
    assert not stopped
    days.day += dt.timedelta(1)
    await asyncio.wait_for(background, 5)
    assert stopped == [True]
    assert "no passage on any finding may be served" in caplog.text
