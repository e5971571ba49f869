"""The channel inside Rasa through which the gateway talks to the bot (docs/architecture.md has the contract).

Rasa's own REST channel answers 200 with nothing when an action fails, obeys typed commands, splits texts and cannot
forget a conversation. This one says what went wrong, keeps each message whole, and obeys nothing that a patient typed.
"""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from bot.components.action_endpoint import install

logger = logging.getLogger(__name__)

CHANNEL = "gateway"
# Less than the gateway waits, so that it learns why, and the conversation's lock is free again when it asks next.
ANSWER_SECONDS = 8.0

# The class of the failure of an action, noted while the message that caused it is handled.
_action_failures: ContextVar[list[str] | None] = ContextVar("action_failures", default=None)


class AnswerFailed(Exception):
    """The bot could not answer; `str()` is the class of the failure, never anything a patient wrote."""


class ActionFailureFilter(logging.Filter):
    """Notes the failures of actions and takes what could hold a patient's words out of their log records.

    Rasa swallows the exception of an action and only logs it, with a traceback that quotes the action server's answer:
    the whole conversation. The record is the one place where the failure can be seen.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            failure = _root_cause(record.exc_info[1])
            failures = _action_failures.get()
            if failures is not None:
                failures.append(failure)
            record.msg, record.args = "an action failed: %s", (failure,)
            record.exc_info = record.exc_text = None
        return True


class WholeMessages(OutputChannel):
    """Collects what the bot says as ReplyMessages, in order and whole."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one response: a `custom` payload takes in the text and buttons said with it, unless it has its own."""
        said: dict[str, Any] = {}
        if message.get("text"):
            said["text"] = message["text"]
        buttons = message.get("buttons") or message.get("quick_replies")
        if buttons:
            said["buttons"] = buttons
        if message.get("custom"):
            self.messages.append({"custom": {**said, **message["custom"]}})
        elif "text" in said:
            self.messages.append(said)


class GatewayChannel(InputChannel):
    """The input channel `gateway`: messages, buttons and erasure of conversations, for the gateway on the same machine.

    Args:
        answer_seconds: how long the bot may take for one message before it counts as failed.
    """

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.answer_seconds = answer_seconds

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "GatewayChannel":
        return cls(**(credentials or {}))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("gateway_channel")
        # The processor's logger is Rasa's, so the filter is set once however many channels are made.
        processor_log = logging.getLogger("rasa.core.processor")
        if not any(isinstance(known, ActionFailureFilter) for known in processor_log.filters):
            processor_log.addFilter(ActionFailureFilter())

        @blueprint.listener("after_server_start")
        async def begin(app: Any, loop: Any) -> None:
            log_as_json()
            # Rasa would stay up, say Hello, and answer nothing. Whoever keeps it running has to know.
            agent = getattr(app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                logger.error("There is no usable model: it is missing or damaged. `make train` makes one.")
                os._exit(1)
            app.ctx.action_endpoint = install(agent)

        @blueprint.listener("before_server_stop")
        async def end(app: Any, loop: Any) -> None:
            await app.ctx.action_endpoint.close()

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @blueprint.route("/messages", methods=["POST"])
        async def messages(request: Request) -> HTTPResponse:
            try:
                conversation, kind, content = _read_body(request)
            except ValueError:
                return json({"error": "BadRequest"}, status=400)
            trace = trace_of(request.headers)
            try:
                agent: Agent = request.app.ctx.agent
                message = as_user_message(conversation, kind, content, agent)
                message.metadata = trace
                said = await asyncio.wait_for(answer(message, on_new_message), self.answer_seconds)
            except Exception as error:  # whatever it is, the gateway must hear of it and the log must not quote it
                failure = str(error) if isinstance(error, AnswerFailed) else _root_cause(error)
                logger.warning("no answer: %s", failure, extra=trace)
                return json({"error": failure}, status=500)
            return json({"messages": said})

        @blueprint.route("/conversations/<conversation:str>", methods=["DELETE"])
        async def erase_conversation(request: Request, conversation: str) -> HTTPResponse:
            try:
                await erase(request.app.ctx.agent, conversation)
            except Exception as error:
                logger.warning("a conversation was not erased: %s", _root_cause(error))
                return json({"error": _root_cause(error)}, status=500)
            return empty()

        return blueprint


def log_as_json() -> None:
    """Have this process log one JSON object a line. Rasa has no setting for it that its own colours do not undo."""
    formatter = JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
    )
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)


