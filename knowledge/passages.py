"""Findings and passages: what Plainscan can explain, as written in `knowledge/findings/*.md`, in
`knowledge/report_language/*.md` and in `knowledge/about.md`.

A Finding is what a patient reads on a report; a Passage is one aspect of one finding, the unit of retrieval and of
review. The words that reports are made of ("unremarkable", "STIR"), and what Plainscan is, have no aspects: there each
heading is a Topic of its own, with passage ids like `report-language#stir` and `about#privacy`.

The files are the only place where passages are written; this module reads them and says what is malformed, all faults
at once. Whether the text is good is the checker's business (`knowledge/check.py`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from knowledge.nlu_data import examples, labelled

KNOWLEDGE = Path(__file__).parent
REVIEW_STATUSES = ("draft", "reviewed", "expired")
REPORT_LANGUAGE = "report-language"

_CITATION = re.compile(r"\[\^([a-z0-9-]+)\]")
_SENTENCE_END = re.compile(r"(?<=[.?!])[\"”']?\s+|\n")
_HEADING = re.compile(r"^##\s+(.+?)\s*$")


@dataclass(frozen=True)
class Aspect:
    """What people ask of a finding. Read from `knowledge/aspects.yml`; the list is closed."""

    id: str
    label: str
    question: str
    next: tuple[str, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """What a heading outside the closed list of aspects brings with it.

    question: what a button for it asks; also_called: other names of the word; asked: ways people ask for it;
    next: ids of the passages to offer after it.
    """

    question: str
    also_called: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a statement comes from. `url` is an address a patient can open."""

    id: str
    title: str
    org: str
    year: str
    where: str
    url: str
    checked_on: dt.date


@dataclass(frozen=True)
class Review:
    """Who looked at a finding's file, and until when that holds."""

    status: str
    reviewer_role: str | None
    reviewed_on: dt.date | None
    review_due: dt.date

    def status_on(self, day: dt.date) -> str:
        """The status on a day: a review past its due date is `expired`."""
        return "expired" if self.status == "reviewed" and day > self.review_due else self.status


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as the patient reads it, and the ids of the sources it rests on."""

    text: str
    source_ids: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """One aspect of one finding, or one topic: the text that is shown word for word."""

    finding: str
    aspect: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    short: str
    sources: tuple[Source, ...]
    review: Review
    topic: Topic | None = None

    @property
    def id(self) -> str:
        return f"{self.finding}#{self.aspect}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of a topic, its heading first; none for an aspect, as the names are its finding's."""
        return (self.title, *self.topic.also_called) if self.topic else ()

    @property
    def text(self) -> str:
        return "\n\n".join(paragraph.text for paragraph in self.paragraphs)


