"""Retrieval beside others: ours, MiniLM alone, BM25 and Haystack, on the same passages and questions; and growth."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import faiss
import numpy as np

from knowledge import evaluation, index
from knowledge.embedding import SentenceEmbedder
from knowledge.passages import load_library
from knowledge.retrieval import Question, Retriever, load_retriever
from tools.build import ROOT

BENCH_PYTHON = ROOT / ".venv-bench/bin/python"
# Rows of the index for each passage, as it is today.
SIZES = (500, 5_000, 50_000)

BLOCK = 10
BACKENDS = ("torch fp32", "ONNX fp32", "ONNX int8", "ONNX int8 by channel", "OpenVINO fp32", "OpenVINO bf16")


def milliseconds(do: Callable[[str], Any], texts: Sequence[str]) -> dict[str, float]:
    """Of `do` on a text: the median, the 95th percentile, and the mean of the processor's time."""
    return in_turn({"": do}, texts)[""]


def in_turn(methods: Mapping[str, Callable[[str], Any]], texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """`milliseconds` of several methods, which take turns: what else the machine does falls on all alike. A turn is
    BLOCK texts, of which the first does not count, as it finds the memory of another method in the caches."""
    clock: dict[str, list[float]] = {name: [] for name in methods}
    processor: dict[str, list[float]] = {name: [] for name in methods}
    for at in range(0, len(texts), BLOCK):
        block = texts[at : at + BLOCK]
        for name, do in methods.items():
            do(block[0])
            for text in block:
                began, busy = time.perf_counter(), time.process_time()
                do(text)
                processor[name].append((time.process_time() - busy) * 1000)
                clock[name].append((time.perf_counter() - began) * 1000)
    return {
        name: {
            "p50": float(np.percentile(clock[name], 50)),
            "p95": float(np.percentile(clock[name], 95)),
            "cpu_ms": float(np.mean(processor[name])),
        }
        for name in methods
    }


def peers(job: str, data: Any) -> Any:
    """What tools/bench/peers.py, in an environment of its own, makes of `data`."""
    command = [str(BENCH_PYTHON), "-m", "tools.bench.peers", job]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(data), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{job}: {done.stderr[-1500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def retrieval(count: int) -> dict[str, dict[str, float]]:
    """Each method's recall and mean reciprocal rank on the `report` half, and its milliseconds for a question."""
    library, embedder = load_library(), SentenceEmbedder(threads=1).load()
    retriever = load_retriever(embedder, library, index.load(library, embedder))
    intents = evaluation.load_intents(ROOT / "models/intents.json", library)
    gold = [q for q in evaluation.load_questions(ROOT / "tests/questions.yml") if q.split == "report"]
    texts = [q.text for q in gold if q.accept][:count]
    asked = evaluation.ask(gold, retriever, intents)
    questions = {a.gold.text: a.question for a in asked}
    minilm = SentenceEmbedder(threads=1, adapted=False).load()
    rankers = {"MiniLM alone": evaluation.minilm_ranker(library, minilm), "BM25": evaluation.bm25_ranker(library)}
    methods: dict[str, Callable[[str], Any]] = {
        "Plainscan": lambda text: retriever.retrieve(questions[text]),
        **rankers,
    }
    taken = in_turn(methods, texts)
    ours = evaluation.ranking_of(evaluation.decide(asked, retriever))
    rows = {"Plainscan": {**_accuracy(ours), **taken["Plainscan"]}}
    for name, ranker in rankers.items():
        rows[name] = {**_accuracy(evaluation.rank(gold, ranker)), **taken[name]}
    passages = [p for p in library.passages.values() if p.finding != library.about.id]
    told = peers(
        "haystack",
        {
            "passages": [{"id": p.id, "text": f"{p.title}. {p.text}"} for p in passages],
            "questions": [q.text for q in gold if q.accept],
            "timed": len(texts),
        },
    )
    for name, row in told.items():
        found = row.pop("found")
        rows[name] = {**_accuracy(evaluation.rank([q for q in gold if q.accept], found.__getitem__)), **row}
    return rows


def _accuracy(ranking: evaluation.Ranking) -> dict[str, float]:
    return {"recall_1": ranking.recall_1, "recall_3": ranking.recall_3, "mrr": ranking.mrr}


def encoders(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Each backend of the encoder, one after the other; the processor's time is what to compare."""
    return {backend: peers("encoder", {"backend": backend, "texts": list(texts)}) for backend in BACKENDS}


def stages(count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of what retrieval does for one question."""
    retriever, texts = _ours(count)
    embedder = retriever._embedder
    vectors = {text: embedder.embed_questions([text])[0] for text in texts}
    evidence = {text: retriever.evidence(text) for text in texts}
    return {
        "encode": milliseconds(lambda text: embedder.embed_questions([text]), texts),
        "search": milliseconds(lambda text: retriever.index.similarities(vectors[text]), texts),
        "decide": milliseconds(lambda text: retriever.decide(Question(text), evidence[text]), texts),
        "all of it": milliseconds(lambda text: retriever.retrieve(Question(text)), texts),
    }


def growth(count: int) -> dict[str, dict[str, float]]:
    """Milliseconds of search with more passages: rows of the index, copied with noise until there are enough."""
    retriever, texts = _ours(count)
    vectors = {text: retriever._embedder.embed_questions([text])[0] for text in texts}
    ours = retriever.index.vectors.reconstruct_n(0, retriever.index.vectors.ntotal)
    each = len(ours) / len(retriever.library.passages)
    chance, grown = np.random.default_rng(0), {}
    for size in SIZES:
        rows = ours[chance.integers(0, len(ours), int(size * each))]
        rows += chance.normal(0, 0.02, rows.shape).astype(np.float32)
        faiss.normalize_L2(rows)
        flat = faiss.IndexFlatIP(rows.shape[1])
        flat.add(rows)
        grown[f"{size:,} passages, {len(rows):,} rows"] = milliseconds(
            lambda text, flat=flat: flat.range_search(vectors[text][None, :], -2.0),  # type: ignore[misc]
            texts,
        )
    return grown


def _ours(count: int) -> tuple[Retriever, list[str]]:
    library, embedder = load_library(), SentenceEmbedder(threads=1).load()
    retriever = load_retriever(embedder, library, index.load(library, embedder))
    gold = evaluation.load_questions(ROOT / "tests/questions.yml")
    return retriever, [q.text for q in gold if q.accept][:count]
