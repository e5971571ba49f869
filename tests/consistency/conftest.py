"""What the consistency tests compare: the bot's YAML files, read strictly, and the passages."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.nlu_data import texts_of
from knowledge.passages import Library, load_library

ROOT = Path(__file__).parents[2]


class StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error; PyYAML, and so Rasa, would silently take the last."""


def _mapping(loader: StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    if twice:
        raise yaml.constructor.ConstructorError(None, None, f"stands twice: {', '.join(twice)}", node.start_mark)
    return loader.construct_mapping(node, deep=True)


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(path: Path) -> Any:
    """A YAML file, read strictly."""
    return yaml.load(path.read_text(encoding="utf-8"), StrictLoader)


def read_folder(folder: str) -> dict[str, Any]:
    """Path below the project -> content, for every YAML file of a folder."""
    found = {str(p.relative_to(ROOT)): read(p) for p in sorted((ROOT / folder).rglob("*.yml"))}
    assert found, f"no YAML file in {folder}"
    return found


@pytest.fixture(scope="session")
def domain_files() -> dict[str, Any]:
    return read_folder("bot/domain")


@pytest.fixture(scope="session")
def responses(domain_files: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Response name -> variations, over all files."""
    return {n: r for content in domain_files.values() for n, r in (content.get("responses") or {}).items()}


@pytest.fixture(scope="session")
def intents(domain_files: dict[str, Any]) -> list[str]:
    """Every declared intent, as often as it is declared."""
    rows = [intent for content in domain_files.values() for intent in content.get("intents") or ()]
    return [next(iter(row)) if isinstance(row, dict) else row for row in rows]


@pytest.fixture(scope="session")
def rules() -> list[dict[str, Any]]:
    return [rule for content in read_folder("data/rules").values() for rule in content["rules"]]


@pytest.fixture(scope="session")
def examples() -> dict[str, list[tuple[str, str]]]:
    """Intent -> (file, text) of each training example."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file, content in read_folder("data/nlu").items():
        for row in content["nlu"]:
            found.setdefault(row["intent"], []).extend((file, text.strip()) for text in texts_of(row["examples"]))
    return found


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()
