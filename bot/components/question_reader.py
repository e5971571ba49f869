"""Rasa component: reads the intent of a message, and of each question in it where it asks several.

A logistic regression over the sentence features, Rasa's own. A message with several questions gets the intent
`ask_several`; its parse then carries `questions`, a list of {"text", "intent_ranking"} in the order asked. One whose
words compare or point back gets the intent for that, and its parse carries `of_one_ranking`, the ranking of its
question as it would be asked of one thing: which aspect is compared, or asked of what is pointed to.
"""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.sentence_encoder import KIND, OF_ONE, QUESTIONS

SEVERAL = "ask_several"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class QuestionReader(LogisticRegressionClassifier):
    """Rasa's logistic regression, which also reads the questions that SentenceEncoder has taken apart."""

    def process(self, messages: list[Message]) -> list[Message]:
        super().process(messages)
        for message in messages:
            if one := message.get(OF_ONE):
                super().process(one)
                message.set("of_one_ranking", one[0].get(INTENT_RANKING_KEY), add_to_output=True)
            if told := message.get(KIND):
                message.set(INTENT, {"name": told, "confidence": 1.0}, add_to_output=True)
            questions = message.get(QUESTIONS)
            if not questions:
                continue
            super().process(questions)
            read = [{TEXT: q.get(TEXT), INTENT_RANKING_KEY: q.get(INTENT_RANKING_KEY)} for q in questions]
            message.set("questions", read, add_to_output=True)
            message.set(INTENT, {"name": SEVERAL, "confidence": 1.0}, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        # what it would read in its own examples is of no use to what comes after
        return training_data
