"""The sheet for the visit: one page for the patient to print and to take along.

It is made once, as rows of a few kinds; text, HTML and the widget's own print are three ways of writing the same rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from knowledge.reports.reading import Status
from knowledge.reports.telling import Group, Telling, ToldFinding

# What fits on one page with room to write; the chat has the rest.
MOST_ITEMS, MOST_OPEN, MOST_NAMES, MOST_PHRASES, MOST_SOURCES = 5, 3, 5, 4, 5
PHRASE_CHARS, DETAIL_CHARS = 50, 45
NOTE_LINES = 3

Kind = Literal["title", "small", "heading", "line", "item", "ask", "note"]


@dataclass(frozen=True)
class Row:
    """One row of the sheet. ask is a question with room for the answer; note is an empty line to write on."""

    kind: Kind
    text: str = ""


def sheet(telling: Telling, words: dict[str, Any], today: dt.date) -> list[Row]:
    """The rows of the sheet for what was told on the day `today`."""
    return list(_rows(telling, words, today))


def _rows(telling: Telling, words: dict[str, Any], today: dt.date) -> Iterator[Row]:
    own = words["sheet"]
    yield Row("title", own["title"])
    yield Row("small", own["from"].format(date=f"{today:%B} {today.day}, {today.year}"))
    yield Row("heading", own["findings"])
    if not telling.groups:
        yield Row("line", own["none"])
    for group in telling.groups:
        yield from _group(group, own)
    if telling.unexplained:
        phrases = [_cut(phrase, PHRASE_CHARS) for phrase in telling.unexplained]
        yield Row("line", own["unexplained"].format(phrases=_joined(phrases, MOST_PHRASES, own)))
    if telling.questions:
        yield Row("heading", own["questions"])
        yield from (Row("ask", question) for question in telling.questions)
    yield Row("heading", own["notes"])
    yield from [Row("note")] * NOTE_LINES
    if telling.sources:
        names = list(dict.fromkeys(f"{source.org}, {source.year}" for source in telling.sources))
        yield Row("small", own["sources"].format(sources="; ".join(names[:MOST_SOURCES]).rstrip(".")))
    yield Row("small", " ".join(part for part in (telling.review, own["warning"]) if part))


def _group(group: Group, own: dict[str, Any]) -> Iterator[Row]:
    """What is there or open has a row each; what is not there, or past, is a row together."""
    if group.status in (Status.ABSENT, Status.PRIOR):
        names = [f"{f.name} ({f.plain})" if f.plain else f.name for f in group.findings]
        yield Row("line", f"{group.title}: {_joined(names, MOST_NAMES, own)}.")
        return
    yield Row("line", f"{group.title}:")
    most = MOST_ITEMS if group.status is Status.PRESENT else MOST_OPEN
    yield from (Row("item", _item(finding)) for finding in group.findings[:most])
    if (more := len(group.findings) - most) > 0:
        yield Row("item", own["more"].format(count=more))


def _item(finding: ToldFinding) -> str:
    """The finding with what its sentences say of it: "severe, L4-L5; mild, L2-L3"."""
    name = f"{finding.name}: {finding.plain}" if finding.plain else finding.name
    details = "; ".join(dict.fromkeys(", ".join(quote.details) for quote in finding.quotes if quote.details))
    return f"{name} ({_cut(details, DETAIL_CHARS)})" if details else name


def _joined(items: list[str], most: int, own: dict[str, Any]) -> str:
    more = [own["more"].format(count=len(items) - most)] if len(items) > most else []
    return ", ".join([*items[:most], *more])


def _cut(text: str, most: int) -> str:
    """Of a text that is too long its first words, and a sign that there is more."""
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0].rstrip(',;')} …"


def sheet_text(rows: Iterable[Row]) -> str:
    """The sheet as plain text."""
    lines: list[str] = []
    before = ""
    for row in rows:
        if row.kind == "heading" or (row.kind == "small" and before not in ("small", "title")):
            lines.append("")
        match row.kind:
            case "title" | "heading":
                lines.append(row.text.upper())
            case "item":
                lines.append(f"- {row.text}")
            case "ask":
                lines += [f"[ ] {row.text}", f"    {'_' * 68}"]
            case "note":
                lines.append("_" * 72)
            case _:
                lines.append(row.text)
        before = row.kind
    return "\n".join(lines) + "\n"


_STYLE = """
@page { size: auto; margin: 12mm 15mm; }
body { max-width: 44rem; margin: 1.5rem auto; padding: 0 1rem; color: #15202b; background: #fff;
  font: 10pt/1.35 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
h1 { margin: 0; font-size: 18pt; } h2 { margin: 9pt 0 2pt; font-size: 12pt; border-bottom: .75pt solid #15202b; }
p, ul { margin: 3pt 0; } ul { padding-left: 14pt; } li { margin: 1pt 0; overflow-wrap: anywhere; }
.small { color: #45525c; font-size: 8.5pt; overflow-wrap: anywhere; }
.ask { padding: 0; list-style: none; }
.ask li { padding: 2pt 0 10pt 17pt; border-bottom: .5pt dotted #7b8790; position: relative; break-inside: avoid; }
.ask li::before { content: ""; position: absolute; left: 0; top: 4pt; width: 8pt; height: 8pt;
  border: .75pt solid #15202b; }
.note { height: 17pt; border-bottom: .5pt dotted #7b8790; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
"""
_TAGS = {"title": "<h1>{}</h1>", "heading": "<h2>{}</h2>", "line": "<p>{}</p>", "small": '<p class="small">{}</p>'}


def sheet_html(rows: Iterable[Row]) -> str:
    """The sheet as a page of its own, without scripts, fonts or pictures; it prints on one A4 or letter page."""
    rows = list(rows)
    parts: list[str] = []
    listed = ""
    for row in rows:
        if listed and row.kind != listed:
            parts.append("</ul>")
            listed = ""
        if row.kind in ("item", "ask"):
            if not listed:
                parts.append('<ul class="ask">' if row.kind == "ask" else "<ul>")
                listed = row.kind
            parts.append(f"<li>{escape(row.text)}</li>")
        elif row.kind == "note":
            parts.append('<div class="note"></div>')
        else:
            parts.append(_TAGS[row.kind].format(escape(row.text)))
    if listed:
        parts.append("</ul>")
    title = next((row.text for row in rows if row.kind == "title"), "")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            *parts,
            "</body>\n</html>\n",
        ]
    )
