"""What a patient is told of a reading: the findings in four groups, the words that hedge, and what to ask.

    teller = Teller(load_library(), library_that_is_served, fill)
    telling = teller.tell(reader.read(text), text, today)

Every sentence comes from `report_language/telling.yml`, from a passage's short form, or from the report itself.
Nothing is kept of a text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from knowledge.passages import KNOWLEDGE, Library, Passage, Source, sentences
from knowledge.reports.reading import Contradiction, Hedge, Mention, Reading, Span, Status

Item = TypeVar("Item")
# Between two clauses of a sentence.
_CLAUSE = re.compile(r"[;,]\s+|\s+(?=(?:and|but|while|which)\s)")
# What is there comes first, then what is open; what is ruled out asks nothing of the reader.
ORDER = (Status.PRESENT, Status.UNCERTAIN, Status.ABSENT, Status.PRIOR)
MOST_QUESTIONS, FEWEST_QUESTIONS = 7, 3
# A sentence of a report can be a whole page without a full stop; of a longer one, the words around the term are quoted.
QUOTE_CHARS = 280
MOST_BUTTONS = 6


@dataclass(frozen=True)
class Quote:
    """The patient's own sentence, or the part of it around `terms`, with the details that it gives, word for word."""

    sentence: str
    terms: tuple[str, ...]
    details: tuple[str, ...]


