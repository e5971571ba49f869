"""Names of findings, and findings that are named by a part and what is wrong with it: "my supraspinatus is half torn".

No list of names holds every way to say that a part is torn. Reports are read by the parts and their lesions
(`knowledge/reports`), and so are the words that a patient takes from one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from knowledge.body_parts import Anatomy
from knowledge.condense import spans
from knowledge.general_findings import kinds, yields
from knowledge.names import Mention, NameIndex
from knowledge.reports.composition import composed
from knowledge.reports.reader import words_of_reports


class ComposedNames(NameIndex):
    """The names of findings, as NameIndex, and findings that are told by their part; made once. Also used in Rasa."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        super().__init__(names)
        self._owners, self._anatomy = frozenset(names), Anatomy.load()
        self._vocabulary, self._context = words_of_reports(names)

    def find(self, text: str) -> list[Mention]:
        """Every finding that the text names, in order, without overlap; none that it only rules out by its part."""
        named = super().find(text)
        if any(kinds(mention.id) for mention in named):
            named = self._at_their_places(text, named)
        told = [m for m in self._told(text) if m.id not in {n.id for n in named} and not yields(m.id)]
        # "marrow edema of both sacroiliac joints" is that of these joints
        named = [n for n in named if not yields(n.id) or not any(_overlap(n, m) for m in told)]
        told = [m for m in told if not any(_overlap(n, m) for n in named)]
        return sorted([*named, *told], key=lambda m: m.start) if told else named

    def _at_their_places(self, text: str, named: list[Mention]) -> list[Mention]:
        """The mentions, with the particular finding for a general name that has only one at the place that its sentence
        names: "tendinosis", of a shoulder."""
        there, parts = [], [*spans(text), (0, len(text))]
        for mention in named:
            start, end = next(s for s in parts if s[0] <= mention.start < s[1])
            near = replace(mention, start=mention.start - start, end=mention.end - start)
            meant = (m for m in self._anatomy.meant(text[start:end], [near]) if m.place)
            there.append(next((m.findings for m in meant if (m.start, m.end) == (near.start, near.end)), ()))
        return [
            replace(m, id=found[0]) if len(found) == 1 and found[0] in self._owners.intersection(kinds(m.id)) else m
            for m, found in zip(named, there, strict=True)
        ]

    def _told(self, text: str) -> Iterator[Mention]:
        known: dict[str, tuple[str, str]] = {}
        region = None
        for start, end in spans(text):
            tokens = self._vocabulary.tokens(text, start, end, known)
            found = self._vocabulary.find(tokens)
            if not any(f.kind in ("lesion", "finding") for f in found) or not any(f.kind == "part" for f in found):
                continue
            if region is None:
                region = self._vocabulary.region([t.stem for t in self._vocabulary.tokens(text, 0, len(text), known)])
            names = [n for n in composed(self._vocabulary, tokens, found, (), (), region) if n.of_part and n.finding]
            said = self._context.read(tokens, [(n.first, n.last) for n in names])
            for name, (status, _) in zip(names, said, strict=True):
                past = name.lesion and self._vocabulary.lesions[name.lesion].past
                if status != "absent" and not past:
                    first, last = tokens[name.start].start, tokens[name.end - 1].end
                    yield Mention(name.finding or "", text[first:last], first, last, corrected=False)


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end
