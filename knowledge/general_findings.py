"""Names of findings that say little by themselves (`general_findings.yml`): "tumor", of an enchondroma or a kidney."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import yaml

from knowledge.body_parts import Anatomy
from knowledge.condense import spans
from knowledge.names import Mention, NameIndex, stems
from knowledge.passages import KNOWLEDGE


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = yaml.safe_load((KNOWLEDGE / "general_findings.yml").read_text(encoding="utf-8"))
    return rows


def particular(named: Iterable[str], about: str | None = None) -> tuple[str, ...]:
    """The findings that are named, each once, without general ones where one that they can be said of is named too.

    about: the finding that the talk is of; a general word for it is said of it.

    >>> particular(["enchondroma", "bone-tumor"]), particular(["bone-tumor"]), particular(["bone-tumor"], "enchondroma")
    (('enchondroma',), ('bone-tumor',), ())
    """
    named = tuple(dict.fromkeys(named))
    meant = {*named, about}
    return tuple(finding for finding in named if not meant.intersection(kinds(finding)))


def kinds(finding: str) -> tuple[str, ...]:
    """The findings that a general name can be said of; none where a finding's names are not general."""
    return tuple(_rows()["particular"].get(finding, ()))


def yields(finding: str) -> bool:
    """Whether a finding gives way to one that is named by a part and what is wrong with it."""
    return finding in _rows()["yields"]


def leading(companion: str | None, findings: Iterable[str]) -> str | None:
    """The first of some findings that another one is a general name of, or else comes with; None where there is none.

    >>> leading("baker-cyst", ["bone-bruise", "meniscus-tear"]), leading("meniscus-tear", ["baker-cyst"])
    ('meniscus-tear', None)
    """
    findings = tuple(findings)
    for with_it in (kinds(companion or ""), _rows()["accompanies"].get(companion, ())):
        if found := next((finding for finding in findings if finding in with_it), None):
            return found
    return None


@cache
def other_parts() -> NameIndex:
    """The parts of the body that no passage is about (`knowledge/other_parts.yml`)."""
    rows = yaml.safe_load((KNOWLEDGE / "other_parts.yml").read_text(encoding="utf-8"))
    return NameIndex({"other": tuple(rows)})


class OtherParts:
    """Tells names that are said of such a part: "a pleural effusion". Made once."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy, self._parts = anatomy, other_parts()
        self._shared = {stems(name) for name in _rows()["other_parts"]}

    def said_of_them(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions whose sentence names such a part, and none that passages are about."""
        shared = [m for m in mentions if stems(m.name) in self._shared]
        if not shared or not self._named(text):
            return []
        told = [(start, end, text[start:end]) for start, end in spans(text)]
        elsewhere = [(start, end) for start, end, s in told if self._named(s) and not self._anatomy.read(s)]
        return [m for m in shared if any(start <= m.start < end for start, end in elsewhere)]

    def _named(self, text: str) -> bool:
        return any(not mention.corrected for mention in self._parts.find(text))
