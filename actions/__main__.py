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

import torch
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.compare_findings import ActionCompareFindings
from actions.decline_judgement import ActionDeclineJudgement
from actions.explain_about import ActionExplainAbout
from actions.explain_finding import ActionExplainFinding
from actions.explain_passage import ActionExplainPassage
from actions.hold_line import ActionHoldLine
from actions.languages import Languages
from actions.messages import words_of
from actions.offer_more import ActionOfferMore
from actions.point_back import ActionPointBack
from actions.show_again import ActionShowAgain
from knowledge import index
from knowledge.asker import Asker
from knowledge.embedding import ModelRefused, SentenceEmbedder
from knowledge.index import IndexRefused
from knowledge.passages import MalformedKnowledge, load_library
from knowledge.retrieval import Retriever, load_retriever

logger = logging.getLogger("actions")
TIMEOUT = 3.0  # seconds; Rasa itself would wait 300
Run = Callable[[CollectingDispatcher, Tracker, dict[str, Any]], Awaitable[list[Any]]]


def load() -> Retriever:
    """The retriever over the passages that the clinic serves. Raises what makes a wrong answer possible."""
    # One question at a time is encoded in a thread; more torch threads only fight the rest of the machine for it.
    torch.set_num_threads(int(os.environ.get("PLAINSCAN_TORCH_THREADS", "1")))
    clinic_file = Path(os.environ.get("PLAINSCAN_CLINIC_FILE", "bot/clinic.yml"))
    clinic = yaml.safe_load(clinic_file.read_text(encoding="utf-8"))
    library = load_library()
    embedder = SentenceEmbedder().load()
    served = library.served(clinic.get("serve", "draft"), dt.date.today())
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
        ActionDeclineJudgement(library, asker),
        ActionCompareFindings(library),
        ActionShowAgain(library),
        ActionOfferMore(library),
        ActionPointBack(library),
        ActionHoldLine(library),
    ]


def guarded(action: Action, served_by: dict[str, Any], languages: Languages) -> Run:
    """The action's run, which never raises and never takes longer than TIMEOUT, and leaves other languages than English
    to a sentence in that language."""

    async def run(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        try:
            text = tracker.latest_message.get("text") or ""
            if not text.startswith("/") and (language := languages.foreign(text)):
                dispatcher.utter_message(text=words_of(domain)[f"utter_english_only_{language}"])
                return []
            events = await asyncio.wait_for(action.run(dispatcher, tracker, domain), TIMEOUT)
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


def main() -> int:
    logging.basicConfig(
        level=os.environ.get("PLAINSCAN_LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for noisy in ("rasa_sdk", "sanic", "sentence_transformers", "httpx", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        retriever = load()
    except (IndexRefused, ModelRefused, MalformedKnowledge, OSError) as error:
        print(f"The action server did not start: {error}", file=sys.stderr)
        return 1
    manifest = retriever.index.manifest
    served_by = {
        "model": manifest["model"]["name"],
        "index": retriever.index.content_sha256[:16],
        "passages": len(retriever.library.passages),
    }
    languages = Languages()
    threading.Thread(target=languages.load, name="languages", daemon=True).start()
    executor = ActionExecutor()
    for action in actions(retriever):
        executor.register_function(action.name(), guarded(action, served_by, languages))
    app = create_app(executor, cors_origins=None)
    # One process: what loads the model also answers, and nothing is pickled or forked after torch.
    app.run(
        "127.0.0.1",
        int(os.environ.get("PLAINSCAN_ACTIONS_PORT", "5055")),
        single_process=True,
        access_log=False,
        motd=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
