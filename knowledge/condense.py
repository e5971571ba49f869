"""Condensing a long message to the part that asks.

A quarter of real messages are over 60 words: age, sport, drugs and dates first, the question last. The model sees at
most 256 word pieces. What is kept are the sentences that ask, and the headline ("Bone bruise. I fell …") or else one
that names what they ask about. docs/retrieval.md has what that is worth.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONG = 30  # words; shorter messages are read whole

# "1.5 T" and "3.2 cm" end no sentence.
_SENTENCE = re.compile(r"(?:[^.?!\n]|(?<=\d)\.(?=\d))+[.?!]*")
_ASKS = re.compile(
    r"\?|^\W*(?:and |so |but |or |also |please |then )*"
    r"(?:wh?at'?s?|why|how|when(?! (?:i|we|you|he|she|it|they|my|his|her)\b)|where|which|who"
    r"|is|are|was|were|will|would|can|could|should|shall|do|does|did|has|have you|explain"
    r"|am i|may|might|whether)\b(?!['’]t\b)"
    r"|\bmy (?:\w+ )?question is\b"
    r"|\b(?:i (?:want|would like|need|like) to know|wondering|please (?:advi[sc]e|suggest|help|explain|tell)|tell me"
    r"|(?:(?:can|could|will|would) (?:you|some\w+|any\w+)|please|to) explain|any (?:advice|idea)"
    r"|(?:should|can|could) i"
    # in the middle of a sentence that has no end: "with crutches how long do I still need them"
    r"|(?:how(?: \w+)?|what|when|why) (?:do|does|did|can|could|should|shall|will|would|is|are|am)"
    r" (?:i|it|he|she|we|they|this|my|his|her|the))\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^(?!.*\?)\W*(?:(?:hi|hello|dear|good (?:morning|evening|afternoon)|thanks?|thank you|regards"
    r"|please (?:advi[sc]e|help|suggest|reply))\b"
    r"[\w ,]{0,30})\W*$",
    re.IGNORECASE,
)


# A few words before a full stop or the end of a line, and a message after them.
_HEADLINE = re.compile(r"^\W*([^.?!:\n]{2,60}?)[ \t]*(?:\.(?=\s)|\n)(.+)", re.DOTALL)
# With one of these it is no headline: somebody speaks, or greets.
_SPOKEN = re.compile(
    r"\b(i|i['’]?m|i['’]ve|im|my|me|we|our|you|he|she|it|they|am|is|are|was|were|have|has|had|do|does|did|can|will|would"
    r"|hi|hello|hey|dear|dr|doctors?|doc|sir|madam|good|sorry|thanks?|thank|please|help|yes|no|ok|okay)\b",
    re.IGNORECASE,
)
HEADLINE_WORDS, AFTER_HEADLINE = 5, 8


def headline(text: str) -> str:
    """What stands above a message as its subject ("KNEE ARTHRITIS. Good morning, …"); empty where there is nothing.

    >>> headline("Bone bruise. I fell in May and my knee still aches when I run")
    'Bone bruise'
    """
    found = _HEADLINE.match(text)
    if not found or len(found[1].split()) > HEADLINE_WORDS or len(found[2].split()) < AFTER_HEADLINE:
        return ""
    return "" if _SPOKEN.search(found[1]) else found[1].strip()


def sentences(text: str) -> list[str]:
    """The sentences of a message, without greetings and thanks."""
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where these sentences start and end in it, in characters."""
    found = [(m.start() + len(m[0]) - len(m[0].lstrip()), m[0].strip()) for m in _SENTENCE.finditer(text)]
    return [(at, at + len(s)) for at, s in found if any(c.isalnum() for c in s) and not _COURTESY.match(s)]


def asks(sentence: str) -> bool:
    """Whether a sentence asks for something, with or without a question mark."""
    return bool(_ASKS.search(sentence))


def condense(text: str, names: Callable[[str], object] | None = None, most: int = 3) -> str:
    """The asking part of a long message; a short message as it is.

    That is at most `most` sentences that ask, the last ones, or else the last two sentences. The headline goes before
    them. Where there is none and none of them says what is asked about, the last one for which `names` is true does.
    """
    if len(text.split()) <= LONG:
        return text
    parts = sentences(text)
    asking = [s for s in parts if asks(s)][-most:] or [s for s in parts if len(s.split()) > 2][-2:] or parts[-2:]
    if subject := headline(text):
        return " ".join([f"{subject}.", *(s for s in asking if s.rstrip(".: ") != subject)])
    if names and not any(names(s) for s in asking):
        asking = [s for s in parts if names(s)][-1:] + asking
    return " ".join(asking) or text
