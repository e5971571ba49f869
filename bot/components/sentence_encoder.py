"""Rasa component: sentence embeddings for intents, through onnxruntime.

The Rasa environment has no torch; `make train` writes the model there, with the adapter that reads intents, as
`models/encoder/encoder.onnx`. The names of findings are taken out before, so that "how long does a stress fracture
last" and "how long does AVN last" look alike to the intent model while "what is dermatitis" still does not. Where a
message asks several things, each of them is encoded too. docs/nlu.md has the measurement.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer as WordPieces

from knowledge.condense import condense
from knowledge.names import NameIndex, finding_names
from knowledge.splitting import split

BATCH = 32
# Where a message keeps the questions in it, as messages of their own; only bot/components/question_reader.py reads it.
QUESTIONS = "question_messages"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Dense sentence features, shape (1, dimension).

    Config: `folder` of encoder.onnx; `mask`, the words that stand for a name taken out; `scale`, the length of the
    vectors, which sets how loosely the classifier may fit them.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "folder": "models/encoder", "mask": "the finding", "scale": 1.0}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        # One message at a time is encoded fastest by one thread; training encodes thousands and takes all.
        self._session = self._open(threads=1)
        self._pieces = WordPieces.from_file(str(Path(config["folder"]) / "tokenizer.json"))
        self._pieces.enable_truncation(256)
        self._pieces.enable_padding()
        self._names = NameIndex(finding_names())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        return cls(config, execution_context.node_name)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            parts = split(message.get(TEXT) or "", self._names.find)
            message.set(QUESTIONS, [Message({TEXT: part}) for part in parts] if len(parts) > 1 else [])
        self._add_features([one for message in messages for one in (message, *message.get(QUESTIONS))])
        return messages

    def _add_features(self, messages: list[Message]) -> None:
        # by length, so that a batch of short texts is not padded to the one long story in it
        with_text = sorted((m for m in messages if m.get(TEXT)), key=lambda m: len(m.get(TEXT)))
        for at in range(0, len(with_text), BATCH):
            batch = with_text[at : at + BATCH]
            texts = [self._names.corrected(condense(m.get(TEXT), self._names.find)) for m in batch]
            vectors = self._encode([self._names.masked(text, self._config["mask"]) for text in texts])
            for message, vector in zip(batch, vectors, strict=True):
                message.add_features(
                    Features(vector[None, :] * self._config["scale"], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
                )

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._session = self._open(threads=0)
        self._add_features(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        pass

    def _open(self, threads: int) -> onnxruntime.InferenceSession:
        """The encoder with that many threads; 0 stands for one a core."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        path = str(Path(self._config["folder"]) / "encoder.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def _encode(self, texts: list[str]) -> np.ndarray:
        encoded = self._pieces.encode_batch(texts)
        return self._session.run(
            None,
            {
                "input_ids": np.array([e.ids for e in encoded], np.int64),
                "attention_mask": np.array([e.attention_mask for e in encoded], np.int64),
            },
        )[0]
