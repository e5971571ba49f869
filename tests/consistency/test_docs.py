"""The documents say what is there: make targets, files and headings that are linked, passages that are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from knowledge.passages import Library

from .conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
# Where the words of `make …` in a document are commands: code spans, and lines of a block that begin with it.
_MAKE = re.compile(r"`make ([a-z][a-z-]*)[^`\n]*`|^\s*(?:\$ )?make ([a-z][a-z-]*)\b", re.M)
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
_PASSAGE = re.compile(r"\b([a-z0-9]+(?:-[a-z0-9]+)*#[a-z0-9]+(?:-[a-z0-9]+)*)\b")


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def made(text: str) -> set[str]:
    """The make targets that a text names as commands."""
    return {span or line for span, line in _MAKE.findall(text)}


def headings(text: str) -> set[str]:
    """The anchors of a Markdown text's headings, as they are linked to on the web."""
    found = re.findall(r"^#+ +(.+?) *#*$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def broken_links(text: str, folder: Path) -> list[str]:
    """The relative links of a text whose file or heading does not exist."""
    broken = []
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = folder / name if name else None
        if target and not target.exists():
            broken.append(link)
            continue
        linked = target.read_text(encoding="utf-8") if target and anchor else text
        if anchor and anchor not in headings(linked):
            broken.append(link)
    return broken


def test_the_documents_that_are_promised_are_there() -> None:
    promised = ["README.md", "CHANGELOG.md", "LICENSE"]
    promised += [f"docs/{name}.md" for name in ("architecture", "content-guide", "seed-coverage", "privacy")]
    assert [name for name in promised if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_of_a_document_exists(document: Path) -> None:
    assert made(document.read_text(encoding="utf-8")) - make_targets() == set()


def test_the_readme_names_the_two_commands_and_every_target_that_make_lists() -> None:
    listed = set(re.findall(r"^([a-z][a-z-]*):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = made((ROOT / "README.md").read_text(encoding="utf-8"))
    assert {"chat", "test"} <= named
    assert {
        "chat",
        "serve",
        "test",
        "train",
        "index",
        "check",
        "evaluate",
        "validate",
        "lint",
        "clean",
        "help",
    } <= listed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_resolves(document: Path) -> None:
    assert broken_links(document.read_text(encoding="utf-8"), document.parent) == []


def test_every_document_that_code_and_settings_point_to_exists() -> None:
    files = [ROOT / "Makefile", ROOT / "config.yml", ROOT / "pyproject.toml"]
    for folder in ("knowledge", "actions", "bot", "data", "tools"):
        files += [path for path in sorted((ROOT / folder).rglob("*.*")) if path.suffix in (".py", ".yml", ".md")]
    named = {
        (path.relative_to(ROOT).as_posix(), document)
        for path in files
        for document in re.findall(r"\bdocs/[\w-]+\.md\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) >= 3
    assert {(path, document) for path, document in named if not (ROOT / document).is_file()} == set()


def test_what_a_document_says_wrongly_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# What is `here`?\n", encoding="utf-8")
    text = "# Top\n[a](there.md) [b](there.md#what-is-here) [c](gone.md) [d](there.md#gone) [e](#top) [f](#x) [g](https://h.i/j)"
    assert broken_links(text, tmp_path) == ["gone.md", "there.md#gone", "#x"]
    assert made("Run `make chat` or `make test ARGS=-v`; make sure\n\n    make clean\n") == {"chat", "test", "clean"}


def test_addresses_of_files_that_passages_cite_exist(library: Library) -> None:
    findings = [*library.findings.values(), library.about]
    local = {s.url for f in findings for s in f.sources if not s.url.startswith("https://")}
    assert [url for url in local if not (ROOT / url).is_file()] == []


def test_the_passages_that_the_seeds_statements_are_mapped_to_exist(library: Library) -> None:
    rows = [
        line
        for line in (ROOT / "docs/seed-coverage.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not re.match(r"\|[\s:|-]+\|$", line)
    ]
    named = {row: _PASSAGE.findall(row) for row in rows}
    assert sum(bool(ids) for ids in named.values()) >= 50  # the seed has about 60 statements
    assert {i for ids in named.values() for i in ids if i not in library.passages} == set()


CORE_FINDINGS = [
    "bone-marrow-edema",
    "bone-bruise",
    "fracture",
    "stress-fracture",
    "repetitive-overuse",
    "osteoarthritis",
    "avascular-necrosis",
    "inflammatory-arthritis",
    "bone-infection",
    "bone-tumor",
    "transient-osteoporosis",
    "subchondral-insufficiency-fracture",
    "crps",
    "post-surgical-edema",
    "red-marrow",
]


def test_the_core_findings_are_written_with_every_aspect_or_the_reason_why_not(library: Library) -> None:
    assert [finding for finding in CORE_FINDINGS if finding not in library.findings] == []
    missing = {
        f"{f.id}#{aspect}"
        for f in library.findings.values()
        for aspect in library.aspects
        if f"{f.id}#{aspect}" not in library.passages and aspect not in f.left_out
    }
    assert missing == set()
