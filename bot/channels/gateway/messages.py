"""The public Message of each type, and how what Rasa says becomes one."""

import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from bot.channels.gateway.rasa_client import RasaUnavailable


def _web_address_or_none(value: Any) -> Any:
    # Never javascript: or data: in a link; but one bad link is no reason to withhold a passage.
    return value if not isinstance(value, str) or re.fullmatch(r"https?://\S+", value) else None


WebAddress = Annotated[str | None, BeforeValidator(_web_address_or_none)]
PassageId = Annotated[str, Field(pattern=r"^[a-z0-9-]+#[a-z0-9-]+$", max_length=200)]
Said = Annotated[str, Field(min_length=1, pattern=r"\S")]  # blanks alone would be an empty bubble


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: object) -> bool:
    return value == ""


class _Part(BaseModel):
    # What the schema does not name never reaches a patient, but is no reason to withhold an answer.
    model_config = ConfigDict(strict=True, extra="ignore")


class Button(_Part):
    """Something to press; `action` is opaque and holds in this conversation only."""

    title: Said
    action: Said


class Source(_Part):
    """What a passage rests on."""

    title: Said
    org: str | None = None
    year: int | str | None = Field(default=None, description="or words such as n.d., where the source has none")
    url: WebAddress = None


class Review(_Part):
    """Whether a clinician has reviewed the passage, and on which day (ISO 8601)."""

    status: Literal["draft", "reviewed", "expired"]
    reviewed_on: str | None = None


class Passage(_Part):
    """One aspect of one finding, word for word as it was written."""

    id: PassageId
    finding: Said
    aspect: Said
    title: Said
    text: Said
    sources: list[Source]
    review: Review


class Choice(_Part):
    """One reading of an unclear question."""

    title: Said
    action: Said
    passage_id: PassageId | None = None


Left = Field(default=None, exclude_if=_is_none)  # a field that is left out where there is nothing to say
Status = Literal["present", "absent", "uncertain", "prior"]


class Mention(_Part):
    """A finding in a report; `start` and `end` are character offsets into the report as it was sent.

    The details from `side` to `severity` are the report's own words. `action` opens the finding's passage.
    """

    finding: Said
    term: Said
    status: Status
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    sentence: str
    side: str | None = Left
    location: str | None = Left
    level: str | None = Left
    grade: str | None = Left
    size: str | None = Left
    severity: str | None = Left
    passage_id: PassageId | None = None
    name: str | None = Left
    short: str | None = Left
    action: str | None = Left


class Quote(_Part):
    """A sentence of the report, the terms in it that name the finding, and the details that it gives."""

    sentence: str
    terms: list[str] = []
    details: list[str] = []


class ReportFinding(_Part):
    """One finding of a report: what it is called, what the report says of it, and what it is in general."""

    number: int
    finding: Said
    name: Said
    plain: str
    status: Status
    told: Said
    short: str
    quotes: list[Quote]
    passage_id: PassageId | None = None
    title: str | None = Left
    action: str | None = Left


class ReportGroup(_Part):
    """The findings of one status, those of the impression first; `told` is how most of them are told."""

    status: Status
    title: Said
    hint: str
    told: Said
    findings: list[ReportFinding]


class ReportHedge(_Part):
    """A phrase of the report that hedges, and what it means."""

    words: Said
    short: str
    passage_id: PassageId
    title: str
    action: Said


class ReportContradiction(_Part):
    """A finding of which the report says two things."""

    finding: Said
    name: Said
    line: Said
    sentences: list[str]


class SheetRow(_Part):
    """A row of the sheet for the visit; `ask` is a question with room for the answer, `note` a line to write on."""

    kind: Literal["title", "small", "heading", "line", "item", "ask", "note"]
    text: str


class Sheet(_Part):
    """The sheet for the visit, to print or to save: as text, as a page of HTML, and as the rows of both."""

    text: Said
    html: Said
    rows: list[SheetRow]


class Report(_Part):
    """What a report says. The lists `normal` and `unexplained` hold its own words."""

    mentions: list[Mention]
    opening: str = ""
    groups: list[ReportGroup] = []
    contradictions: list[ReportContradiction] = []
    hedges: list[ReportHedge] = []
    normal: list[str] = []
    unexplained: list[str] = []
    questions: list[str] = []
    closing: str = ""
    review: str = ""
    titles: dict[str, str] = Field(default={}, description="headings of the lists that are not groups, by their field")
    sheet: Sheet | None = Left


