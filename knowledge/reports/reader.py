"""Reads a report: which findings it names, and what it says of each.

    reader = ReportReader(library)
    reading = reader.read("MRI knee. No fracture. Full-thickness ACL tear.")
    reading.by_finding() -> {"fracture": Status.ABSENT, "acl-tear": Status.PRESENT}

Sentences come from `layout`, words from `vocabulary`, statuses from `context`, details from `details`; here they are
put together. Nothing is kept of a text, and nothing but this process is needed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from knowledge.passages import KNOWLEDGE, Library
from knowledge.reports.composition import Named, composed
from knowledge.reports.context import Context, Said, Trigger
from knowledge.reports.contradictions import contradictions
from knowledge.reports.details import Around, Details, levels, nearest_level, side
from knowledge.reports.hedges import Hedges
from knowledge.reports.layout import Layout, Sentence
from knowledge.reports.normal import NormalWords
from knowledge.reports.reading import Hedge, Mention, Reading, Section, Span, Status
from knowledge.reports.vocabulary import Found, Token, Vocabulary

# Where a report says which side was scanned.
TITLE_CHARS = 400
_TITLE = re.compile(
    r"(?:[^.:\n]{0,40}\b(?:MRI|MR|magnetic resonance)\b|\b(?:exam|examination|study|procedure)\s*:)[^.:\n]{0,60}",
    re.IGNORECASE,
)
# "No full-thickness tear" does not answer whether there is a tear.
_WHOLE = re.compile(r"\b(?:complete|full|displaced|retracted|high[- ]grade|frank)\b", re.IGNORECASE)
# What by itself only hints at a finding.
_SIGNS = frozenset(("fluid", "fluid signal", "trace fluid", "minimal fluid"))


@dataclass
class _Page:
    """What is remembered from one sentence of a report to the next.

    last: what was named last; questions: what is uncertain because it is asked ("?ganglion"); signs: what gives way
    to a plainer word; taken_up: what is ruled out of a joint that only an earlier sentence names.
    """

    text: str
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    labels: dict[str, list[Found]] = field(default_factory=dict)
    regions: dict[str, str | None] = field(default_factory=dict)
    region: str | None = None
    side: str | None = None
    level: str | None = None
    parts: list[Found] = field(default_factory=list)
    last: list[Mention] = field(default_factory=list)
    hedges: list[Hedge] = field(default_factory=list)
    questions: set[Mention] = field(default_factory=set)
    signs: set[Mention] = field(default_factory=set)
    taken_up: set[Mention] = field(default_factory=set)


class ReportReader:
    """Made once (about a second); then reads any number of reports, in any thread."""

    def __init__(self, library: Library, root: Path = KNOWLEDGE) -> None:
        self._layout = Layout.read(_rows(root, "sections"))
        self._vocabulary, self._context = words_of_reports({i: f.names for i, f in library.findings.items()}, root)
        self._details = Details(_rows(root, "details"))
        self._no_description = frozenset(_rows(root, "structures")["no_description"])
        self._normal = NormalWords(_rows(root, "normal"))
        self._hedges = Hedges(library)

    def read(self, text: str) -> Reading:
        """Read a whole report, or a piece of one. Never raises; the empty text has an empty reading."""
        sentences = self._layout.sentences(text)
        page = _Page(text)
        page.region, page.side = self._exam(text, page)
        mentions: list[Mention] = []
        normal: list[Span] = []
        unexplained: list[Span] = []
        asked: set[Mention] = set()
        opening, complains = True, False
        for sentence in sentences:
            treatment = self._layout.treatment(sentence.section)
            if treatment == "skip":
                continue
            found, fine, rest = self._sentence(page, sentence, treatment)
            mentions += found
            normal += fine
            unexplained += rest
            own = self._layout.complains(text[sentence.start : sentence.end])
            complains = complains or own
            if any(m not in page.questions and m.status is not Status.PRIOR for m in found) or (rest and not own):
                opening = False
            if opening and complains:
                asked.update(m for m in found if m in page.questions)
        mentions = self._without_answered(_without_signs(text, mentions, page.signs), asked)
        if any(m.finding == "bone-marrow-edema" and m.status in (Status.PRESENT, Status.UNCERTAIN) for m in mentions):
            mentions = [m for m in mentions if m not in page.taken_up]
        mentions = self._without_corrected(_without_contrary_normals(mentions, self._vocabulary))
        return Reading(
            mentions=tuple(sorted(mentions, key=lambda m: (m.start, m.end))),
            hedges=tuple(page.hedges),
            normal=tuple(sorted(normal, key=lambda s: s.start)),
            unexplained=tuple(_longest(text, unexplained, mentions)),
            contradictions=tuple(contradictions(mentions)),
            sections=tuple(_sections(sentences)),
        )

    def _without_corrected(self, mentions: Sequence[Mention]) -> list[Mention]:
        """Drop "no fracture" where a later addendum tells of one kind of fracture."""
        added = {m.finding for m in mentions if m.section == "addendum" and m.status is not Status.ABSENT}
        corrected = {finding for finding, kinds in self._vocabulary.kinds.items() if added & set(kinds)}
        return [
            m
            for m in mentions
            if m.finding not in corrected or m.status is not Status.ABSENT or m.section == "addendum"
        ]

    def _without_answered(self, mentions: Sequence[Mention], asked: Set[Mention]) -> list[Mention]:
        """Drop what the reason for the scan asks and the report answers, of the finding itself or of a kind of it."""
        answers = [m for m in mentions if m not in asked and m.status is not Status.PRIOR]
        answered = {m.finding for m in answers if m.status is not Status.ABSENT or not _WHOLE.search(m.sentence)}
        answered |= {kind for finding in answered for kind in self._vocabulary.kinds.get(finding, ())}
        answered |= {finding for finding, kinds in self._vocabulary.kinds.items() if answered & set(kinds)}
        return [m for m in mentions if m not in asked or m.finding not in answered]

    def _exam(self, text: str, page: _Page) -> tuple[str | None, str | None]:
        """The region of the body and the side that the report as a whole is about, from its first lines."""
        stems = [t.stem for t in self._vocabulary.tokens(text, 0, len(text), page.known)]
        titles = " ".join(_TITLE.findall(text[:TITLE_CHARS]))
        return self._vocabulary.region(stems), side(titles, Around(0, 0, 0, len(titles)))

    def _sentence(
        self, page: _Page, sentence: Sentence, treatment: str
    ) -> tuple[list[Mention], list[Span], list[Span]]:
        tokens = self._vocabulary.tokens(page.text, sentence.start, sentence.end, page.known)
        if not tokens:
            return [], [], []
        if treatment == "read":
            page.hedges += [
                hedge
                for hedge in self._hedges.find(page.text, tokens)
                if not (hedge.words.lower().startswith("suggest") and self._context.is_next_step(tokens))
            ]
        found = self._vocabulary.find(tokens)
        parts = [f for f in found if f.kind == "part"]
        here = levels(page.text, sentence.start, sentence.end)
        labelled = levels(sentence.label, 0, len(sentence.label))
        if labelled:
            page.level = labelled[-1][0]
        elif not sentence.follows and not here and (sentence.label or sentence.section in ("impression", "addendum")):
            page.level = None
        label_region, region = self._region(page, sentence, tokens)
        not_in = self._vocabulary.not_in.get(label_region or page.region or "", ())
        named = composed(
            self._vocabulary, tokens, found, self._label_parts(page, sentence), page.parts, label_region or page.region,
            sentence.follows, self._normal.followed(tokens, parts),
        )  # fmt: skip
        said = self._context.read(tokens, [(n.first, n.last) for n in named])
        said = self._of_one_thing(tokens, named, said)
        mentions: list[Mention] = []
        unexplained: list[Span] = []
        signs = any(n.finding is None for n in named)
        explained = self._context.explained(tokens, [n.first for n in named if n.finding]) if signs else []
        words = [t.word for t in tokens]
        taken = Counter(at for n in named for at in range(n.start, n.end))
        for name, (status, trigger) in zip(named, said, strict=True):
            kept = _status(status, treatment)
            if name.past and kept is not None:
                kept = Status.PRIOR if kept in (Status.PRESENT, Status.PRIOR) else None
            if kept is None or self._context.presupposes(words, name.start):
                continue
            if name.lesion and not self._is_of(tokens, name, [*(page.last if not mentions else ()), *mentions]):
                continue
            if kept is Status.ABSENT and name.carried and any(m.finding == name.finding for m in mentions):
                continue  # "tendinopathy without a tear": one kind of what is there
            start, end = tokens[name.start].start, tokens[name.end - 1].end
            if kept is Status.ABSENT and name.lesion and self._vocabulary.lesions[name.lesion].affirms:
                continue
            if kept is Status.PRESENT and self._is_edema(tokens, name, mentions):
                name = replace(name, finding="bone-marrow-edema")
            if self._surrounds_bone(tokens, name, mentions or page.last):
                name = replace(name, finding="bone-marrow-edema")
            if height := self._of_height(page, sentence, tokens, name, here, mentions):
                name = replace(name, finding=height)
            if kept is Status.ABSENT and name.if_absent:
                name = replace(name, finding=name.if_absent)
            if name.finding is None or name.finding in not_in or self._elsewhere(page, name.finding, parts):
                if (
                    kept in (Status.PRESENT, Status.UNCERTAIN)
                    and name.told
                    and not any(name.last in place for place in explained)
                ):
                    start, end = self._in_full(tokens, name, taken, parts)
                    unexplained.append(Span(page.text[start:end], start, end))
                continue
            mentions.append(self._mention(page, sentence, tokens, name, kept, region, here))
            if kept is Status.UNCERTAIN and self._context.asks(tokens, trigger):
                page.questions.add(mentions[-1])
            if kept is Status.PRESENT and name.lesion and self._vocabulary.lesions[name.lesion].sign:
                page.signs.add(mentions[-1])
            if kept is Status.ABSENT:
                others = self._vocabulary.ruled_out_with.get(name.finding, ())
                mentions += [replace(mentions[-1], finding=other) for other in others]
            if name.finding == "bone-marrow-edema" and not here:
                mentions += self._of_sacroiliac(page, sentence, found, mentions[-1])
        # "minimal fluid in the bursa, no bursitis": what is ruled out by name is not found by a sign
        ruled_out = {m.finding for m in mentions if m.status is Status.ABSENT}
        mentions = [
            m
            for m in mentions
            if m.status is Status.ABSENT or m.finding not in ruled_out or m.term.lower() not in _SIGNS
        ]
        fine = []
        if treatment == "read":
            triggers = self._context.triggers(tokens)
            for normal in self._normal.find(tokens, found, triggers, self._vocabulary, label_region or page.region):
                start, end = tokens[normal.first].start, tokens[normal.last - 1].end
                fine.append(Span(page.text[start:end], start, end, normal.part.lay))
                for finding in normal.rules_out:
                    if finding in not_in:
                        continue
                    if not any(
                        m.finding == finding and m.start < sentence.end and m.end > sentence.start for m in mentions
                    ):
                        name = Named(finding, normal.first, normal.last, normal.first, normal.last)
                        mention = self._mention(page, sentence, tokens, name, Status.ABSENT, region, here)
                        mentions.append(replace(mention, by_normal=True))
        page.last = mentions or page.last
        if here:
            page.level = here[-1][0]
        if parts or any(f.kind == "inner part" for f in found):
            page.parts = [f for f in found if f.kind in ("part", "inner part")]
        return mentions, fine, unexplained

    def _of_one_thing(
        self, tokens: Sequence[Token], named: Sequence[Named], said: Sequence[tuple[Said, Trigger | None]]
    ) -> list[tuple[Said, Trigger | None]]:
        """What a sentence says of names that mean one thing: a fracture and its shape, a lesion and what it may be."""
        read = list(said)
        for (one, first), (two, second) in combinations(enumerate(named), 2):
            if first.finding is None or first.finding != second.finding or first.last > second.first:
                continue
            between = [t.word for t in tokens[first.last : second.first]]
            shape = second.lesion and self._vocabulary.lesions[second.lesion].shape
            if shape and (read[one][0], read[two][0]) == ("prior", "present") and not _ANOTHER & set(between):
                read[two] = read[one]  # "an old wedge deformity with 25% height loss"
            other = first.lesion is None or first.lesion != second.lesion
            if other and (read[one][0], read[two][0]) == ("present", "uncertain") and self._context.is_link(between):
                read[one] = read[two]  # "aggressive lesion, suspicious for a sarcoma"
        return read

    def _is_edema(self, tokens: Sequence[Token], name: Named, before: Sequence[Mention]) -> bool:
        """Whether a bright signal is marrow edema: that on STIR images of a bone that the sentence calls broken."""
        fractures = {"fracture", *self._vocabulary.kinds["fracture"]}
        if name.lesion == "bright":
            return bool(before) and before[-1].finding in fractures and before[-1].status is Status.PRESENT
        return (
            name.finding == "marrow-signal-abnormality"
            and any(t.word == "stir" for t in tokens[name.first : name.last])
            and any(m.finding in fractures and m.status is Status.PRESENT for m in before)
        )

    def _of_sacroiliac(
        self, page: _Page, sentence: Sentence, found: Sequence[Found], edema: Mention
    ) -> Iterator[Mention]:
        """Marrow edema as that of the sacroiliac joints, where a sentence names no other place, or goes on about them
        and rules it out: "Both joints are symmetric. No marrow edema."
        """
        here = {f.id for f in [*self._label_parts(page, sentence), *found] if f.kind in ("part", "inner part")}
        here -= {"marrow"}
        if here == _SACROILIAC:
            yield replace(edema, finding="sacroiliac-edema")
        elif not here and edema.status is Status.ABSENT and any(p.id in _SACROILIAC for p in page.parts):
            page.taken_up.add(replace(edema, finding="sacroiliac-edema"))
            yield replace(edema, finding="sacroiliac-edema")

    def _is_of(self, tokens: Sequence[Token], name: Named, before: Sequence[Mention]) -> bool:
        """Whether what is only said of other findings is said of one: "marrow edema, likely postoperative".

        before: what the sentence names before it, or the sentence before where this one takes that up ("This may be").
        """
        findings = self._vocabulary.lesions[name.lesion or ""].of
        if not findings:
            return True
        ahead = [t.word for t in tokens[: name.start]]
        after = tokens[name.last].word if name.last < len(tokens) else "."
        if after[0].isalnum() and after not in _BEHIND_CLAIMS:
            return False
        claiming = [*ahead[-_NEAR_CLAIM:], *(t.word for t in tokens[name.first : name.last])]
        if after not in _OR_ELSE and _CLAIMS.isdisjoint(claiming):
            return False
        of = [m for m in before if m.finding in findings and m.status is not Status.ABSENT]
        own = [m for m in of if m.start >= tokens[0].start]
        return bool(own) or (bool(of) and not _TAKES_UP.isdisjoint(ahead[:2]))

    def _surrounds_bone(self, tokens: Sequence[Token], name: Named, before: Sequence[Mention]) -> bool:
        """Whether edema with no part is of the bone around what was named last: "Enchondroma. No adjacent edema." """
        if name.finding is not None or name.lesion != "edema" or name.of_part or not before:
            return False
        around = name.first and tokens[name.first - 1].word in _AROUND
        last = before[-1]
        return bool(around) and last.finding in self._vocabulary.of_bone and last.status is not Status.ABSENT

    def _of_height(
        self, page: _Page, sentence: Sentence, tokens: Sequence[Token], name: Named,
        here: Sequence[tuple[str, int, int]], before: Sequence[Mention],
    ) -> str | None:  # fmt: skip
        """What lost height, by its level: between two vertebrae a disc ("L4-5: height loss"), else a vertebra."""
        if name.lesion not in _HEIGHTS or name.finding not in (None, "vertebral-compression-fracture"):
            return None
        if name.of_part or any(m.finding in self._vocabulary.of_bone for m in before):
            return None
        start, end = tokens[name.start].start, tokens[name.end - 1].end
        level = nearest_level(page.text, here, Around(start, end, *_clause(tokens, name, sentence))) or page.level
        if level is None:
            return None
        return "disc-degeneration" if _DISC_LEVEL.match(level) else "vertebral-compression-fracture"

    def _region(self, page: _Page, sentence: Sentence, tokens: Sequence[Token]) -> tuple[str | None, str | None]:
        """The region of the body that a sentence's label names; and that one, or the only one that itself names."""
        if sentence.label not in page.regions:
            stems = [t.stem for t in self._vocabulary.tokens(sentence.label, 0, len(sentence.label), page.known)]
            page.regions[sentence.label] = self._vocabulary.region(stems)
        label = page.regions[sentence.label]
        own = self._vocabulary.regions(t.stem for t in tokens)
        return label, label or (own.pop() if len(own) == 1 else None)

    def _elsewhere(self, page: _Page, finding: str, parts: Sequence[Found]) -> bool:
        """Whether a finding of bone is not meant: the report is of the brain or the belly and names no bone here."""
        bones = any(self._vocabulary.parts[p.id].kind in ("bone", "vertebra", "disc", "joint", "canal") for p in parts)
        return page.region in self._vocabulary.jointless and finding in self._vocabulary.bony and not bones

    def _label_parts(self, page: _Page, sentence: Sentence) -> list[Found]:
        label = sentence.label
        if not label:
            return []
        if label not in page.labels:
            # before a colon it is no length
            written = "medial meniscus" if label.lower() == "mm" else label
            tokens = self._vocabulary.tokens(written, 0, len(written), page.known)
            page.labels[label] = [f for f in self._vocabulary.find(tokens) if f.kind == "part"] if tokens else []
        return page.labels[label]

    def _in_full(
        self, tokens: Sequence[Token], name: Named, taken: Mapping[int, int], parts: Sequence[Found]
    ) -> tuple[int, int]:
        """The place of an unexplained phrase, with the words that describe it and the part it is in beside it.

        taken: token -> how many names it belongs to.
        """
        first, last = name.start, name.end
        while first and first > name.start - _BEFORE_NAME:
            word = tokens[first - 1].word
            hyphen = word == "-" and first > 1 and tokens[first - 2].end == tokens[first - 1].start
            if taken[first - 1] or not (word[0].isalpha() or hyphen) or word in self._no_description:
                break
            first -= 1
        part = next((p for p in parts if last < p.first <= last + _BEFORE_NAME), None)
        if part and tokens[last].word in ("of", "in", "within") and not any(taken[at] for at in range(last, part.last)):
            between = {t.word for t in tokens[last : part.first]}
            last = last if between & {",", ";", "and", "or", "with"} else part.last
        return tokens[first].start, tokens[last - 1].end

    def _mention(
        self, page: _Page, sentence: Sentence, tokens: Sequence[Token], name: Named, status: Status,
        region: str | None, here: Sequence[tuple[str, int, int]],
    ) -> Mention:  # fmt: skip
        text = page.text
        start, end = tokens[name.start].start, tokens[name.end - 1].end
        around = Around(start, end, *_clause(tokens, name, sentence))
        near = Around(start, end, *_statement(tokens, name, sentence))
        each_side = self._details.each_side(text, replace(near, clause_start=sentence.start))
        own_side = (
            "bilateral"
            if each_side
            else side(text, near) or side(sentence.label, Around(0, 0, 0, len(sentence.label))) or page.side
        )
        level = nearest_level(text, here, around) or page.level
        return Mention(
            finding=name.finding or "",
            term=text[start:end],
            status=status,
            start=start,
            end=end,
            sentence=text[sentence.start : sentence.end],
            section=sentence.section,
            region=region,
            side=own_side,
            location=self._details.location(text, around),
            level=level,
            grade=self._details.grade(text, around),
            size=self._details.size(text, near),
            severity=(each_side or self._details.severity(text, around)) if status is not Status.ABSENT else None,
        )


