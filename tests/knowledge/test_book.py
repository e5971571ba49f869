"""The book for reviewers holds every passage as it is served, its sources and its status, and stands alone."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.book import book
from knowledge.passages import load_library
from tests.fakes import finding_file, write_knowledge, write_words

TODAY = dt.date(2026, 2, 1)
LISTED = "A fall.[^atlas]"


class Page(HTMLParser):
    """A page's tags, with what each has, and the text of each article by its id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.articles: dict[str, str] = {}
        self._article = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "article":
            self._article = dict(attrs)["id"] or ""
            self.articles[self._article] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._article = ""

    def handle_data(self, data: str) -> None:
        if self._article:
            self.articles[self._article] += data

    def values(self, tag: str, name: str) -> list[str | None]:
        return [has[name] for found, has in self.tags if found == tag and name in has]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_words(write_knowledge(tmp_path))


def rewrite(folder: Path, old: str, new: str) -> None:
    text = finding_file("bone-bruise")
    assert old in text
    (folder / "findings" / "bone-bruise.md").write_text(text.replace(old, new), encoding="utf-8")


def test_every_passage_stands_in_it_word_for_word_with_its_question(folder: Path) -> None:
    library = load_library(folder)
    page = Page(book(library, TODAY))
    assert list(page.articles) == list(library.passages)
    assert page.articles["bone-bruise#causes"].split("\n")[1:3] == [
        "What can cause a bone bruise?",
        "A fall. 1",
    ]
    assert "In short: Often a fall." in page.articles["bone-bruise#causes"]


def test_every_real_passage_stands_in_it() -> None:
    library = load_library()
    page = Page(book(library, TODAY))
    articles, ids = page.articles, [has["id"] for _, has in page.tags if "id" in has]
    assert len(ids) == len(set(ids))
    missing = [
        (p.id, sentence)
        for p in library.passages.values()
        for sentence in (*(line.removeprefix("- ") for par in p.paragraphs for line in par.text.split("\n")), p.short)
        if sentence not in articles[p.id]
    ]
    assert missing == []


def test_the_contents_lead_to_every_chapter_and_no_anchor_stands_twice(folder: Path) -> None:
    page = Page(book(load_library(folder), TODAY))
    ids = [has["id"] for _, has in page.tags if "id" in has]
    links = [link for link in page.values("a", "href") if link and link.startswith("#")]
    assert links == ["#file-bone-bruise", "#file-bone-marrow-edema", "#file-fracture", "#file-about", "#file-words"]
    assert {link[1:] for link in links} <= set(ids)
    assert len(ids) == len(set(ids))


def test_list_lines_become_a_list_and_marks_of_html_stay_text(folder: Path) -> None:
    rewrite(folder, LISTED, "Two things, <b>a & b</b>:\n- a fall\n- a knock[^atlas]")
    html = book(load_library(folder), TODAY)
    assert (
        "<p>Two things, &lt;b&gt;a &amp; b&lt;/b&gt;:</p><ul><li>a fall</li><li>a knock <sup>1</sup></li></ul>" in html
    )


@pytest.mark.parametrize(
    ("due", "told"), [("2027-01-31", "reviewed, physician on 2026-01-15"), ("2026-01-31", "expired, physician")]
)
def test_the_status_is_that_of_the_day(folder: Path, due: str, told: str) -> None:
    review = f"{{status: reviewed, reviewer_role: physician, reviewed_on: 2026-01-15, review_due: {due}}}"
    rewrite(folder, "{status: draft, review_due: 2027-01-31}", review)
    html = book(load_library(folder), TODAY)
    assert f"findings/bone-bruise.md · review: {told}" in html
    counted = 2 if told.startswith("reviewed") else 0
    assert f"10 passages in 5 files, of which {counted} are reviewed. Made on 2026-02-01." in html


def test_each_passage_can_be_ticked_and_commented_on(folder: Path) -> None:
    page = Page(book(load_library(folder), TODAY))
    assert page.values("input", "type").count("checkbox") == 3 * 10 + 5
    assert [label for label in page.values("textarea", "aria-label") if label] == [
        f"Comment on {passage}" for passage in load_library(folder).passages
    ]


def test_it_stands_alone(folder: Path) -> None:
    html = book(load_library(folder), TODAY)
    page = Page(html)
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe"} == set()
    assert [src for tag, has in page.tags for src in [has.get("src")] if src] == []
    assert re.findall(r"url\(|@import", html) == []
    assert "@media print" in html


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "build" / "book.html"
    assert main(["book", "--output", str(output)]) == 0
    assert output.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert f"passages to {output}" in capsys.readouterr().out
