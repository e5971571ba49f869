"""What a question is about when it names nothing, and what it asks: linear readings of the question's vector.

"The little exits for the nerves in my neck are narrow" names no finding. The nearest single description is a poor judge
of that; a multinomial logistic regression over all descriptions and names of all findings, the ways people ask for each
topic, and questions that belong elsewhere weighs what tells one from another. Another one reads the aspect from the
same vector. They are fitted when the index is built, and stand beside it. docs/retrieval.md has what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.onnx_encoder import Vectors

# The inverse of the ridge penalty. Of 1 and 10, on the gold questions: the right class 0.91 with both, what belongs
# elsewhere told by an AUC of 0.990 and 0.991.
INVERSE_PENALTY = 10.0
# A log probability below this says no more than "not this one".
LEAST = -8.0


# The class of what Plainscan has no passage for.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class LinearReader:
    """classes: ids of findings and of topics' passages, and ELSEWHERE, or of aspects; in the order of the rows of
    `weights`, (classes, dimension), and of `bias`, (classes,)."""

    classes: tuple[str, ...]
    weights: Vectors
    bias: Vectors

    @classmethod
    def fit(cls, vectors: Vectors, labels: Sequence[str]) -> LinearReader:
        """Fit on the vectors of texts and the class of each."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=INVERSE_PENALTY, max_iter=200, class_weight="balanced").fit(vectors, labels)
        weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
        if len(model.classes_) == 2:  # two classes share one row
            weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls(tuple(map(str, model.classes_)), weights, bias)

    @classmethod
    def fit_where_known(cls, vectors: Vectors, labels: Sequence[str]) -> LinearReader:
        """The same on those texts whose label is not empty; a reader without classes where they are all of one."""
        known = [n for n, label in enumerate(labels) if label]
        if len({labels[n] for n in known}) < 2:  # nothing to tell apart
            return cls((), np.zeros((0, vectors.shape[1]), np.float32), np.zeros(0, np.float32))
        return cls.fit(vectors[known], [labels[n] for n in known])

    def read(self, vector: Vectors) -> Reading:
        """What a text is about, by its vector."""
        if not self.classes:
            return Reading({})
        total = self.weights @ vector + self.bias
        total -= total.max()
        return Reading(dict(zip(self.classes, (total - np.log(np.exp(total).sum())).tolist(), strict=True)))

    def save(self, file: Path) -> None:
        np.savez(file, classes=np.array(self.classes), weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, file: Path) -> LinearReader:
        """Raises OSError or ValueError when the file is missing or damaged."""
        with np.load(file, allow_pickle=False) as arrays:
            return cls(tuple(map(str, arrays["classes"])), arrays["weights"], arrays["bias"])


@dataclass(frozen=True)
class Reading:
    """logs: log probability of each class; empty where nothing was learned."""

    logs: Mapping[str, float]

    def among(self, classes: Sequence[str]) -> Vectors:
        """Log probability of each of `classes`, were it one of them, over 8: -1 to 0; -1 for what was not learned."""
        logs = np.array([self.logs.get(name, -np.inf) for name in classes], np.float32)
        if not np.isfinite(logs).any():
            return np.full(len(classes), -1.0, np.float32)
        logs -= logs.max()
        return np.maximum(logs - np.log(np.exp(logs).sum()), LEAST) / -LEAST

    def share(self, name: str) -> float:
        """The probability of a class, 0 to 1."""
        return math.exp(self.logs.get(name, -math.inf))

    def log_share(self, name: str) -> float:
        """The log of that over 8, -1 to 0."""
        return max(self.logs.get(name, LEAST), LEAST) / -LEAST
