"""A finding called by a part of its name: "the stenosis", "back to the labrum", where the talk is of only one such."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from actions.thread import Thread
from knowledge.body_parts import Anatomy
from knowledge.general_findings import kinds
from knowledge.names import Mention, body_part_names, plain, stem, stems
from knowledge.passages import Library

# Words that stand for a thing that is known, or that a message begins with: "facets: are nerves burned there".
_KNOWN = re.compile(
    r"\b(?:the|that|this|those|my|and|about)\s+(?!(?:the|that|this|those|my)\b)(\w{3,})|^\W*(\w{3,})\s*[:,?-]",
    re.IGNORECASE,
)
_BEFORE_KNOWN = re.compile(r"(?:^|\b(?:the|that|this|those|my|and|n|about))\W*$", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’]\w+)?")
# In so many names of a finding a word is its own.
SEVERAL = 2
# The share of a finding's names that a word is in, from which on it can stand for it, and up to which it is no other's.
OWN, OTHERS = 0.2, 0.05


class PartsOfNames:
    """Reads which finding of the talk is called by a part of its name."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._places = frozenset(s for names in body_part_names().values() for name in names for s in stems(name))

    def first(self, text: str, thread: Thread) -> str | None:
        """The finding that a part of a name in the text stands for, if one does."""
        words = (found[found.lastindex or 0] for found in _KNOWN.finditer(text))
        return next((finding for word in words if (finding := self._finding(word, thread))), None)

    def _finding(self, word: str, thread: Thread) -> str | None:
        if stem(word.lower()) in self._places:
            return None
        talked_of = [finding for finding in thread.talked_of if finding in self._library.findings]
        shares = {finding: self._share(word, finding) for finding in talked_of}
        meant = [finding for finding, share in shares.items() if share >= OWN]
        if len(meant) != 1 or any(share > OTHERS for finding, share in shares.items() if finding not in meant):
            return None
        return meant[0]

    def _share(self, word: str, finding: str) -> float:
        names = self._library.finding(finding).names
        return sum(stem(word.lower()) in stems(name) for name in names) / len(names)


class ShortNames(PartsOfNames):
    """Writes them out. Made once: it reads every passage for the words that are of one finding alone."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self._anatomy, self._only = Anatomy.load(), _only_of_one(library)

    def written_out(self, text: str, thread: Thread, find: Callable[[str], Sequence[Mention]]) -> str:
        """The text with the whole name in the place of the first part of a name, or of a general name that one finding
        of the talk can be called by ("the tendinosis"); as it is where it has a particular one.

        find: the whole names in a text.
        """
        mentions = find(text)
        if any(not kinds(mention.id) for mention in mentions):
            return text
        for mention in mentions:
            if finding := self._kind_of(mention.id, thread):
                return self._with_name(text, mention.start, mention.end, finding)
        for found in _KNOWN.finditer(text):
            start, end = found.span(found.lastindex or 0)
            if finding := self._finding(text[start:end], thread):
                return self._with_name(text, start, end, finding)
        for found in _WORD.finditer(text):
            only = self._only.get(stem(plain(found[0])))
            if only and only in thread.talked_of:
                return self._with_name(text, *found.span(), only)
        return text if mentions else self._at_the_talks_place(text, thread)

    def _at_the_talks_place(self, text: str, thread: Thread) -> str:
        """The text with the name of what one of its words means where the talk is: "labrum", in a talk of a hip."""
        talk = self._library.findings.get(thread.finding or "")
        if talk is None or self._anatomy.read(text):
            return text
        for word in self._anatomy.meant(text):
            if not _BEFORE_KNOWN.search(text[: word.start]):
                continue  # "from a sprain, years ago"
            for part in self._anatomy.parts_of(talk.body_parts):
                (there, *_) = self._anatomy.meant(f"{word.word}, {part}")
                if len(word.findings) > 1 == len(there.findings) and there.findings[0] in self._library.findings:
                    return self._with_name(text, word.start, word.end, there.findings[0])
        return text

    def _with_name(self, text: str, start: int, end: int, finding: str) -> str:
        return text[:start] + self._library.finding(finding).title + text[end:]

    def _kind_of(self, general: str, thread: Thread) -> str | None:
        """The only finding of the talk that a general name can be said of, if the talk is not of one already."""
        meant = [finding for finding in kinds(general) if finding in thread.talked_of]
        return meant[0] if len(meant) == 1 and not {general, *meant} & {thread.finding} else None


def _only_of_one(library: Library) -> dict[str, str]:
    """The stems of words that are in several names of one finding, and neither in a name of another nor in a passage on
    one, each with the finding: what "tarlov" is the name of."""
    owners: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in library.findings.values():
        if kinds(finding.id):
            continue  # "femur" stands for no fracture
        for name in (finding.title, *finding.also_called):
            for word in stems(name):
                owners[word][finding.id] += 1
    told = defaultdict(set)
    for passage in library.passages.values():
        for word in stems(passage.text):
            told[word].add(passage.finding)
    own = {word: max(of) for word, of in owners.items() if len(of) == 1 and min(of.values()) >= SEVERAL}
    return {word: finding for word, finding in own.items() if told[word] <= {finding}}