def trace_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The names under which the gateway's log knows a request and its conversation; only what looks like one."""
    named = {"request": headers.get("X-Request-ID", ""), "conversation": headers.get("X-Plainscan-Conversation", "")}
    return {key: name for key, name in named.items() if re.fullmatch(r"[0-9a-f]{8,32}", name)}


async def answer(message: UserMessage, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> list[dict[str, Any]]:
    """Hand `message` to the bot and return the ReplyMessages it said, at least one.

    Raises:
        AnswerFailed: an action failed or nothing was said.
    """
    failures: list[str] = []
    _action_failures.set(failures)
    await on_new_message(message)
    if failures:
        raise AnswerFailed(failures[0])
    output = message.output_channel
    if not isinstance(output, WholeMessages) or not output.messages:
        raise AnswerFailed("NothingSaid")
    return output.messages


def as_user_message(conversation: str, kind: str, content: str, agent: Agent) -> UserMessage:
    """Build Rasa's message from a `kind` of "text" (parsed by NLU) or "payload" (a button of ours, obeyed as it is).

    Raises:
        AnswerFailed: no model is loaded, or the payload names no intent of the domain.
    """
    if not agent.is_ready():
        raise AnswerFailed("AgentNotReady")
    parse_data = None
    if kind == "payload":
        parse_data = parse_payload(content, agent.domain)
    else:
        content = harmless(content)
    return UserMessage(content, WholeMessages(), conversation, parse_data, input_channel=CHANNEL)


def harmless(text: str) -> str:
    """Return `text` as something that Rasa cannot take for a command.

    Rasa obeys a text whose first visible character is a slash, so those go, with the blanks between.

    >>> harmless(" / /restart")
    'restart'
    """
    # Something has to be left: an empty text has no features and would be answered by chance.
    return re.sub(r"^[\s/]+", "", text) or "?"


def parse_payload(payload: str, domain: Domain) -> dict[str, Any]:
    r"""Return what NLU would say of `payload`, like `/ask_causes{"finding": "fracture"}`: intent at 1.0, entities.

    Raises:
        AnswerFailed: it is no payload, or `domain` does not know its intent.
    """
    parsed = YAMLStoryReader.unpack_regex_message(Message({TEXT: payload}), domain, entity_extractor_name=CHANNEL)
    if not parsed.get(INTENT):
        raise AnswerFailed("UnknownPayload")
    return {key: parsed.get(key) for key in (TEXT, INTENT, INTENT_RANKING_KEY, ENTITIES)}


async def erase(agent: Agent, conversation: str) -> None:
    """Erase the tracker of `conversation`; one that is not known is no error.

    A message of the conversation that is being answered ends first, or it would write the tracker again.
    """
    # Rasa wraps the store, and on an error of it falls back to a second one: nothing may stay in either.
    wrapper = agent.tracker_store
    async with agent.lock_store.lock(conversation, wait_time_in_seconds=0.05):
        await wrapper._tracker_store.delete(conversation)
        if wrapper._fallback_tracker_store is not None:
            wrapper._fallback_tracker_store.store.pop(conversation, None)


def _read_body(request: Request) -> tuple[str, str, str]:
    """Return conversation, "text" or "payload", and its content; ValueError for anything else."""
    try:
        body = request.json
    except Exception:
        raise ValueError from None
    if not isinstance(body, dict) or len(body) != 2:
        raise ValueError
    conversation = body.get("conversation")
    kind = "payload" if "payload" in body else "text"
    content = body.get(kind)
    if not (isinstance(conversation, str) and conversation and isinstance(content, str) and content.strip()):
        raise ValueError
    return conversation, kind, content


def _root_cause(error: BaseException) -> str:
    """The class of what `error` goes back to: Rasa wraps a refused connection in a RasaException."""
    # A time-out goes back to the cancellation that it caused itself, which says less.
    while not isinstance(error, asyncio.TimeoutError) and (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return type(error).__name__