@dataclass(frozen=True)
class Finding:
    """A finding and all that its file says of it."""

    id: str
    title: str
    phrase: str
    also_called: tuple[str, ...]
    report_phrases: tuple[str, ...]
    described_as: tuple[str, ...]
    body_parts: tuple[str, ...]
    see_also: tuple[str, ...]
    reassurance: str
    left_out: Mapping[str, str]
    sources: tuple[Source, ...]
    review: Review
    passages: tuple[Passage, ...]
    path: Path = field(compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the finding, the title first."""
        return (self.title, *self.also_called, *self.report_phrases)


@dataclass(frozen=True)
class Fault:
    """Something wrong in a file: where, in which field, and what."""

    file: str
    field: str
    fault: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.fault}"


class MalformedKnowledge(ValueError):
    """Raised when files cannot be read as findings; carries every fault found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Library:
    """All findings, `about`, the words of reports (one entry a file), the aspects findings are written by, questions
    that no passage answers, and questions with the finding's id or topic's passage id that they are about."""

    aspects: Mapping[str, Aspect]
    findings: Mapping[str, Finding]
    about: Finding
    report_language: tuple[Finding, ...] = ()
    elsewhere: tuple[str, ...] = ()
    labelled: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def passages(self) -> Mapping[str, Passage]:
        """Passage id -> passage, in file order."""
        files = (*self.findings.values(), self.about, *self.report_language)
        return {p.id: p for finding in files for p in finding.passages}

    @cached_property
    def aspect_of_intent(self) -> Mapping[str, str]:
        """Intent -> the aspect that it asks for: `ask_` and the aspect's id with underscores."""
        return {"ask_" + aspect.replace("-", "_"): aspect for aspect in self.aspects}

    @cached_property
    def report_words(self) -> Mapping[str, tuple[str, ...]]:
        """Passage id -> all names, for every word of reports that is explained: `report-language#stir`, …

        A heading without other names is a question, such as `report-language#radiation`, and no word of reports.
        """
        topics = [(p, p.topic) for file in self.report_language for p in file.passages]
        return {p.id: p.names for p, topic in topics if topic and topic.also_called}

    def finding(self, finding_id: str) -> Finding:
        """The finding of that id, `about` included. Raises KeyError for an unknown one, and for `report-language`."""
        return self.about if finding_id == self.about.id else self.findings[finding_id]

    def served(self, serve: str, today: dt.date) -> Library:
        """What a clinic serves: with `reviewed` passages whose review holds, with `draft` also unreviewed ones.

        Passages whose review has expired are never served. `about` stays, as it says what Plainscan is.
        """
        wanted = {"draft": ("draft", "reviewed"), "reviewed": ("reviewed",)}[serve]

        def held(finding: Finding) -> Finding:
            return replace(finding, passages=tuple(p for p in finding.passages if p.review.status_on(today) in wanted))

        findings = {i: held(f) for i, f in self.findings.items()}
        words = tuple(held(f) for f in self.report_language)
        return replace(self, findings=findings, report_language=words)

    def question(self, passage: Passage) -> str:
        """The question that a button for this passage asks."""
        if passage.topic:
            return passage.topic.question
        return self.aspects[passage.aspect].question.format(phrase=self.finding(passage.finding).phrase)

    def related(self, passage: Passage, most: int = 4) -> list[Passage]:
        """The passages to offer after this one: the next aspects of the same finding, as far as they exist.

        After a topic they are those that it names, and then the others of its file.
        """
        if passage.topic:
            file = next(f for f in (self.about, *self.report_language) if passage in f.passages)
            following = dict.fromkeys((*passage.topic.next, *(p.id for p in file.passages)))
            return [self.passages[i] for i in following if i in self.passages and i != passage.id][:most]
        wanted = (*self.aspects[passage.aspect].next, *self.aspects)
        ids = dict.fromkeys(f"{passage.finding}#{aspect}" for aspect in wanted if aspect != passage.aspect)
        return [self.passages[i] for i in ids if i in self.passages][:most]


def sentences(text: str) -> list[str]:
    """The sentences and list lines of a text, without their white space."""
    return [s.strip() for s in _SENTENCE_END.split(text) if s and s.strip()]


def load_aspects(root: Path = KNOWLEDGE) -> dict[str, Aspect]:
    """The closed list of aspects, in order."""
    rows = yaml.safe_load((root / "aspects.yml").read_text(encoding="utf-8"))
    return {r["id"]: Aspect(r["id"], r["label"], r["question"], tuple(r["next"]), tuple(r["asked"])) for r in rows}


def load_library(root: Path = KNOWLEDGE) -> Library:
    """Read every finding below `root`. Raises MalformedKnowledge with all faults of all files."""
    aspects = load_aspects(root)
    faults: list[Fault] = []
    findings: dict[str, Finding] = {}
    for path in sorted((root / "findings").glob("*.md")):
        finding, found = read_finding(path, aspects)
        faults += found
        if finding:
            findings[finding.id] = finding
    about, found = read_finding(root / "about.md", None)
    faults += found
    words = []
    for path in sorted((root / "report_language").glob("*.md")):
        file, found = read_finding(path, None)
        faults += found
        words += [file] if file else []
    if faults or about is None:
        raise MalformedKnowledge(faults)
    nlu = root.parent / "data/nlu"
    elsewhere = tuple(text for text, _ in examples(nlu / "out_of_scope.yml"))
    return Library(aspects, findings, about, tuple(words), elsewhere, tuple(labelled(nlu / "labelled")))


def read_finding(path: Path, aspects: Mapping[str, Aspect] | None) -> tuple[Finding | None, list[Fault]]:
    """Read one file. `aspects` None means that its headings are topics, as in `about.md` and `report_language/`.

    Returns the finding (None when the file cannot be read as one) and every fault that kept it from being whole.
    """
    faults: list[Fault] = []

    def fault(field_name: str, text: str) -> None:
        faults.append(Fault(path.name, field_name, text))

    if not path.exists():
        return None, [Fault(path.name, "file", "is missing")]
    parts = re.split(r"^---[ \t]*$", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.M)
    if len(parts) != 3 or parts[0].strip():
        return None, [Fault(path.name, "front matter", "must stand between two lines of ---, first in the file")]
    try:
        meta = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        return None, [Fault(path.name, "front matter", f"is not valid YAML: {str(error).splitlines()[0]}")]
    if not isinstance(meta, dict):
        return None, [Fault(path.name, "front matter", "must be a mapping")]

    reader = _FrontMatter(meta, fault)
    sources = reader.sources()
    review = reader.review()
    finding_id, title = reader.text("id"), reader.text("title")
    if finding_id and finding_id != path.stem:
        fault("id", f"is {finding_id!r} but the file is {path.name}")
    # what stands before the # of a passage's id: several files make up the report language
    group = REPORT_LANGUAGE if path.parent.name == "report_language" else finding_id
    passages: list[Passage] = []
    for heading, paragraphs, short in _sections(parts[2], fault):
        aspect = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
        if aspects is not None and aspect not in aspects:
            fault(f"## {heading}", "is not one of the aspects in aspects.yml")
            continue
        if any(p.aspect == aspect for p in passages):
            fault(f"## {heading}", "stands twice")
            continue
        cited = dict.fromkeys(s for paragraph in paragraphs for s in paragraph.source_ids)
        for missing in (s for s in cited if s not in sources):
            fault(f"## {heading}", f"cites {missing!r}, which is not in sources")
        passages.append(
            Passage(
                group, aspect, f"{title}: {aspects[aspect].label}" if aspects is not None else heading,
                tuple(paragraphs), short, tuple(sources[s] for s in cited if s in sources), review,
                reader.topic(aspect, heading) if aspects is None else None,
            )
        )  # fmt: skip
    finding = Finding(
        id=finding_id,
        title=title,
        phrase=reader.text("phrase", default=None if aspects is not None else title),
        also_called=reader.texts("also_called"),
        report_phrases=reader.texts("report_phrases"),
        described_as=reader.texts("described_as"),
        body_parts=reader.texts("body_parts"),
        see_also=reader.texts("see_also"),
        reassurance=reader.text("reassurance", default="allowed"),
        left_out=reader.mapping("left_out"),
        sources=tuple(sources.values()),
        review=review,
        passages=tuple(passages),
        path=path,
    )
    reader.unknown_fields(topics=None if aspects is not None else {p.aspect for p in passages})
    return (None if faults else finding), faults


def _sections(body: str, fault: Any) -> Iterator[tuple[str, list[Paragraph], str]]:
    """Heading, paragraphs and short form of each `## ` section of a file's body."""
    heading: str | None = None
    lines: list[str] = []
    for line in [*body.splitlines(), "## "]:
        match = _HEADING.match(line)
        if match is None and line.strip() != "##":
            if heading is None and line.strip():
                fault("body", f"text before the first heading: {line.strip()[:40]!r}")
            lines.append(line)
            continue
        if heading is not None:
            paragraphs, short = _paragraphs(lines)
            yield heading, paragraphs, short
        heading, lines = (match.group(1) if match else None), []


def _paragraphs(lines: list[str]) -> tuple[list[Paragraph], str]:
    """Split a section into paragraphs and its short form; wrapped lines are joined, list lines are kept."""
    paragraphs, short = [], ""
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip()):
        if not block.strip():
            continue
        rows = [row.strip() for row in block.splitlines()]
        if all(row.startswith(">") for row in rows):
            short = _CITATION.sub("", " ".join(row[1:].strip() for row in rows)).strip()
            continue
        joined: list[str] = []
        for row in rows:
            if row.startswith("- ") or not joined:
                joined.append(row)
            else:
                joined[-1] += " " + row
        cited = tuple(dict.fromkeys(_CITATION.findall(block)))
        text = "\n".join(re.sub(r"\s+([.,;])", r"\1", _CITATION.sub("", row)).strip() for row in joined).strip()
        if text:
            paragraphs.append(Paragraph(text, cited))
        elif paragraphs:  # a line of citations alone belongs to the list above it
            last = paragraphs[-1]
            paragraphs[-1] = Paragraph(last.text, tuple(dict.fromkeys((*last.source_ids, *cited))))
    return paragraphs, short


