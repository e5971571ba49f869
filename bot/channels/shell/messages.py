"""What the gateway says, as far as the shell shows it: the Message of the public API.

The models are lenient where the API may grow: unknown fields and types are no error, and a message whose card cannot be
read still has its text. Every field that is shown has passed `safe_text`; ids and actions are kept as they came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ValidationError

from bot.channels.shell.safe_text import safe_text


def _shown(value: Any) -> Any:
    return safe_text(value) if isinstance(value, str) else value


Shown = Annotated[str, BeforeValidator(_shown)]


class Button(BaseModel):
    """A quick reply: what the person reads, and the opaque action that is sent when it is picked."""

    title: Shown
    action: str


class Source(BaseModel):
    """Where a passage's facts come from."""

    title: Shown = ""
    org: Shown = ""
    year: int | Shown | None = None
    url: Shown | None = None


class Review(BaseModel):
    """Whether a clinician has reviewed the passage: draft, reviewed or expired; the day as YYYY-MM-DD."""

    status: Shown
    reviewed_on: Shown | None = None


class Passage(BaseModel):
    """One aspect of one finding, word for word as it was written."""

    id: str
    title: Shown
    text: Shown
    sources: list[Source] = []
    review: Review | None = None


class Urgent(BaseModel):
    """How soon the person needs help (emergency, same-day, soon) and whom to call."""

    level: Shown
    call: Shown | None = None


class Quote(BaseModel):
    """A sentence of the person's own report, and the details that it gives."""

    sentence: Shown
    details: list[Shown] = []


class ReportFinding(BaseModel):
    """A finding of a report; `told` says in words what the report says of it, `short` what it is in general."""

    number: int
    name: Shown
    plain: Shown = ""
    told: Shown
    short: Shown = ""
    quotes: list[Quote] = []


class ReportGroup(BaseModel):
    """The findings of one status: present, uncertain, absent, prior."""

    status: Shown
    title: Shown
    hint: Shown = ""
    findings: list[ReportFinding] = []


class Line(BaseModel):
    """A finding of which the report says two things, in a line."""

    line: Shown


class Hedge(BaseModel):
    """A phrase that hedges, and what it means."""

    words: Shown
    short: Shown


class Sheet(BaseModel):
    """The sheet for the visit, as text and as a page of HTML: files, not for the terminal."""

    text: str
    html: str


class Report(BaseModel):
    """A report, read."""

    opening: Shown = ""
    groups: list[ReportGroup] = []
    contradictions: list[Line] = []
    hedges: list[Hedge] = []
    normal: list[Shown] = []
    unexplained: list[Shown] = []
    questions: list[Shown] = []
    closing: Shown = ""
    review: Shown = ""
    titles: dict[str, Shown] = {}
    sheet: Sheet | None = None


class Message(BaseModel):
    """One message of an answer; `text` is the whole of it in plain text, the other parts depend on `type`."""

    id: str = ""
    type: Shown
    text: Shown
    buttons: list[Button] = []
    choices: list[Button] = []
    passage: Passage | None = None
    urgent: Urgent | None = None
    report: Report | None = None

    @property
    def options(self) -> list[Button]:
        """What can be picked, in the order shown: choices, then the quick replies that do not repeat one of them."""
        taken = {choice.title for choice in self.choices}
        return [*self.choices, *(button for button in self.buttons if button.title not in taken)]


@dataclass(frozen=True)
class Answer:
    """All messages of one answer, urgent ones first; `raw` is the list as the gateway sent it."""

    messages: Sequence[Message]
    raw: list[Any]

    @property
    def options(self) -> list[Button]:
        """The options of all messages; the number of an option is its place here, counted from 1."""
        return [option for message in self.messages for option in message.options]

    @property
    def sources(self) -> list[Source]:
        """The sources of all passages, each once."""
        return _once([s for message in self.messages if message.passage for s in message.passage.sources])

    @property
    def sheet(self) -> Sheet | None:
        """The sheet for the visit, where a report was read."""
        return next((m.report.sheet for m in self.messages if m.report and m.report.sheet), None)


def _once(sources: list[Source]) -> list[Source]:
    return [source for place, source in enumerate(sources) if source not in sources[:place]]


def read_answer(body: Any) -> Answer:
    """Read {"messages": [Message, …]}.

    Raises:
        ValueError: there is no message, or one has not even a type and a text. The error repeats none of their words.
    """
    raw = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(raw, list) or not raw:
        raise ValueError("an answer without messages")
    messages = sorted((_read_message(item) for item in raw), key=lambda message: message.type != "urgent")
    return Answer(messages, raw)


def _read_message(item: Any) -> Message:
    try:
        return Message.model_validate(item)
    except ValidationError:
        # The card or a button is off-schema. The text is enough for a person, and an urgent one stays urgent.
        try:
            return Message.model_validate({name: item[name] for name in ("type", "text")})
        except (ValidationError, TypeError, KeyError):
            raise ValueError("a message without type or text") from None