@dataclass(frozen=True)
class ToldFinding:
    """A finding in its group. number: its place in the whole list, from 1; passage_id: what to open for more.

    plain: what it is, in a few words; told: the status in words; short: what it is in one or two sentences, or nothing.
    """

    number: int
    finding: str
    name: str
    plain: str
    status: Status
    told: str
    short: str
    passage_id: str | None
    quotes: tuple[Quote, ...]
    sides: tuple[str, ...]
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The findings of one status, those of the impression first."""

    status: Status
    title: str
    hint: str
    findings: tuple[ToldFinding, ...]


@dataclass(frozen=True)
class ToldHedge:
    """A phrase that hedges, as the report has it, and what it means."""

    words: str
    short: str
    passage_id: str


@dataclass(frozen=True)
class ToldContradiction:
    """A finding of which the report says two things: both sentences, and what to make of it."""

    finding: str
    name: str
    line: str
    sentences: tuple[str, str]


@dataclass(frozen=True)
class Telling:
    """All that is told. mentions: as read, but what is contradicted bears the safer status.

    normal, unexplained: the report's own words. buttons: ids of passages to offer after the findings' own.
    sources: what the explanations rest on; review: draft, or reviewed where all of them are. empty: nothing was read.
    """

    opening: str
    groups: tuple[Group, ...] = ()
    mentions: tuple[Mention, ...] = ()
    contradictions: tuple[ToldContradiction, ...] = ()
    hedges: tuple[ToldHedge, ...] = ()
    normal: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    closing: str = ""
    review: str = ""
    sources: tuple[Source, ...] = ()
    buttons: tuple[str, ...] = ()
    titles: dict[str, str] = field(default_factory=dict)
    empty: bool = False

    @property
    def findings(self) -> tuple[ToldFinding, ...]:
        """All findings in the order they are told."""
        return tuple(finding for group in self.groups for finding in group.findings)


class Teller:
    """Tells readings.

    Args:
        library: all findings, for their names.
        served: what may be shown; of a finding without a served passage, only the name is told.
        fill: fills the clinic's $names into our own words; what a report says never passes through it.
    """

    def __init__(
        self, library: Library, served: Library, fill: Callable[[str], str] = str, root: Path = KNOWLEDGE
    ) -> None:
        self._library, self._served = library, served
        self.words: dict[str, Any] = _filled(read_words(root), fill)

    def tell(self, reading: Reading, today: dt.date) -> Telling:
        """What is told of `reading` on the day `today`; of an empty one, that nothing was recognised."""
        contradicted = {c.finding: c for c in reading.contradictions}
        mentions = reading.told()
        groups = tuple(self._groups(reading, mentions, contradicted))
        findings = [finding for group in groups for finding in group.findings]
        hedges = tuple(self._hedges(_standing(reading.hedges, mentions)))
        normal = tuple(_distinct(_quote(span) for span in _outermost(reading.normal)))
        unexplained = tuple(_distinct(map(_quote, reading.unexplained)))
        buttons = self._buttons(findings)
        used = [self._served.passages[f.passage_id] for f in findings if f.passage_id]
        used += [self._served.passages[hedge.passage_id] for hedge in hedges]
        reviewed = {passage.review.status_on(today) for passage in used} <= {"reviewed"}
        return Telling(
            opening=self._opening(groups, normal),
            groups=groups,
            mentions=mentions,
            contradictions=tuple(map(self._contradiction, reading.contradictions)),
            hedges=hedges,
            normal=normal,
            unexplained=unexplained,
            questions=tuple(self._questions(findings, set(contradicted), unexplained)),
            closing=self.words["closing"],
            review=self.words["review"]["reviewed" if reviewed else "draft"] if used else "",
            sources=tuple(_distinct(passage.sources[0] for passage in used if passage.sources)),
            buttons=tuple(buttons),
            titles={p.id: self._served.question(p) for p in [*used, *(self._served.passages[i] for i in buttons)]},
            empty=not (reading.mentions or reading.normal or reading.unexplained or reading.hedges),
        )

    def _groups(self, reading: Reading, mentions: Sequence[Mention], contradicted: Iterable[str]) -> Iterator[Group]:
        number = 0
        for status in ORDER:
            own: dict[str, list[Mention]] = {finding: [] for finding in reading.by_finding()}
            for mention in sorted(mentions, key=lambda m: m.section not in ("impression", "addendum")):
                if mention.status is status:
                    own[mention.finding].append(mention)
            rows = [(finding, said) for finding, said in own.items() if said]
            if not rows:
                continue
            words = self.words["statuses"][status.value]
            told = [
                self._finding(number + place, finding, status, said, finding in contradicted)
                for place, (finding, said) in enumerate(rows, 1)
            ]
            number += len(rows)
            yield Group(status, words["title"], words["hint"], tuple(told))

    def _finding(
        self, number: int, finding_id: str, status: Status, said: Sequence[Mention], contradicted: bool
    ) -> ToldFinding:
        finding = self._library.findings[finding_id]
        passage = self._served.passages.get(f"{finding_id}#what-it-is")
        told = self.words["statuses"][status.value]["told"]
        if contradicted:
            told = self.words["told_contradicted"]
        elif status is Status.ABSENT and all(m.by_normal for m in said):
            told = self.words["told_by_normal"]
        return ToldFinding(
            number=number,
            finding=finding_id,
            name=finding.title,
            plain=self.words["plain"].get(finding_id, ""),
            status=status,
            told=told,
            short=_short(passage, status) if passage else "",
            passage_id=passage.id if passage else None,
            quotes=tuple(self._quotes(said)),
            sides=tuple(_distinct(m.side for m in said if m.side)),
            levels=tuple(_distinct(m.level for m in said if m.level)),
        )

    def _quotes(self, said: Sequence[Mention]) -> Iterator[Quote]:
        """Each sentence once, with what all mentions in it say; the same words of a second section are left out."""
        rows: dict[str, list[Mention]] = {}
        for mention in said:
            rows.setdefault(_flat(_excerpt(mention)).strip('"“”'), []).append(mention)
        for sentence, own in rows.items():
            details = _distinct(detail for mention in own for detail in self._details(mention))
            yield Quote(sentence, tuple(_distinct(_flat(m.term) for m in own)), tuple(details))

    def _details(self, mention: Mention) -> Iterator[str]:
        """Severity, grade, size, side, level: as the report has them."""
        for value in (mention.severity, mention.grade, mention.size):
            if value:
                yield _flat(value).lower()
        if mention.side:
            yield self.words["details"]["side"].get(mention.side, mention.side)
        if mention.level:
            yield mention.level

    def _opening(self, groups: Sequence[Group], normal: Sequence[str]) -> str:
        words = self.words
        if not groups:
            return str(words["only_normal" if normal else "nothing_known"])
        counts = [words["statuses"][g.status.value]["counted"].format(count=len(g.findings)) for g in groups]
        listed = words["joint"].join([", ".join(counts[:-1]), counts[-1]] if len(counts) > 1 else counts)
        opening = str(words["opening"].format(counts=listed))
        if not {g.status for g in groups} & {Status.PRESENT, Status.UNCERTAIN}:
            opening = f"{opening} {words['nothing_found']}"
        return opening

    def _contradiction(self, found: Contradiction) -> ToldContradiction:
        name = self._library.findings[found.finding].title
        said = (_flat(_excerpt(found.first)), _flat(_excerpt(found.second)))
        line = self.words["contradictions"]["line" if found.safer is not Status.PRESENT else "corrected"]
        line = line.format(name=name, first=said[0].rstrip("."), second=said[1].rstrip("."))
        return ToldContradiction(found.finding, name, line, said)

    def _hedges(self, hedges: Sequence[Hedge]) -> Iterator[ToldHedge]:
        seen: set[str] = set()
        for hedge in hedges:
            passage = self._served.passages.get(hedge.topic)
            if passage and hedge.topic not in seen:
                seen.add(hedge.topic)
                yield ToldHedge(_flat(hedge.words), passage.short, passage.id)

    def _questions(
        self, findings: Sequence[ToldFinding], contradicted: set[str], unexplained: Sequence[str]
    ) -> Iterator[str]:
        """Three to seven: what is contradicted and what is open first, then in turn those of what was found."""
        words = self.words["questions"]
        asked = [words["contradicted"].format(name=f.name) for f in findings if f.finding in contradicted][:2]
        open_ones = [f for f in findings if f.status is Status.UNCERTAIN and f.finding not in contradicted]
        asked += [words["uncertain"].format(name=f.name) for f in open_ones[:2]]
        last = [words["unexplained"].format(phrases=_listed(unexplained[:3]))] if unexplained else []
        there = [f for f in findings if f.status is Status.PRESENT] or [
            f for f in findings if f.status is Status.UNCERTAIN
        ]
        rows = [[words["named"].format(name=f.name, question=q) for q in self._own_questions(f.finding)] for f in there]
        # One finding alone is worth four questions; of many, the first of each counts most.
        most = MOST_QUESTIONS - len(last)
        wanted = min(most, len(asked) + max(4, len(there)))
        for place in range(max(map(len, rows), default=0)):
            asked += [row[place] for row in rows if place < len(row)]
        asked = [*asked[:wanted], *last]
        general = words["general"] if len(asked) < FEWEST_QUESTIONS else []
        yield from _distinct([*asked, *general][:MOST_QUESTIONS])

    def _own_questions(self, finding_id: str) -> list[str]:
        passage = self._served.passages.get(f"{finding_id}#questions-to-ask")
        lines = passage.text.split("\n") if passage else []
        return [line.removeprefix("- ") for line in lines if line.startswith("- ")]

    def _buttons(self, findings: Sequence[ToldFinding]) -> list[str]:
        """More on the first finding that is there or open."""
        first = next((f.finding for f in findings if f.status in (Status.PRESENT, Status.UNCERTAIN)), None)
        ids = [f"{first}#{aspect}" for aspect in self.words["buttons"]]
        return [i for i in ids if i in self._served.passages]


def as_text(telling: Telling, words: dict[str, Any]) -> str:
    """The whole telling in plain text, for clients that show nothing else."""
    return "\n\n".join(part for part in _parts(telling, words) if part)


def _parts(telling: Telling, words: dict[str, Any]) -> Iterator[str]:
    yield telling.opening
    if telling.contradictions:
        yield "\n".join([words["contradictions"]["title"], *(f"- {c.line}" for c in telling.contradictions)])
    for group in telling.groups:
        yield f"{group.title.upper()}. {group.hint}"
        for finding in group.findings:
            yield "\n".join(_finding_lines(finding, words))
    if telling.hedges:
        line = words["hedges"]["line"]
        rows = [f"- {line.format(words=h.words, short=h.short)}" for h in telling.hedges]
        yield "\n".join([words["hedges"]["title"].upper(), *rows])
    if telling.normal:
        yield str(words["normal"]["hint"].format(quotes=_listed(telling.normal)))
    if telling.unexplained:
        yield str(words["unexplained"]["line"].format(phrases=_listed(telling.unexplained)))
    if telling.questions:
        yield "\n".join([words["questions"]["title"].upper(), *(f"- {q}" for q in telling.questions)])
    yield telling.closing
    yield telling.review


def _finding_lines(finding: ToldFinding, words: dict[str, Any]) -> Iterator[str]:
    plain = f" ({finding.plain})" if finding.plain else ""
    yield f"{finding.number}. {finding.name}{plain}"
    yield finding.told
    yield words["your_report"].format(quotes=_listed(q.sentence for q in finding.quotes))
    # What is not there, or past, needs no more than its few words here; the structured telling has its short form too.
    if finding.short and finding.status in (Status.PRESENT, Status.UNCERTAIN):
        yield words["in_general"].format(short=finding.short)


def read_words(root: Path = KNOWLEDGE) -> dict[str, Any]:
    """The words of telling.yml."""
    words: dict[str, Any] = yaml.safe_load((root / "report_language" / "telling.yml").read_text(encoding="utf-8"))
    return words


def _filled(words: Any, fill: Callable[[str], str]) -> Any:
    if isinstance(words, str):
        return fill(words)
    if isinstance(words, list):
        return [_filled(word, fill) for word in words]
    if isinstance(words, dict):
        return {key: _filled(word, fill) for key, word in words.items()}
    return words


def _short(passage: Passage, status: Status) -> str:
    """The short form. Of what is not there, or past, only what it is: what to do about it would be said to no end."""
    if status in (Status.PRESENT, Status.UNCERTAIN):
        return passage.short
    return sentences(passage.short)[0]


def _excerpt(mention: Mention) -> str:
    """The sentence, or of a very long one the words around the term: whole clauses where they fit, else whole words."""
    text = mention.sentence
    if len(text) <= QUOTE_CHARS:
        return text
    at = max(text.find(mention.term), 0)
    until = at + len(mention.term)
    first = max(0, min(at - QUOTE_CHARS // 3, len(text) - QUOTE_CHARS))
    last = min(max(first + QUOTE_CHARS, until), len(text))
    start, end = first and min(at, text.find(" ", first) + 1), last
    if last < len(text):
        end = max(until, text.rfind(" ", start, last))
    clauses = [m.span() for m in _CLAUSE.finditer(text)]
    start = min((stop for _, stop in clauses if first and first <= stop <= at), default=start)
    end = max((stop for stop, _ in clauses if last < len(text) and until <= stop <= last), default=end)
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


def _standing(hedges: Sequence[Hedge], mentions: Sequence[Mention]) -> list[Hedge]:
    """The hedges that stand where something is there or open: "no suspicious lesion" casts no suspicion."""
    kept = []
    for hedge in hedges:
        beside = {
            m.status
            for m in mentions
            if hedge.end > (start := _sentence_start(m)) and hedge.start < start + len(m.sentence)
        }
        if not beside or beside & {Status.PRESENT, Status.UNCERTAIN}:
            kept.append(hedge)
    return kept


def _sentence_start(mention: Mention) -> int:
    return mention.start - max(mention.sentence.find(mention.term), 0)


def _flat(words: str) -> str:
    return " ".join(words.split())


def _quote(span: Span) -> str:
    return _flat(span.words)


def _listed(items: Iterable[str]) -> str:
    return " · ".join(f"“{item}”" for item in items)


def _outermost(spans: Sequence[Span]) -> list[Span]:
    """The spans that lie in no other one; of two alike, the first."""
    return [
        span
        for place, span in enumerate(spans)
        if not any(
            other.start <= span.start and span.end <= other.end and (other.words != span.words or number < place)
            for number, other in enumerate(spans)
            if number != place
        )
    ]


def _distinct(items: Iterable[Item]) -> list[Item]:
    """Each item once, in order; texts that differ in capitals alone are one."""
    found: dict[Any, Item] = {}
    for item in items:
        found.setdefault(item.lower() if isinstance(item, str) else item, item)
    return list(found.values())
