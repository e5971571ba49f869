"""A report's reading in the terminal, its mentions coloured by status: `python -m knowledge read FILE`."""

from __future__ import annotations

import os

from rich.console import Console
from rich.table import Table
from rich.text import Text

from knowledge.reports.reading import Mention, Reading, Status

_STYLES = {
    Status.PRESENT: "bold red",
    Status.ABSENT: "green",
    Status.UNCERTAIN: "bold yellow",
    Status.PRIOR: "blue",
}
_DETAILS = ("side", "location", "level", "grade", "size", "severity")


def print_reading(text: str, reading: Reading) -> None:
    """Print the report with its mentions marked, and a table of what was read. NO_COLOR is respected."""
    console = Console(highlight=False, no_color=bool(os.environ.get("NO_COLOR")) or None)
    marked = Text(text)
    for span in reading.normal:
        marked.stylize("dim", span.start, span.end)
    for mention in reading.mentions:
        marked.stylize(_STYLES[mention.status], mention.start, mention.end)
    for span in reading.unexplained:
        marked.stylize("underline", span.start, span.end)
    console.print(marked, soft_wrap=True)
    table = Table("status", "finding", "words", "section", "details", box=None, pad_edge=False)
    for mention in reading.mentions:
        style = _STYLES[mention.status]
        table.add_row(
            Text(mention.status.value, style),
            mention.finding,
            Text(mention.term),
            mention.section,
            Text(_details(mention)),
        )
    console.print(table)
    for name, words in (
        ("normal", [s.words for s in reading.normal]),
        ("not explained", [s.words for s in reading.unexplained]),
        ("hedges", [h.words for h in reading.hedges]),
        ("contradictions", [f"{c.finding}: {c.first.term} / {c.second.term}" for c in reading.contradictions]),
    ):
        if words:
            console.print(Text(f"{name}: {'; '.join(words)}"))


def _details(mention: Mention) -> str:
    return ", ".join(f"{name} {value}" for name in _DETAILS if (value := getattr(mention, name)))
