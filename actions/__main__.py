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
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import torch
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.decline_judgement import ActionDeclineJudgement
from actions.explain_about import ActionExplainAbout
from actions.explain_finding import ActionExplainFinding
from actions.explain_passage import ActionExplainPassage
from actions.messages import words_of
from knowledge import index
from knowledge.embedding import ModelRefused, SentenceEmbedder
from knowledge.index import IndexRefused
from knowledge.passages import Fault, MalformedKnowledge, load_library
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
    served = library.served(clinic.get("serve", "draft"), dt.date.today())
    if not any(finding.passages for finding in served.findings.values()):
        raise MalformedKnowledge([Fault(str(clinic_file), "serve", "no passage on any finding may be served")])
    embedder = SentenceEmbedder().load()
    retriever = load_retriever(embedder, served, index.load(library, embedder))
    retriever.warm_up()
    return retriever


def actions(retriever: Retriever) -> list[Action]:
    """Every action, given what it needs."""
    library = retriever.library
    return [
        ActionExplainFinding(retriever),
        ActionExplainPassage(library),
        ActionExplainAbout(library),
        ActionDeclineJudgement(library),
    ]


def guarded(action: Action, served_by: dict[str, Any]) -> Run:
    """The action's run, which never raises and never takes longer than TIMEOUT."""

    async def run(dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        try:
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
    executor = ActionExecutor()
    for action in actions(retriever):
        executor.register_function(action.name(), guarded(action, served_by))
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
