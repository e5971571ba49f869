"""Findings are read as they are written, and whatever is malformed is named, all at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.passages import (
    Aspect,
    Fault,
    Library,
    MalformedKnowledge,
    Paragraph,
    Review,
    Source,
    Topic,
    load_aspects,
    load_library,
    read_finding,
    sentences,
)
from tests.fakes import WORDS, finding_file, write_words

ATLAS = Source("atlas", "An atlas", "A college", "2020", "A shelf", "https://atlas.example/1", dt.date(2026, 1, 31))


def faults_of(root: Path, old: str, new: str) -> list[tuple[str, str]]:
    """Field and fault of each fault of the toy bone-bruise.md in which `old` reads `new`."""
    path = root / "findings" / "bone-bruise.md"
    text = finding_file("bone-bruise")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    finding, faults = read_finding(path, load_aspects(root))
    assert (finding is None) == bool(faults)
    assert {fault.file for fault in faults} <= {"bone-bruise.md"}
    return [(fault.field, fault.fault) for fault in faults]


def test_a_passage_is_read_with_title_paragraphs_sources_and_review(library: Library) -> None:
    passage = library.passages["bone-bruise#what-it-is"]
    assert (passage.finding, passage.aspect) == ("bone-bruise", "what-it-is")
    assert passage.title == "Bone bruise: what it is"
    assert passage.text == "A knock hurts the bone."
    assert passage.paragraphs == (Paragraph("A knock hurts the bone.", ("atlas",)),)
    assert passage.short == "In short: Bone bruise."
    assert passage.sources == (ATLAS,)
    assert passage.review == Review("draft", None, None, dt.date(2027, 1, 31))


def test_the_library_holds_findings_by_file_name_and_about_last(library: Library) -> None:
    assert list(library.passages) == [
        "bone-bruise#what-it-is",
        "bone-bruise#causes",
        "bone-marrow-edema#what-it-is",
        "bone-marrow-edema#causes",
        "fracture#what-it-is",
        "fracture#causes",
        "about#what-this-is",
        "about#privacy",
    ]
    assert library.finding("about") is library.about
    assert library.finding("fracture").title == "Fracture"
    with pytest.raises(KeyError):
        library.finding("sprain")


def test_aspects_are_read_in_order(root: Path) -> None:
    assert list(load_aspects(root).values()) == [
        Aspect("what-it-is", "what it is", "What is {phrase}?", ("causes",), ("what is {name}",)),
        Aspect("causes", "what can cause it", "What can cause {phrase}?", ("what-it-is",), ("what causes {name}",)),
    ]


def test_names_are_title_other_names_and_report_phrases(root: Path) -> None:
    assert faults_of(root, "also_called: []", "also_called: [sore bone]\nreport_phrases: [contusion]") == []
    finding, _ = read_finding(root / "findings" / "bone-bruise.md", load_aspects(root))
    assert finding is not None
    assert finding.names == ("Bone bruise", "sore bone", "contusion")


def test_wrapped_lines_are_joined_lists_kept_and_citations_taken_out(root: Path) -> None:
    section = (
        "A knock can\nhurt the bone [^atlas].\n\n"
        "Two signs are:\n- pain that\n  stays,\n- a limp.\n\n[^atlas]\n\n"
        "> The\n> short form.[^atlas]\n"
    )
    assert faults_of(root, "A knock hurts the bone.[^atlas]\n\n> In short: Bone bruise.\n", section) == []
    passage = load_library(root).passages["bone-bruise#what-it-is"]
    assert passage.text == "A knock can hurt the bone.\n\nTwo signs are:\n- pain that stays,\n- a limp."
    assert [p.source_ids for p in passage.paragraphs] == [("atlas",), ("atlas",)]
    assert passage.short == "The short form."


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("id: bone-bruise\n", "", [("id", "is missing or not a text")]),
        ("id: bone-bruise", "id: bruise", [("id", "is 'bruise' but the file is bone-bruise.md")]),
        ("title: Bone bruise", "title: 7", [("title", "is missing or not a text")]),
        ("phrase: a bone bruise", "phrase: ' '", [("phrase", "is missing or not a text")]),
        ("also_called: []", "also_called: bruise", [("also_called", "must be a list of texts")]),
        ("also_called: []", "also_called: [1]", [("also_called", "must be a list of texts")]),
        ("also_called: []", "left_out: [causes]", [("left_out", "must map each aspect to a reason")]),
        ("also_called: []", "left_out: {causes: ''}", [("left_out", "must map each aspect to a reason")]),
        ("also_called: []", "colour: red", [("colour", "is not a field of a finding's file")]),
        ("org: A college, ", "", [("sources[1]", "lacks org"),
                                  ("## What it is", "cites 'atlas', which is not in sources"),
                                  ("## Causes", "cites 'atlas', which is not in sources")]),
        ("2026-01-31", "soon", [("sources[1]", "checked_on must be a date, like 2026-11-23"),
                                ("## What it is", "cites 'atlas', which is not in sources"),
                                ("## Causes", "cites 'atlas', which is not in sources")]),
        ("review: {status: draft", "review: {status: fine",
         [("review", "must be a mapping with status draft | reviewed | expired"),
          ("review", "review_due must be a date, like 2027-11-23")]),
        (", review_due: 2027-01-31", "", [("review", "review_due must be a date, like 2027-11-23")]),
        ("status: draft", "status: reviewed", [("review", "a reviewed file names reviewer_role and reviewed_on")]),
        ("status: draft", "status: reviewed, reviewer_role: radiologist",
         [("review", "a reviewed file names reviewer_role and reviewed_on")]),
        ("status: draft", "status: reviewed, reviewer_role: radiologist, reviewed_on: 2026-02-01", []),
        ("## Causes", "## Colours", [("## Colours", "is not one of the aspects in aspects.yml")]),
        ("## Causes", "## What it is", [("## What it is", "stands twice")]),
        ("A fall.[^atlas]", "A fall.[^book]", [("## Causes", "cites 'book', which is not in sources")]),
        ("\n## What it is", "\nLoose words\n\n## What it is",
         [("body", "text before the first heading: 'Loose words'")]),
        ("---\nid", "id", [("front matter", "must stand between two lines of ---, first in the file")]),
        ("---\nid", "# Title\n---\nid", [("front matter", "must stand between two lines of ---, first in the file")]),
        ("id: bone-bruise", "id: [", [("front matter", "is not valid YAML: while parsing a flow sequence")]),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named(root: Path, old: str, new: str, faults: list[tuple[str, str]]) -> None:
    assert faults_of(root, old, new) == faults


def test_front_matter_that_is_no_mapping_is_named(root: Path) -> None:
    path = root / "findings" / "bone-bruise.md"
    path.write_text("---\n- a list\n---\n", encoding="utf-8")
    assert read_finding(path, None) == (None, [Fault("bone-bruise.md", "front matter", "must be a mapping")])


def test_a_source_that_stands_twice_is_named(root: Path) -> None:
    row = next(line for line in finding_file("fracture").splitlines() if "id: atlas" in line)
    assert faults_of(root, row, f"{row}\n{row}") == [("sources[2]", "id 'atlas' stands twice")]


def test_all_faults_of_all_files_are_raised_at_once(root: Path) -> None:
    for name, old in (("bone-bruise", "title: Bone bruise\n"), ("fracture", "phrase: a fracture\n")):
        (root / "findings" / f"{name}.md").write_text(finding_file(name).replace(old, ""), encoding="utf-8")
    (root / "about.md").unlink()
    with pytest.raises(MalformedKnowledge) as raised:
        load_library(root)
    assert str(raised.value).splitlines() == [
        "bone-bruise.md: title: is missing or not a text",
        "fracture.md: phrase: is missing or not a text",
        "about.md: file: is missing",
    ]


@pytest.mark.parametrize(
    ("status", "day", "shown"),
    [
        ("draft", dt.date(2030, 1, 1), "draft"),
        ("reviewed", dt.date(2027, 1, 31), "reviewed"),
        ("reviewed", dt.date(2027, 2, 1), "expired"),
        ("expired", dt.date(2026, 1, 1), "expired"),
    ],
)
def test_a_review_holds_until_its_due_date(status: str, day: dt.date, shown: str) -> None:
    assert Review(status, "radiologist", dt.date(2026, 2, 1), dt.date(2027, 1, 31)).status_on(day) == shown


@pytest.mark.parametrize(
    ("serve", "served"),
    [("draft", ["bone-bruise", "bone-marrow-edema"]), ("reviewed", ["bone-bruise"])],
)
def test_a_clinic_serves_what_its_setting_allows_and_never_what_expired(
    library: Library, serve: str, served: list[str]
) -> None:
    today = dt.date(2026, 6, 1)
    reviews = {
        "bone-bruise": Review("reviewed", "radiologist", today, today),
        "bone-marrow-edema": Review("draft", None, None, today),
        "fracture": Review("reviewed", "radiologist", today, dt.date(2026, 5, 31)),
    }
    findings = {
        i: replace(f, passages=tuple(replace(p, review=reviews[i]) for p in f.passages))
        for i, f in library.findings.items()
    }
    found = replace(library, findings=findings).served(serve, today)
    assert list(found.passages) == [f"{i}#{a}" for i in served for a in ("what-it-is", "causes")] + [
        "about#what-this-is",
        "about#privacy",
    ]
    assert list(found.findings) == list(library.findings)  # still known by name


def test_an_unknown_serve_setting_is_refused(library: Library) -> None:
    with pytest.raises(KeyError, match="everything"):
        library.served("everything", dt.date(2026, 6, 1))


def test_a_button_asks_the_aspects_question_of_the_findings_phrase(library: Library) -> None:
    assert library.question(library.passages["bone-bruise#causes"]) == "What can cause a bone bruise?"
    assert library.question(library.passages["about#privacy"]) == "Privacy"


def test_related_passages_are_the_next_aspects_of_the_same_finding_that_exist(library: Library) -> None:
    def related(aspect: str, most: int = 4, **following: str) -> list[str]:
        aspects = {
            a: Aspect(a, a, "", tuple(following.get(a, "").split()), ())
            for a in ("one", "two", "three", "four", "five")
        }
        one = library.passages["fracture#causes"]
        written = [replace(one, aspect=a) for a in ("one", "two", "three", "five")]
        finding = replace(library.findings["fracture"], passages=tuple(written))
        found = Library(aspects, {"fracture": finding}, library.about)
        return [p.id for p in found.related(found.passages[f"fracture#{aspect}"], most)]

    # the aspects named as next come first, "four" has no passage, the others follow in the list's order
    assert related("two", two="five four") == ["fracture#five", "fracture#one", "fracture#three"]
    assert related("two", most=1, two="five four") == ["fracture#five"]
    assert related("one", one="one two two") == ["fracture#two", "fracture#three", "fracture#five"]
    about = library.passages["about#privacy"]
    assert [p.id for p in library.related(about)] == ["about#what-this-is"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two? Three! Four", ["One.", "Two?", "Three!", "Four"]),
        ("Get help if:\n- it hurts,\n- it swells.", ["Get help if:", "- it hurts,", "- it swells."]),
        ("It is 2.5 cm wide.", ["It is 2.5 cm wide."]),
        ("", []),
    ],
)
def test_sentences_are_told_apart(text: str, found: list[str]) -> None:
    assert sentences(text) == found


def test_a_word_of_reports_is_a_passage_with_names_and_ways_of_asking(root: Path) -> None:
    library = load_library(write_words(root))
    word = library.passages["report-language#cannot-exclude"]
    assert (word.finding, word.aspect, word.title, word.text) == (
        "report-language", "cannot-exclude", "Cannot exclude", "Nobody is sure.",
    )  # fmt: skip
    assert word.topic == Topic(
        'What does "Cannot exclude" mean?',
        ("not excluded",),
        ("what does Cannot exclude mean", "what does not excluded mean", "is there a crack or not"),
        ("fracture#causes",),
    )
    assert library.passages["report-language#marrow"].topic == Topic(
        'What does "Marrow" mean?', (), ("what does Marrow mean",), ()
    )
    # a heading without other names is a question and no word of reports
    assert library.report_words == {"report-language#cannot-exclude": ("Cannot exclude", "not excluded")}
    assert list(library.passages)[-2:] == ["report-language#cannot-exclude", "report-language#marrow"]
    assert library.passages["fracture#causes"].topic is None and library.passages["fracture#causes"].names == ()


def test_a_topic_leads_on_to_what_it_names_and_then_to_its_neighbours(root: Path) -> None:
    library = load_library(write_words(root))
    word = library.passages["report-language#cannot-exclude"]
    assert library.question(word) == 'What does "Cannot exclude" mean?'
    assert [p.id for p in library.related(word)] == ["fracture#causes", "report-language#marrow"]


def test_words_of_reports_are_served_as_their_review_allows(root: Path) -> None:
    library = load_library(write_words(root))
    today = dt.date(2026, 6, 1)
    assert [p for p in library.served("draft", today).passages if p.startswith("report-")] == [
        "report-language#cannot-exclude",
        "report-language#marrow",
    ]
    assert [p for p in library.served("reviewed", today).passages if p.startswith("report-")] == []


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("  cannot-exclude:", "  can-exclude:", [("topics.can-exclude", "has no heading")]),
        ("next: [", "then: [", [("topics.cannot-exclude.then", "is not a field of a topic")]),
        ("[not excluded]", "not excluded", [("topics.cannot-exclude.also_called", "must be a list of texts")]),
        ("## Marrow", "## Cannot exclude", [("## Cannot exclude", "stands twice")]),
    ],
)
def test_what_is_malformed_in_a_file_of_words_is_named(
    root: Path, old: str, new: str, faults: list[tuple[str, str]]
) -> None:
    path = write_words(root) / "report_language" / "words.md"
    assert old in WORDS
    path.write_text(WORDS.replace(old, new, 1), encoding="utf-8")
    assert [(fault.field, fault.fault) for fault in read_finding(path, None)[1]] == faults
