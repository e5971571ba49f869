"""One spelling for what a patient typed or dictated, before it is read as words (patient_words).

Lower case, nothing that cannot be seen, "do not" and "don't" alike; spoken punctuation as punctuation, numbers as
figures, a bare temperature or age with the word that it leaves out, and a short answer with what it answers.
"""

from __future__ import annotations

import re
import unicodedata

# A line this long that goes on in lower case was broken by a mail program or a PDF, not by its writer.
WRAPPED_LINE = 45

_WRAP = re.compile(rf"(?<=[^\n]{{{WRAPPED_LINE}}})(?<![.!?:;])\n(?=[a-z(])")
_NOT = re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|can|will|should)\s+not\b")
# "I ca nt", as some keyboards leave it
_NT = re.compile(r"\b(ca|do|does|did|is|are|was|were|has|have|had|would|could|wo|should)\s+n\s?t\b")
# "My leg's numb": one leg, not two legs.
_IS = re.compile(r"\b(leg|arm|hand|joint|knee|ankle|wrist|shin)['’`´]s\b")

# "no can hold", "I no feel": how it is said by those whose first language denies in this way
_NO_CAN = re.compile(r"\b(?:no|not|dont)\s+can\b")
_NO_VERB = re.compile(r"\b(i|he|she|they|we)\s+no\s+(feel|have|want|sleep|move|walk|control|hold|know|wake|speak)\b")

_DICTATED = re.compile(r"\b(?:comma|full\s+stop|question\s+mark)\b")
_SPOKEN = (
    (re.compile(r"\s*\bcomma\b"), ","),
    (re.compile(r"\s*\bfull\s+stop\b"), "."),
    (re.compile(r"\s*\bquestion\s+mark\b"), "?"),
    (re.compile(r"\bnew\s+(?:line|paragraph)\b"), "\n"),
    (re.compile(r"(?<!my)(?<!her)(?<!the)(?<!this)(?<!\ba)\s+period\b"), "."),
)

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = (
    {word: n for n, word in enumerate(_UNITS, 1)}
    | {word: n for n, word in enumerate(_TEENS, 13)}
    | {word: n * 10 for n, word in enumerate(_TENS, 2)}
)
_BIG_NUMBER = re.compile(rf"\b({'|'.join((*_TENS, *_TEENS))})(?:[\s-]+({'|'.join(_UNITS[:9])}))?\b")
_SMALL_AGE = re.compile(rf"\b({'|'.join(_UNITS)})(?=[\s-]+(?:years?|yrs?|months?)[\s-]+old\b)")

# "38.9 since Sunday": nothing else that patients write is 38 to 41 and a tenth, unless its unit follows.
_TEMPERATURE = re.compile(
    r"(?<![\d.,/:-])((?:3[89]|4[01])[.,]\d(?![\d.,/:-]|\s*(?:%|percent|[mck]m\b|[mk]g\b|kilo|ml|mile|min|sec|hour|year|week))"
    r"|(?:3[89]|4[01])(?=\s*(?:°|degrees?|deg)?\s*c\b)|10[0-5](?:[.,]\d)?(?=\s*(?:°|degrees?|deg)?\s*f\b))"
)
# "68, sudden knee pain" and "Dad (82)"
_AGE_FIRST = re.compile(r"((?:^|[.!?\n])\s*)(\d{2})(?=\s*,)")
# "81. Bent down to …": only where a message begins, as lists have numbers too
_AGE_OPENS = re.compile(r"(\A\s*)([2-9]\d)(?=\.\s+[a-z])")
_FAMILY = (
    "mother",
    "mum",
    "mom",
    "father",
    "dad",
    "son",
    "daughter",
    "boy",
    "girl",
    "kid",
    "wife",
    "husband",
    "gran",
    "nan",
)
_AGE_AFTER = re.compile(rf"\b((?:{'|'.join(_FAMILY)})\s*)\((\d{{1,2}})(?=\W)")