# Within so many characters after a sign stands what is said of the same place.
NEXT_CHARS = 120
# "No L5 root compression" says nothing of the S1 root.
_ROOT = re.compile(r"\b[CTLS]\d{1,2}\b", re.IGNORECASE)
# They begin something of its own: "old fracture with new height loss".
_ANOTHER = frozenset(
    (";", ".", "and", "or", "new", "acute", "subacute", "recent", "additional", "further", "progressive", "increased",
     "superimposed")
)  # fmt: skip
# How many words before "postoperative" say that this is claimed of what stands before, and which do.
_NEAR_CLAIM = 5
_CLAIMS = frozenset(
    ("is", "are", "be", "was", "likely", "probably", "presumably", "consistent", "compatible", "keeping", "expected",
     "represent", "represents", "representing", "reflect", "reflects", "reflecting", "due", "related", "secondary",
     "felt", "suggesting", "versus", "vs", "or", "may", "could", "possibly", "attributed", "attributable")
)  # fmt: skip
_OR_ELSE = frozenset(("versus", "vs"))
_BEHIND_CLAIMS = frozenset(("in", "or", "and", "versus", "vs", "rather", "but", "given", "however", "than", "with"))
# With these a sentence takes up what the one before it named.
_TAKES_UP = frozenset(("this", "these", "it", "which", "findings", "appearances", "likely", "probably", "presumably"))
# Edema before which one of these stands is around what was named before.
_AROUND = frozenset(("surrounding", "adjacent", "perilesional", "perifocal", "associated", "accompanying"))
# "Height loss. No acute compression fracture": what was lost is not taken back.
_STAYS = frozenset(("vertebral-compression-fracture",))
_HEIGHTS = frozenset(("height", "loss of height"))
# The part of structures.yml that is these joints.
_SACROILIAC = {"sacroiliac joints"}
# Between two vertebrae, and no more than two.
_DISC_LEVEL = re.compile(r"[CTL]\d{1,2}[-/][CTLS]?\d{1,2}", re.IGNORECASE)
# How many words beside a lesion may describe it.
_BEFORE_NAME = 4


