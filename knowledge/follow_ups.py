"""What a message says besides what it asks: thanks for the last answer, what it points back to, what it compares.

"Ok thanks, and how long?" asks "how long?"; "is the second one serious" asks "is it serious" of something that stands
in a row; "which takes longer, X or Y" asks "takes long" of each of two. The intent model reads what is asked when the
rest is taken out; it is trained on questions about one thing. Pure functions on text, also used inside Rasa.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from knowledge.condense import LONG, asks

# Stands for the name of a finding where a text is read without its names.
MASK = "the finding"
COMPARES, POINTS = "compare_findings", "point_back"

# Said before a question and no part of it. The last row begins questions too ("right knee?"), so a comma must follow.
_FILLER = (
    r"(?:(?:o+k+(?:a?y)?|k|alright|all right|got it|i see|i get it|understood|good to know|fair enough|makes sense"
    r"|thanks?(?: (?:you|u))?(?: (?:so|very) much| a lot)?|thank u|thx|ty|cool|h+m+|oh|ah|wow|anyways?"
    r"|one more (?:thing|question)|(?:another|last|next) (?:thing|question)|back to (?:the )?topic)\b[\s,.!:;)-]*"
    r"|(?:right|great|good|nice|perfect|fine|well|yes|yeah|no|sorry|wait|actually|please|so)\s*[,.!:;-]+\s*)"
)
_BEFORE = re.compile(rf"^\W*{_FILLER}+(?:(?:so|and|but|then|also|now)\b[\s,]*)*", re.I)
# Said after it.
_AFTER = re.compile(r"(?<=\w)[\s,]+(?:then|now|though|tho|please|pls)(?=\W*$)", re.I)
_CORRECTION = re.compile(
    r"^\W*(?:(?:no|nope|sorry|wait|actually|and|but)\b\W*)*"
    r"(?:(?:i (?:just |only |actually |really )*(?:mean|meant|asked|was asking|wanted(?: to know)?)"
    r"|(?:that'?s|this is) not what i (?:wanted|asked|meant)(?: to know)?)\b\W*)+(?:whether |if )?",
    re.I,
)

_ORDINAL = r"(?:first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|last)"
_NUMBER = r"(?:[1-9]|one|two|three|four|five)"
_POINTER = re.compile(
    rf"\b(?:the |that |this )?(?:{_ORDINAL}|other) (?:one|finding|point|item|of (?:them|these|those|the two))\b"
    rf"|\bthe (?:{_ORDINAL}|other)(?=\W*$)|\bthe (?:former|latter)\b"
    rf"|\b(?:number|point|item|no\.?|#) ?{_NUMBER}\b(?! (?:cause|reason|thing)\b)",
    re.I,
)

# Words that set two things against each other by themselves …
_AGAINST = (
    r"differ(?:s|ent(?!\w* (?:doctor|report|radiolog|opinion|answer|thing|place|scan))\w*|ences?|ing)?"
    r"|diff|diffe?r[ae]nce"
    r"|compar(?:e[ds]?|ing|isons?|able)|versus|vs\.?|distinguish\w*|the same|same (?:as|thing)|alike|similar"
    # not "edema of both sacroiliac joints"
    r"|both(?! (?:of )?(?:my |his |her |the |our )?(?:\w+ )?(?:sides?|hips|knees|shoulders|ankles|heels|wrists|hands"
    r"|feet|legs|arms|joints|bones|levels|heads)\b)"
)
# … and those that grade, which do so after "which" or before "than".
_GRADE = {
    "longer": "long", "shorter": "short", "faster": "fast", "quicker": "fast", "sooner": "soon", "slower": "slow",
    "easier": "easy", "harder": "hard", "worse": "bad", "worst": "bad", "better": "good", "rarer": "rare",
    "milder": "mild", "safer": "safe", "longest": "long", "shortest": "short", "fastest": "fast", "quickest": "fast",
    "slowest": "slow", "hardest": "hard", "easiest": "easy", "rarest": "rare", "safest": "safe",
}  # fmt: skip
_GRADED = r"(?:more|less|most|least|" + "|".join(_GRADE) + r")"
_TWO = re.compile(rf"\b(?:{_AGAINST})\b|\b(?:wh?ich|what)\b.*\b{_GRADED}\b|\b{_GRADED}\b.*\bthan\b", re.I | re.S)
_WITH_ANOTHER = re.compile(
    rf"\b(?:than|differ\w* (?:from|to)|compar\w+ (?:to|with)|the same as|versus|vs\.?)"
    rf" (?:with |in |for |of |that of |those of )?(?:an? |the )?{MASK}\b",
    re.I,
)
_ARTICLE = r"(?:an? |the )?"
_OF_THESE = re.compile(r"\bwh?ich (?:one |ones )?of (?:them|these|those)(?: findings| things)?\b", re.I)
_SECOND = re.compile(
    rf"{_ARTICLE}{MASK}(?:,?\s+(?:and|or|vs\.?|versus|to|with|from|than|as)(?: (?:with|that of|those of|in|for|of))?"
    rf" {_ARTICLE}{MASK})+",
    re.I,
)
_COMPARING = re.compile(
    rf"\b(?:wh?ich (?:one |ones )?(?:of (?:them|these|those|the|both)? ?(?:two )?)?"
    rf"|(?:what'?s |what is )?(?:the )?(?:{_AGAINST})(?: (?:from|to|with|as|between|in|of|that of|those of))*"
    rf"|(?:more|less|most|least|than)(?: (?:with|in|for))?)\b ?",
    re.I,
)
# What is left where things are compared in nothing but what they are.
_ONLY_NAMED = re.compile(
    rf"(?:\W|\b(?:is|are|was|what|how|whats|and|or|an?|the|that|this|it|do|does|be|{MASK})\b)*", re.I
)
# What is left where the same is asked of another thing, or where that is said in so many words.
_NOTHING_MORE = re.compile(
    rf"(?:\W|\b(?:and|or|so|ok|okay|now|then|but|what|whats|how|about|of|for|with|in|an?|the|my|his|her|that|this|thing|one"
    rf"|part|bit|please|pls|tho|though|no|nah|sorry|i|mean|meant|asked|{MASK})\b)*",
    re.I,
)
_AS_SAID = re.compile(r"\b(?:same|too|also|as well|either|likewise|similar)\b", re.I)
# What only leads back to a thing, before what is asked of it.
_RETURN = re.compile(
    rf"^\W*(?:(?:ok|okay|and|so|now|please|can we|could we|let'?s|lets)\W+)*(?:(?:go(?:ing)?|come|get|switch) )?back to"
    rf" (?:it|{_ARTICLE}{MASK})\b\W*",
    re.I,
)
# A finding that is told of as one more: "there is a cyst as well, they say". Who tells that first asks what it is.
_TELLS = r"(?:found|saw|says?|said|shows?|showed|mentions?|mentioned)"
_ONE_MORE = re.compile(
    r"\bthere(?:'?s|s| is| are| was| were)\b"
    r"|\b(?:also|as well|too)\W*(?:(?:they|it|he|she) says?)?\W*$"
    rf"|\b(?:they|mri|report|scan|radiologist|it|i|he|she) (?:also|even) (?:have|has|had|{_TELLS})\b"
    rf"|\b(?:they|mri|report|scan) {_TELLS}\b",
    re.I,
)
# "Will it give me arthritis": what it leads to is named, and it is what is asked about.
_INTO = r"(?: up)?(?: (?:in|into|to|as|with))?"
_LEADS_TO = re.compile(
    r"\b(?:it|this|that|they|these|those)\b(?:\W+\w+){0,2}?\W+"
    r"(?:(?:give|gives|giving)(?: (?:me|him|her|you))?|causes?|causing|becomes?|leads? to|results? in|brings? on"
    rf"|(?:turn|turns|turning|change|changes|develop|develops|progress|progresses|go|goes|going|end|ends){_INTO})"
    rf"(?: (?:an?|the|more|some|early|into))*\W+{MASK}\b",
    re.I,
)
_AGAIN = re.compile(rf"(?:{_ARTICLE}{MASK}\s*)+\b", re.I)

_PICKS = re.compile(
    r"\b(?:more|explain|elaborate|details?|go into|what is meant)\b.{0,12}?\b(?:about|on|of|by|with|the|into)\s+"
    r"(?:the )?([\w' -]+?)(?: (?:part|thing|one|bit|point|cause))?(?: please| pls)?\W*$",
    re.I,
)

_DENIAL = re.compile(
    r"\b(?:no|not|nothing|(?:didn'?t|did not) show|isn'?t|wasn'?t|without|never had|rul(?:ed|es) out|negative for"
    r"|rather than|instead of)"
    r"(?: (?:an?|any|the|real|really|evidence of|signs? of))*\s*$",
    re.I,
)

# "I meant the cyst, not the effusion": what they do not mean, though the other is called by no whole name.
_NOT_MEANT = re.compile(
    r"\b(?:i (?:mean|meant)|asked about|talking about)\b.{1,60}\bnot (?:about )?(?:the |my |this )?$", re.I | re.S
)
_XRAY = re.compile(r"\b(?:x ?-?rays?|radiographs?)\b.{0,60}$", re.I | re.S)


def bare(text: str) -> str:
    """The question without what is said before and after it; a text that asks nothing else stays as it is.

    >>> bare("ok thanks, and how long?"), bare("no i mean is the cause the same"), bare("ok thanks")
    ('how long?', 'is the cause the same', 'ok thanks')
    """
    for before in (_BEFORE, _CORRECTION):
        rest = before.sub("", text, count=1)
        if rest != text and asks(rest):
            text = rest
    rest = _AFTER.sub("", text)
    return rest if asks(text) and len(rest.split()) > 2 else text


def kind(masked: str, findings: Collection[str]) -> str | None:
    """The intent of a message that clearly compares or points back; None where only the intent model can tell.

    masked: the text with MASK in the place of every finding's name; findings: the ids that it names.
    """
    if len(masked.split()) > LONG:
        return None
    if (len(findings) > 1 and _TWO.search(masked)) or (findings and _WITH_ANOTHER.search(masked)):
        return COMPARES
    if not findings and _OF_THESE.search(masked):
        return COMPARES
    return POINTS if not findings and _POINTER.search(masked) else None


def of_one(masked: str) -> str:
    """A masked question as it would be asked of one thing, without what compares or points.

    >>> of_one("is the second one serious"), of_one("which takes longer to heal, a the finding or the finding?")
    ('is it serious', 'takes long to heal, the finding ?')
    >>> of_one("which of these hurts"), of_one("which of them takes longest")
    ('it hurts', 'it takes long')
    """
    text = _POINTER.sub("it", _OF_THESE.sub("it", masked))
    asked = _RETURN.sub("", text)
    text = asked if len(asked.split()) > 1 else text
    text = _SECOND.sub(MASK, text)
    if _TWO.search(masked) or _WITH_ANOTHER.search(masked) or _OF_THESE.search(masked):
        text = re.sub(rf"\b({'|'.join(_GRADE)})\b", lambda word: _GRADE[word[0].lower()], text, flags=re.I)
        text = _AGAIN.sub(MASK + " ", _COMPARING.sub("", text))
        text = f"what is {MASK}" if _ONLY_NAMED.fullmatch(text) else text
    return " ".join(text.split()) or masked


def adds(text: str) -> bool:
    """Whether a text tells of one more finding, in place of asking the same of it.

    >>> adds("there's also a cyst"), adds("the achilles is thick also"), adds("and a cyst?")
    (True, True, False)
    """
    return bool(_ONE_MORE.search(text)) and not asks(text)


def says_more(masked: str) -> bool:
    """Whether a text says more of a thing that it names than that the same is asked of it; masked: with names as MASK.

    >>> says_more("and the finding one, is it broken"), says_more("and the finding?"), says_more("the finding too?")
    (True, False, False)
    """
    return not _AS_SAID.search(masked) and not _NOTHING_MORE.fullmatch(masked)


def leads_to_another(masked: str) -> bool:
    """Whether it is asked what "it" leads to, and that is a finding by name; masked: the text, with names as MASK.

    >>> leads_to_another("will it give me the finding"), leads_to_another("can it be the finding")
    (True, False)
    """
    return bool(_LEADS_TO.search(masked))


def picked(text: str) -> str | None:
    """What somebody wants more about, in their words; None where no such thing is said.

    >>> picked("tell me more about the overuse part"), picked("what is avn")
    ('overuse', None)
    """
    found = _PICKS.search(text)
    return found[1] if found else None


def denied(text: str, mentions: Sequence[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """The names of findings in a text that it says are not there, where it names another one as well.

    What an X-ray did not show counts in any case: who tells that is still in pain, and asks of something else. So does
    what somebody says they did not mean.

    mentions: id, start and end of every name in the text, in order.
    """
    without = [mention for mention in mentions if _DENIAL.search(text[: mention[1]])]
    there = {mention[0] for mention in mentions if mention not in without}
    gone = [m for m in without if there or _XRAY.search(text[: m[1]]) or _NOT_MEANT.search(text[: m[1]])]
    return [m for m in gone if m[0] not in there]


def without_denied(text: str, mentions: Sequence[tuple[str, int, int]]) -> str:
    """The text without the names of findings that `denied` finds.

    >>> without_denied("it is not avn, it is oa. how bad is that", [("avn", 10, 13), ("oa", 21, 23)])
    'it is not , it is oa. how bad is that'
    >>> without_denied("the x-ray showed no fracture, why does it hurt", [("fracture", 20, 28)])
    'the x-ray showed no , why does it hurt'
    """
    for _, start, end in reversed(denied(text, mentions)):
        text = text[:start] + text[end:]
    return text
