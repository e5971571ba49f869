"""Text from elsewhere, made fit for a terminal.

A terminal obeys what it is shown: an escape sequence in an answer could recolour the screen, set the window's title,
or, in some terminals, type for the user. So nothing that came over the network is printed before it passed `safe_text`.
"""

import re
import unicodedata

# Whole sequences go first, so that "\x1b[31mred" becomes "red" and not "[31mred". A string sequence (title, clipboard…)
# is only taken out whole when it ends; an unended one loses its introducer alone, so that no words vanish with it.
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_JOINERS = "\u200c\u200d"  # joined emoji and several scripts need them; they move nothing on the screen


def safe_text(text: str) -> str:
    """The same words without anything that a terminal would obey.

    Escape sequences, control characters, bidirectional overrides and invisible format characters are taken out; line
    ends of all kinds become "\\n", a tab a space, half of a surrogate pair U+FFFD.
    """
    text = _ESCAPE_SEQUENCE.sub("", text).replace("\r\n", "\n")
    return "".join(_safe_character(character) for character in text)


def _safe_character(character: str) -> str:
    if character in "\n\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cc" or (category == "Cf" and character not in _JOINERS):
        return ""
    return character


def sendable_text(text: str) -> str:
    """Typed or piped text as valid Unicode: bytes that were no UTF-8 (lone surrogates in Python) become U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
