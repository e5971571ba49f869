"""The reader of findings and topics: who it takes a text to be about, by figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge import index
from knowledge.finding_reader import ELSEWHERE, FindingReader, Reading
from knowledge.index import Row
from knowledge.passages import Library, load_library
from tests.fakes import ToyEmbedder, write_knowledge


def test_probabilities_are_a_softmax_of_the_linear_scores() -> None:
    weights, bias = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32), np.array([0.0, math.log(3)], np.float32)
    reading = FindingReader(("fracture", ELSEWHERE), weights, bias).read(np.array([0.5, 0.5], np.float32))
    # scores 1 and 1 + log 3, so 1 to 3
    assert reading.share("fracture") == pytest.approx(0.25)
    assert reading.share(ELSEWHERE) == pytest.approx(0.75)
    assert reading.share("unknown") == 0.0
    assert reading.log_share(ELSEWHERE) == pytest.approx(math.log(0.75) / 8)
    assert reading.log_share("unknown") == -1.0


def test_among_findings_the_other_classes_take_no_part() -> None:
    reading = Reading({"a": math.log(0.3), "b": math.log(0.1), ELSEWHERE: math.log(0.6)})
    np.testing.assert_allclose(reading.among(["a", "b"]), np.log([0.75, 0.25]) / 8, rtol=1e-5)
    np.testing.assert_array_equal(reading.among(["a", "never learned"]), [0.0, -1.0])
    np.testing.assert_array_equal(Reading({}).among(["a", "b"]), [-1.0, -1.0])


def test_what_is_saved_reads_the_same(tmp_path: Path) -> None:
    vectors = np.eye(3, dtype=np.float32)
    reader = FindingReader.fit(np.concatenate([vectors, vectors]), ["a", "b", ELSEWHERE] * 2)
    reader.save(tmp_path / "findings.npz")
    again = FindingReader.load(tmp_path / "findings.npz").read(vectors[1])
    assert max(again.logs, key=again.logs.__getitem__) == "b"
    assert again == reader.read(vectors[1])


def test_labelled_questions_are_learned_and_found_by_no_similarity(tmp_path: Path, embedder: ToyEmbedder) -> None:
    root = write_knowledge(tmp_path / "knowledge")
    (tmp_path / "data/nlu/labelled").mkdir(parents=True)
    library = load_library(root)
    finding = next(iter(library.findings.values()))
    (tmp_path / "data/nlu/labelled/ask_causes.yml").write_text(
        f"nlu:\n- intent: ask_causes\n  examples:\n  - text: was it the shoes\n    metadata: {{about: {finding.id}}}\n",
        encoding="utf-8",
    )
    library = load_library(root)
    assert library.labelled == (("was it the shoes", finding.id),)
    row = Row(finding.passages[0].id, "labelled", "was it the shoes")
    assert row in index.rows_of(library)
    assert index.label(library, row) == finding.id
    assert index.label(library, replace(row, kind="sentence")) == ""


def test_what_people_ask_elsewhere_is_indexed_and_learned(tmp_path: Path, embedder: ToyEmbedder) -> None:
    root = write_knowledge(tmp_path / "knowledge")
    (tmp_path / "data/nlu").mkdir(parents=True)
    (tmp_path / "data/nlu/out_of_scope.yml").write_text(
        "nlu:\n- intent: out_of_scope\n  examples: |\n    - how do i bake bread\n    - is it going to rain\n",
        encoding="utf-8",
    )
    library = load_library(root)
    assert library.elsewhere == ("how do i bake bread", "is it going to rain")
    assert index.rows_of(library)[-2:] == [
        Row("about#what-it-covers", "elsewhere", "how do i bake bread"),
        Row("about#what-it-covers", "elsewhere", "is it going to rain"),
    ]
    assert ELSEWHERE in index.build(library, embedder, tmp_path / "index").reader.classes
    without: Library = replace(library, elsewhere=())
    assert ELSEWHERE not in index.build(without, embedder, tmp_path / "index").reader.classes