class Urgent(_Part):
    """Red flags that were found, and whom to call."""

    level: Literal["emergency", "same-day", "soon"]
    flags: list[str]
    call: str


class _Message(_Part):
    id: Said
    text: Said = Field(description="the whole message in plain text, enough for a text-only client")
    buttons: list[Button] = []


class TextMessage(_Message):
    """Plain words."""

    type: Literal["text"]


class ExplanationMessage(_Message):
    """A passage that answers the question."""

    type: Literal["explanation"]
    lead: str = Field(
        default="", description="what to say before the passage; `text` begins with it", exclude_if=_is_empty
    )
    passage: Passage


class ChoicesMessage(_Message):
    """It is unsure and asks back."""

    type: Literal["choices"]
    choices: list[Choice] = Field(min_length=1)


class ReportMessage(_Message):
    """A report, read."""

    type: Literal["report"]
    report: Report


class UrgentMessage(_Message):
    """Red flags; always first in the list."""

    type: Literal["urgent"]
    urgent: Urgent


class UnknownMessage(_Message):
    """There is no passage for that, or it is out of scope."""

    type: Literal["unknown"]


class UnavailableMessage(_Message):
    """A part of the system is down; the text says what to do meanwhile."""

    type: Literal["unavailable"]


Message = Annotated[
    TextMessage
    | ExplanationMessage
    | ChoicesMessage
    | ReportMessage
    | UrgentMessage
    | UnknownMessage
    | UnavailableMessage,
    Field(discriminator="type"),
]
_message = TypeAdapter[Message](Message)


def read_replies(
    replies: list[Any], offer: Callable[[str], str], fill: Callable[[str], str]
) -> tuple[list[Message], dict[str, Any]]:
    """Turn ReplyMessages into Messages, urgent ones first, and return them with what served the last of them.

    Args:
        offer: keeps a payload and returns the action that stands for it.
        fill: fills the clinic's $names in words of bot/domain.

    Raises:
        RasaUnavailable: one of them is off the schema; then none is said, for half an answer can mislead.
    """
    messages: list[Message] = []
    served_by: dict[str, Any] = {}
    try:
        for reply in replies:
            fields = dict(reply["custom"]) if "custom" in reply else {**reply, "type": "text"}
            served = fields.pop("served_by", None)
            served_by = served if isinstance(served, dict) else served_by
            for row in ("buttons", "choices"):
                fields[row] = [_offered(button, offer, fill) for button in fields.get(row) or ()]
            if fields["type"] == "urgent":
                fields["urgent"] = {**fields["urgent"], "call": fill(fields["urgent"]["call"])}
            messages.append(_message.validate_python({**fields, "id": new_message_id(), "text": _filled(fields, fill)}))
    except ValidationError as error:
        # The place is made of names of the schema: it says what to mend and nothing of what was said.
        place = ".".join(map(str, error.errors(include_input=False)[0]["loc"])) or "type"
        raise RasaUnavailable("off-schema", f"ValidationError:{place}") from None
    except (LookupError, TypeError, ValueError) as error:
        raise RasaUnavailable("off-schema", type(error).__name__) from None
    return sorted(messages, key=lambda message: message.type != "urgent"), served_by


def new_message_id() -> str:
    """A random id, opaque to clients."""
    return secrets.token_urlsafe(12)


def _offered(button: Any, offer: Callable[[str], str], fill: Callable[[str], str]) -> dict[str, Any]:
    payload = button["payload"]
    if not isinstance(payload, str) or not payload.startswith("/"):
        raise ValueError("not a payload")
    return {**button, "title": fill(button["title"]), "action": offer(payload)}


def _filled(fields: dict[str, Any], fill: Callable[[str], str]) -> str:
    """The text with the clinic's names, which are never put into a passage or into what a report says."""
    text = fields["text"]
    if fields["type"] == "report":
        return str(text)
    passage = fields["passage"]["text"] if fields["type"] == "explanation" else ""
    if not passage:
        return fill(text)
    if passage not in text:
        return str(text)
    before, _, after = text.partition(passage)
    return fill(before) + passage + fill(after)
