"""Which of the findings that a message names it asks about: "a meniscus tear and a Baker cyst, is the cyst serious"."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import cache

from bm25s.stopwords import STOPWORDS_EN_PLUS

from knowledge.condense import asks, spans
from knowledge.follow_ups import MASK, denied, leads_to_another
from knowledge.general_findings import leading, particular
from knowledge.names import Mention, stems

# Up to so many words that ask nothing, a message only lists what it names.
LIST = 14
_WORD = re.compile(r"\w+")
# What findings come to stands behind these.
_CONCLUDES = re.compile(
    r"\b(?:in keeping w(?:ith)?|(?:consistent|compatible|concordant) w(?:ith)?|suspicious (?:for|of)|suggest\w*(?: of)?"
    r"|diagnos\w+(?: with| of| as)?)(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
# What a sentence says of the scan stands behind these, or in quotes.
_BY_THE_SCAN = re.compile(
    r"(?:\b(?:mri|mra|mr|scans?|scanned|reports?|letter|results?|radiolog\w+)\b[^.?!\n]*|[\"“‘][^\"”’\n]*)$",
    re.IGNORECASE,
)
# What stands behind these, in their sentence, was thought, feared or foretold, and is no finding of the scan.
_ONLY_THOUGHT = re.compile(
    r"\b(?:thought|assumed|suspected|google\w*|internet|afraid|scared|terrified|worried|convinced|otherwise"
    r"|(?:i|he|she|you|they)(?:['’]?ll| will| would| might| could) (?:have|get|develop|end up))\b[^.?!\n]{0,60}$",
    re.IGNORECASE,
)
# What stands behind these, in their sentence, is why the scan was made, or what was before it.
_REASON = re.compile(
    r"(?:\b(?:mri|mra|mr|scans?|scanned|x-?rays?)\b[^.?!\n]{0,30}\b(?:for|because of|cos of|due to)"
    r"|\b(?:after|following|since))(?:[^\w.?!\n]+\w+){0,3}[^\w.?!\n]+$",
    re.IGNORECASE,
)
# What stands behind these is asked to be said of something else: "is that an infection or arthritis", "the cyst is a
# tumour?".
_SUBJECT = r"(?:it|this|that|these|those|they|(?:the|my|his|her) \w+)"
_SAID_OF_ANOTHER = re.compile(
    rf"\b(?<!what )(?:(?:is|are|was|were|does|could|can|might|may) {_SUBJECT}"
    rf"|{_SUBJECT}(?:['’]s| (?:is|are|was|were|means?|(?:can|could|might|may) be)))"
    r" (?:(?:an?|the|some|any|all|really|actually|also|maybe|like|called|early|not|be|mean|(?:kind|sort|type|form) of"
    r"|(?:an? )?\w+ or) )*$",
    re.IGNORECASE,
)
_THIS = re.compile(r"\b(?:this|that|these|those) $", re.IGNORECASE)
_ENDS = re.compile(r"\W*(?:$|[.?!,\n]|(?:or|and)\b)")


def in_order(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """The findings of the mentions, each once: those first that are asked about, then what the rest is said to come to
    ("synovitis and erosions, in keeping with inflammatory arthritis"), then those of the scan; without general names of
    others, without what is ruled out, was feared or is why the scan was made, and, if it is not asked about, without
    what only comes with others.

    mentions: the names of findings in the text, in order.
    """
    gone = {mention[0] for mention in denied(text, [(m.id, m.start, m.end) for m in mentions])}
    named = particular(m.id for m in mentions if m.id not in gone)
    if len(named) < 2:
        return named
    asking = [span for span in spans(text) if asks(text[slice(*span)])]
    in_questions = ((start, m) for start, end in asking for m in mentions if start <= m.start < end)
    of_another = {m for start, m in in_questions if _of_another(text, start, m)}
    asked = _asked(text, mentions, asking, of_another)
    told = [m for m in mentions if not any(p.search(text[: m.start]) for p in (_ONLY_THOUGHT, _REASON))]
    stated = {m.id for m in told if m not in of_another}
    if stated.intersection(named):
        named = tuple(finding for finding in named if finding in asked or finding in stated)
    if asking or len(text.split()) > LIST:
        named = tuple(finding for finding in named if finding in asked or not leading(finding, named))
    concluded = {m.id for m in mentions if _CONCLUDES.search(text[: m.start])}
    scanned = {m.id for m in mentions if _BY_THE_SCAN.search(text[: m.start])}
    last = len(text)
    return tuple(sorted(named, key=lambda f: (asked.get(f, last), f not in concluded, f not in scanned)))


def _asked(
    text: str, mentions: Sequence[Mention], asking: Sequence[tuple[int, int]], of_another: Container[Mention]
) -> dict[str, int]:
    """The findings that the sentences which ask are about, each with where they first call it: by its name, or by a
    word that only its name has of those that stand elsewhere ("whats the cyst").

    of_another: the mentions in them that are only said of another finding.
    """
    called: dict[str, int] = {}
    for start, end in asking:
        there = [m for m in mentions if start <= m.start < end]
        for mention in there:
            if mention not in of_another:
                called.setdefault(mention.id, mention.start)
        elsewhere = {m.id: stems(m.name) for m in mentions if m.id not in {t.id for t in there}}
        for word in _WORD.finditer(text, start, end):
            if any(m.start <= word.start() < m.end for m in there):
                continue
            telling = stems(word[0]) - common()
            meant = [finding for finding, name in elsewhere.items() if telling & name]
            if len(meant) == 1:
                called.setdefault(meant[0], word.start())
    return called


def _of_another(text: str, start: int, mention: Mention) -> bool:
    """Whether a sentence that begins at `start` asks if something else is the mentioned finding, or becomes it."""
    before = text[start : mention.start]
    if _THIS.search(before) and not _ENDS.match(text, mention.end):
        return False  # "is this anterolisthesis bad"
    return bool(_SAID_OF_ANOTHER.search(before)) or leads_to_another(f"{before}{MASK}")


@cache
def common() -> frozenset[str]:
    """What is left of a text without these stems tells what it is about."""
    return stems(" ".join(STOPWORDS_EN_PLUS))