def _status(status: str, treatment: str) -> Status | None:
    """The status that counts where a sentence stands, or None for what says nothing of this scan."""
    if status == "asked" or treatment == "asked":
        return Status.PRIOR if status == "prior" else None
    if treatment == "earlier":
        return Status.PRIOR if status == "present" else None
    return Status(status)


_CLAUSE_ENDS = frozenset((";", ".", "but", "however", "although", "while", "whereas"))


def _clause(tokens: Sequence[Token], name: Named, sentence: Sentence) -> tuple[int, int]:
    """The place of the words about one finding: to the next comma or "with" on each side."""
    return _cut(tokens, name, sentence, _CLAUSE_ENDS | {",", "with", "and", "without"})


def _statement(tokens: Sequence[Token], name: Named, sentence: Sentence) -> tuple[int, int]:
    """The place of all that is said of it: also before a "with", but not behind one, where another finding follows."""
    first, _ = _cut(tokens, name, sentence, _CLAUSE_ENDS)
    _, last = _cut(tokens, name, sentence, _CLAUSE_ENDS | {"with", "without"})
    return first, last


def _cut(tokens: Sequence[Token], name: Named, sentence: Sentence, marks: frozenset[str]) -> tuple[int, int]:
    first = next((tokens[i].end for i in range(name.start - 1, -1, -1) if tokens[i].word in marks), sentence.start)
    last = next((tokens[i].start for i in range(name.end, len(tokens)) if tokens[i].word in marks), sentence.end)
    return first, last


