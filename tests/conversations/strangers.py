"""What strangers wrote (tests/strangers), played to a Plainscan that runs: how often is it right?

`python -m tests.conversations.strangers URL [--show]` prints it by file; `--show` prints each case that went wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.conversations.patient import Patient, Reply
from tests.conversations.running import ROOT, Plainscan, running_at

FOLDER = ROOT / "tests/strangers"
TALKS = ("dialogues", "questions", "out_of_scope")
Case = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """One message or report of a case: its set, its place, whether the reply was right, and both."""

    kind: str
    place: str
    right: bool
    said: str
    reply: str


def cases(kind: str) -> list[Case]:
    """The cases of a file of tests/strangers."""
    return [json.loads(line) for line in (FOLDER / f"{kind}.jsonl").read_text("utf-8").splitlines()]


def is_right(turn: Case, reply: Reply) -> bool:
    """Whether a reply is what a turn expects."""
    told = [m["passage"]["id"] for m in reply.messages if m["type"] == "explanation"]
    offered = [row.get("passage_id") or "" for m in reply.messages for row in m.get("choices", [])]
    expected = turn["expect"]
    if expected == "any":
        return True
    if reply.type == "urgent" and (expected == "urgent" or turn.get("urgent") == "acceptable"):
        return True
    if expected == "unknown":
        return not told and not offered
    if expected == "no-diagnosis":
        return not (told or offered) or any(_accepted(turn, row) for row in (*told, *offered))
    return expected == "explanation" and bool(told) and _accepted(turn, told[0])


def _accepted(turn: Case, passage: str) -> bool:
    return any(fnmatchcase(passage, pattern) for pattern in turn["accept"])


def wrongly_told(labels: Mapping[str, Case], reply: Reply) -> list[str]:
    """The groups of findings of a report whose status is told wrongly, or is not told; what is added is no fault here.

    What was there before and is gone counts as not there.
    """
    said: dict[str, set[str]] = {}
    for message in reply.messages:
        for mention in (message.get("report") or {}).get("mentions", []):
            status = "absent" if mention["status"] == "prior" else mention["status"]
            said.setdefault(mention["finding"], set()).add(status)
    wrong = []
    for name, label in labels.items():
        of_group = set().union(*(said.get(finding, set()) for finding in label["findings"]))
        status = label["status"]
        if status == "not_mentioned":
            right = not of_group
        else:
            right = status in of_group and (status == "present" or "present" not in of_group)
        if not right:
            wrong.append(f"{name}: {status}, told {sorted(of_group) or 'nothing'}")
    return wrong


def play(plainscan: Plainscan) -> Iterator[Judged]:
    """Every case, each in a conversation of its own."""
    for kind in TALKS:
        for case in cases(kind):
            patient = Patient(plainscan)
            with closing(patient.http):
                for number, turn in enumerate(case.get("turns", [case]), 1):
                    reply = patient.says(turn["text"])
                    right = is_right(turn, reply)
                    yield Judged(kind, f"{case['id']}.{number}", right, turn["text"], reply.in_short)
    for case in cases("reports"):
        patient = Patient(plainscan)
        with closing(patient.http):
            wrong = wrongly_told(case["labels"], patient.pastes(case["text"]))
        yield Judged("reports", case["id"], not wrong, case["text"][:60], "; ".join(wrong))


def shares(judged: Sequence[Judged]) -> dict[str, tuple[int, int]]:
    """By file, and of each set of writers: how many were right, of how many."""
    found: dict[str, tuple[int, int]] = {}
    for one in judged:
        for name in (one.kind, f"{one.kind} {one.place[0]}"):
            right, count = found.get(name, (0, 0))
            found[name] = right + one.right, count + 1
    return found


def main(argv: Sequence[str]) -> int:
    if not argv or not argv[0].startswith("http"):
        print("usage: python -m tests.conversations.strangers URL [--show]", file=sys.stderr)
        return 2
    judged = list(play(running_at(argv[0])))
    if "--show" in argv:
        for one in judged:
            if not one.right:
                print(f"{one.kind} {one.place}: {one.said!r}\n    {one.reply}")
    for name, (right, count) in sorted(shares(judged).items()):
        print(f"{name:<16} {right:>3} of {count:>3} right: {right / count:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
