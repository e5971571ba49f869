"""The action server: `python -m actions`. Loads the model and the index once, then answers Rasa on loopback.

Every action runs under a guard: it has 3 seconds, and whatever goes wrong becomes the `unavailable` message. Nothing is
raised to rasa-sdk, because its error answer holds the whole conversation, which Rasa then writes to its log.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.compare_findings import ActionCompareFindings
from actions.decline_judgement import ActionDeclineJudgement
from actions.declining import all_named_in
from actions.explain_about import ActionExplainAbout
from actions.explain_finding import ActionExplainFinding
from actions.explain_passage import ActionExplainPassage
from actions.hold_line import ActionHoldLine
from actions.languages import Languages
from actions.messages import words_of
from actions.note_report import ActionNoteReport
from actions.offer_more import ActionOfferMore
from actions.point_back import ActionPointBack
from actions.show_again import ActionShowAgain
from actions.thread import Thread
from actions.watching import log_as_json, measured, show_metrics
from knowledge import index
from knowledge.asker import Asker
from knowledge.embedding import SentenceEmbedder
from knowledge.index import IndexRefused
from knowledge.onnx_encoder import ModelRefused
from knowledge.passages import Fault, MalformedKnowledge, load_library
from knowledge.retrieval import Retriever, load_retriever

logger = logging.getLogger("actions")
TIMEOUT = 3.0  # seconds; Rasa itself would wait 300
REFUSALS = (IndexRefused, ModelRefused, MalformedKnowledge, OSError)
Run = Callable[[CollectingDispatcher, Tracker, dict[str, Any]], Awaitable[list[Any]]]


def load() -> Retriever:
    """The retriever over the passages that the clinic serves. Raises what makes a wrong answer possible."""
    clinic_file = Path(os.environ.get("PLAINSCAN_CLINIC_FILE", "bot/clinic.yml"))
    clinic = yaml.safe_load(clinic_file.read_text(encoding="utf-8"))
    library = load_library()
    served = library.served(clinic.get("serve", "draft"), dt.date.today())
    if not any(finding.passages for finding in served.findings.values()):
        raise MalformedKnowledge([Fault(str(clinic_file), "serve", "no passage on any finding may be served")])
    # One question at a time is encoded in a thread; more would only fight the rest of the machine for it.
    embedder = SentenceEmbedder(threads=int(os.environ.get("PLAINSCAN_MODEL_THREADS", "1"))).load()
    retriever = load_retriever(embedder, served, index.load(library, embedder))
    retriever.warm_up()
    return retriever


def actions(retriever: Retriever) -> list[Action]:
    """Every action, given what it needs."""
    library, asker = retriever.library, Asker.load()
    return [
        ActionExplainFinding(retriever, asker),
        ActionExplainPassage(library),
        ActionExplainAbout(library),
        ActionDeclineJudgement(library, asker, retriever.told_of, retriever.implied),
        ActionCompareFindings(library),
        ActionShowAgain(library),
        ActionOfferMore(library),
        ActionPointBack(library),
        ActionHoldLine(library),
        ActionNoteReport(library),
    ]


def guarded(action: Action, served_by: dict[str, Any], languages: Languages) -> Run:
    """The action's run, which never raises and never takes longer than TIMEOUT, and leaves other languages than English
    to a sentence in that language."""

    async def run(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        with measured(action.name(), tracker, dispatcher):
            return await answered(dispatcher, tracker, domain)

    async def answered(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        try:
            text = tracker.latest_message.get("text") or ""
            if not text.startswith("/") and (language := languages.foreign(text)):
                dispatcher.utter_message(text=words_of(domain)[f"utter_english_only_{language}"])
                return []
            events = await asyncio.wait_for(action.run(dispatcher, tracker, domain), TIMEOUT)
            events = [*events, *Thread.of(tracker.slots).named(all_named_in(tracker.latest_message))]
        except Exception as error:  # the class alone: an error's text can quote the patient
            logger.error("%s failed: %s", action.name(), type(error).__name__)
            dispatcher.messages.clear()
            text = words_of(domain or {}).get("utter_unavailable", "")
            dispatcher.utter_message(json_message={"type": "unavailable", "text": text, "buttons": []})
            return []
        for message in dispatcher.messages:
            if message.get("custom", {}).get("type"):
                message["custom"]["served_by"] = served_by
        return events

    return run


def register(executor: ActionExecutor, retriever: Retriever, languages: Languages) -> None:
    """Have the executor run every action with this retriever, from its next turn on."""
    served_by = {
        "model": retriever.index.manifest["model"]["name"],
        "index": retriever.index.content_sha256[:16],
        "passages": len(retriever.library.passages),
    }
    for action in actions(retriever):
        executor.register_function(action.name(), guarded(action, served_by, languages))


async def renew_daily(
    executor: ActionExecutor,
    languages: Languages,
    stop: Callable[[], None],
    today: Callable[[], dt.date] = dt.date.today,
    pause_seconds: float = 60.0,
) -> None:
    """Load anew on each new day, because a review may have run out: what has expired is not served for one day more.

    stop: called when nothing can be served any more.
    """
    day = today()
    while True:
        await asyncio.sleep(pause_seconds)
        if today() == day:
            continue
        day = today()
        try:
            register(executor, await asyncio.to_thread(load), languages)
        except REFUSALS as error:
            logger.error("The action server stops: %s", error)
            return stop()


def main() -> int:
    log_as_json(os.environ.get("PLAINSCAN_LOG_LEVEL", "INFO"))
    for noisy in ("bm25s", "rasa_sdk", "sanic", "sentence_transformers", "httpx", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        retriever = load()
    except REFUSALS as error:
        print(f"The action server did not start: {error}", file=sys.stderr)
        return 1
    languages = Languages(finding.title for finding in retriever.library.findings.values())
    threading.Thread(target=languages.load, name="languages", daemon=True).start()
    executor = ActionExecutor()
    register(executor, retriever, languages)
    app = create_app(executor, cors_origins=None)
    app.add_route(show_metrics, "/metrics")
    app.add_task(renew_daily(executor, languages, app.stop))
    # One process: what loads the model also answers, and nothing is pickled or forked after it.
    app.run(
        # Another address only in a container, on a network that nobody else is on (compose.yml).
        os.environ.get("PLAINSCAN_ACTIONS_LISTEN", "127.0.0.1"),
        int(os.environ.get("PLAINSCAN_ACTIONS_PORT", "5055")),
        single_process=True,
        access_log=False,
        motd=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
