"""POST /read-ahead {"text"}: the gateway tells what it asks Rasa, so that the question is read by the time that Rasa,
which first reads its intent, asks for an answer. What is not told is read then; nothing depends on it."""

from __future__ import annotations

import asyncio
import logging

from sanic import Request
from sanic.response import HTTPResponse, empty

from knowledge.follow_ups import bare
from knowledge.retrieval import Retriever

logger = logging.getLogger(__name__)


class ReadingAhead:
    """The route. retriever: reads; another one takes its place on a new day."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    async def route(self, request: Request) -> HTTPResponse:
        """Begin to read, and answer at once."""
        text = request.json.get("text") if isinstance(request.json, dict) else None
        if not isinstance(text, str):
            return empty(400)
        request.app.add_task(self.read(text))
        return empty(202)

    async def read(self, text: str) -> None:
        """Read a message as the first action will ask for it."""
        try:
            await asyncio.to_thread(self.retriever.read_ahead, bare(text))
        except Exception as error:  # the class alone: an error's text can quote the patient
            logger.warning("not read ahead: %s", type(error).__name__)
