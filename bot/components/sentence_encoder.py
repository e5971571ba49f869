"""Rasa component: sentence embeddings for intents, through onnxruntime.

The Rasa environment has no torch; `make train` writes the model there, with the adapter that reads intents, as
`models/encoder/encoder.onnx`. The names of findings are taken out before, so that "how long does a stress fracture
last" and "how long does AVN last" look alike to the intent model while "what is dermatitis" still does not. Where a
message asks several things, each of them is encoded too; where it compares or points back, so is the question as it
would be asked of one thing. What is said before a question ("ok thanks, and") is left out. docs/nlu.md has the
measurement.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

from knowledge.condense import condense
from knowledge.follow_ups import MASK, bare, kind, of_one
from knowledge.names import NameIndex, finding_names
from knowledge.onnx_encoder import OnnxEncoder
from knowledge.splitting import split

# Where a message keeps the questions in it, as messages of their own, and its question as asked of one thing, with the
# intent that its words tell; only bot/components/question_reader.py reads them.
QUESTIONS, OF_ONE, KIND = "question_messages", "message_of_one", "kind"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER], is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Dense sentence features, shape (1, dimension).

    Config: `folder` of encoder.onnx; `scale`, the length of the vectors, which sets how loosely the classifier may fit
    them.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "folder": "models/encoder", "scale": 1.0}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        # One message at a time is encoded fastest by one thread; training encodes thousands and takes all.
        self._encoder = OnnxEncoder(Path(config["folder"]), threads=1)
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
            message.set(OF_ONE, [])
            if len(parts) == 1:
                text = bare(parts[0])
                masked = self._names.masked(self._names.corrected(text), MASK)
                message.set(KIND, kind(masked, self._names.ids(text)))
                if (one := of_one(masked)) != masked:
                    message.set(OF_ONE, [Message({TEXT: one})])
        self._add_features(
            [one for message in messages for one in (message, *message.get(QUESTIONS), *message.get(OF_ONE))]
        )
        return messages

    def _add_features(self, messages: list[Message]) -> None:
        with_text = [message for message in messages if message.get(TEXT)]
        texts = [self._names.corrected(bare(condense(m.get(TEXT), self._names.find))) for m in with_text]
        vectors = self._encoder.encode([self._names.masked(text, MASK) for text in texts])
        for message, vector in zip(with_text, vectors, strict=True):
            message.add_features(
                Features(vector[None, :] * self._config["scale"], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
            )

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._encoder = OnnxEncoder(Path(self._config["folder"]), threads=0)
        self._add_features(training_data.training_examples)
        return training_data

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        pass
