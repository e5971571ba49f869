"""Locks carry hashes, an audit that saw too little says so, and no new secret goes unnoticed."""

from __future__ import annotations

import json
import re

import pytest

from tools.supply_chain import (
    BASELINE,
    LOCKS,
    PYTHON_OF,
    SECURITY,
    UNHASHED,
    CannotTell,
    found_secrets,
    pins,
    read_report,
    unlisted,
    weights,
)


def report(*rows: dict[str, object]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


WEAK = {
    "name": "py_weak",
    "version": "1.0",
    "vulns": [{"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2030-1234"], "fix_versions": ["1.1"]}],
}
SOUND = {"name": "sound", "version": "2", "vulns": []}


@pytest.mark.parametrize("name", PYTHON_OF)
def test_every_pin_of_a_lock_has_its_hashes(name: str) -> None:
    locked, hashed = pins(LOCKS / f"{name}.txt"), pins(LOCKS / f"hashes/{name}.txt")
    assert {p: v for p, v in locked.items() if p not in UNHASHED} == hashed, "run `make hashes`"
    text = (LOCKS / f"hashes/{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert [entry.split("==")[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_an_advisory_is_read_with_all_its_names() -> None:
    [advisory] = read_report(report(WEAK, SOUND), ["py-weak", "sound"])
    assert advisory.package == "py_weak" and advisory.fixed == ("1.1",)
    assert unlisted([advisory], "| x | CVE-2030-1234 | …") == []
    assert unlisted([advisory], "| x | GHSA-aaaa-bbbb-cccc | …") == []
    assert unlisted([advisory], "| x | CVE-2030-12345 | …") == [advisory]


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("", "no report"),
        ("[]", "no report"),
        (report(SOUND), "not audited: py-weak"),
        (report(SOUND, {"name": "py-weak", "skip_reason": "not found"}), "not audited: py-weak"),
    ],
)
def test_an_audit_that_saw_too_little_says_so(output: str, why: str) -> None:
    with pytest.raises(CannotTell, match=why):
        read_report(output, ["py-weak", "sound"])


def test_each_listed_advisory_says_package_reach_and_fix_and_the_version_is_the_locked_one() -> None:
    text = SECURITY.read_text(encoding="utf-8")
    rows = [row for row in re.findall(r"^\| (.+) \|$", text, re.M) if re.search(r"CVE-\d{4}", row)]
    assert len(rows) >= 15
    assert re.search(r"Last looked at on \*\*20\d\d-\d\d-\d\d\*\*", text)
    locked = pins(LOCKS / "rasa.txt")
    for row in rows:
        package, _, what, reach, fixed = row.split(" | ")
        name, version = package.split()
        assert locked[name] == version, f"{package} is not what is installed: look at the row again"
        assert what and reach and re.match(r"\d", fixed)


def test_the_weights_in_the_bill_of_materials_are_the_published_ones() -> None:
    assert weights()["hashes"][0]["content"].startswith("53aa5117")


def test_a_new_secret_would_be_seen() -> None:
    known = found_secrets(json.loads(BASELINE.read_text(encoding="utf-8")))
    assert 1 <= len(known) < 30
    found = {"results": {"bot/x.py": [{"type": "Secret Keyword", "hashed_secret": "00", "line_number": 1}]}}
    assert found_secrets(found) - known == {("bot/x.py", "Secret Keyword", "00")}
