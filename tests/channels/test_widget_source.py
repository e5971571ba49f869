"""The widget's source: its types, its words, and that the file which is served was built from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.widget.bundle import BUNDLE, FOLDER
from knowledge.check import wording_faults

ROOT = FOLDER.parents[2]
SOURCES = sorted((FOLDER / "element").glob("*.js"))
WORDS: dict[str, Any] = json.loads((FOLDER / "element/words.en.json").read_text("utf-8"))
needs_node = pytest.mark.skipif(
    not (shutil.which("node") and (ROOT / "node_modules/esbuild").is_dir()),
    reason="no Node, or no node_modules: `make test` installs them where there is npm",
)


@needs_node
def test_the_types_are_right() -> None:
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@needs_node
def test_the_file_that_is_served_is_built_from_this_source(tmp_path: Path) -> None:
    fresh = tmp_path / "plainscan-chat.js"
    subprocess.run(["node", FOLDER / "build.js", fresh], cwd=ROOT, check=True, capture_output=True)
    assert fresh.read_bytes() == BUNDLE.read_bytes(), "run `make widget` and commit what it builds"


def test_nothing_that_reads_text_as_markup_or_keeps_it_elsewhere_is_used() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\b"
        r"|new Function|localStorage|document\.cookie|indexedDB|sendBeacon|XMLHttpRequest|WebSocket|importScripts"
    )
    used = {(file.name, word) for file in SOURCES for word in forbidden.findall(file.read_text("utf-8"))}
    assert len(SOURCES) > 10 and used == set()
    assert forbidden.findall("x.innerHTML = y") == ["innerHTML"]


def test_only_one_module_talks_to_the_network() -> None:
    assert [file.name for file in SOURCES if re.search(r"\bfetch\(", file.read_text("utf-8"))] == ["api.js"]


def texts(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield path, words
    else:
        for key, value in words.items():
            yield from texts(value, f"{path}.{key}".strip("."))


def test_its_words_say_nothing_that_no_patient_may_be_told() -> None:
    said = list(texts(WORDS))
    assert len(said) > 60
    assert {path: faults for path, text in said if (faults := wording_faults(text))} == {}


def test_each_of_its_words_is_used_and_no_sentence_stands_in_its_code() -> None:
    code = "\n".join(file.read_text("utf-8") for file in SOURCES)
    # words.report[`${status}_hint`] and words.errors[kind] are read by a name that is made.
    made = {
        f"report.{status}{hint}" for status in ("present", "absent", "uncertain", "prior") for hint in ("", "_hint")
    }
    unused = [
        path
        for path, _ in texts(WORDS)
        if path not in made
        and not path.startswith(("errors.", "reasons.", "urgent."))
        and not re.search(rf"words\.{re.escape(path)}\b", code)
    ]
    assert unused == []
    without_comments = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.S)
    sentences = re.findall(r'"([A-Z][a-z]+(?: [a-z]+){2,}[^"]*)"', without_comments)
    assert sentences == ["Please choose other colours."]  # to the console
