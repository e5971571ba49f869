"""What a patient typed, made clean."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.gateway.normalise import normalise, replace_lone_surrogates

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        ("  my knee \n", "my knee"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("line\r\none\rtwo\u2028three", "line\none\ntwo\nthree"),
        ("tab\tand\u00a0nbsp", "tab and nbsp"),
        ("\u202eedema\u202c \u2066x\u2069", "edema x"),
        ("bo\u200bne\ufeff \u2060mar\u00adrow", "bone marrow"),
        ("bo\u200dne", "bone"),
        ("bo\u200d\u200c\u200dne", "bone"),
        ("\u200d", ""),
        (FAMILY, FAMILY),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\ud83d half", "half"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("\u200b\u200e\x00 ", ""),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("/restart", "/restart"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_known_texts(sent: str, clean: str) -> None:
    assert normalise(sent) == clean


@given(st.text(st.characters(codec=None)))
def test_any_text_becomes_encodable_and_visible(sent: str) -> None:
    clean = normalise(sent)
    clean.encode("utf-8")
    assert not {unicodedata.category(c) for c in clean if c not in "\n\u200c\u200d"} & {"Cc", "Cf", "Cs", "Co"}
    assert clean == clean.strip()


@given(st.text(st.characters(codec=None)))
def test_replacing_surrogates_keeps_the_length(sent: str) -> None:
    replaced = replace_lone_surrogates(sent)
    replaced.encode("utf-8")
    assert len(replaced) == len(sent)
