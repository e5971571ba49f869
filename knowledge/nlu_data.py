"""Reading the examples of data/nlu, in both of the ways that Rasa reads them: as lines of a list, and as texts with
`metadata`, which Rasa keeps and does not look at. In data/nlu/labelled it tells what a question is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def examples(place: Path) -> list[tuple[str, str]]:
    """(text, intent) of every example of a file, or below a folder, in order."""
    return [(text, row["intent"]) for row in _rows(place) if "intent" in row for text in texts_of(row["examples"])]


def labelled(folder: Path) -> list[tuple[str, str, str]]:
    """(text, intent, id of the finding or of the topic's passage that it is about) of every example in `folder`."""
    return [
        (example["text"], row["intent"], example["metadata"]["about"])
        for row in _rows(folder)
        for example in row["examples"]
    ]


def texts_of(written: str | list[dict[str, Any]]) -> list[str]:
    """The examples of one intent, as they stand in the file.

    >>> texts_of("- what is it\\n- is it bad\\n")
    ['what is it', 'is it bad']
    """
    if isinstance(written, str):
        return [line.removeprefix("- ") for line in written.splitlines() if line.startswith("- ")]
    return [example["text"] for example in written]


def _rows(place: Path) -> list[dict[str, Any]]:
    """The intents of a file, or of all files below a folder; none where there is nothing."""
    files = sorted(place.rglob("*.yml")) if place.is_dir() else [place] if place.is_file() else []
    # libyaml's parser: ten times as fast, and this is read at each start
    return [row for file in files for row in yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["nlu"]]
