"""Whether a text that was typed into the ordinary input is a report, or quotes one.

`report_language/recognition.yml` holds the words. They are searched for once each; nothing is read and nothing is kept.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

import yaml

from knowledge.passages import KNOWLEDGE


class Style(str, Enum):
    """REPORT: a whole pasted report or a piece of one. QUOTE: a few words of one, or its findings in a list."""

    REPORT = "report"
    QUOTE = "quote"


# Shorter than this, in characters, a text without a heading is a quote at most; one in fragments can be shorter:
# "Horiz tear PHMM. ACL ok. Small eff. No fx."
REPORT_CHARS, FRAGMENTS_CHARS = 160, 100
# A story that quotes this many things of a report holds a piece of one, whatever is asked beside it.
QUOTED_TERMS = 6
# And longer than this, in words, it is no quote.
QUOTE_WORDS = 60


def looks_like_report(text: str) -> Style | None:
    """REPORT, QUOTE, or None for what is neither."""
    words = _words()
    headings, said, terms = (len({m.lower() for m in words[k].findall(text)}) for k in ("headings", "said", "terms"))
    asks = "?" in text or bool(words["asking"].search(text))
    speaks = bool(words["speaker"].search(text))
    if headings >= 2 and said + terms >= 2:
        return Style.REPORT
    # "My dad has to sit down after 100 m. mri: severe stenosis L3-5" tells, and quotes.
    if headings and said + terms >= 3 and not asks and not (speaks and len(text) < REPORT_CHARS):
        return Style.REPORT
    if len(text) >= REPORT_CHARS and said >= (5 if asks else 2) and terms >= 3:
        return Style.REPORT
    if len(text) >= REPORT_CHARS and said >= 2 and terms >= QUOTED_TERMS and words["quoting"].search(text):
        return Style.REPORT
    if len(text) >= FRAGMENTS_CHARS and terms >= 4 and not asks and not speaks:
        return Style.REPORT
    if len(text.split()) > QUOTE_WORDS:
        return None
    # with a question mark it may be a question about the quote first: the caller sees the mark too
    if words["quoting"].search(text) and terms + bool(said) >= 2 and ("?" in text or not asks):
        return Style.QUOTE
    if asks or speaks:
        return None
    return Style.QUOTE if (said and terms) or _is_list(text) else None


def _is_list(text: str) -> bool:
    """Whether a text is little more than findings in a row: "Full ACL tear, bone bruise, mild effusion"."""
    items = [item for item in re.split(r"[,;\n]|\band\b", text) if item.strip()]
    listed = [item for item in items if _words()["terms"].search(item)]
    return len(items) >= 3 and len(listed) >= 2 and len(listed) >= len(items) / 2


@cache
def _words() -> dict[str, re.Pattern[str]]:
    rows = yaml.safe_load((KNOWLEDGE / "report_language" / "recognition.yml").read_text(encoding="utf-8"))
    one_of = {name: "|".join(own) for name, own in rows.items()}
    headings = rf"(?:^|\n|[.;]\s)\s*(?:\d[.)]\s*)?({one_of.pop('headings')})\s*:"
    patterns = {name: rf"\b({words})\b" for name, words in one_of.items()}
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in (patterns | {"headings": headings}).items()}
