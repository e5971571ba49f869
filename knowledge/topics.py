"""Questions about a word of the report, or about scans and reports: "what does STIR mean", "why do two doctors differ".

They are read beside the findings (`knowledge/retrieval.py`), because the same words stand in questions about findings:
"mild" in "how long does mild bone marrow edema last" is not what is asked about. So a topic answers only where the
question is nearer to the ways people ask for it than to the ways they ask for any finding that is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.embedding import Vectors
from knowledge.index import PassageIndex
from knowledge.names import Mention, NameIndex
from knowledge.passages import Library, Passage

# How near (cosine) a question must be to a way of asking for the topic: for a word that it says, for a question about
# scans and reports, which has no name to be said, and for a word that it does not say.
NEAR = {"said": 0.66, "question": 0.7, "unsaid": 0.8}
# How much nearer than to any finding: a word that is said is worth a little distance, and a finding's name takes more.
LEAD = {"said": -0.05, "finding": 0.02, "neither": 0.1}


@dataclass(frozen=True)
class TopicReading:
    """The topic that a question is nearest to, how near (cosine), and whether it is what the question is about."""

    passage: Passage
    similarity: float
    asked: bool


class Topics:
    """Reads questions for the topics of a library: the words of reports and `about`."""

    def __init__(self, library: Library, index: PassageIndex) -> None:
        self._passages = [p for p in library.passages.values() if p.topic and p.topic.asked]
        number = {p.id: n for n, p in enumerate(self._passages)}
        self._rows = np.array(
            [
                (at, number[row.passage_id])
                for at, row in enumerate(index.rows)
                if row.kind == "asked" and row.passage_id in number
            ],
            int,
        ).reshape(-1, 2)
        self._words = {i: names for i, names in library.report_words.items() if i in number}
        self._names = NameIndex(self._words)

    def named(self, text: str, findings: Sequence[Mention] = ()) -> list[str]:
        """Passage ids of the words named in a text, each once, in order; none that is part of a finding's name."""
        taken = [range(m.start, m.end) for m in findings]
        free = [m for m in self._names.find(text) if not any(m.start in span for span in taken)]
        return list(dict.fromkeys(m.id for m in free))

    def read(
        self, text: str, findings: Sequence[Mention], rows: Vectors, nearest_finding: float
    ) -> TopicReading | None:
        """The topic a text is nearest to, or None where there is none at all.

        findings: the findings named in it; rows: its cosine to every row of the index; nearest_finding: its best cosine
        to the ways people ask for the findings it names, or for any finding where it names none.
        """
        if not len(self._rows):
            return None
        best = np.full(len(self._passages), -1.0, np.float32)
        np.maximum.at(best, self._rows[:, 1], rows[self._rows[:, 0]])
        said = set(self.named(text, findings))
        # a word that is said beats one that is merely near
        at = max(range(len(best)), key=lambda n: best[n] + (0.3 if self._passages[n].id in said else 0.0))
        passage, similarity = self._passages[at], float(best[at])
        kind = "said" if passage.id in said else "unsaid" if passage.id in self._words else "question"
        lead = LEAD["finding" if findings else "said" if said else "neither"]
        return TopicReading(passage, similarity, similarity >= max(NEAR[kind], nearest_finding + lead))
