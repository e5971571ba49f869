"""What the shell remembers of a conversation, and what a typed line means in it. No terminal, no network."""

from dataclasses import dataclass, field
from typing import Literal

from bot.channels.shell.client import TEXT_LIMIT
from bot.channels.shell.messages import Answer, Button, Sheet, Source


@dataclass(frozen=True)
class Draft:
    """Something to send: `content` is the text, the report or the action id; `typed` is what gave rise to it.

    `shown` is what the person said, in words: for an action, the title of the button.
    """

    kind: Literal["text", "report", "action"]
    content: str
    typed: str
    shown: str


@dataclass(frozen=True)
class CommandLine:
    """A line such as "/save notes.txt": the name in lower case without its slash, and the rest."""

    name: str
    argument: str


@dataclass(frozen=True)
class OutOfRange:
    """A number that stands for none of the `count` options on offer."""

    count: int


Meaning = Draft | CommandLine | OutOfRange | None


@dataclass(frozen=True)
class Turn:
    """One entry of the transcript. A person's is what they said, the bot's an answer, a break starts a conversation."""

    said: str | None = None
    answer: Answer | None = None


@dataclass
class Conversation:
    """The state of the chat: what was said, what can be picked now, and what could not be sent yet."""

    text_limit: int = TEXT_LIMIT
    transcript: list[Turn] = field(default_factory=list)
    last_answer: Answer | None = None
    kept: Draft | None = None

    @property
    def options(self) -> list[Button]:
        """What the last answer offered; number n picks options[n - 1]."""
        return self.last_answer.options if self.last_answer else []

    @property
    def sources(self) -> list[Source]:
        """The sources of the last answer."""
        return self.last_answer.sources if self.last_answer else []

    @property
    def sheet(self) -> Sheet | None:
        """The sheet for the visit, of the last report that was read."""
        sheets = (turn.answer.sheet for turn in reversed(self.transcript) if turn.answer)
        return next((sheet for sheet in sheets if sheet), None)

    def begin(self, greeting: Answer) -> None:
        """A new conversation: a break in the transcript (unless it is the first), then its greeting."""
        if self.transcript:
            self.transcript.append(Turn())
        self.transcript.append(Turn(answer=greeting))
        self.last_answer = greeting
        self.kept = None

    def record(self, draft: Draft, answer: Answer) -> None:
        """The draft was sent and answered."""
        self.transcript += [Turn(said=draft.shown), Turn(answer=answer)]
        self.last_answer = answer
        self.kept = None

    def forget(self) -> None:
        """Erase all of it."""
        self.transcript.clear()
        self.last_answer = self.kept = None

    @property
    def prefill(self) -> str:
        """What to put into the prompt again. A report is too long for that; an empty line sends it."""
        return self.kept.typed if self.kept and self.kept.kind != "report" else ""

    def interpret(self, line: str) -> Meaning:
        """What a typed or pasted line asks for; None: nothing.

        An empty line sends a kept report again. A single line that begins with / is a command; // begins text with a /.
        Digits alone pick an option when there are any. Anything else is text, or a report when beyond `text_limit`.
        """
        text = line.strip()
        if not text:
            return self.kept if self.kept and self.kept.kind == "report" else None
        if text.startswith("/") and not text.startswith("//") and "\n" not in text:
            name, _, argument = text[1:].partition(" ")
            return CommandLine(name.lower(), argument.strip())
        if text.isdecimal() and self.options:
            number = int(text[:9])  # more digits are out of range anyhow, and thousands of them int() refuses
            if not 1 <= number <= len(self.options):
                return OutOfRange(len(self.options))
            option = self.options[number - 1]
            return Draft("action", option.action, text, option.title)
        return self.written(text[1:] if text.startswith("//") else text, typed=text)

    def written(self, text: str, typed: str | None = None) -> Draft:
        """A draft of words as they are: a text while it fits, else a report."""
        return Draft("text" if len(text) <= self.text_limit else "report", text, typed or text, text)


def report(text: str) -> Draft:
    """A draft of a report, however short."""
    return Draft("report", text, text, text)