class _FrontMatter:
    """Typed reading of a file's front matter; every wrong field becomes a fault and reading goes on."""

    _FIELDS = frozenset(
        [
            "id",
            "title",
            "phrase",
            "also_called",
            "report_phrases",
            "described_as",
            "body_parts",
            "see_also",
            "reassurance",
            "left_out",
            "sources",
            "review",
        ]
    )

    def __init__(self, meta: dict[str, Any], fault: Any) -> None:
        self._meta, self._fault = meta, fault

    def text(self, name: str, default: str | None = None) -> str:
        value = self._meta.get(name, default)
        if not isinstance(value, str) or not value.strip():
            self._fault(name, "is missing or not a text")
            return ""
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._meta.get(name) or []
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self._fault(name, "must be a list of texts")
            return ()
        return tuple(v.strip() for v in value)

    def mapping(self, name: str) -> dict[str, str]:
        value = self._meta.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(v, str) and v.strip() for v in value.values()):
            self._fault(name, "must map each aspect to a reason")
            return {}
        return {str(k): v.strip() for k, v in value.items()}

    def topic(self, topic_id: str, heading: str) -> Topic:
        """What the front matter says of a topic. Ways of asking have {name} for the heading and three other names."""
        rows = self._meta.get("topics") or {}
        row = _FrontMatter(rows.get(topic_id) or {}, lambda name, text: self._fault(f"topics.{topic_id}.{name}", text))
        also_called = row.texts("also_called")
        patterns = self.texts("asked")
        asked = [p.format(name=name) for name in (heading, *also_called[:3]) for p in patterns]
        question = row.text("question", default=self.text("question", default="{name}").format(name=heading))
        return Topic(question, also_called, (*asked, *row.texts("asked")), row.texts("next"))

    def sources(self) -> dict[str, Source]:
        rows = self._meta.get("sources") or []
        found: dict[str, Source] = {}
        for number, row in enumerate(rows, 1):
            wanted = ("id", "title", "org", "year", "where", "url", "checked_on")
            missing = [k for k in wanted if not isinstance(row, dict) or not str(row.get(k) or "").strip()]
            if missing:
                self._fault(f"sources[{number}]", f"lacks {', '.join(missing)}")
                continue
            if not isinstance(row["checked_on"], dt.date):
                self._fault(f"sources[{number}]", "checked_on must be a date, like 2026-11-23")
                continue
            if row["id"] in found:
                self._fault(f"sources[{number}]", f"id {row['id']!r} stands twice")
            source_id, title, org, year, where, url = (str(row[k]).strip() for k in wanted[:6])
            found[source_id] = Source(source_id, title, org, year, where, url, row["checked_on"])
        return found

    def review(self) -> Review:
        row = self._meta.get("review")
        if not isinstance(row, dict) or row.get("status") not in REVIEW_STATUSES:
            self._fault("review", f"must be a mapping with status {' | '.join(REVIEW_STATUSES)}")
            row = {}
        if not isinstance(row.get("review_due"), dt.date):
            self._fault("review", "review_due must be a date, like 2027-11-23")
        status, due = str(row.get("status", "draft")), row.get("review_due")
        if status == "reviewed" and not (row.get("reviewer_role") and isinstance(row.get("reviewed_on"), dt.date)):
            self._fault("review", "a reviewed file names reviewer_role and reviewed_on")
        due = due if isinstance(due, dt.date) else dt.date.min
        return Review(status, row.get("reviewer_role"), row.get("reviewed_on"), due)

    def unknown_fields(self, topics: set[str] | None) -> None:
        """Name fields that mean nothing here; `topics` are the file's own, None for a finding's file."""
        known = self._FIELDS if topics is None else self._FIELDS | {"topics", "question", "asked"}
        for name in sorted(set(self._meta) - known):
            self._fault(str(name), "is not a field of a finding's file")
        rows = self._meta.get("topics") or {} if topics is not None else {}
        for name in sorted(set(rows) - (topics or set())):
            self._fault(f"topics.{name}", "has no heading")
        for name, row in rows.items():
            for field_name in sorted(set(row or {}) - {"question", "also_called", "asked", "next"}):
                self._fault(f"topics.{name}.{field_name}", "is not a field of a topic")
