"""What clients send and get, beside the Messages."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.channels.gateway.messages import Message
from bot.channels.gateway.normalise import replace_lone_surrogates
from bot.channels.gateway.words import WidgetSettings

MAX_REASON_CHARS = 500


def _encodable(value: Any) -> Any:
    # JSON can carry half a surrogate pair, which no validated string can hold; the length stays what was sent.
    return replace_lone_surrogates(value) if isinstance(value, str) else value


Typed = Annotated[str, BeforeValidator(_encodable)]


class _Sent(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class NewConversation(_Sent):
    """Nothing is needed to start."""


class TextRequest(_Sent):
    """What a patient wrote. Text that begins with / is text."""

    text: Typed


class ReportRequest(_Sent):
    """A report, pasted."""

    report: Typed


class ActionRequest(_Sent):
    """A button or choice that was offered in this conversation."""

    action: Typed


MessageRequest = TextRequest | ReportRequest | ActionRequest


class Feedback(_Sent):
    """Whether a message of this conversation helped, and why."""

    message_id: Typed
    helpful: bool
    reason: Typed | None = None


class ConversationCreated(BaseModel):
    """A new conversation; `expires_at` moves on with each use."""

    conversation: str
    token: str
    expires_at: datetime
    messages: list[Message]


class Messages(BaseModel):
    """What is said, in order, at least one."""

    messages: list[Message] = Field(min_length=1)


class Limits(BaseModel):
    """Characters of a text, a report, a reason; bytes of a body; messages a minute; minutes until it ends unused."""

    text: int
    report: int
    reason: int
    body_bytes: int
    messages_per_minute: int
    idle_minutes: float


class Config(BaseModel):
    """What the clinic has set and a client may show, and the limits."""

    name: str
    phone: str
    emergency_number: str
    crisis_line: str
    booking_url: str
    opening_hours: str
    privacy_url: str
    colours: dict[str, str]
    widget: WidgetSettings
    version: str
    limits: Limits
