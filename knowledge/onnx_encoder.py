"""Sentence vectors from an ONNX graph: what retrieval and Rasa's pipeline both encode with, without torch."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

LONGEST = 256  # word pieces
BATCH = 64


class ModelRefused(RuntimeError):
    """The model's weights are missing or are not the ones that were asked for."""


class OnnxEncoder:
    """The encoder that `export_encoder` of knowledge/embedding.py wrote to `folder`.

    Raises ModelRefused when it was changed since.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        try:
            expected = (folder / "encoder.sha256").read_text(encoding="ascii")
            intact = file_sha256(folder / "encoder.onnx") == expected
        except OSError as error:
            raise ModelRefused(f"{error.filename} is missing; remove {folder} and run `make index`") from None
        if not intact:
            raise ModelRefused(f"{folder / 'encoder.onnx'} is damaged; remove {folder} and run `make index`")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), options, providers=providers)
        self._pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._pieces.enable_truncation(LONGEST)
        self._pieces.enable_padding()

    def encode(self, texts: list[str]) -> Vectors:
        """A unit vector for each text, in order."""
        # by length, so that a batch of short texts is not padded to the one long text in it
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        vectors = np.empty((len(texts), self._session.get_outputs()[0].shape[1]), np.float32)
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            encoded = self._pieces.encode_batch([texts[number] for number in batch])
            vectors[batch] = self._session.run(
                None,
                {
                    "input_ids": np.array([one.ids for one in encoded], np.int64),
                    "attention_mask": np.array([one.attention_mask for one in encoded], np.int64),
                },
            )[0]
        return vectors


def file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
