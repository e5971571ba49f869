"""Several questions in one message, taken apart so that each gets its own answer.

"What is a bone bruise, how long does it last and can I run?" asks three things. A message is cut at the ends of its
sentences, at the numbers or letters of a list, and before a question word that follows a comma or "and"; what does not
ask anything goes with what does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from knowledge.condense import asks, condense, headline, sentences

# "It aches, when I run" tells; "and when I can run" asks.
_NOT_TOLD = (
    r"(?!\s+(?:(?:the|my|his|her)\s+\w+|i|it|he|she|they|we|you|there)\s+"
    r"(?!can\b|could|may|might|should|shall|will\b|would))"
)
_ASKING_WORD = (
    rf"(?:what(?:'?s| is)?|why|how|(?:when|where){_NOT_TOLD}|which|who|is|are|was|will|would|can|could|should|shall"
    r"|do|does|did|am i|may i|whether)\b"
)
_JOINT = r"(?:[,;]|[,;]?\s+(?:and|but|also|plus|as well as))"
_CLAUSE = re.compile(rf"\s*{_JOINT}\s+(?:and |but |also |then |so )*(?={_ASKING_WORD})", re.I)
# Asks for help with whatever else is said; no question of its own.
_BARE = re.compile(
    r"^\W*(?:please |pls |so |and )*(?:(?:any|some|need|want|give me) )*(?:help|advice|advi[sc]e|suggest\w*|thoughts"
    r"|ideas?|explain|info|information|tell me|what (?:should|can|do) i do|right|ok(?:ay)?|correct|anyone|thanks?)"
    r"(?: me| please| now)*\W*$",
    re.I,
)
# "That's frozen shoulder, isn't it?" says what the next question is about.
_TAG = re.compile(
    rf"^(?!\W*(?:so |and |but )*{_ASKING_WORD}).*"
    r"\b(?:is(?:n['’]?t| not) it|innit|are(?:n['’]?t| not) they|right|correct)\W*$",
    re.I | re.S,
)
# The number or letter of a list's item: "1)", "2.", "(a)", "b)".
_ITEM = re.compile(r"(?:(?<=\s)|^)\(?(?:([1-9])[.)]|([a-i])\))\s+")
# A clause of so few words has no question in it ("is it", "and how").
_FEWEST_WORDS = 3


def split(text: str, names: Callable[[str], Sequence[object]]) -> list[str]:
    """The questions of a message in their order, each a text that can be answered; one element where there is one.

    names: finds the findings that a text names. A question that names none and comes after one that does is left as it
    is: the answer to the former makes it the conversation's finding. The headline goes before the first question; where
    there is none and no question names anything, the sentence that does.
    """
    text = _listed(text)
    asking = [clause for sentence in sentences(text) if asks(sentence) for clause in _clauses(sentence)]
    own = [clause for clause in asking if not _BARE.match(clause) and not _TAG.match(clause)]
    if len(own) < 2:
        return [condense(text, names)]
    if subject := headline(text):
        own[0] = f"{subject}. {own[0].removeprefix(subject).lstrip('.: ')}"
    elif not any(names(clause) for clause in own):
        said = [
            sentence for sentence in sentences(text) if names(sentence) and (not asks(sentence) or _TAG.match(sentence))
        ]
        own[0] = " ".join([*said[-1:], own[0]])
    return own


def _listed(text: str) -> str:
    """The text with each item of a list on a line of its own and without its number; other texts as they are."""
    places = ["123456789abcdefghi".index(item[1] or item[2]) % 9 for item in _ITEM.finditer(text)]
    if len(places) < 2 or places != list(range(len(places))):
        return text
    return _ITEM.sub("\n", text)


def _clauses(sentence: str) -> list[str]:
    """A sentence cut where the next question in it begins; a part too short to ask stays with the one before."""
    parts: list[str] = []
    for part in _CLAUSE.split(sentence):
        if parts and len(part.split()) < _FEWEST_WORDS:
            parts[-1] += f" and {part}"
        elif parts and not asks(parts[-1]):  # "I fell in May, is it broken": the story belongs to its question
            parts[-1] += f", {part}"
        else:
            parts.append(part.strip())
    return parts
