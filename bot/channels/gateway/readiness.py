"""Whether a real question gets a real answer, through Rasa, action server and index."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, Field

from bot.channels.gateway.messages import read_replies
from bot.channels.gateway.problems import Problem
from bot.channels.gateway.rasa_client import Erasures, RasaClient, RasaUnavailable

# question, passage that answers it. A clinic that serves reviewed passages only may have none on this one finding.
QUESTIONS = {
    "draft": ("what is bone marrow edema", "bone-marrow-edema#what-it-is"),
    "reviewed": ("what is plainscan", "about#what-this-is"),
}
CACHE_SECONDS = 2.0


class Ready(BaseModel):
    """A question was answered as it should be."""

    status: str = "ready"
    rasa_ms: float = Field(description="milliseconds from the question to the answer")
    served_by: dict[str, Any] = Field(description="versions of model, index and passages that answered")
    version: str


class Readiness:
    """Asks, in a conversation of its own that is erased again, and keeps the result for CACHE_SECONDS."""

    def __init__(
        self,
        rasa: RasaClient,
        erasures: Erasures,
        version: str,
        serve: Literal["draft", "reviewed"] = "draft",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._question, self._expected = QUESTIONS[serve]
        self._rasa = rasa
        self._erasures = erasures
        self._version = version
        self._clock = clock
        self._lock = asyncio.Lock()
        self._checked_at = -CACHE_SECONDS
        self._result: Ready | RasaUnavailable | None = None

    async def check(self) -> Ready:
        """Return how the question was answered, now or just before.

        Raises:
            Problem: `not-ready`, with the cause.
        """
        async with self._lock:  # many who ask at once share one question
            if self._result is None or self._clock() - self._checked_at >= CACHE_SECONDS:
                self._result = await self._ask()
                self._checked_at = self._clock()
        if isinstance(self._result, RasaUnavailable):
            raise Problem("not-ready", cause=self._result.cause, failure=self._result.failure)
        return self._result

    async def _ask(self) -> Ready | RasaUnavailable:
        conversation = f"ready-{secrets.token_hex(16)}"
        started, reached = time.perf_counter(), True
        try:
            replies = await self._rasa.send_text(conversation, self._question)
            milliseconds = (time.perf_counter() - started) * 1000
            messages, served_by = read_replies(replies, lambda payload: payload, lambda text: text)
            if [m.passage.id for m in messages if m.type == "explanation"] != [self._expected]:
                return RasaUnavailable("bot", "OtherAnswer")
            return Ready(rasa_ms=round(milliseconds, 1), served_by=served_by, version=self._version)
        except RasaUnavailable as error:
            reached = error.cause != "connect"
            return error
        finally:
            if reached:
                await self._erasures.erase(conversation)
