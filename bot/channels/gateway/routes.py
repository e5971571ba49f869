"""The routes of the public API."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.channels.gateway import __version__, tracing
from bot.channels.gateway.conversations import AddressRates, Conversation, ConversationStore
from bot.channels.gateway.messages import Message
from bot.channels.gateway.metrics import Metrics
from bot.channels.gateway.normalise import normalise
from bot.channels.gateway.openapi import problems
from bot.channels.gateway.problems import Problem
from bot.channels.gateway.rasa_client import Erasures
from bot.channels.gateway.readiness import Readiness, Ready
from bot.channels.gateway.replies import Replies
from bot.channels.gateway.requests import (
    MAX_REASON_CHARS,
    ActionRequest,
    Config,
    ConversationCreated,
    Feedback,
    Limits,
    MessageRequest,
    Messages,
    NewConversation,
    TextRequest,
)
from bot.channels.gateway.settings import Settings
from bot.channels.gateway.tokens import Tokens
from bot.channels.gateway.tracing import stage
from bot.channels.gateway.words import Clinic

CURRENT = "/api/conversations/current"
bearer = HTTPBearer(auto_error=False, description="the token of a conversation")


@dataclass(frozen=True)
class Parts:
    """What the routes work with."""

    settings: Settings
    clinic: Clinic
    store: ConversationStore
    starts: AddressRates
    messages: AddressRates
    tokens: Tokens
    replies: Replies
    erasures: Erasures
    readiness: Readiness
    metrics: Metrics


def add_routes(app: FastAPI, parts: Parts) -> None:
    """Add the public API to `app`."""
    _add_conversation_routes(app, parts)
    _add_service_routes(app, parts)


def _add_conversation_routes(app: FastAPI, parts: Parts) -> None:
    settings, store, replies = parts.settings, parts.store, parts.replies

    async def current(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Conversation:
        if credentials is None:
            raise Problem("unauthorised")
        conversation = store.use(parts.tokens.read(credentials.credentials))
        tracing.current().conversation = conversation.log_name
        return conversation

    Current = Annotated[Conversation, Depends(current)]

    @app.post(
        "/api/conversations",
        status_code=201,
        response_model=ConversationCreated,
        responses=problems(400, 413, 415, 422, 429),
    )
    async def start_conversation(request: Request, new: NewConversation | None = None) -> Response:
        """Start a conversation: its token, when it ends if it is not used, and a greeting."""
        parts.starts.check(_network(request))
        conversation = store.create()
        created = ConversationCreated(
            conversation=conversation.id,
            token=parts.tokens.sign(conversation.id),
            expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=store.idle_seconds),
            messages=replies.greet(conversation),
        )
        return JSONResponse(created.model_dump(mode="json"), 201)

    @app.post(
        f"{CURRENT}/messages",
        response_model=Messages,
        responses=problems(400, 401, 404, 409, 413, 415, 422, 429),
    )
    async def send_message(
        request: Request, conversation: Current, sent: Annotated[MessageRequest, Body()]
    ) -> Response:
        """Say something, send a report, or press a button. A failure behind this service is a message `unavailable`."""
        parts.messages.check(_network(request))
        request_id = request.state.request_id
        if isinstance(sent, ActionRequest):
            payload = conversation.payload(sent.action)
            with conversation.turn():
                said = await replies.to_payload(conversation, payload, request_id)
        elif isinstance(sent, TextRequest):
            text = _clean("text-too-long", sent.text, settings.max_text_chars)
            with conversation.turn():
                said = await replies.to_text(conversation, text, request_id, sent.text)
        else:
            report = _clean("report-too-long", sent.report, settings.max_report_chars)
            with conversation.turn():
                said = await replies.to_report(conversation, report, request_id, sent.report)
        if conversation.id not in store:
            # It was deleted meanwhile, and Rasa may have got the message after it forgot: it has to forget again.
            await parts.erasures.erase(conversation.id)
            raise Problem("conversation-ended")
        tracing.current().told = _told(said)
        with stage("write"):
            return JSONResponse(Messages(messages=said).model_dump(mode="json"))

    @app.delete(CURRENT, status_code=204, responses=problems(401))
    async def delete_conversation(conversation: Current) -> Response:
        """Erase the conversation everywhere, at once."""
        store.delete(conversation.id)
        await parts.erasures.erase(conversation.id)
        return Response(status_code=204)

    @app.post(f"{CURRENT}/feedback", status_code=204, responses=problems(400, 401, 404, 413, 415, 422))
    async def give_feedback(conversation: Current, feedback: Feedback) -> Response:
        """Say whether a message helped. Only the verdict is counted; the reason is neither kept nor logged."""
        if len(feedback.reason or "") > MAX_REASON_CHARS:
            raise Problem("reason-too-long", limit=MAX_REASON_CHARS, length=len(feedback.reason or ""))
        passage_id, is_new = conversation.judge(feedback.message_id)
        if is_new:
            parts.metrics.feedback.labels(str(feedback.helpful).lower(), passage_id or "none").inc()
        return Response(status_code=204)


def _add_service_routes(app: FastAPI, parts: Parts) -> None:
    config = _config(parts.settings, parts.clinic)

    @app.get("/api/config", response_model=Config)
    async def show_config() -> Response:
        """What the clinic has set and a client may show, and the limits."""
        return JSONResponse(config.model_dump(mode="json"))

    @app.get("/api/health")
    async def health() -> dict[str, str]:
        """This service lives; nothing is said of what stands behind it."""
        return {"status": "ok"}

    @app.get("/api/ready", response_model=Ready, responses=problems(503))
    async def ready() -> Response:
        """A real question was answered, by the versions named."""
        return JSONResponse((await parts.readiness.check()).model_dump(mode="json"))

    @app.get("/metrics", include_in_schema=False)
    async def show_metrics(request: Request) -> Response:
        if not (parts.settings.metrics_public or _is_this_machine(request)):
            raise Problem("not-found")
        return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _told(said: Sequence[Message]) -> dict[str, Any]:
    """What the log is told of an answer: types, the passage's id, levels of urgency."""
    passages = [message.passage.id for message in said if message.type == "explanation"]
    levels = [message.urgent.level for message in said if message.type == "urgent"]
    told = {"said": [message.type for message in said], "passages": passages, "urgent": levels}
    return {name: value for name, value in told.items() if value}


def _clean(too_long: str, text: str, limit: int) -> str:
    """The text normalised; refused when it was sent too long, or when nothing is left of it."""
    if len(text) > limit:
        raise Problem(too_long, limit=limit, length=len(text))
    cleaned = normalise(text)
    if not cleaned:
        raise Problem("empty")
    return cleaned


def _config(settings: Settings, clinic: Clinic) -> Config:
    return Config(
        **clinic.model_dump(exclude={"allowed_origins", "serve"}),
        version=__version__,
        limits=Limits(
            text=settings.max_text_chars,
            report=settings.max_report_chars,
            reason=MAX_REASON_CHARS,
            body_bytes=settings.max_body_bytes,
            messages_per_minute=settings.messages_per_minute,
            idle_minutes=settings.idle_minutes,
        ),
    )


def _network(request: Request) -> str:
    """Whose rate it is: the address, or for IPv6 the network of it that one customer has to himself."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((int(address), 64), strict=False))


def _is_this_machine(request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
