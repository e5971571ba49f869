"""What patients are told stands where editors can find it, and keeps to the rules of knowledge/wording.yml."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from knowledge.check import grade, wording_faults
from knowledge.passages import Library, load_aspects, load_library
from knowledge.red_flags import load_red_flags

from .conftest import ROOT
from .test_domain import texts


def test_no_response_says_what_no_patient_may_be_told(responses: dict[str, Any]) -> None:
    said = [(name, text) for name, variations in responses.items() for text in texts(variations)]
    assert len(said) > 20
    assert [(name, fault) for name, text in said for fault in wording_faults(text)] == []


def test_no_button_of_a_passage_says_so_either() -> None:
    library = load_library()
    asked = {p.id: library.question(p) for p in library.passages.values()}
    assert {i: faults for i, question in asked.items() if (faults := wording_faults(question))} == {}
    assert [aspect.id for aspect in load_aspects().values() if not aspect.question.endswith("?")] == []


def test_no_passage_or_warning_says_so_either(library: Library) -> None:
    """All else that can ever be said: passages with titles and sources, and the names and advice of danger signs."""
    said = [(p.id, text) for p in library.passages.values() for text in (p.text, p.short, p.title)]
    flags = load_red_flags().flags.values()
    said += [(flag.id, text) for flag in flags for text in (flag.name, flag.advice)]
    assert len(said) > 1000
    assert [(name, fault) for name, text in said for fault in wording_faults(text)] == []


def test_warnings_are_easy_to_read(responses: dict[str, Any]) -> None:
    names = [name for name in responses if name.startswith("utter_urgent")]
    said = {name: re.sub(r"\$\w+", "it", " ".join(texts(responses[name]))) for name in names}
    assert len(said) == 9
    assert {name: g for name, text in said.items() if (g := grade(text)) > 8} == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("You have a fracture.", "diagnoses the reader"),
        ("It is likely that you have an infection.", "a probability for the reader"),
        ("You are cleared to play.", "clearance"),
        ("I can read your scan.", "claims to read the scan"),
        ("Take 400 mg of it.", "a dose"),
        ("Stop taking your steroids.", "starts or stops a medicine"),
        ("Nothing serious.", "false comfort"),
        ("There is nothing to worry about.", "false comfort"),
    ],
)
def test_each_kind_of_forbidden_wording_would_be_seen(text: str, why: str) -> None:
    assert any(fault.endswith(f"({why})") for fault in wording_faults(text)), wording_faults(text)


def test_what_a_response_may_not_say_would_be_seen() -> None:
    response = [{"custom": {"type": "unknown", "text": "You are fine.", "buttons": [{"title": "Don't worry"}]}}]
    assert [fault for text in texts(response) for fault in wording_faults(text)] == ['"Don\'t worry" (false comfort)']


def test_the_ways_to_reach_help_are_in_the_words_for_a_broken_system(responses: dict[str, Any]) -> None:
    (unavailable,) = texts(responses["utter_unavailable"])
    assert "$emergency_number" in unavailable and "$clinic_phone" in unavailable


def sentences_in(source: str) -> list[str]:
    """Texts of three words or more in Python code that are no docstring and go to no log, error or terminal."""
    tree = ast.parse(source)
    apart: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            apart.add(id(node.body[0].value))  # type: ignore[attr-defined]
        elif isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call) and re.match(r"print$|log(ger|ging)\.", ast.unparse(node.func))
        ):
            apart |= {id(child) for child in ast.walk(node)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in apart
        and len(re.findall(r"\b[A-Za-z']{2,}\b", node.value)) >= 3
        and " " in node.value.strip()
    ]


def test_actions_hold_no_sentence_for_patients() -> None:
    modules = sorted((ROOT / "actions").glob("*.py"))
    assert len(modules) >= 5
    found = {path.name: sentences_in(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("say('Sorry, I cannot help.')", ["Sorry, I cannot help."]),
        ("say(f'Sorry, {name} is not known here')", [" is not known here"]),
        ("X = {'text': 'This is a text'}", ["This is a text"]),
        ('"""A module for this and that."""\ndef f():\n    """Says this and that."""', []),
        ("logger.info('%s decided on this question', x)\nprint(f'The server {x} did not start')", []),
        ("raise ValueError('no such thing here')", []),
        ("say('utter_unknown', 'action_explain_finding', '/deny')", []),
    ],
)
def test_a_sentence_in_code_would_be_seen(source: str, found: list[str]) -> None:
    assert sentences_in(source) == found
