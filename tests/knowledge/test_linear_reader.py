"""The reader of findings and topics: who it takes a text to be about, by figures worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge import index
from knowledge.index import Lesson, Row
from knowledge.linear_reader import ELSEWHERE, LinearReader, Reading
from knowledge.nlu_data import examples
from knowledge.passages import Library, load_library
from tests.fakes import ToyEmbedder, write_knowledge


def test_probabilities_are_a_softmax_of_the_linear_scores() -> None:
    weights, bias = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32), np.array([0.0, math.log(3)], np.float32)
    reading = LinearReader(("fracture", ELSEWHERE), weights, bias).read(np.array([0.5, 0.5], np.float32))
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
    reader = LinearReader.fit(np.concatenate([vectors, vectors]), ["a", "b", ELSEWHERE] * 2)
    reader.save(tmp_path / "findings.npz")
    again = LinearReader.load(tmp_path / "findings.npz").read(vectors[1])
    assert max(again.logs, key=again.logs.__getitem__) == "b"
    assert again == reader.read(vectors[1])


def test_labelled_questions_are_learned_and_found_by_no_similarity(tmp_path: Path, embedder: ToyEmbedder) -> None:
    root = write_knowledge(tmp_path / "knowledge")
    (tmp_path / "data/nlu/labelled").mkdir(parents=True)
    library = load_library(root)
    finding = next(iter(library.findings.values()))
    (tmp_path / "data/nlu/labelled/ask_causes.yml").write_text(
        f"nlu:\n- intent: ask_causes\n  metadata: {{about: {finding.id}}}\n  examples: |\n    - was it the shoes\n",
        encoding="utf-8",
    )
    library = load_library(root)
    assert library.labelled == (("was it the shoes", "ask_causes", finding.id),)
    assert index.lessons_of(library) == [Lesson("was it the shoes", finding.id, "causes")]
    assert "was it the shoes" not in {row.text for row in index.rows_of(library)}


def test_examples_in_a_list_are_refused_with_the_way_to_write_them(tmp_path: Path) -> None:
    (tmp_path / "ask.yml").write_text(
        "nlu:\n- intent: ask\n  examples:\n  - text: was it the shoes\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"block of lines, `examples: \|`"):
        examples(tmp_path)


def test_what_the_readers_learn_of_a_row(library: Library) -> None:
    asked = Row("bone-bruise#causes", "asked", "what causes Bone bruise")
    assert (index.label(library, asked), index.aspect(library, asked)) == ("bone-bruise", "causes")
    # names stand at the first passage, whatever is asked
    described = Row("bone-bruise#what-it-is", "described", "how long does a sore bone last")
    assert (index.label(library, described), index.aspect(library, described)) == ("bone-bruise", "")
    sentence = Row("bone-bruise#causes", "sentence", "A fall.")
    assert (index.label(library, sentence), index.aspect(library, sentence)) == ("", "")
    topic = Row("about#privacy", "asked", "who reads this")
    assert (index.label(library, topic), index.aspect(library, topic)) == ("about#privacy", "")


def test_a_reader_learns_from_labelled_texts_only() -> None:
    vectors = np.concatenate([np.eye(3, dtype=np.float32)] * 2)
    assert LinearReader.fit_where_known(vectors, ["a", "b", ""] * 2).classes == ("a", "b")
    assert LinearReader.fit_where_known(vectors, ["a", "", ""] * 2).classes == ()


def test_what_people_ask_elsewhere_is_learned(tmp_path: Path, embedder: ToyEmbedder) -> None:
    root = write_knowledge(tmp_path / "knowledge")
    (tmp_path / "data/nlu").mkdir(parents=True)
    (tmp_path / "data/nlu/out_of_scope.yml").write_text(
        "nlu:\n- intent: out_of_scope\n  examples: |\n    - how do i bake bread\n    - is it going to rain\n",
        encoding="utf-8",
    )
    library = load_library(root)
    assert library.elsewhere == ("how do i bake bread", "is it going to rain")
    lessons = [Lesson("how do i bake bread", ELSEWHERE), Lesson("is it going to rain", ELSEWHERE)]
    assert index.lessons_of(library) == lessons
    assert ELSEWHERE in index.build(library, embedder, tmp_path / "index").reader.classes
    without: Library = replace(library, elsewhere=())
    assert ELSEWHERE not in index.build(without, embedder, tmp_path / "index").reader.classes
