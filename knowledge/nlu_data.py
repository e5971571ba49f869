"""Reading the examples of data/nlu as Rasa reads them. In data/nlu/labelled the `metadata` of an intent, which Rasa
keeps and does not look at, tells what its examples are about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml


def examples(place: Path) -> list[tuple[str, str]]:
    """(text, intent) of every example of a file, or below a folder, in order."""
    return [(text, row["intent"]) for row in _rows(place) if "intent" in row for text in texts_of(row["examples"])]


def labelled(folder: Path) -> list[tuple[str, str, str]]:
    """(text, intent, id of the finding or of the topic's passage that it is about) of every example in `folder`."""
    return [
        (text, row["intent"], row["metadata"]["about"]) for row in _rows(folder) for text in texts_of(row["examples"])
    ]


def texts_of(written: str) -> list[str]:
    """The examples of one intent, as they stand in the file: a block of lines. A list of texts with metadata of their
    own, which Rasa takes as well, takes it four times as long to read.

    Raises:
        ValueError: they are such a list.

    >>> texts_of("- what is it\\n- is it bad\\n")
    ['what is it', 'is it bad']
    """
    if not isinstance(written, str):
        raise ValueError("the examples of an intent stand in a block of lines, `examples: |`, each begun with a dash")
    return [line.removeprefix("- ") for line in written.splitlines() if line.startswith("- ")]


def written(texts: Iterable[str]) -> str:
    """The other way round: texts as the examples of one intent stand in a file, each once.

    >>> written(["what is it", "is it  bad", "what is it"])
    '- what is it\\n- is it bad\\n'
    """
    return "".join(f"- {' '.join(text.split())}\n" for text in dict.fromkeys(texts))


def _rows(place: Path) -> list[dict[str, Any]]:
    """The intents of a file, or of all files below a folder; none where there is nothing."""
    files = sorted(place.rglob("*.yml")) if place.is_dir() else [place] if place.is_file() else []
    # libyaml's parser: ten times as fast, and this is read at each start
    return [row for file in files for row in yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)["nlu"]]
