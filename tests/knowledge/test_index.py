"""The index answers in row order; what is damaged, stale or foreign is refused, with the check that it failed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from knowledge import index
from knowledge.index import IndexRefused, Row
from knowledge.passages import Library, load_library
from tests.fakes import VOCABULARY, ToyEmbedder, write_words

NOT_WHAT_IS_HERE = "the index's {} is not what is here now; run `make index`"
WRONG_SIZE = "the index has another size than its manifest says; run `make index`"


@pytest.fixture
def folder(tmp_path: Path, library: Library, embedder: ToyEmbedder) -> Path:
    """A folder with a sound index of the toy library."""
    index.build(library, embedder, tmp_path / "index")
    return tmp_path / "index"


def refusal(library: Library, embedder: ToyEmbedder, folder: Path) -> str:
    with pytest.raises(IndexRefused) as refused:
        index.load(library, embedder, folder)
    return str(refused.value)


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "current" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_finding_is_indexed_by_its_text_its_short_form_and_the_ways_people_ask(
    library: Library,
) -> None:
    bruise = replace(
        library.findings["bone-bruise"], also_called=("sore bone",), described_as=("hurt bone", "hit bone")
    )
    library = replace(library, findings={"bone-bruise": bruise})
    assert index.rows_of(library) == [
        Row("bone-bruise#what-it-is", "text", "Bone bruise: what it is. A knock hurts the bone."),
        Row("bone-bruise#what-it-is", "text", "In short: Bone bruise."),
        Row("bone-bruise#what-it-is", "asked", "what is Bone bruise"),
        Row("bone-bruise#what-it-is", "described", "what is sore bone"),
        Row("bone-bruise#what-it-is", "described", "what is hurt bone"),
        Row("bone-bruise#what-it-is", "described", "what is hit bone"),
        Row("bone-bruise#causes", "text", "Bone bruise: what can cause it. A fall."),
        Row("bone-bruise#causes", "text", "Often a fall."),
        Row("bone-bruise#causes", "asked", "what causes Bone bruise"),
        Row("about#what-this-is", "text", "What this is. A program."),
        Row("about#what-this-is", "text", "A program."),
        Row("about#privacy", "text", "Privacy. Little is kept."),
        Row("about#privacy", "text", "Little is kept."),
    ]


def test_a_topic_is_indexed_with_its_own_ways_of_asking(root: Path) -> None:
    rows = [row for row in index.rows_of(load_library(write_words(root))) if row.passage_id.endswith("#cannot-exclude")]
    assert [(row.kind, row.text) for row in rows] == [
        ("text", "Cannot exclude. Nobody is sure."),
        ("text", "Nobody is sure."),
        ("asked", "what does Cannot exclude mean"),
        ("asked", "what does not excluded mean"),
        ("asked", "is there a crack or not"),
    ]


def test_similarities_are_cosines_in_row_order(library: Library, embedder: ToyEmbedder, folder: Path) -> None:
    loaded = index.load(library, embedder, folder)
    found = loaded.similarities(embedder.embed_questions(["what causes bone bruise"])[0])
    by_text = dict(zip((row.text for row in loaded.rows), found.tolist(), strict=True))
    assert by_text["what causes Bone bruise"] == pytest.approx(1.0)
    assert by_text["what is Bone bruise"] == pytest.approx(3 / 4)  # what, bone, bruise of four words each
    assert by_text["what causes Fracture"] == pytest.approx(2 / (2 * 3**0.5))
    assert by_text["what is Fracture"] == pytest.approx(1 / (2 * 3**0.5))
    assert by_text["Often a fall."] == 0.0
    assert len(by_text) == len({row.text for row in index.rows_of(library)})


def test_rows_are_embedded_as_passages_never_as_questions(
    library: Library, embedder: ToyEmbedder, folder: Path
) -> None:
    assert embedder.questions == []
    assert embedder.passages == [row.text for row in index.rows_of(library)]


def test_the_manifest_says_what_the_index_is(library: Library, embedder: ToyEmbedder, folder: Path) -> None:
    manifest = json.loads((folder / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["model"] == {"name": "toy", "weights_sha256": embedder.weights_sha256}
    assert (manifest["dimension"], manifest["metric"]) == (len(VOCABULARY) + 1, "cosine")
    assert manifest["rows"][0] == {
        "passage": "bone-bruise#what-it-is",
        "kind": "text",
        # sha256sum of: Bone bruise: what it is. A knock hurts the bone.
        "sha256": "f921fb787892a19ed3a034c857cf85e52f606470329c06ed686aae5c5e14d440",
    }


@pytest.mark.parametrize("at", [0, 4, 40, -200, -1])
def test_one_flipped_bit_is_refused(library: Library, embedder: ToyEmbedder, folder: Path, at: int) -> None:
    path = folder / "current" / "passages.faiss"
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(damaged)
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format("index_sha256")


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: bytes(len(b)), lambda b: b"", lambda b: b + b"\0"]
)
def test_a_truncated_zeroed_emptied_or_longer_file_is_refused(
    library: Library, embedder: ToyEmbedder, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = folder / "current" / "passages.faiss"
    path.write_bytes(damage(path.read_bytes()))
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format("index_sha256")


@pytest.mark.parametrize("reader", ["findings", "aspects"])
def test_a_reader_with_a_flipped_bit_is_refused(
    library: Library, embedder: ToyEmbedder, folder: Path, reader: str
) -> None:
    path = folder / "current" / f"{reader}.npz"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format(f"{reader}_sha256")


def test_rows_that_changed_places_in_the_file_are_refused(
    library: Library, embedder: ToyEmbedder, folder: Path
) -> None:
    path = str(folder / "current" / "passages.faiss")
    vectors = faiss.read_index(path).reconstruct_n()
    assert not np.array_equal(vectors[0], vectors[-1])
    vectors[[0, -1]] = vectors[[-1, 0]]
    other = faiss.IndexFlatIP(vectors.shape[1])
    other.add(vectors)
    faiss.write_index(other, path)
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format("index_sha256")


def test_rows_that_changed_places_in_the_manifest_are_refused(
    library: Library, embedder: ToyEmbedder, folder: Path
) -> None:
    edit_manifest(folder, lambda manifest: manifest["rows"].insert(0, manifest["rows"].pop()))
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format("rows")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", 0, NOT_WHAT_IS_HERE.format("format")),
        ("metric", "l2", NOT_WHAT_IS_HERE.format("metric")),
        ("content_sha256", "0" * 64, NOT_WHAT_IS_HERE.format("content_sha256")),
        ("rows", [], NOT_WHAT_IS_HERE.format("rows")),
        ("dimension", 384, WRONG_SIZE),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    library: Library, embedder: ToyEmbedder, folder: Path, field: str, value: object, message: str
) -> None:
    edit_manifest(folder, lambda manifest: manifest.update({field: value}))
    assert refusal(library, embedder, folder) == message
    edit_manifest(folder, lambda manifest: manifest.pop(field))
    assert refusal(library, embedder, folder) == message


@pytest.mark.parametrize("other", [ToyEmbedder(VOCABULARY[::-1]), ToyEmbedder(name="another")])
def test_another_model_is_refused(library: Library, folder: Path, other: ToyEmbedder) -> None:
    assert refusal(library, other, folder) == NOT_WHAT_IS_HERE.format("model")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A fall.", "A fall on ice."),
        ("phrase: a bone bruise\n", "phrase: a bone bruise\ndescribed_as: [a sore bone]\n"),
    ],
)
def test_a_passage_that_changed_since_is_refused(
    root: Path, embedder: ToyEmbedder, folder: Path, old: str, new: str
) -> None:
    path = root / "findings" / "bone-bruise.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    index.load(load_library(root), embedder, folder)  # was right until now
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert refusal(load_library(root), embedder, folder) == NOT_WHAT_IS_HERE.format("content_sha256")


def test_a_finding_that_is_gone_or_moved_is_refused(library: Library, embedder: ToyEmbedder, folder: Path) -> None:
    fewer = {i: f for i, f in library.findings.items() if i != "fracture"}
    turned = {i: library.findings[i] for i in sorted(library.findings, reverse=True)}
    for findings in (fewer, turned):
        message = refusal(replace(library, findings=findings), embedder, folder)
        assert message == NOT_WHAT_IS_HERE.format("content_sha256")


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("manifest.json", None, "FileNotFoundError"),
        ("passages.faiss", None, "FileNotFoundError"),
        ("findings.npz", None, "FileNotFoundError"),
        ("aspects.npz", None, "FileNotFoundError"),
        ("manifest.json", b'{"format": 1, ', "JSONDecodeError"),
        ("manifest.json", b"\xff\xfe", "UnicodeDecodeError"),
    ],
)
def test_a_missing_or_unreadable_file_is_refused(
    library: Library, embedder: ToyEmbedder, folder: Path, name: str, content: bytes | None, error: str
) -> None:
    path = folder / "current" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    expected = f"no readable index in {folder / 'current'} ({error}); run `make index`"
    assert refusal(library, embedder, folder) == expected


@pytest.mark.parametrize("manifest", ["[]", "null", "1"])
def test_a_manifest_that_is_no_object_is_refused(
    library: Library, embedder: ToyEmbedder, folder: Path, manifest: str
) -> None:
    (folder / "current" / "manifest.json").write_text(manifest, encoding="utf-8")
    assert refusal(library, embedder, folder) == NOT_WHAT_IS_HERE.format("format")


def test_where_nothing_was_built_the_refusal_says_what_to_do(
    library: Library, embedder: ToyEmbedder, tmp_path: Path
) -> None:
    assert refusal(library, embedder, tmp_path).endswith("(FileNotFoundError); run `make index`")


def test_a_new_index_takes_the_old_ones_place_in_one_step(
    root: Path, library: Library, embedder: ToyEmbedder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "findings" / "fracture.md"
    path.write_text(path.read_text(encoding="utf-8").replace("A heavy fall.", "A knock."), encoding="utf-8")
    changed, swapped, replace_link = load_library(root), [], os.replace

    def watched(source: Path, target: Path) -> None:
        before = index.load(library, embedder, folder)  # whole until the last moment
        replace_link(source, target)
        swapped.append((before.content_sha256, index.load(changed, embedder, folder).content_sha256))

    monkeypatch.setattr(os, "replace", watched)
    old_name = (folder / "current").resolve().name
    built = index.build(changed, embedder, folder)
    assert swapped == [(index.content_sha256(index.rows_of(library), index.lessons_of(library)), built.content_sha256)]
    new_name = (folder / "current").resolve().name
    assert new_name != old_name
    assert sorted(entry.name for entry in folder.iterdir()) == sorted([new_name, "current"])


@pytest.mark.parametrize("step", ["faiss.write_index", "os.replace"])
@pytest.mark.parametrize("same_content", [False, True])
def test_a_build_that_breaks_off_leaves_the_old_index_in_place(
    library: Library,
    embedder: ToyEmbedder,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    same_content: bool,
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(step, full)
    wanted = library if same_content else replace(library, findings={})
    with pytest.raises(OSError, match="no space left"):
        index.build(wanted, embedder, folder)
    monkeypatch.undo()
    assert index.load(library, embedder, folder).content_sha256 == index.content_sha256(
        index.rows_of(library), index.lessons_of(library)
    )
