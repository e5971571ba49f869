"""Rasa component: reads the entities `finding` and `body_part` from the names in the findings' own files.

Names live in one place, `knowledge/findings/*.md`; what clinicians add there is understood after the next training,
misspelled or not, without a lookup table or a synonym list that could drift from it.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from knowledge.composed_names import ComposedNames
from knowledge.names import NameIndex, body_part_names, finding_names
from knowledge.uncovered import Uncovered


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class FindingNameExtractor(GraphComponent):
    """Adds an entity for each name of a finding (value: its id) and of a body part found in the message."""

    def __init__(self) -> None:
        self._findings, self._parts = ComposedNames(finding_names()), NameIndex(body_part_names())
        self._uncovered = Uncovered()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FindingNameExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            mentions = {
                "finding": self._uncovered.covered(text, self._findings.find(text)),
                "body_part": self._parts.find(text),
            }
            found = [
                {"entity": entity, "value": m.id, "start": m.start, "end": m.end, "extractor": type(self).__name__}
                for entity, rows in mentions.items()
                for m in rows
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
