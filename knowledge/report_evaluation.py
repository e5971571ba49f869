"""How well reports are read, on labelled reports and on minimal pairs (tests/reports).

Three kinds of files are measured:

- labels.yml: whole reports, each mention labelled; its head tells the fields. A mention that is read counts for the
  label whose quote it overlaps.
- minimal_pairs.yml: two short texts that differ in one thing; a pair is right when both are, in every label.
- *.jsonl: one report a line, {"id", "text", "labels": {name: {"findings": [id, …], "status"}}}, where status is
  present, absent, uncertain or not_mentioned, of any of these findings in the report as a whole.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from knowledge.red_flag_evaluation import Share
from knowledge.reports import Mention, Reading, ReportReader, Span, Status

SPECIMENS = Path("tests/reports")
# What no change may fall below, on the reports and pairs that reading was made with; docs/reports.md has the others.
FLOORS = {
    "present": 0.95, "absent": 0.95, "uncertain": 0.9, "prior": 0.9, "pairs": 0.98, "side": 0.99, "level": 0.99,
    "impression": 0.98,
}  # fmt: skip
# A report of this length, which is a long one, is read within this time of the processor.
TIMED_CHARS, MOST_SECONDS = 3000, 0.15
_LIST = re.compile(r"\s*(?:,|&|\band\b)\s*")
_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right", "both": "bilateral", "bilateral": "bilateral"}
_SIDES |= {"left-sided": "left", "right-sided": "right"}
# Status -> what may not be told beside it.
_CONTRARY = {"absent": {"present", "uncertain"}, "prior": {"present", "uncertain"}, "uncertain": {"present", "absent"}}
_SAID = (Status.PRESENT, Status.UNCERTAIN, Status.PRIOR)


@dataclass
class Tally:
    """What was counted. shares: measure -> right or not, one a case; wrong: what to look at; dangerous: told as present
    though absent or uncertain."""

    shares: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    dangerous: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)

    def count(self, measure: str, right: bool, case: str) -> None:
        self.shares[measure].append(right)
        if not right:
            self.wrong.append(f"{measure}: {case}")

    def share(self, measure: str) -> Share:
        return Share(sum(self.shares[measure]), len(self.shares[measure]))

    def lines(self) -> list[str]:
        """The figures, one a line, and the two that must be 0."""
        return [
            *(f"  {measure:26}{self.share(measure)}" for measure in self.shares),
            f"  {'present, though it is not':26}{len(self.dangerous)}",
            f"  {'offsets beside the words':26}{len(self.misplaced)}",
        ]

    def holds(self) -> bool:
        """Whether no floor is broken and nothing dangerous was said."""
        floors = {m: floor for m, floor in FLOORS.items() if self.shares.get(m)}
        return not self.dangerous and not self.misplaced and all(self.share(m).value >= f for m, f in floors.items())


def measure(file: Path, reader: ReportReader) -> Tally:
    """Read all that a file holds and count."""
    tally = Tally()
    if file.suffix == ".jsonl":
        for line in filter(str.strip, file.read_text(encoding="utf-8").splitlines()):
            _whole(json.loads(line), reader, tally)
        return tally
    for row in yaml.safe_load(file.read_text(encoding="utf-8")):
        if "file" in row:
            text = (file.parent / row["file"]).read_text(encoding="utf-8")
            _labelled(row["file"], text, row["mentions"], reader, tally)
        else:
            halves = [
                _labelled(f"{row['id']}{half}", row[half]["text"], row[half]["mentions"], reader, tally)
                for half in "ab"
            ]
            tally.count("pairs", all(halves), row["id"])
    return tally


def reading_seconds(reader: ReportReader, folder: Path = SPECIMENS) -> float:
    """The processor time of reading TIMED_CHARS of our own reports: the median of five stretches."""
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt")))

    def seconds(piece: str) -> float:
        began = time.process_time()
        reader.read(piece)
        return time.process_time() - began

    return statistics.median(seconds(text[at : at + TIMED_CHARS]) for at in range(0, 5 * TIMED_CHARS, TIMED_CHARS))


def _whole(row: Mapping[str, Any], reader: ReportReader, tally: Tally) -> None:
    """A report with a status for groups of findings, by the mentions that a patient is told."""
    reading = reader.read(row["text"])
    _check_places(row["id"], row["text"], reading, tally)
    for name, label in row["labels"].items():
        said = {m.status.value for m in reading.told() if m.finding in label["findings"]}
        wanted = label["status"]
        # What is there may be open in another place; what is ruled out may have been there before.
        besides = said & _CONTRARY.get(wanted, set())
        right = not said if wanted == "not_mentioned" else wanted in said and not besides
        tally.count(wanted, right, f"{row['id']} {name}: {sorted(said) or 'nothing'}")
        if wanted in ("absent", "uncertain") and "present" in said:
            tally.dangerous.append(f"{row['id']} {name}")


def _labelled(name: str, text: str, labels: Sequence[Mapping[str, Any]], reader: ReportReader, tally: Tally) -> bool:
    """A text with a label for each mention. Whether everything in it is right."""
    reading = reader.read(text)
    _check_places(name, text, reading, tally)
    before = len(tally.wrong) + len(tally.dangerous)
    for label in labels:
        own = [m for m in reading.mentions if m.finding in _ids(label)]
        own = [m for m in own if _overlaps(m, label)] or [m for m in own if _answers(text, m, label)]
        read = [(m.finding, m.status.value) for m in reading.mentions if _overlaps(m, label)]
        case = f"{name} {label['quote']!r}: {read}"
        _judge(label, own, case, tally)
        if label.get("impression"):
            spans: tuple[Mention | Span, ...] = (*reading.mentions, *reading.unexplained, *reading.normal)
            there = any(_overlaps(s, label) for s in spans)
            tally.count("impression", there, case)
    _invented(name, labels, reading, tally)
    return len(tally.wrong) + len(tally.dangerous) == before


def _judge(label: Mapping[str, Any], own: Sequence[Mention], case: str, tally: Tally) -> None:
    statuses = {label["status"], *label.get("or_status", ())}
    said = {m.status.value for m in own}
    if "present" in said and not statuses & {"present"}:
        tally.dangerous.append(case)
    if "finding" not in label or label.get("via") == "normal":
        return
    tally.count(label["status"], bool(said & statuses), case)
    if not own:
        return
    if "side" in label:
        wanted = _SIDES[label["side"].casefold()]
        tally.count("side", any(m.side == wanted for m in own), f"{case} {[m.side for m in own]} not {wanted}")
    for detail in ("level", "grade", "size", "severity"):
        if detail in label:
            got = [str(getattr(m, detail) or "") for m in own]
            # a list of levels ("T7 and T8") names each
            right = any(label[detail].casefold() in (g.casefold(), *_LIST.split(g.casefold())) for g in got)
            tally.count(detail, right, f"{case} {got} not {label[detail]}")


def _invented(name: str, labels: Sequence[Mapping[str, Any]], reading: Reading, tally: Tally) -> None:
    """Count texts of which no finding is told that they do not say, and what is told as present though it is not."""
    known = {i for label in labels for i in _ids(label)}
    invented = {m.finding: m for m in reading.mentions if m.finding not in known and m.status in _SAID}
    tally.count(
        "nothing invented", not invented, f"{name} {[(f, m.term, m.status.value) for f, m in invented.items()]}"
    )
    certain = {
        i for label in labels for i in _ids(label) if "present" in (label["status"], *label.get("or_status", ()))
    }
    for mention in reading.mentions:
        if mention.status is Status.PRESENT and mention.finding in known - certain:
            tally.dangerous.append(f"{name} {mention.finding} {mention.term!r}")


def _check_places(name: str, text: str, reading: Reading, tally: Tally) -> None:
    spans = [(m.start, m.end, m.term) for m in reading.mentions]
    spans += [(s.start, s.end, s.words) for s in (*reading.normal, *reading.unexplained)]
    spans += [(h.start, h.end, h.words) for h in reading.hedges]
    tally.misplaced += [f"{name} {words!r}" for start, end, words in spans if text[start:end] != words or not words]


def _ids(label: Mapping[str, Any]) -> set[str]:
    return {label["finding"], *label.get("or", ())} if "finding" in label else set(label.get("or", ()))


def _answers(text: str, mention: Mention, label: Mapping[str, Any]) -> bool:
    """Whether the label's quote is the answer to a template's question: "None" in "Effusion: None."."""
    return text[mention.end : label["start"]].strip(" \t") == ":"


def _overlaps(span: Any, label: Mapping[str, Any]) -> bool:
    return bool(span.start < label["start"] + len(label["quote"]) and span.end > label["start"])