_DAY = (
    r"(?:last\s+night|yesterday|today|tonight|this\s+(?:morning|afternoon|evening|week)"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_WELL = r"(?:(?:no|nope|well|so|and|but|honestly|actually|truth\s+is|thing\s+is|yes|yep|yeah|sadly)\W+)*"
_ENDS = r"(?=\s*(?:[.,;!?\n]|$))"
_ANSWERS = (
    # "asked if I can feel when I wipe. I can't."
    (
        re.compile(
            rf"\b(?:if|whether)\s+(i|he|she|we)\s+(?:can|could)\s+([^.?!\n]{{3,90}})[.?!,;:–-]+\s*{_WELL}\1\s+(?:cant|couldnt)\b"
        ),
        r"\1 cant \2, ",
    ),
    # "can you feel when you wipe? No." is asked by them of us, not by us: "they asked: can you …"
    (
        re.compile(
            r"\b(?:asked|asks)\W+(?:me\W+)?can\s+(?:you|u)\s+([^.?!\n]{3,90})[.?!,;:–-]+\s*(?:no|nope|i\s+cant)\b"
        ),
        r"i cant \1, ",
    ),
    # "asked if I feel safe and I said not really"
    (
        re.compile(
            r"\b(?:if|whether)\s+(i|he|she)\s+(?:still\s+)?feels?\s+([^.?!\n]{3,70}?)\W+(?:(?:and|but|so)\s+)?(?:i|he|she)\s+"
            r"(?:said|say|answered|told\s+\w+)\W+(?:no|nope|not\s+(?:really|sure|always|any\s*more|so\s+much))\b"
        ),
        r"\1 dont feel \2, ",
    ),
    # "asked if I had numbness down there. I do."
    (
        re.compile(
            rf"(\b(?:asked|asks|leaflet|sheet|question|list|says|warned|told)\b[^.?!\n]{{3,160}}[.?!]\s*){_WELL}"
            rf"(?:i|he|she)\s+(?:do|have|am|did|does|has|is){_ENDS}"
        ),
        r"\1and i do",
    ),
    # "no numbness, but since last night I do"
    (
        re.compile(
            rf"\bno\s+([^.,;!?\n]{{3,60}})\W+(?:well\W+|but\s+|only\s+|except\s+)+((?:since|from|now|as\s+of)?\s*(?:now|{_DAY}))"
            rf"\W+(?:i|he|she|it|there)\s+(?:do|does|did|have|has|is){_ENDS}"
        ),
        r"no \1, but \2 i do have \1",
    ),
    # "no numbness until last night"
    (re.compile(rf"\bno\s+([^.,;!?\n]{{3,60}}?)\s+(?:until|till|before)\s+({_DAY})"), r"no \1, but since \2 i have \1"),
    # "I want it to be over. Everything."
    (
        re.compile(r"\b(over|stop|end|done|finished|enough)[.…,\s-]+(everything|all\s+of\s+it|life)" + _ENDS),
        r"\1 everything",
    ),
)


def plain(text: str) -> str:
    """A text in one spelling; lines that were wrapped are joined."""
    text = unicodedata.normalize("NFKD", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn", "Co") and (c >= " " or c in "\n\t"))
    text = _figures(_spoken(_WRAP.sub(" ", text).lower()))
    text = re.sub(r"['’‘`´]", "", _IS.sub(r"\1 is", text))
    text = re.sub(r"\b(knee)[\s-]+(caps?)\b", r"\1\2", text)
    text = _NT.sub(r"\1nt", _NOT.sub(r"\1nt", text))
    text = _NO_VERB.sub(r"\1 dont \2", _NO_CAN.sub("cant", text))
    return _answered(text.replace("willnt", "wont").replace("cannt", "cant").replace("cannot", "cant"))


def _spoken(text: str) -> str:
    """Spoken punctuation as what it means; "period" only where others show that the text was dictated."""
    if _DICTATED.search(text):
        for spoken, written in _SPOKEN:
            text = spoken.sub(written, text)
    return text


def _figures(text: str) -> str:
    """Numbers from 13 on as figures, and bare temperatures and ages by name."""
    text = _BIG_NUMBER.sub(lambda m: str(_VALUES[m.group(1)] + _VALUES.get(m.group(2) or "", 0)), text)
    text = _SMALL_AGE.sub(lambda m: str(_VALUES[m.group(1)]), text)
    text = _TEMPERATURE.sub(r"temperature \1", text)
    text = _AGE_OPENS.sub(r"\1age \2", _AGE_FIRST.sub(r"\1age \2", text))
    return _AGE_AFTER.sub(r"\1 age \2", text)


def _answered(text: str) -> str:
    """Short answers, filled in with what they answer: "asked if I can feel it. I can't" as "I can't feel it"."""
    for short, full in _ANSWERS:
        text = short.sub(full, text)
    return text
