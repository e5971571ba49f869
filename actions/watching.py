"""What can be seen of the action server from outside: one JSON object a line in its log, and numbers for Prometheus.

Neither holds a word that a patient wrote. A line bears the names under which the gateway's log knows the request and
the conversation; they come with the message's metadata.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from pythonjsonlogger.json import JsonFormatter
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sanic import Request
from sanic.response import HTTPResponse, raw

logger = logging.getLogger(__name__)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3)
ANSWERS = Counter("plainscan_answers", "answers given", ["action", "said"])
DURATION = Histogram("plainscan_action_seconds", "time taken", ["action"], buckets=SECONDS)

_trace: ContextVar[dict[str, str] | None] = ContextVar("trace", default=None)


@contextmanager
def measured(action: str, tracker: Tracker, dispatcher: CollectingDispatcher) -> Iterator[None]:
    """Count and time an action, and log what it said: the type, and the passage's id."""
    metadata = (tracker.latest_message or {}).get("metadata") or {}
    _trace.set({name: str(metadata[name]) for name in ("request", "conversation") if name in metadata})
    began = time.perf_counter()
    yield
    seconds = time.perf_counter() - began
    for message in dispatcher.messages:
        custom = message.get("custom") or {}
        said = custom.get("type") or message.get("response") or "text"
        ANSWERS.labels(action, said).inc()
        passage = {"passage": custom["passage"]["id"]} if "passage" in custom else {}
        logger.info("said", extra={"action": action, "said": said, "ms": round(seconds * 1000, 1), **passage})
    DURATION.labels(action).observe(seconds)


class Traced(logging.Filter):
    """Adds request and conversation to each record of an action."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.update(_trace.get() or {})
        return True


def log_as_json(level: str, stream: TextIO = sys.stderr) -> None:
    """Have this process log one JSON object a line."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(Traced())
    handler.setFormatter(
        JsonFormatter(
            "asctime,levelname,name,message",
            style=",",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=level, handlers=[handler])


async def show_metrics(request: Request) -> HTTPResponse:
    """All numbers in Prometheus' text format. The action server listens on this machine only."""
    return raw(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
