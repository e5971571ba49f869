"""What needs packages that Plainscan itself does not: Haystack, other backends of the encoder, the plot.

`python -m tools.bench.peers haystack | encoder | plot`, in .venv-bench; JSON comes in and goes out.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TOP = 20


def haystack(data: dict[str, Any]) -> dict[str, Any]:
    """Haystack's in-memory retrievers: which passages they find, and their milliseconds for a question.

    Its embedder is sentence-transformers on torch, as it comes.
    """
    import torch
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    from knowledge.embedding import model_folder
    from tools.bench.search import in_turn

    torch.set_num_threads(1)
    documents = [Document(content=row["text"], meta={"id": row["id"]}) for row in data["passages"]]
    words, vectors = InMemoryDocumentStore(), InMemoryDocumentStore(embedding_similarity_function="cosine")
    words.write_documents(documents)
    model = str(model_folder())
    of_documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    of_documents.warm_up()
    vectors.write_documents(of_documents.run(documents)["documents"])
    of_text = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
    of_text.warm_up()
    bm25, near = InMemoryBM25Retriever(words, top_k=TOP), InMemoryEmbeddingRetriever(vectors, top_k=TOP)

    def by_words(text: str) -> list[str]:
        return [d.meta["id"] for d in bm25.run(query=text)["documents"]]

    def by_vector(text: str) -> list[str]:
        embedding = of_text.run(text=text)["embedding"]
        return [d.meta["id"] for d in near.run(query_embedding=embedding)["documents"]]

    methods = {"Haystack in-memory embedding": by_vector, "Haystack in-memory BM25": by_words}
    taken = in_turn(methods, data["questions"][: data["timed"]])
    return {
        name: {"found": {text: method(text) for text in data["questions"]}, **taken[name]}
        for name, method in methods.items()
    }


def encoder(data: dict[str, Any]) -> dict[str, float]:
    """One backend of the encoder: milliseconds for a text, and the least cosine to what torch gives.

    In a process of its own: beside others in one process, each is several times slower than it is alone.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    from knowledge.embedding import model_folder
    from tools.bench.search import milliseconds

    torch.set_num_threads(1)
    model = SentenceTransformer(str(model_folder()), device="cpu")

    def in_torch(text: str) -> Any:
        return model.encode(text, normalize_embeddings=True, show_progress_bar=False)

    library, kind = data["backend"].split(" ", 1)
    encode = in_torch if library == "torch" else _graph(library, kind)
    texts = data["texts"]
    taken = milliseconds(encode, texts)
    return {**taken, "cosine": min(float(in_torch(text) @ encode(text)) for text in texts)}


def _graph(library: str, kind: str) -> Any:
    """The encoder as a graph, in ONNX or OpenVINO Runtime; kind: fp32, bf16, int8, or int8 with a scale a channel."""
    from tokenizers import Tokenizer

    from knowledge.embedding import GRAPHS, SentenceEmbedder
    from knowledge.onnx_encoder import LONGEST

    folder = GRAPHS / SentenceEmbedder(threads=1, adapted=False).load().weights_sha256[:16]
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    pieces.enable_truncation(LONGEST)
    pieces.no_padding()  # the file asks for 128 pieces

    def feed(text: str) -> dict[str, Any]:
        one = pieces.encode(text)
        return {"input_ids": np.array([one.ids]), "attention_mask": np.array([one.attention_mask])}

    file = folder / "encoder.onnx"
    if library == "OpenVINO":
        import openvino

        precision = {"fp32": "f32", "bf16": "bf16"}[kind]
        config = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        request = openvino.Core().compile_model(str(file), "CPU", config).create_infer_request()
        return lambda text: request.infer(feed(text))[0][0].copy()

    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if kind != "fp32":
        aside = ROOT / f"build/bench/{kind.replace(' ', '-')}.onnx"
        aside.parent.mkdir(parents=True, exist_ok=True)
        quantize_dynamic(str(file), str(aside), weight_type=QuantType.QInt8, per_channel=kind != "int8")
        file = aside
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda text: session.run(None, feed(text))[0][0]


def plot(data: dict[str, Any]) -> str:
    """Draw what was measured to the file `data["file"]`."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "plainscan", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(data["panels"]), figsize=(4.2 * len(data["panels"]), 3.2), squeeze=False)
    for axis, panel in zip(axes[0], data["panels"], strict=True):
        names = list(panel["values"])
        axis.barh(names[::-1], [panel["values"][name] for name in names][::-1], color="#2f6f73")
        axis.set_title(panel["title"])
        axis.set_xlabel(panel["unit"])
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(data["file"], metadata={"Date": None})
    return str(data["file"])


if __name__ == "__main__":
    os.chdir(ROOT)
    job = {"haystack": haystack, "encoder": encoder, "plot": plot}[sys.argv[1]]
    print(json.dumps(job(json.loads(sys.stdin.read()))))
