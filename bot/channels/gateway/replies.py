"""Answers: what was sent goes to Rasa, and Messages come back, whatever happens behind."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Literal

from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.messages import (
    Message,
    TextMessage,
    UnavailableMessage,
    UnknownMessage,
    new_message_id,
    read_replies,
)
from bot.channels.gateway.metrics import Metrics
from bot.channels.gateway.rasa_client import RasaClient, RasaUnavailable
from bot.channels.gateway.urgent import Alarm, Warned
from bot.channels.gateway.words import GREETING, GREETING_REVIEWED, REPORT_NOT_READ, UNAVAILABLE, Words

logger = logging.getLogger(__name__)

# Somebody in danger waits no longer than this for the explanation that comes after the urgent message.
URGENT_WAIT_SECONDS = 2.0


class Replies:
    """Answers the messages of conversations. Each method returns at least one Message and raises nothing."""

    def __init__(self, rasa: RasaClient, words: Words, metrics: Metrics, alarm: Alarm) -> None:
        self._rasa = rasa
        self._alarm = alarm
        self._words = words
        self._metrics = metrics

    def greet(self, conversation: Conversation) -> list[Message]:
        """The first message of a conversation; needs no Rasa."""
        greeting = GREETING_REVIEWED if self._words.clinic.serve == "reviewed" else GREETING
        return self._said(conversation, [self._own("text", greeting, conversation)])

    async def to_text(self, conversation: Conversation, text: str, request_id: str) -> list[Message]:
        """Answer what a patient wrote. Danger signs come first, and to thoughts of self-harm nothing else is said."""
        warned = self._alarm.read(conversation, text)
        if warned.only:
            return self._said(conversation, [*warned.messages])
        return await self._ask(conversation, self._rasa.send_text(conversation.id, text), request_id, warned)

    async def to_payload(self, conversation: Conversation, payload: str, request_id: str) -> list[Message]:
        """Answer a button."""
        warned = self._alarm.remind(conversation)
        return await self._ask(conversation, self._rasa.send_payload(conversation.id, payload), request_id, warned)

    def to_report(self, conversation: Conversation, report: str) -> list[Message]:
        """Say which danger signs a report names, and that it is not read otherwise yet.

        A report never goes to Rasa: its pipeline cannot bear the length.
        """
        warned = self._alarm.read(conversation, report, report=True)
        return self._said(conversation, [*warned.messages, self._own("unknown", REPORT_NOT_READ, conversation)])

    async def _ask(
        self, conversation: Conversation, asked: Awaitable[list[Any]], request_id: str, warned: Warned
    ) -> list[Message]:
        try:
            async with asyncio.timeout(URGENT_WAIT_SECONDS if warned.messages else None):
                replies = await asked
            messages, _ = read_replies(replies, conversation.offer, self._words.clinic.fill)
        except TimeoutError:
            self._metrics.unavailable.labels("timeout").inc()
            messages = [self._own("unavailable", UNAVAILABLE, conversation)]
        except RasaUnavailable as error:
            logger.warning("unavailable: cause=%s failure=%s request=%s", error.cause, error.failure, request_id)
            self._metrics.unavailable.labels(error.cause).inc()
            messages = [self._own("unavailable", UNAVAILABLE, conversation)]
        return self._said(conversation, [*warned.messages, *messages])

    def _own(self, kind: Literal["text", "unknown", "unavailable"], name: str, conversation: Conversation) -> Message:
        """A message of `kind` in the words of the response `name`."""
        response, fill = self._words.responses[name], self._words.clinic.fill
        fields: dict[str, Any] = {
            "id": new_message_id(),
            "text": fill(response.text),
            "buttons": [
                {"title": fill(button.title), "action": conversation.offer(button.payload)}
                for button in response.buttons
            ],
        }
        match kind:
            case "text":
                return TextMessage(type=kind, **fields)
            case "unknown":
                return UnknownMessage(type=kind, **fields)
            case "unavailable":
                return UnavailableMessage(type=kind, **fields)

    def _said(self, conversation: Conversation, messages: list[Message]) -> list[Message]:
        for message in messages:
            conversation.remember(message.id, message.passage.id if message.type == "explanation" else None)
            self._metrics.messages.labels(message.type).inc()
        return messages
