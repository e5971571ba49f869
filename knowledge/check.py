"""The checker of passages: names the file, the field and the fault of everything that breaks a rule, all at once.

The rules are those of docs/content-guide.md; their words and lists stand in `knowledge/wording.yml`. Reading grade is
Flesch-Kincaid (textstat), with the finding's own names counted as one short word.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import textstat
import yaml

from knowledge.passages import (
    KNOWLEDGE,
    REPORT_LANGUAGE,
    Aspect,
    Fault,
    Finding,
    Passage,
    load_aspects,
    read_finding,
    sentences,
)

WORDS_MIN, WORDS_MAX = 40, 120
# Warning signs are kept whole rather than cut to length.
HELP_WORDS_MAX = 150
# One word of a report takes fewer words to explain than an aspect of a finding.
TERM_WORDS_MIN = 30
SHORT_WORDS_MAX = 45
GRADE_MAX = 8.0
NAMES_MIN = 6
# Of a word of reports, its heading counted.
TERM_NAMES_MIN = 3
# Of a question about scans and reports, which has no names to be found by.
QUESTION_ASKED_MIN = 3

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")


@dataclass(frozen=True)
class Report:
    """What a check found: every fault, and the reading grade of each passage by id."""

    faults: list[Fault]
    grades: dict[str, float]


@dataclass(frozen=True)
class Wording:
    """The compiled rules of `wording.yml`."""

    banned: tuple[tuple[re.Pattern[str], str], ...]
    comforting: tuple[re.Pattern[str], ...]
    limits: re.Pattern[str]
    never_comforted: re.Pattern[str]
    never_reassure: frozenset[str]
    banned_addresses: re.Pattern[str]


@cache
def load_wording(root: Path = KNOWLEDGE) -> Wording:
    rules: dict[str, Any] = yaml.safe_load((root / "wording.yml").read_text(encoding="utf-8"))
    return Wording(
        tuple((re.compile(r["pattern"], re.I), r["why"]) for r in rules["banned"]),
        tuple(re.compile(p, re.I) for p in rules["comforting"]["patterns"]),
        re.compile(rules["comforting"]["limits"], re.I),
        re.compile(rules["never_comforted"], re.I),
        frozenset(rules["never_reassure"]),
        re.compile(rules["banned_addresses"], re.I),
    )


def check(root: Path = KNOWLEDGE, only: str | None = None, today: dt.date | None = None) -> Report:
    """Check every file below `root`, or only the finding `only`. Rules that compare files always read them all."""
    today = today or dt.date.today()
    aspects, wording = load_aspects(root), load_wording(root)
    faults: list[Fault] = []
    findings: list[Finding] = []
    of_findings = sorted((root / "findings").glob("*.md"))
    for path in [*of_findings, root / "about.md", *sorted((root / "report_language").glob("*.md"))]:
        finding, found = read_finding(path, aspects if path in of_findings else None)
        faults += found
        if finding:
            findings.append(finding)
    named = [f for f in findings if f.path in of_findings]
    known = {f.id for f in named} | {"about"}
    grades: dict[str, float] = {}
    for finding in findings:
        faults += _finding_faults(finding, aspects, wording, known, today)
        for passage in finding.passages:
            grades[passage.id] = grade(passage.text, passage.names or finding.names)
            faults += _passage_faults(passage, finding, wording, grades[passage.id])
    faults += [*_repeated_sentences(findings), *_shared_names(named), *_topic_faults(findings, named)]
    if only is not None:
        faults = [f for f in faults if only in (Path(f.file).stem, f.field)]
        grades = {k: v for k, v in grades.items() if k.startswith(only + "#")}
    return Report(faults, grades)


def grade(text: str, names: tuple[str, ...] = ()) -> float:
    """US reading grade by Flesch-Kincaid; each of `names` counts as one short word."""
    for name in sorted((*names, "MRI"), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}(e?s)?\b", "bone", text, flags=re.I)
    # a list line is read like a sentence of its own
    text = re.sub(r"([^.?!:])\n", r"\1.\n", text).replace("- ", "")
    return float(textstat.flesch_kincaid_grade(text))


def wording_faults(text: str, wording: Wording | None = None) -> list[str]:
    """Why a text may not be said to a patient, with the words that break the rule; empty when it may."""
    wording = wording or load_wording()
    bare = _QUOTED.sub(" ", text)
    return [f"{m.group(0)!r} ({why})" for pattern, why in wording.banned for m in pattern.finditer(bare)]


def _finding_faults(
    finding: Finding, aspects: dict[str, Aspect], wording: Wording, known: set[str], today: dt.date
) -> Iterator[Fault]:
    def fault(field: str, text: str) -> Fault:
        return Fault(finding.path.name, field, text)

    written = {p.aspect for p in finding.passages}
    if not any(p.topic for p in finding.passages):
        for aspect in aspects:
            if aspect not in written and aspect not in finding.left_out:
                yield fault(f"left_out.{aspect}", "no passage and no reason")
        for aspect in finding.left_out:
            if aspect not in aspects:
                yield fault(f"left_out.{aspect}", "is not an aspect")
            elif aspect in written:
                yield fault(f"left_out.{aspect}", "is left out, yet there is a passage")
        if len(set(finding.names)) < NAMES_MIN:
            yield fault("also_called", f"{len(set(finding.names))} names in all, at least {NAMES_MIN} are wanted")
    if finding.reassurance not in ("allowed", "never"):
        yield fault("reassurance", "must be allowed or never")
    if finding.id in wording.never_reassure and finding.reassurance != "never":
        yield fault("reassurance", "must be never for this finding")
    for other in finding.see_also:
        if other not in known:
            yield fault("see_also", f"{other!r} is not a finding")
    cited = {s for p in finding.passages for paragraph in p.paragraphs for s in paragraph.source_ids}
    for source in finding.sources:
        if source.id not in cited:
            yield fault(f"sources.{source.id}", "is never cited")
        if not re.match(r"https://[^\s/]+\.[^\s]+$|docs/[\w.-]+\.md$", source.url):
            yield fault(f"sources.{source.id}", f"url {source.url!r} is not an https address")
        if wording.banned_addresses.search(source.url):
            yield fault(f"sources.{source.id}", f"{source.url} is a mirror; cite the journal or the organisation")
        if source.checked_on > today:
            yield fault(f"sources.{source.id}", "checked_on lies in the future")
    if finding.review.review_due < today:
        yield fault("review.review_due", f"{finding.review.review_due} has passed")


def _passage_faults(passage: Passage, finding: Finding, wording: Wording, passage_grade: float) -> Iterator[Fault]:
    def fault(text: str) -> Fault:
        return Fault(finding.path.name, f"#{passage.aspect}", text)

    words = len(passage.text.split())
    least = TERM_WORDS_MIN if passage.finding == REPORT_LANGUAGE else WORDS_MIN
    most = HELP_WORDS_MAX if passage.aspect == "when-to-seek-help" else WORDS_MAX
    if not least <= words <= most:
        yield fault(f"{words} words; {least} to {most} are wanted")
    if passage_grade > GRADE_MAX:
        yield fault(f"reading grade {passage_grade:.1f}; never above {GRADE_MAX:.0f}")
    for number, paragraph in enumerate(passage.paragraphs, 1):
        if not paragraph.source_ids:
            yield fault(f"paragraph {number} names no source")
    if not passage.short:
        yield fault("has no short form (a line that starts with >)")
    elif len(sentences(passage.short)) > 2 or len(passage.short.split()) > SHORT_WORDS_MAX:
        yield fault(f"the short form is over two sentences or {SHORT_WORDS_MAX} words")
    for text in (passage.text, passage.short):
        for why in wording_faults(text, wording):
            yield fault(why)
        for sentence in sentences(text):
            if not any(p.search(sentence) for p in wording.comforting):
                continue
            if finding.reassurance == "never" and not wording.limits.search(sentence):
                yield fault(f"comforts where it must not: {sentence!r}")
            elif who := wording.never_comforted.search(sentence):
                yield fault(f"comforts where it must not ({who[0]}): {sentence!r}")


def _repeated_sentences(findings: list[Finding]) -> list[Fault]:
    faults: list[Fault] = []
    seen: dict[str, str] = {}
    for finding in findings:
        for passage in finding.passages:
            for sentence in sentences(passage.text):
                key = re.sub(r"\W+", " ", sentence.lower()).strip()
                # what leads into a list ("Call your local emergency number if:") may recur
                if len(key.split()) < 5 or sentence.endswith(":"):
                    continue
                if key in seen:
                    faults.append(Fault(finding.path.name, f"#{passage.aspect}", f"repeats {seen[key]}: {sentence!r}"))
                seen.setdefault(key, passage.id)
    return faults


def _topic_faults(findings: list[Finding], named: list[Finding]) -> list[Fault]:
    """Words of reports: enough names, none of which belongs to something else; what they lead on to exists."""
    faults: list[Fault] = []
    passages = [(f, p) for f in findings for p in f.passages]
    ids = {p.id for _, p in passages}
    owner = {name.lower(): f.id for f in named for name in f.names}
    seen: set[str] = set()
    for finding, passage in passages:
        if passage.topic is None:
            continue

        def fault(text: str, field: str = f"#{passage.aspect}", file: str = finding.path.name) -> None:
            faults.append(Fault(file, field, text))

        for following in passage.topic.next:
            if following not in ids:
                fault(f"next: {following!r} is not a passage")
        if passage.finding != REPORT_LANGUAGE:
            continue
        if passage.id in seen:
            fault("stands in another file too")
        seen.add(passage.id)
        if not passage.topic.also_called:  # a question, not a word
            if len(passage.topic.asked) < QUESTION_ASKED_MIN:
                fault(f"{len(passage.topic.asked)} ways of asking, at least {QUESTION_ASKED_MIN} are wanted")
            continue
        names = {name.lower() for name in passage.names}
        if len(names) < TERM_NAMES_MIN:
            fault(f"{len(names)} names in all, at least {TERM_NAMES_MIN} are wanted")
        for name in sorted(names):
            if name in owner:
                fault(f"{name!r} is a name of {owner[name]} too")
            owner.setdefault(name, passage.id)
    return faults


def _shared_names(findings: list[Finding]) -> list[Fault]:
    faults: list[Fault] = []
    owner: dict[str, str] = {}
    for finding in findings:
        for name in dict.fromkeys(n.lower() for n in finding.names):
            if name in owner:
                faults.append(Fault(finding.path.name, "also_called", f"{name!r} is a name of {owner[name]} too"))
            owner.setdefault(name, finding.id)
    return faults
