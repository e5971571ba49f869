"""`python -m tools.compare_report_context`: our statuses beside those of medspacy's ConText, on the same mentions.

medspacy reads with the rules that it ships, and then with our triggers in place of them. Sections, vocabulary and
composition are ours in all three, so that only `knowledge/reports/context.py` is compared. Each is measured on
tests/reports; docs/reports.md has the figures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from knowledge.passages import KNOWLEDGE, load_library
from knowledge.report_evaluation import measure
from knowledge.reports import ReportReader
from knowledge.reports.context import Said, Trigger
from knowledge.reports.vocabulary import Token

FILES = ("labels.yml", "minimal_pairs.yml")
_SAYS: dict[str, Said] = {
    "NEGATED_EXISTENCE": "absent", "POSSIBLE_EXISTENCE": "uncertain", "HISTORICAL": "prior", "HYPOTHETICAL": "asked",
}  # fmt: skip
_OURS = {
    "negated": "NEGATED_EXISTENCE",
    "uncertain": "POSSIBLE_EXISTENCE",
    "prior": "HISTORICAL",
    "asked": "HYPOTHETICAL",
}
_DIRECTIONS = {"forward": "FORWARD", "backward": "BACKWARD", "both": "BIDIRECTIONAL", "next": "FORWARD"}


class MedspacyContext:
    """medspacy's ConText in the place of ours: the same calls, with its own rules or with our triggers.

    What is no status (signs that a finding explains, sentences on what to do next) is read by ours.
    """

    def __init__(self, ours: Any, triggers: Any = None) -> None:
        import spacy
        from medspacy.context import ConText, ConTextRule

        self.explained, self.is_next_step = ours.explained, ours.is_next_step
        nlp = spacy.blank("en")
        self._vocab = nlp.vocab
        self._context = ConText(nlp, rules=None if triggers else "default")
        if triggers:
            for category, name in _OURS.items():
                for direction, words in triggers[category].items():
                    scope = 5 if direction == "next" else None
                    rules = [ConTextRule(w, name, direction=_DIRECTIONS[direction], max_scope=scope) for w in words]
                    self._context.add(rules)
            ends = [ConTextRule(w, "END", direction="TERMINATE") for w in (*triggers["ends"], *triggers["joining"])]
            self._context.add([*ends, *(ConTextRule(w, "NO", direction="PSEUDO") for w in triggers["nothing"])])

    def triggers(self, tokens: Sequence[Token], targets: Sequence[tuple[int, int]] = ()) -> list[Trigger]:
        return []

    def read(self, tokens: Sequence[Token], targets: Sequence[tuple[int, int]]) -> list[tuple[Said, Trigger | None]]:
        """For each target what ConText says: negated before uncertain before historical."""
        from spacy.tokens import Doc, Span

        said: list[tuple[Said, Trigger | None]] = []
        for first, last in targets:
            starts: list[bool | int | None] = [True, *[False] * (len(tokens) - 1)]
            doc = Doc(self._vocab, words=[t.word for t in tokens], sent_starts=starts)
            doc.ents = (Span(doc, first, last, label="FINDING"),)
            self._context(doc)
            found = {_SAYS.get(m.category) for _, m in doc._.context_graph.edges}
            said.append((next((s for s in ("asked", "absent", "uncertain", "prior") if s in found), "present"), None))
        return said


def main() -> None:
    reader = ReportReader(load_library())
    began = time.perf_counter()
    triggers = yaml.safe_load((KNOWLEDGE / "report_language" / "context.yml").read_text(encoding="utf-8"))
    ours = reader._context
    theirs = MedspacyContext(ours)
    print(f"importing and making medspacy's ConText: {time.perf_counter() - began:.1f} s")
    for name, context in (
        ("ours", ours),
        ("medspacy", theirs),
        ("medspacy with our triggers", MedspacyContext(ours, triggers)),
    ):
        reader._context = context  # type: ignore[assignment]
        for file in FILES:
            began = time.process_time()
            tally = measure(Path("tests/reports") / file, reader)
            print(f"{name}, {file}: {time.process_time() - began:.1f} s of processor", *tally.lines(), sep="\n")


if __name__ == "__main__":
    main()
