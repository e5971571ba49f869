"""Answers: what was sent goes to Rasa, and Messages come back, whatever happens behind."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Literal

from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.messages import (
    Message,
    Report,
    ReportMessage,
    TextMessage,
    UnavailableMessage,
    UnknownMessage,
    new_message_id,
    read_replies,
)
from bot.channels.gateway.metrics import Metrics
from bot.channels.gateway.normalise import without_tags
from bot.channels.gateway.rasa_client import RasaClient, RasaUnavailable
from bot.channels.gateway.reports import Reports, asked_beside, note_payload
from bot.channels.gateway.urgent import Alarm, Warned
from bot.channels.gateway.words import GREETING, GREETING_REVIEWED, REPORT_NOT_READ, UNAVAILABLE, Words
from knowledge.reports import Style, looks_like_report

logger = logging.getLogger(__name__)

# Somebody in danger waits no longer than this for the explanation that comes after the urgent message.
URGENT_WAIT_SECONDS = 2.0
# A report is told without Rasa; it waits no longer than this for Rasa to note what was in it.
NOTE_SECONDS = 2.0


class Replies:
    """Answers the messages of conversations. Each method returns at least one Message and raises nothing."""

    def __init__(self, rasa: RasaClient, words: Words, metrics: Metrics, alarm: Alarm, reports: Reports) -> None:
        self._rasa = rasa
        self._alarm = alarm
        self._reports = reports
        self._words = words
        self._metrics = metrics

    def greet(self, conversation: Conversation) -> list[Message]:
        """The first message of a conversation; needs no Rasa."""
        greeting = GREETING_REVIEWED if self._words.clinic.serve == "reviewed" else GREETING
        return self._said(conversation, [self._own("text", greeting, conversation)])

    async def to_text(self, conversation: Conversation, text: str, request_id: str, sent: str = "") -> list[Message]:
        """Answer what a patient wrote. Danger signs come first, and to thoughts of self-harm nothing else is said.

        A report is read as one, and what is asked beside it is answered after it. Of words that are quoted from one,
        the question is answered where there is one, and so is a single finding that they say is there; where that has
        no answer, or they say more, the words are read.

        Args:
            sent: the text as it was sent, where it is not the same.
        """
        style = looks_like_report(text)
        if style is Style.REPORT:
            return await self.to_report(conversation, text, request_id, sent, typed=True)
        heard = self._alarm.hear(conversation, text)
        if heard.only:
            return self._said(conversation, [*(await self._alarm.warn(conversation, heard)).messages])
        if style is Style.QUOTE and "?" not in text and not asked_beside(text):
            read = await self._read(conversation, text, sent, request_id)
            if read and read.report.mentions and not _tells_of_one(read.report):
                return self._said(conversation, [*(await self._alarm.warn(conversation, heard)).messages, read])
        await self._note(conversation, request_id)
        # Rasa reads while the second reader of danger signs does.
        asked = asyncio.create_task(self._rasa.send_text(conversation.id, without_tags(text)))
        try:
            warned = await self._alarm.warn(conversation, heard)
            answered = await self._answer(conversation, asked, request_id, warned)
        finally:
            asked.cancel()
        if style is Style.QUOTE and answered[0].type == "unknown":
            read = await self._read(conversation, text, sent, request_id)
            answered = [read] if read and read.report.mentions else answered
        return self._said(conversation, [*warned.messages, *answered])

    async def to_payload(self, conversation: Conversation, payload: str, request_id: str) -> list[Message]:
        """Answer a button."""
        warned = self._alarm.remind(conversation)
        await self._note(conversation, request_id)
        answered = await self._answer(
            conversation, self._rasa.send_payload(conversation.id, payload), request_id, warned
        )
        return self._said(conversation, [*warned.messages, *answered])

    async def to_report(
        self, conversation: Conversation, report: str, request_id: str, sent: str = "", typed: bool = False
    ) -> list[Message]:
        """Tell what a report says, danger signs first; then answer the question that was typed beside it.

        A report never goes to Rasa, only the names of its findings do: its pipeline cannot bear the length, and telling
        it needs nothing but this process.
        """
        asked = asked_beside(report) if typed else None
        warned = await self._alarm.read(conversation, report, report=True, typed=asked)
        if typed and warned.only:
            return self._said(conversation, [*warned.messages])
        read = await self._read(conversation, report, sent, request_id)
        if read is None:
            return self._said(conversation, [*warned.messages, self._own("unknown", REPORT_NOT_READ, conversation)])
        answered: list[Message] = []
        if asked:
            said = await self._answer(conversation, self._rasa.send_text(conversation.id, asked), request_id, warned)
            # The report itself is the answer where there is no better one.
            answered = [message for message in said if message.type == "explanation"]
        return self._said(conversation, [*warned.messages, read, *answered])

    async def _read(self, conversation: Conversation, report: str, sent: str, request_id: str) -> ReportMessage | None:
        """The message on a report, None where nothing of it is known; Rasa notes its findings."""
        telling = await self._reports.tell(report)
        if telling.empty:
            return None
        message = self._reports.message(telling, sent or report, report, conversation.offer)
        conversation.unnoted = note_payload(telling.findings)
        await self._note(conversation, request_id)
        return message

    async def _note(self, conversation: Conversation, request_id: str) -> None:
        """Have Rasa know which findings the last report named. What fails is tried again before the next message."""
        if not conversation.unnoted:
            return
        try:
            async with asyncio.timeout(NOTE_SECONDS):
                await self._rasa.send_payload(conversation.id, conversation.unnoted)
            conversation.unnoted = ""
        except (TimeoutError, RasaUnavailable) as error:
            logger.warning("a report is not noted: failure=%s request=%s", type(error).__name__, request_id)

    async def _answer(
        self, conversation: Conversation, asked: Awaitable[list[Any]], request_id: str, warned: Warned
    ) -> list[Message]:
        try:
            async with asyncio.timeout(URGENT_WAIT_SECONDS if warned.messages else None):
                replies = await asked
            messages, _ = read_replies(replies, conversation.offer, self._words.clinic.fill)
        except TimeoutError:
            logger.warning("unavailable: cause=timeout failure=UrgentWait request=%s", request_id)
            self._metrics.unavailable.labels("timeout").inc()
            messages = [self._own("unavailable", UNAVAILABLE, conversation)]
        except RasaUnavailable as error:
            logger.warning("unavailable: cause=%s failure=%s request=%s", error.cause, error.failure, request_id)
            self._metrics.unavailable.labels(error.cause).inc()
            messages = [self._own("unavailable", UNAVAILABLE, conversation)]
        return messages

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
            if message.type == "urgent":
                self._metrics.urgent.labels(message.urgent.level).inc()
        return messages


def _tells_of_one(report: Report) -> bool:
    """Whether it says that one finding is there, and nothing else: its explanation is worth more than a list of one."""
    return (
        len({mention.finding for mention in report.mentions}) == 1
        and not report.hedges
        and all(mention.status == "present" for mention in report.mentions)
    )
