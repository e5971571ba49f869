"""Questions about a word of the report, or about scans and reports: "what does STIR mean", "why do two doctors differ".

They are read beside the findings (`knowledge/retrieval.py`), because the same words stand in questions about findings:
"mild" in "how long does mild bone marrow edema last" is not what is asked about. So a topic answers only where the
reader of findings and topics (`knowledge/linear_reader.py`) takes the question for one about the topic.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.general_findings import other_parts
from knowledge.linear_reader import ELSEWHERE, Reading
from knowledge.names import Mention, NameIndex
from knowledge.passages import Library, Passage

# The probability that the reader must give to a topic whose word is said, and to one whose is not; how much more beside
# a finding's name, and how much less where the intent model is sure that a question is about reports or scans. On the
# `choose` half of the gold questions 29 of 42 topics are read with these, and 1 of 433 other questions is taken for
# one. With 0.3 for both, 31 were, and of 184 questions that are to be refused 6 were in place of 3.
READ, UNSAID, BESIDE_FINDING, EASE = 0.3, 0.6, 0.2, 0.2
# How much more, for a word of a report, beside a part of the body that no passage is about: "what does hyperintense
# mean" is read with 0.96 also of a brain, "white matter hyperintensities, what now" with 0.7.
BESIDE_OTHER_PART = 0.5
# Where several topics are near, a word that is said beats one that is not.
SAID = 0.3
# The probability at which a follow-up is about a topic whose word it does not say; and what a text of less than two
# words takes, which says little.
CLEAR, ALONE = 0.85, 1.0
# From this probability on that a question belongs elsewhere, no topic answers; and a topic whose word is not said must
# be so much more probable than that.
ELSEWHERE_SURE, MARGIN = 0.5, 0.1
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class TopicReading:
    """The topic that a question is likeliest about; the probabilities, 0 to 1, of that, of what it takes to answer, and
    of its belonging elsewhere; whether the topic's word is said; and the topic that comes next, and its probability."""

    passage: Passage
    share: float
    needed: float
    elsewhere: float
    said: bool = False
    next: tuple[Passage, float] | None = None

    def asked(self, report: float = 0.0) -> bool:
        """Whether the topic is what is asked about; report: the probability of that by the intent model."""
        likelier = self.said or self.share >= self.elsewhere + MARGIN
        return self.elsewhere < ELSEWHERE_SURE and likelier and self.share >= self.needed - EASE * report

    def asked_in_between(self, report: float = 0.0) -> bool:
        """The same of a question that could be a follow-up about a finding ("can I still exercise with it")."""
        return self.asked(report) and (self.said or self.share >= CLEAR)


class Topics:
    """Reads questions for the topics of a library: the words of reports and `about`."""

    def __init__(self, library: Library) -> None:
        self._passages = [p for p in library.passages.values() if p.topic and p.topic.asked]
        served = {p.id for p in self._passages}
        self._names = NameIndex({i: names for i, names in library.report_words.items() if i in served})
        self._other_parts = other_parts()

    def named(self, text: str, findings: Sequence[Mention] = ()) -> list[str]:
        """Passage ids of the words named in a text, each once, in order; none that is part of a finding's name."""
        taken = [range(m.start, m.end) for m in findings]
        free = [m for m in self._names.find(text) if not any(m.start in span for span in taken)]
        return list(dict.fromkeys(m.id for m in free))

    def read(self, text: str, findings: Sequence[Mention], reading: Reading) -> TopicReading | None:
        """The topic that a text is likeliest about, or None where there is none at all.

        findings: the findings named in it; reading: what the reader takes it to be about.
        """
        if not self._passages:
            return None
        said = set(self.named(text, findings))
        passage, *others = heapq.nlargest(
            2, self._passages, key=lambda p: reading.share(p.id) + (SAID if p.id in said else 0.0)
        )
        needed = (READ if passage.id in said else UNSAID) + (BESIDE_FINDING if findings else 0.0)
        if passage.id in said and self._other_parts.find(text):
            needed += BESIDE_OTHER_PART
        if passage.id not in said and len(_WORD.findall(text)) < 2:
            needed = ALONE
        after = (others[0], reading.share(others[0].id)) if others else None
        return TopicReading(
            passage, reading.share(passage.id), needed, reading.share(ELSEWHERE), passage.id in said, after
        )
