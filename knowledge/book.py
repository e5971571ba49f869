"""`python -m knowledge book`: all passages on one page of HTML, for a clinician to review on paper or on screen.

The page stands alone: no scripts, fonts or pictures from elsewhere. What is ticked or written on it stays on the paper
or in the browser tab; a review counts once the file's `review` line says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from html import escape

from knowledge.passages import Finding, Library, Passage

_STYLE = """
:root { --ink: #1d2429; --faint: #5a666e; --line: #c9d1d6; --mark: #f4f1e6; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: #fff;
  font: 1.0625rem/1.55 Georgia, "Times New Roman", serif; }
h1, h2, h3, .facts, .sources, .sheet, nav, summary { font-family: system-ui, sans-serif; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.5rem; margin: 0 0 .3rem; } h3 { font-size: 1.1rem; margin: 0 0 .4rem; }
a { color: #0b4f75; }
nav ol { columns: 2; column-gap: 2rem; padding-left: 1.6rem; } nav li { break-inside: avoid; }
.facts, .sources { color: var(--faint); font-size: .875rem; line-height: 1.45; overflow-wrap: anywhere; }
.chapter { border-top: 3px solid var(--ink); margin-top: 3rem; padding-top: 1rem; }
.passage { border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.1rem .8rem; margin: 1.2rem 0; }
.passage p { margin: .5rem 0; } .passage ul { margin: .3rem 0; padding-left: 1.3rem; }
.short { background: var(--mark); padding: .5rem .7rem; border-radius: 4px; }
sup { font: .7em system-ui, sans-serif; color: var(--faint); }
.sheet { border-top: 1px dashed var(--line); margin-top: .8rem; padding-top: .6rem; font-size: .9rem; }
.sheet label { margin-right: 1.1rem; white-space: nowrap; }
.sheet textarea { display: block; box-sizing: border-box; width: 100%; min-height: 3.2rem; margin-top: .5rem;
  border: 1px solid var(--line); border-radius: 4px; font: inherit; padding: .4rem; resize: vertical; }
@page { margin: 18mm 16mm 20mm; @bottom-right { content: counter(page); } }
@media print {
  body { max-width: none; margin: 0; padding: 0; font-size: 10.5pt; }
  .chapter { break-before: page; border-top: 0; margin-top: 0; }
  .passage, .signature { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .sheet textarea { min-height: 14mm; } a { color: inherit; text-decoration: none; }
}
"""


def book(library: Library, today: dt.date) -> str:
    """The page as HTML: what it is for, a list of contents, then a chapter a file with every passage and its sources.

    Statuses are those of the day `today`: a review past its due date stands there as expired.
    """
    files = (*library.findings.values(), library.about, *library.report_language)
    passages = [p for file in files for p in file.passages]
    reviewed = sum(p.review.status_on(today) == "reviewed" for p in passages)
    head = (
        f"{len(passages)} passages in {len(files)} files, of which {reviewed} are reviewed. Made on {today}.",
        "Tick or write what is wrong, missing or unclear, passage by passage. Nothing on this page is sent or saved."
        " To change a passage, edit the file that its chapter names; to approve a file, fill in its review line.",
    )
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Plainscan: all passages, for review</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            "<header>\n<h1>Plainscan: all passages, for review</h1>",
            *(f"<p>{escape(line)}</p>" for line in head),
            "</header>\n<nav aria-labelledby=contents>\n<h2 id=contents>Contents</h2>\n<ol>",
            *(f'<li><a href="#{escape(_anchor(file))}">{escape(file.title)}</a></li>' for file in files),
            "</ol>\n</nav>\n<main>",
            *(line for file in files for line in _chapter(file, library, today)),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _anchor(file: Finding) -> str:
    """Where a file's chapter stands; words of reports share one id, so their file's name tells them apart."""
    return f"file-{file.path.stem}"


def _chapter(file: Finding, library: Library, today: dt.date) -> Iterator[str]:
    numbers = {source.id: number for number, source in enumerate(file.sources, 1)}
    review = file.review
    done = f", {review.reviewer_role} on {review.reviewed_on}" if review.reviewed_on else ""
    yield f'<section class="chapter" id="{escape(_anchor(file))}">\n<h2>{escape(file.title)}</h2>'
    yield '<div class="facts">'
    yield f"<p>File {escape('/'.join(file.path.parts[-2:]))} · review: {escape(review.status_on(today) + done)}"
    yield f" · due {review.review_due} · reassurance {escape(file.reassurance)}</p>"
    for label, words in (
        ("Also called", file.also_called), ("In reports", file.report_phrases), ("Reported at", file.body_parts),
        ("See also", file.see_also), ("Left out", tuple(f"{k}: {v}" for k, v in file.left_out.items())),
    ):  # fmt: skip
        if words:
            yield f"<p><b>{label}:</b> {escape(' · '.join(words))}</p>"
    yield "</div>"
    for passage in file.passages:
        yield from _passage(passage, library.question(passage), numbers)
    yield '<div class="sources">\n<h3>Sources</h3>\n<ol>'
    for source in file.sources:
        told = " · ".join((source.title, source.org, source.year, source.where))
        link = source.url if source.url.startswith("https://") else ""
        address = f'<a href="{escape(link)}">{escape(link)}</a>' if link else escape(source.url)
        yield f"<li>{escape(told)} · {address} · checked {source.checked_on}</li>"
    yield "</ol>\n</div>"
    yield '<div class="sheet signature"><label><input type="checkbox"> Whole file approved</label>'
    yield '<label>Role and date <input type="text" size="32"></label></div>\n</section>'


def _passage(passage: Passage, question: str, numbers: dict[str, int]) -> Iterator[str]:
    yield f'<article class="passage" id="{escape(passage.id)}">\n<h3>{escape(question)}</h3>'
    for paragraph in passage.paragraphs:
        cited = ", ".join(str(numbers[i]) for i in paragraph.source_ids if i in numbers)
        yield _lines(paragraph.text, f" <sup>{cited}</sup>" if cited else "")
    if passage.short:
        yield f'<p class="short"><b>In short:</b> {escape(passage.short)}</p>'
    yield f'<p class="facts">{escape(passage.id)}</p>\n<div class="sheet">'
    for verdict in ("Right as it is", "Needs a change", "Do not show"):
        yield f'<label><input type="checkbox"> {verdict}</label>'
    yield f'<textarea aria-label="Comment on {escape(passage.id)}"></textarea>\n</div>\n</article>'


def _lines(text: str, cited: str) -> str:
    """A paragraph as HTML, its list lines as a list; the numbers of its sources stand at the end of its last line."""
    html, rows = "", text.split("\n")
    for at, row in enumerate(rows):
        listed = row.startswith("- ")
        said = escape(row.removeprefix("- ")) + (cited if at == len(rows) - 1 else "")
        if listed and not (at and rows[at - 1].startswith("- ")):
            html += "<ul>"
        html += f"<li>{said}</li>" if listed else f"<p>{said}</p>"
        if listed and not (at + 1 < len(rows) and rows[at + 1].startswith("- ")):
            html += "</ul>"
    return html
