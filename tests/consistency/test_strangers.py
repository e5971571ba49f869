"""The cases of tests/strangers are about passages that exist, and are judged as their README says."""

from __future__ import annotations

from fnmatch import filter as matching
from typing import Any

import pytest

from knowledge.passages import load_library
from tests.conversations.patient import Reply
from tests.conversations.strangers import TALKS, cases, is_right, wrongly_told

EXPECTED = {"explanation", "no-diagnosis", "unknown", "urgent", "any"}


def turns(kind: str) -> list[dict[str, Any]]:
    return [dict(turn) for case in cases(kind) for turn in case.get("turns", [case])]


@pytest.mark.parametrize("kind", TALKS)
def test_what_is_accepted_exists(kind: str) -> None:
    passages = list(load_library().passages)
    accepted = {pattern for turn in turns(kind) for pattern in turn["accept"]}
    assert [pattern for pattern in accepted if not matching(passages, pattern)] == []
    assert {turn["expect"] for turn in turns(kind)} <= EXPECTED


def test_reports_are_labelled_with_findings() -> None:
    findings = set(load_library().findings)
    labels = [label for case in cases("reports") for label in case["labels"].values()]
    assert {finding for label in labels for finding in label["findings"]} <= findings
    assert {label["status"] for label in labels} == {"present", "absent", "uncertain", "not_mentioned"}


@pytest.mark.parametrize("kind", [*TALKS, "reports"])
def test_no_case_is_there_twice(kind: str) -> None:
    names = [case["id"] for case in cases(kind)]
    assert len(names) == len(set(names))


def said(*kinds: str) -> Reply:
    """A reply of messages: a type, or the passage of an explanation, or of what is to choose from after a `?`."""
    messages: list[dict[str, Any]] = []
    for kind in kinds:
        message: dict[str, Any] = {"type": kind, "text": "…"}
        if "#" in kind:
            row = kind.lstrip("?")
            message |= (
                {"type": "choices", "choices": [{"passage_id": row}]}
                if kind[0] == "?"
                else {"type": "explanation", "passage": {"id": row}}
            )
        messages.append(message)
    return Reply(messages)


@pytest.mark.parametrize(
    ("expect", "reply", "right"),
    [
        ("explanation", said("fracture#causes", "fracture#outlook"), True),
        ("explanation", said("fracture#outlook", "fracture#causes"), False),  # the first card counts
        ("explanation", said("?fracture#causes"), False),
        ("explanation", said("urgent", "fracture#causes"), True),
        ("explanation", said("urgent"), False),
        ("no-diagnosis", said("text"), True),
        ("no-diagnosis", said("?fracture#causes"), True),
        ("no-diagnosis", said("fracture#outlook"), False),
        ("unknown", said("unknown"), True),
        ("unknown", said("?fracture#causes"), False),
        ("urgent", said("urgent", "unknown"), True),
        ("any", said("fracture#outlook"), True),
    ],
)
def test_a_reply_is_judged_by_what_is_expected(expect: str, reply: Reply, right: bool) -> None:
    assert is_right({"expect": expect, "accept": ["*#causes"]}, reply) is right


@pytest.mark.parametrize(
    ("status", "told", "right"),
    [
        ("present", ["absent", "present"], True),
        ("present", ["uncertain"], False),
        ("absent", ["prior"], True),
        ("absent", ["absent", "present"], False),
        ("uncertain", ["uncertain"], True),
        ("not_mentioned", [], True),
        ("not_mentioned", ["absent"], False),
    ],
)
def test_a_report_is_judged_by_what_is_told_of_each_group(status: str, told: list[str], right: bool) -> None:
    mentions = [{"finding": "fracture", "status": one} for one in told]
    reply = Reply([{"type": "report", "text": "…", "report": {"mentions": mentions}}])
    labels = {"break": {"findings": ["fracture", "stress-fracture"], "status": status}}
    assert (wrongly_told(labels, reply) == []) is right
