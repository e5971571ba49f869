"""What a patient typed or pasted, made clean: one spelling for each character, and nothing that cannot be seen."""

import re
import unicodedata

# Joiners belong inside emoji and some scripts; next to an ASCII letter, or at an end, they only hide what a word is.
_STRAY_JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_REPLACEMENT = "\ufffd"


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


def _clean_character(character: str) -> str:
    if character in "\n\u200c\u200d":
        return character
    if character.isspace():
        return " "
    # Cc control, Cf format, Co private use: invisible or without a meaning that both sides share.
    if character == _REPLACEMENT or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    return character
