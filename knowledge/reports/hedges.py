"""The hedging phrases of a report, each with the topic of the report language that explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.names import known_runs, plain, stem
from knowledge.passages import Library
from knowledge.reports.reading import Hedge
from knowledge.reports.vocabulary import Token, split

# The files of knowledge/report_language/ whose words are hedges.
FILES = ("uncertainty",)


class Hedges:
    """Finds the words of the files about uncertainty, by the names that they have there."""

    def __init__(self, library: Library) -> None:
        passages = [p for file in library.report_language if file.id in FILES for p in file.passages]
        self._topics = {_key(split(name)): p.id for p in reversed(passages) for name in p.names}
        self._longest = max(map(len, self._topics), default=0)

    def find(self, text: str, tokens: Sequence[Token]) -> Iterator[Hedge]:
        """Every hedge in a sentence, in order; the longest phrase counts."""
        stems = [token.stem for token in tokens]
        for first, last in known_runs(stems, self._topics, self._longest):
            start, end = tokens[first].start, tokens[last - 1].end
            yield Hedge(self._topics[tuple(stems[first:last])], text[start:end], start, end)


def _key(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(stem(plain(word)) for word in words)