def _without_signs(text: str, mentions: Sequence[Mention], signs: Set[Mention]) -> list[Mention]:
    """Drop a sign where what follows names the finding itself and calls it absent or open: a root that a disc touches
    "without compressing it", or "impingement cannot be excluded" in the next sentence.
    """
    ordered = sorted(mentions, key=lambda m: m.start)
    starts = [m.start for m in ordered]
    settled = set()
    for sign in signs:
        following = ordered[bisect_right(starts, sign.end) : bisect_right(starts, sign.end + NEXT_CHARS)]
        if any(m not in signs and _settles(text, sign, m) for m in following):
            settled.add(sign)
    return [m for m in mentions if m not in settled]


def _settles(text: str, sign: Mention, other: Mention) -> bool:
    """Whether a mention calls what a sign stands for absent or open, at the same place."""
    if (other.finding, other.section) != (sign.finding, sign.section) or other.by_normal:
        return False
    if other.status not in (Status.ABSENT, Status.UNCERTAIN) or other.side not in (sign.side, None):
        return False
    if sign.finding in _STAYS:
        if other.status is Status.ABSENT:
            return False
    elif not set(_ROOT.findall(text[sign.end : other.end])) <= set(_ROOT.findall(sign.term)):
        return False
    own = {level for level, _, _ in levels(text, sign.end, other.end + NEXT_CHARS // 4)}
    return other.level == sign.level or not own or own == {sign.level}


def _without_contrary_normals(mentions: Sequence[Mention], vocabulary: Vocabulary) -> list[Mention]:
    """Drop what is ruled out by a normal structure where another place has it: one meniscus torn, one normal.

    A fracture whose bone is not named may be of any bone. Where some marrow is edematous, its signal is not normal.
    """
    said = {m.finding for m in mentions if not m.by_normal and m.status in (Status.PRESENT, Status.UNCERTAIN)}
    said |= {kind for finding in said for kind in vocabulary.kinds.get(finding, ())}
    said |= {finding for finding, others in vocabulary.ruled_out_with.items() if said & set(others)}
    return [m for m in mentions if not (m.by_normal and m.finding in said)]


def _longest(text: str, spans: Sequence[Span], mentions: Sequence[Mention]) -> list[Span]:
    """The spans in order, without those in a longer one or in a mention; two that are one phrase are joined."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if any(m.start < span.end and span.start < m.end for m in mentions):
            continue
        if not kept or text[kept[-1].end : span.start].strip(" ") or "\n" in text[kept[-1].end : span.start]:
            kept.append(span)
        elif span.end > kept[-1].end:
            start = kept.pop().start
            kept.append(Span(text[start : span.end], start, span.end))
    return kept


def _sections(sentences: Sequence[Sentence]) -> Iterator[Section]:
    first: Sentence | None = None
    last: Sentence | None = None
    for sentence in sentences:
        if first and last and sentence.section != first.section:
            yield Section(first.section, first.start, last.end)
            first = None
        first, last = first or sentence, sentence
    if first and last:
        yield Section(first.section, first.start, last.end)


def words_of_reports(names: Mapping[str, Sequence[str]], root: Path = KNOWLEDGE) -> tuple[Vocabulary, Context]:
    """What finds findings in a sentence, and what reads if it says that they are there. names: finding -> names."""
    rows = {name: _rows(root, name) for name in ("structures", "context", "details", "normal")}
    triggers = [w for d in rows["context"].values() if isinstance(d, dict) for own in d.values() for w in own]
    others = [*triggers, *rows["context"]["ends"], *rows["details"]["severity"], *rows["normal"]["other_words"]]
    return Vocabulary(names, rows["structures"], others), Context(rows["context"])


def _rows(root: Path, name: str) -> Mapping[str, Any]:
    rows: Mapping[str, Any] = yaml.safe_load((root / "report_language" / f"{name}.yml").read_text(encoding="utf-8"))
    return rows
