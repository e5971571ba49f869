"""Another language is told from English, and English with foreign names and bad spelling is left alone."""

from __future__ import annotations

import pytest

from actions.languages import Languages


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages(["Kienböck disease", "bone marrow edema", "Sjögren", "Schmörl node"]).load()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿qué significa edema óseo en la resonancia?", "es"),
        ("que significa edema oseo en mi rodilla", "es"),
        ("c'est quoi un œdème osseux dans le genou", "fr"),
        ("Hüftknochen ödem, was ist das und ist das schlimm", "de"),
        ("was bedeutet knochenmarködem im knie", "de"),
        ("co to jest obrzęk szpiku kostnego", "pl"),
        ("kemik iliği ödemi nedir ve ne kadar sürer", "tr"),
        ("что такое отёк костного мозга", "ru"),
        ("骨髓水肿是什么", "zh"),
        ("phù tủy xương là gì và có nguy hiểm không", "vi"),
    ],
)
def test_a_foreign_text_is_told(languages: Languages, text: str, language: str) -> None:
    assert languages.foreign(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "What is Kienböck disease?",
        "Kienböck or Sjögren: explain please",
        "what is a Schmörl node",
        "is a naïve MRI reading useful",
        "mri says bone marow edema in my tibia",
        "avascular necrosis femoral head stadium",
        "",
        "😀😀😀",
    ],
)
def test_english_is_left_alone(languages: Languages, text: str) -> None:
    assert languages.foreign(text) is None
