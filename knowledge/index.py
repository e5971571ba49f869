"""The FAISS index of all passages, with a manifest that says what it is, so that a damaged or stale one is refused.

FAISS loads bit-flipped, truncated or re-ordered files without complaint and then returns wrong neighbours. So the
manifest holds the file's hash, the model and its weights' hash, the dimension, the hash of all that is indexed, and for
every row its passage and the hash of its text; `load` compares each of them with what is here now.

    models/index/current -> <content hash>/   passages.faiss  findings.npz  aspects.npz  manifest.json

A build is written aside and the link is replaced in one step, so a reader sees the old index or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from knowledge.embedding import Embedder
from knowledge.linear_reader import ELSEWHERE, LinearReader
from knowledge.onnx_encoder import Vectors, file_sha256
from knowledge.passages import Library

FORMAT = 3
# Of the ways to ask for an aspect, so many are indexed for each finding; the intent model knows them all.
WAYS = 3
INDEX_FOLDER = Path("models/index")


class IndexRefused(RuntimeError):
    """The index is missing, damaged, or was built from something else than what is here."""


@dataclass(frozen=True)
class Row:
    """One indexed text. kind: `text` (a paragraph or the short form), `asked` (a way people ask for it), `described` (a
    name or description of the finding; it stands at the finding's first passage)."""

    passage_id: str
    kind: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Lesson:
    """A text that only the readers learn from. about: a finding, a topic's passage, or ELSEWHERE; aspect: what is asked
    of the finding, or empty."""

    text: str
    about: str
    aspect: str = ""


@dataclass(frozen=True)
class PassageIndex:
    """Rows and their vectors. Similarity is the cosine, higher is closer. reader: tells findings from one another;
    aspect_reader: what is asked of them."""

    rows: tuple[Row, ...]
    vectors: faiss.Index
    manifest: dict[str, Any]
    reader: LinearReader
    aspect_reader: LinearReader

    @property
    def content_sha256(self) -> str:
        return str(self.manifest["content_sha256"])

    def similarities(self, question: Vectors) -> Vectors:
        """The cosine of one question vector, shape (dimension,), to every row, in row order."""
        # all within any distance: `search` for as many would sort them, which takes longer than to compare them
        _, values, positions = self.vectors.range_search(np.ascontiguousarray(question[None, :]), -2.0)
        in_order = np.empty(len(self.rows), np.float32)
        in_order[positions] = values
        return in_order


def rows_of(library: Library) -> list[Row]:
    """What is indexed: each passage by title and paragraph, its short form, the ways people ask for it, and once for
    each finding its names and descriptions."""
    rows: list[Row] = []
    described: set[str] = set()
    for passage in library.passages.values():
        rows += [Row(passage.id, "text", f"{passage.title}. {paragraph.text}") for paragraph in passage.paragraphs]
        rows.append(Row(passage.id, "text", passage.short or passage.title))
        if passage.topic:
            rows += [Row(passage.id, "asked", way) for way in passage.topic.asked]
            continue
        finding = library.finding(passage.finding)
        asked = library.aspects[passage.aspect].asked
        rows += [Row(passage.id, "asked", way.format(name=finding.title)) for way in asked[:WAYS]]
        if finding.id not in described:
            described.add(finding.id)
            # each in one way, in turn: what is asked of it, the intent model tells
            rows += [
                Row(passage.id, "described", asked[number % len(asked)].format(name=name))
                for number, name in enumerate((*finding.also_called, *finding.described_as))
            ]
    return rows


def lessons_of(library: Library) -> list[Lesson]:
    """What the readers learn from beside the rows: questions that tell what they are about, and what people ask that no
    passage answers."""
    lessons = [
        Lesson(text, about, library.aspect_of_intent.get(intent, "") if about in library.findings else "")
        for text, intent, about in library.labelled
        if about in library.findings or about in library.passages
    ]
    return lessons + [Lesson(text, ELSEWHERE) for text in library.elsewhere]


def content_sha256(rows: list[Row], lessons: list[Lesson]) -> str:
    """One hash over all rows and lessons, their order and what they belong to."""
    content = [(r.passage_id, r.kind, r.text) for r in rows], [(e.text, e.about, e.aspect) for e in lessons]
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def build(library: Library, embedder: Embedder, folder: Path = INDEX_FOLDER) -> PassageIndex:
    """Embed every row and put the new index in the place of the old one."""
    rows, lessons = rows_of(library), lessons_of(library)
    vectors = embedder.embed_passages([*(row.text for row in rows), *(lesson.text for lesson in lessons)])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors[: len(rows)])
    stamp = content_sha256(rows, lessons)
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{stamp[:16]}-", dir=folder))
    aside.chmod(0o755)  # who serves may be another user than who builds
    faiss.write_index(index, str(aside / "passages.faiss"))
    reader, aspect_reader = _fit_readers(library, rows, lessons, vectors)
    reader.save(aside / "findings.npz")
    aspect_reader.save(aside / "aspects.npz")
    manifest = {
        "format": FORMAT,
        "model": {"name": embedder.name, "weights_sha256": embedder.weights_sha256},
        "dimension": int(vectors.shape[1]),
        "metric": "cosine",
        "content_sha256": stamp,
        **_file_hashes(aside),
        "rows": [{"passage": row.passage_id, "kind": row.kind, "sha256": row.sha256} for row in rows],
    }
    (aside / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    link = folder / f"current.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(aside.name)
    os.replace(link, folder / "current")
    for old in folder.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name != aside.name:
            shutil.rmtree(old, ignore_errors=True)
    return PassageIndex(tuple(rows), index, manifest, reader, aspect_reader)


def load(library: Library, embedder: Embedder, folder: Path = INDEX_FOLDER) -> PassageIndex:
    """The current index. Raises IndexRefused, saying which check failed, unless everything agrees."""
    # resolved once: a swap in the middle must not mix two builds
    current = (folder / "current").resolve()
    try:
        manifest = json.loads((current / "manifest.json").read_text(encoding="utf-8"))
        found = _file_hashes(current)
    except (OSError, ValueError) as error:
        raise IndexRefused(
            f"no readable index in {folder / 'current'} ({type(error).__name__}); run `make index`"
        ) from None
    rows, lessons = rows_of(library), lessons_of(library)
    expected = {
        "format": FORMAT,
        "model": {"name": embedder.name, "weights_sha256": embedder.weights_sha256},
        "metric": "cosine",
        "content_sha256": content_sha256(rows, lessons),
        **found,
        "rows": [{"passage": row.passage_id, "kind": row.kind, "sha256": row.sha256} for row in rows],
    }
    for name, value in expected.items():
        if not isinstance(manifest, dict) or manifest.get(name) != value:
            raise IndexRefused(f"the index's {name} is not what is here now; run `make index`")
    index = faiss.read_index(str(current / "passages.faiss"))
    if index.ntotal != len(rows) or index.d != manifest.get("dimension"):
        raise IndexRefused("the index has another size than its manifest says; run `make index`")
    readers = LinearReader.load(current / "findings.npz"), LinearReader.load(current / "aspects.npz")
    return PassageIndex(tuple(rows), index, manifest, *readers)


def _file_hashes(folder: Path) -> dict[str, str]:
    """The hashes of what is built, as the manifest names them. Raises OSError where a file is missing."""
    return {
        "index_sha256": file_sha256(folder / "passages.faiss"),
        "findings_sha256": file_sha256(folder / "findings.npz"),
        "aspects_sha256": file_sha256(folder / "aspects.npz"),
    }


def _fit_readers(
    library: Library, rows: list[Row], lessons: list[Lesson], vectors: Vectors
) -> tuple[LinearReader, LinearReader]:
    """A reader of findings and topics, learned from names, descriptions, the ways people ask for them and the lessons;
    and one of aspects, learned from the ways people ask and the lessons. vectors: of the rows, then of the lessons."""
    about = [label(library, row) for row in rows] + [lesson.about for lesson in lessons]
    asked = [aspect(library, row) for row in rows] + [lesson.aspect for lesson in lessons]
    return LinearReader.fit_where_known(vectors, about), LinearReader.fit_where_known(vectors, asked)


def label(library: Library, row: Row) -> str:
    """What the reader of findings learns of a row; empty where nothing."""
    if row.kind not in ("asked", "described"):
        return ""
    passage = library.passages[row.passage_id]
    return passage.id if passage.topic else passage.finding


def aspect(library: Library, row: Row) -> str:
    """What the reader of aspects learns of a row; empty where nothing."""
    passage = library.passages[row.passage_id]
    return passage.aspect if row.kind == "asked" and not passage.topic else ""
