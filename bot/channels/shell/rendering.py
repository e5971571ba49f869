"""How answers look: as rich renderables with bars, colours and a panel, or as plain text for screen readers and files.

Both are made of the same blocks in the same order, so that nobody gets less than the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rich.box import HEAVY
from rich.cells import cell_len
from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from bot.channels.shell.conversation import Turn
from bot.channels.shell.messages import (
    Answer,
    Button,
    Message,
    Passage,
    Report,
    ReportFinding,
    ReportGroup,
    Review,
    Source,
)

Role = Literal[
    "heading", "body", "sources", "review", "quote", "hint", "present", "uncertain", "absent", "prior", "name", "close",
    "told present", "told uncertain", "told absent", "told prior",
]  # fmt: skip

ROLE_STYLES: dict[Role, str] = {
    "heading": "bold cyan", "body": "", "sources": "dim", "review": "yellow", "quote": "italic", "hint": "dim",
    "present": "bold blue", "uncertain": "bold yellow", "absent": "bold green", "prior": "bold magenta", "name": "bold",
    "close": "", "told present": "blue", "told uncertain": "yellow", "told absent": "green", "told prior": "magenta",
}  # fmt: skip
# Of a report, what belongs to the line before it stands right below.
CLOSE = ("review", "quote", "hint", "close", "told present", "told uncertain", "told absent", "told prior")
STATUS_ROLES: dict[str, Role] = {
    "present": "present", "uncertain": "uncertain", "absent": "absent", "prior": "prior",
}  # fmt: skip
STATUS_TOLD: dict[str, Role] = {
    "present": "told present", "uncertain": "told uncertain", "absent": "told absent", "prior": "told prior",
}  # fmt: skip
BAR_STYLES = {"explanation": "cyan", "report": "cyan", "choices": "blue", "unknown": "yellow", "unavailable": "magenta"}
URGENT_HEADINGS = {
    "emergency": "Emergency: get help now",
    "same-day": "Urgent: get help today",
    "soon": "See a doctor soon",
}
WIDEST = 100  # columns: beyond, the eye loses the line
SPEAKERS = ("You:", "Plainscan:")


@dataclass(frozen=True)
class Block:
    """A part of a message with one role, of one or more paragraphs."""

    role: Role
    text: str


def blocks(message: Message, *, links: bool = False) -> Iterator[Block]:
    """The parts of a message in reading order; with `links` the sources in full in the place of the short line."""
    if message.type == "urgent":
        level = message.urgent.level if message.urgent else ""
        yield Block("heading", URGENT_HEADINGS.get(level, "Urgent"))
        yield Block("body", message.text)
        if message.urgent and message.urgent.call and message.urgent.call not in message.text:
            yield Block("body", f"Call: {message.urgent.call}")
    elif message.passage:
        yield from _card(message.passage, message.text, links)
    elif message.report and message.report.groups:
        yield from _report(message.report)
    else:
        yield Block("body", message.text)


def _card(passage: Passage, text: str, links: bool) -> Iterator[Block]:
    # The text of the message is the whole of it. What it says before the passage is said here too, whatever it is.
    before = text.partition(passage.text)[0].strip() if passage.text in text else ""
    if before and before != passage.title:
        yield Block("body", before.removesuffix(passage.title).strip())
    yield Block("heading", passage.title)
    yield Block("body", passage.text)
    if passage.sources:
        yield Block("sources", "\n".join(full_sources(passage.sources)) if links else short_sources(passage.sources))
    if passage.review:
        yield Block("review", review_line(passage.review))


def _report(report: Report) -> Iterator[Block]:
    """A report, walked through: the status of each finding stands in words, whatever its colour."""
    yield Block("body", report.opening)
    if report.contradictions:
        yield Block("uncertain", report.titles.get("contradictions", ""))
        yield Block("quote", _list(row.line for row in report.contradictions))
    for group in report.groups:
        yield Block(STATUS_ROLES.get(group.status, "heading"), group.title.upper())
        yield Block("hint", group.hint)
        for finding in group.findings:
            yield from _finding(finding, group)
    if report.hedges:
        yield Block("heading", report.titles.get("hedges", ""))
        yield Block("quote", _list(f"“{hedge.words}”: {hedge.short}" for hedge in report.hedges))
    for name, rows in (("normal", report.normal), ("unexplained", report.unexplained)):
        if rows:
            yield Block("heading", report.titles.get(name, ""))
            yield Block("quote", " · ".join(f"“{row}”" for row in rows))
    if report.questions:
        yield Block("heading", report.titles.get("questions", ""))
        yield Block("close", _list(report.questions))
    yield Block("body", report.closing)
    if report.review:
        yield Block("review", report.review)


def _finding(finding: ReportFinding, group: ReportGroup) -> Iterator[Block]:
    yield Block("name", f"{finding.number}. {finding.name}" + (f" ({finding.plain})" if finding.plain else ""))
    yield Block(STATUS_TOLD.get(group.status, "hint"), finding.told)
    for quote in finding.quotes:
        details = f" ({', '.join(quote.details)})" if quote.details else ""
        yield Block("quote", f"“{quote.sentence}”{details}")
    if finding.short and group.status in ("present", "uncertain"):
        yield Block("close", finding.short)


def _list(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def short_sources(sources: Iterable[Source]) -> str:
    """One line: who said it and when, each once."""
    names = dict.fromkeys(" ".join(str(part) for part in (s.org or s.title, s.year) if part) for s in sources)
    return "Sources: " + " · ".join(names)


def full_sources(sources: Iterable[Source]) -> list[str]:
    """Title, organisation, year, and the address on a line of its own."""
    lines = []
    for source in sources:
        lines.append("- " + ". ".join(str(part) for part in (source.title, source.org, source.year) if part))
        if source.url:
            lines.append(f"  {source.url}")
    return lines


def review_line(review: Review) -> str:
    """Whether a clinician has reviewed the passage, in a sentence."""
    day = f" on {review.reviewed_on}" if review.reviewed_on else ""
    if review.status == "reviewed":
        return f"Reviewed by a clinician{day}."
    if review.status == "expired":
        return f"A clinician reviewed this{day}, but that review is out of date."
    return "Draft: no clinician has reviewed this yet."


def rich_answer(answer: Answer, width: int) -> Iterator[RenderableType]:
    """An answer as renderables of at most `width` columns (a longer word stays whole), messages a blank line apart."""
    number = 1
    for place, message in enumerate(answer.messages):
        if place:
            yield Text()
        if message.type == "urgent":
            yield _panel(message, width)
        else:
            yield from _barred(message, width)
        for line in option_lines(message.options, number, width):
            yield Text.assemble((line[:5], "bold cyan"), line[5:])
        number += len(message.options)


def _panel(message: Message, width: int) -> Panel:
    heading, *rest = blocks(message)
    text = Text("\n\n").join(Text(block.text) for block in rest)
    return Panel(text, title=Text(heading.text, "bold"), title_align="left", box=HEAVY, border_style="red", width=width)


def _barred(message: Message, width: int) -> Iterator[Text]:
    bar = BAR_STYLES.get(message.type)
    for place, block in enumerate(blocks(message)):
        # The review belongs to the sources: no gap between the two.
        for line in ([""] if place and block.role not in CLOSE else []) + wrapped(block.text, width - 2):
            yield Text.assemble(("│ " if line else "│", bar), (line, ROLE_STYLES[block.role])) if bar else Text(line)


def option_lines(options: Iterable[Button], first: int, width: int) -> list[str]:
    """Numbered options after a blank line; no lines when there are none. The number fills the first 5 columns."""
    lines: list[str] = []
    for number, option in enumerate(options, first):
        start, *more = wrapped(option.title, width - 5)
        lines += [f"{number:>3}  {start}", *(f"     {line}" for line in more)]
    return ["", *lines] if lines else []


def plain_answer(answer: Answer, width: int, *, links: bool = False) -> list[str]:
    """An answer as lines of plain text: no boxes, no bars; what is urgent is said to be, in words."""
    lines: list[str] = []
    number = 1
    for message in answer.messages:
        lines += [""] if lines else []
        for place, block in enumerate(blocks(message, links=links)):
            text = block.text.upper() if message.type == "urgent" and block.role == "heading" else block.text
            lines += ([""] if place and block.role not in CLOSE else []) + wrapped(text, width)
        lines += option_lines(message.options, number, width)
        number += len(message.options)
    return lines


def plain_transcript(turns: Iterable[Turn], width: int) -> list[str]:
    """A conversation as lines of plain text, with the sources in full: for a file that one takes to the doctor."""
    lines: list[str] = []
    for turn in turns:
        lines += [""] if lines else []
        if turn.answer:
            lines += [SPEAKERS[1], *plain_answer(turn.answer, width, links=True)]
        elif turn.said is not None:
            lines += [SPEAKERS[0], *wrapped(turn.said, width)]
        else:
            lines += ["(a new conversation)"]
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, cut between words; list items hang; a longer word (an address) stays whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        words = paragraph.split()
        hang = " " * (len(paragraph) - len(paragraph.lstrip(" ")))
        line = hang + " ".join(words[:1])
        hang += "  " if words and words[0] in ("-", "•") else ""
        for word in words[1:]:
            if cell_len(line) + 1 + cell_len(word) <= width:
                line += " " + word
            else:
                lines.append(line)
                line = hang + word
        lines.append(line.rstrip())
    return lines
