"""The request that is being answered: its name in the logs of all processes, and where its time goes.

Held in a context variable, so that what happens on the way need not be handed a request id.
"""

import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

# What the gateway tells Rasa beside a message, and Rasa the action server.
REQUEST_HEADER = "X-Request-ID"
CONVERSATION_HEADER = "X-Plainscan-Conversation"


@dataclass
class Trace:
    """What a log may say of a request: no word that was written, no address, no id that opens anything.

    Attributes:
        request: also in the response's X-Request-ID. conversation: a random name that only logs know.
        stages: milliseconds spent in each.
        told: what else to log, such as the types of the messages said.
    """

    request: str
    conversation: str = ""
    stages: dict[str, float] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """The headers under which another process knows of it."""
        return {REQUEST_HEADER: self.request, CONVERSATION_HEADER: self.conversation}


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begin(request_id: str) -> Trace:
    """Start the trace of a request; it holds until its task ends."""
    trace = Trace(request_id)
    _current.set(trace)
    return trace


def current() -> Trace:
    """The trace of the request that is being answered; outside of one, an empty one."""
    return _current.get() or Trace("")


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the time of a block to the stage `name`."""
    stages, began = current().stages, time.perf_counter()
    try:
        yield
    finally:
        stages[name] = stages.get(name, 0.0) + (time.perf_counter() - began) * 1000


class Traced(logging.Filter):
    """Adds request and conversation to each record, and leaves of an exception its class and place.

    The message of an exception, and the lines of a traceback, can quote what a patient wrote.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if trace := _current.get():
            record.__dict__.setdefault("request", trace.request)
            if trace.conversation:
                record.__dict__.setdefault("conversation", trace.conversation)
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            record.failure = type(error).__name__
            for last in traceback.extract_tb(error.__traceback__)[-1:]:
                record.place = f"{last.filename}:{last.lineno}"
        record.exc_info = record.exc_text = None
        return True


def log_as_json(stream: TextIO = sys.stderr) -> None:
    """Have this process log one JSON object a line."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(Traced())
    handler.setFormatter(
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
