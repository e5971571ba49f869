"""What a patient typed or pasted, made clean: one spelling for each character, and nothing that cannot be seen."""

import re
import unicodedata

# Joiners belong inside emoji and some scripts; next to an ASCII letter, or at an end, they only hide what a word is.
_STRAY_JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
# A line end, or a character with the marks that are written over it.
_PIECES = re.compile(r"\r\n?|.[\u0300-\u036f]*", re.DOTALL)
_REPLACEMENT = "\ufffd"
_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
# A tag as HTML spells it, so that "<5 mm, later >9 mm" is none.
_TAG = re.compile(r"""</?[a-z][a-z0-9]*(?:\s+[a-z-]+(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))?)*\s*/?>""", re.IGNORECASE)


def replace_lone_surrogates(text: str) -> str:
    """Return `text`, of the same length, with U+FFFD for each half of a pair: no other part can handle those."""
    return re.sub(r"[\ud800-\udfff]", _REPLACEMENT, text)


def normalise(text: str) -> str:
    r"""Return `text` in NFC, without control, format (bidi, zero-width, tag) and broken characters.

    Line ends become "\n" and any other blank a space; blanks at the ends go. Emoji stay as they are. May return "".

    >>> normalise("bone\u200b marrow\u202e\x00 edema ")
    'bone marrow edema'
    """
    text = unicodedata.normalize("NFC", replace_lone_surrogates(text))
    text = _LINE_ENDS.sub("\n", text)
    text = "".join(filter(None, map(_clean_character, text)))
    return _STRAY_JOINERS.sub("", text).strip()


def without_tags(text: str) -> str:
    """Return `text` without HTML tags and scripts, which can come along when a page is copied; `text` itself where
    nothing else is in it.

    >>> without_tags("Impression:<br> a <5 mm <b>cyst</b>")
    'Impression:  a <5 mm  cyst'
    """
    return _TAG.sub(" ", _SCRIPT.sub(" ", text)).strip() or text


def places(sent: str, clean: str) -> list[tuple[int, int]]:
    r"""For each character of `clean`, which is `normalise(sent)`: where what it was made of begins and ends in `sent`.

    >>> places(" a\u200bb", "ab")
    [(1, 2), (3, 4)]
    """
    found: list[tuple[int, int]] = []
    at = 0
    for piece in _PIECES.finditer(sent):
        made = unicodedata.normalize("NFC", "\n" if _LINE_ENDS.fullmatch(piece[0]) else piece[0])
        for character in made:
            if at < len(clean) and _clean_character(character) == clean[at]:
                found.append(piece.span())
                at += 1
    return found


def _clean_character(character: str) -> str:
    if character in "\n\u200c\u200d":
        return character
    if character.isspace():
        return " "
    # Cc control, Cf format, Co private use: invisible or without a meaning that both sides share.
    if character == _REPLACEMENT or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    return character
