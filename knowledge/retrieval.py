"""From a question to a decision: Explained, Unsure or Unknown, with the numbers that led to it.

All that is known takes part: the finding that the question names (or, in a follow-up, the conversation's finding), the
aspect that the intent model read, and the similarity of the question to each passage and to the ways people ask for it.
A name beats any similarity. Weights and thresholds stand in `knowledge/decision.yml`; `python -m knowledge evaluate`
chooses them on one half of the gold questions and reports on the other.
"""

from __future__ import annotations

import copy
import enum
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt
import yaml

from knowledge.asked_findings import common, in_order
from knowledge.body_parts import Anatomy, Place
from knowledge.composed_names import ComposedNames
from knowledge.condense import LONG, asks, condense, headline, sentences
from knowledge.embedding import Embedder
from knowledge.follow_ups import MASK, adds, leads_to_another
from knowledge.general_findings import OtherParts, kinds, particular
from knowledge.index import PassageIndex
from knowledge.linear_reader import ELSEWHERE, LEAST
from knowledge.names import Mention, NameIndex, stems
from knowledge.onnx_encoder import Vectors
from knowledge.passages import KNOWLEDGE, Library, Passage
from knowledge.topics import TopicReading, Topics
from knowledge.uncovered import Uncovered

# Asked about when nobody names anything: what nearly every patient here has on the report.
DEFAULT_FINDING = "bone-marrow-edema"


# A follow-up of so few words means the conversation's finding, even when no word points back to it; and one of so many
# where an aspect is clearly asked and it reads like no finding of its own: "had 3 injections already, so what now".
SHORT, SHORT_AND_CLEAR = 6, 14
# In a talk of a finding, a few words that are not understood by themselves are read as said of it ("coach says brace"),
# if they belong elsewhere with less than such a probability and point to one passage alone, or to one of an aspect that
# the index's reader takes them for as well. Of 318 short messages from elsewhere, put in a talk, 13 are then answered
# though they should not be, beside 17 without it; of 33 that were said of the finding 14 more are answered.
NO_PART_OF_IT, ALONE, FIRST = 0.95, 0.9, 0.5
# From here on the reader is sure of what a statement is about. Of 11 in a talk that the intents take for a wish for a
# verdict, 9 are about the aspect that it gives them.
IMPLIED = 0.85
# So many times as likely as another finding, one is what a text rather reads like.
RATHER = 3.0
# What is nearest to an aspect that a finding has no passage on, best first: whoever asks about tablets for CRPS is told
# how it is treated, and that there is no text on tablets.
STAND_INS = {
    "medicines": ("treatment",),
    "activity": ("treatment", "what-next"),
    "recovery-time": ("outlook", "what-next"),
    "outlook": ("how-serious", "what-next"),
    "follow-up-scan": ("what-next",),
    "other-scans": ("on-mri",),
    "how-common": ("causes",),
}
# From here on an aspect is clearly asked for.
CLEAR = 0.7
# And from here on so clearly that a longer follow-up asks it too, up to the length from which on messages tell a story.
VERY_CLEAR = 0.9
# From here on the intents read a question as something else, not as a follow-up.
OFF_TOPIC = 0.6
REPORT_INTENT = "ask_about_report"
# Where nothing is named, the reader must give the finding such a probability for an answer, and such a one for asking
# back. Symptoms that somebody tells without knowing a finding lie below: to offer them "pressure on the spinal cord"
# would only frighten. Of 0.5, 0.6, 0.7 and 0.8 the first is worth most (evaluation.WORTH) on the `choose` half.
READ, GUESSED = 0.5, 0.3
# From here on somebody who wants a verdict is told of the finding that their words describe: what they did not ask for
# must fit them all the better.
TOLD = 0.8
# From here on a sentence of a long message that names nothing tells what it asks about; of so many sentences at most,
# each of more than so many words. And from such a mean probability on a story is about what no passage answers: of
# development stories that name no finding those of other illnesses lie above 0.3, those of bones and joints below.
CLEARLY_TOLD, MOST_SENTENCES, SHORT_SENTENCE, MOSTLY_ELSEWHERE = 0.5, 12, 3, 0.3
# From here on a finding that is described stands beside those that are named: on the `choose` half 4 such questions are
# about the one that is described, and none about a named one.
BEYOND_DOUBT = 0.9
# With such a probability a topic that is not answered is among what is offered when asking back. Of 0.05 to 0.3 it
# brings the most right passages among the first three on the `choose` half, and stands beside 1 finding without need.
OFFERED = 0.1
# With such a probability the next topic comes behind one that is asked about, before any finding.
NEXT = 0.04
_POINTING = re.compile(r"\b(it|this|that|they|them)\b", re.IGNORECASE)


class Verdict(enum.Enum):
    """What a decision comes to."""

    EXPLAINED = "explained"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Question:
    """What is known of a question before retrieval.

    aspects: probability of each aspect by the intent model, empty when there is none; off_topic: the probability it
    gives to anything else that has no passage; finding: the conversation's finding, used when the question names none;
    report: the probability that it asks about a word of the report or about scans; out_of_scope: the probability that
    it has nothing to do with what an MRI finds.
    """

    text: str
    aspects: Mapping[str, float] = field(default_factory=dict)
    off_topic: float = 0.0
    finding: str | None = None
    report: float = 0.0
    out_of_scope: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """A passage and how well it fits; `fit` is a weighted sum, only good for ranking."""

    passage: Passage
    fit: float
    similarity: float


@dataclass(frozen=True)
class Decision:
    """The verdict and the numbers behind it.

    confidence: the calibrated probability that the first candidate is about what was asked: the right finding, if not
    in every case the right aspect, which its title says and its buttons mend.
    named: findings named in the question.
    finding_from: question | conversation | similarity | default (none was named, and what most patients here ask
    about was taken).
    missing_aspect: what was clearly asked of the first candidate's finding and has no passage there.
    topic_said: it is about a topic, and the question says its word.
    uncovered: it asks about a finding that no passage is about.
    elsewhere: the probability, 0 to 1, that it asks of what no passage answers.
    """

    verdict: Verdict
    confidence: float
    candidates: tuple[Candidate, ...]
    named: tuple[str, ...]
    finding_from: str
    numbers: Mapping[str, float]
    missing_aspect: str | None = None
    topic_said: bool = False
    uncovered: bool = False
    elsewhere: float = 0.0

    @property
    def passage(self) -> Passage:
        """The best passage. Raises IndexError when there is no candidate at all."""
        return self.candidates[0].passage


NOTHING_SERVED = Decision(Verdict.UNKNOWN, 0.0, (), (), "question", {})


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a text says by itself: the findings it names, whether it names a body part, and the best cosine to each
    passage's rows of a kind, and BM25 as a share of the best passage's, in the retriever's passage order; the nearest
    topic, which is a word of reports or a question about scans; and for each finding how much the text reads like its
    descriptions (`lay`, -1 to 0), whether the places it names are the finding's (`place`, -1, 0 or 1), and what share
    an ambiguous word gives it (`meant`, 0 to 1); the log probability of each aspect by the index's reader, over 8
    (-1 to 0); the log probability that it asks of what no passage answers, over 8 (-1 to 0); whether its headline
    names a finding; whether it names none, but asks about one that has no passage; and every name of a finding that
    was found in it."""

    named: tuple[str, ...]
    body_part: bool
    best: Mapping[str, Vectors]
    lexical: Vectors
    by_finding: Mapping[str, Vectors]
    by_aspect: Vectors
    topic: TopicReading | None = None
    elsewhere: float = -1.0
    headed: bool = False
    uncovered: bool = False
    found: tuple[Mention, ...] = ()

    def read(self, finding: int) -> float:
        """The probability that the reader gives to a finding, by its number, among findings."""
        return math.exp(-LEAST * float(self.by_finding["lay"][finding]))


@dataclass(frozen=True)
class DecisionRule:
    """Weights of the ranking, coefficients of the calibration, and the two thresholds. Read from `decision.yml`."""

    weights: Mapping[str, float]
    calibration: Mapping[str, float]
    explained: float
    unsure: float

    @classmethod
    def load(cls, root: Path = KNOWLEDGE) -> DecisionRule:
        row = yaml.safe_load((root / "decision.yml").read_text(encoding="utf-8"))
        return cls(row["weights"], row["calibration"], row["thresholds"]["explained"], row["thresholds"]["unsure"])


class Retriever:
    """Finds the passage that answers a question. Made once; `retrieve` takes about 10 ms, also from several threads."""

    def __init__(self, library: Library, index: PassageIndex, embedder: Embedder, rule: DecisionRule) -> None:
        self.library, self.index = library, index
        self._embedder, self._rule = embedder, rule
        self._findings = ComposedNames({i: f.names for i, f in library.findings.items()})
        self._anatomy = Anatomy.load()
        self._parts_of = {i: self._anatomy.parts_of(f.body_parts) for i, f in library.findings.items()}
        self.passages = [p for p in library.passages.values() if not p.topic]
        self._topics, self._uncovered = Topics(library), Uncovered()
        self._other_parts = OtherParts(self._anatomy)
        self._spelling = NameIndex({**{i: f.names for i, f in library.findings.items()}, **library.report_words})
        position = {p.id: n for n, p in enumerate(self.passages)}
        self._rows = {
            kind: np.array(
                [
                    (n, position[r.passage_id])
                    for n, r in enumerate(index.rows)
                    if r.kind == kind and r.passage_id in position
                ]
            )
            for kind in ("text", "asked", "described")
        }
        self._words_of: dict[str, frozenset[str]] = {}
        self._finding_ids, self._aspect_ids = list(library.findings), list(library.aspects)
        self._finding_of = np.array([self._finding_ids.index(p.finding) for p in self.passages], int)
        self._aspect_of = np.array([self._aspect_ids.index(p.aspect) for p in self.passages], int)
        self._counts = self._counting()
        self._words = bm25s.BM25()
        # about too, so that it is never empty
        corpus = [f"{p.title}. {p.text}" for p in (*self.passages, *library.about.passages)]
        self._words.index(bm25s.tokenize(corpus, stopwords="en", show_progress=False), show_progress=False)

    def _counting(self) -> npt.NDArray[np.float32]:
        """(passages, aspects): 1 where the probability of an aspect counts for a passage: its own aspect, or one that
        it stands in for."""
        counts = np.zeros((len(self.passages), len(self._aspect_ids)), np.float32)
        for row, passage in enumerate(self.passages):
            for column, aspect in enumerate(self._aspect_ids):
                stands_in = stand_in(self.library, passage.finding, aspect) == passage.aspect
                counts[row, column] = float(aspect == passage.aspect or stands_in)
        return counts

    def warm_up(self) -> None:
        """Do everything once that the first question would otherwise wait for."""
        self.retrieve(Question("what is bone marow edema"))

    def with_rule(self, rule: DecisionRule) -> Retriever:
        """The same retriever under another rule; nothing is loaded again."""
        other = copy.copy(self)
        other._rule = rule
        return other

    def retrieve(self, question: Question, most: int = 5) -> Decision:
        """Decide on one question. Never raises for a strange text; where nothing fits, it is Unknown."""
        if not self.passages:
            return NOTHING_SERVED
        evidence = self.evidence(question.text)
        if question.finding in self._finding_ids and self.told_in_passages(question.text, question.finding):
            question = replace(question, off_topic=0.0)  # of the finding that the talk is of, this is told
        full = self.in_full(question, evidence)
        if full == question.text:
            decision = self.decide(question, evidence, most)
            if decision.verdict is Verdict.UNKNOWN:
                return self._told_of_it(question, evidence, most) or decision
            return decision
        in_between = evidence.topic and evidence.topic.asked_in_between(question.report)
        if in_between and not self._asked_of_it(question):
            return self.decide(question, evidence, most)
        evidence = self.evidence(full)
        return self.decide(question, replace(evidence, topic=None) if in_between else evidence, most)

    def in_full(self, question: Question, evidence: Evidence | None = None) -> str:
        """The question with the conversation's finding in the place of what points back to it: "how is it treated".

        A text that names a finding, whether a passage is about it or not, reads as off topic, describes another finding
        beyond doubt, has no word, or is long and points to nothing stays as it is. Where what "it" leads to is named,
        "it" is the conversation's finding.
        """
        text = question.text
        if not any(character.isalnum() for character in text) or question.finding not in self._finding_ids:
            return text
        phrase = self.library.finding(question.finding).phrase
        if mentions := self._meant(text, question.finding, evidence.found if evidence else None):
            other = question.finding not in {m.id for m in mentions}
            leads = other and leads_to_another(self._findings.masked(text, MASK))
            return _POINTING.sub(lambda _: phrase, text, count=1) if leads else text
        if question.off_topic >= OFF_TOPIC or self._uncovered.asked(text):
            return text
        full, pointed = _POINTING.subn(lambda _: phrase, text, count=1)
        if pointed:
            return full
        words, about = len(text.split()), self._about(text, question.finding)
        if evidence is None:
            return about if words <= SHORT else text
        described = int(np.argmax(evidence.by_finding["lay"]))
        general = question.finding in kinds(self._finding_ids[described])
        same = general or self._finding_ids[described] == question.finding
        of_its_own = 0.0 if same else evidence.read(described)
        if words <= SHORT:
            return about if of_its_own < BEYOND_DOUBT else text
        clear = words <= LONG and likeliest(question.aspects, CLEAR if words <= SHORT_AND_CLEAR else VERY_CLEAR)
        return about if clear and of_its_own < BEYOND_DOUBT else text

    def _told_of_it(self, question: Question, evidence: Evidence, most: int) -> Decision | None:
        """The decision on a few words that tell of the conversation's finding, though they don't point to it ("coach
        says brace"); None where they don't."""
        text = question.text
        few = any(map(str.isalnum, text)) and len(text.split()) <= SHORT_AND_CLEAR
        if not few or question.finding not in self._finding_ids or question.out_of_scope >= NO_PART_OF_IT:
            return None
        if self._meant(text, question.finding, evidence.found) or self._uncovered.asked(text):
            return None
        evidence = self.evidence(self._about(text, question.finding))
        decision = self.decide(replace(question, off_topic=0.0), evidence, most)
        if decision.verdict is not Verdict.EXPLAINED or decision.passage.finding != question.finding:
            return None
        share = decision.numbers["share"]
        read = float(evidence.by_aspect[self._aspect_ids.index(decision.passage.aspect)])
        agreed = share >= FIRST and math.exp(-LEAST * read) >= FIRST
        return decision if share >= ALONE or agreed else None

    def _about(self, text: str, finding: str) -> str:
        return f"{text.rstrip(' ?.!')} with {self.library.finding(finding).phrase}?"

    def _meant(self, text: str, about: str | None, found: Sequence[Mention] | None = None) -> list[Mention]:
        """The findings that a text names in a talk of one; a few words that call it by a general name name none."""
        mentions = self._findings.find(text) if found is None else found
        few = len(text.split()) <= SHORT_AND_CLEAR and not adds(text)
        meant = particular((m.id for m in mentions), about if few else None)
        return [m for m in mentions if m.id in meant]

    def tells_rather_of(self, text: str, one: str, other: str) -> bool:
        """Whether a text reads clearly more like one finding than like another one."""
        reading = self.index.reader.read(self._vector(self._asking(text)))
        return reading.share(one) > RATHER * reading.share(other)

    def implied(self, text: str, finding: str) -> str | None:
        """The aspect that a few words which ask nothing are about, in a talk of a finding, where the index's reader is
        sure of one: "I turn wrenches all day" tells of activity."""
        if len(text.split()) > SHORT_AND_CLEAR or any(map(asks, sentences(text))) or finding not in self._finding_ids:
            return None
        read = self.index.aspect_reader.read(self._vector(self._asking(self._about(text, finding))))
        best = max(self._aspect_ids, key=read.share)
        return best if read.share(best) >= IMPLIED else None

    def told_in_passages(self, text: str, finding: str) -> bool:
        """Whether a text of a few words says nothing but what the passages on a finding tell of: "and antibiotics"."""
        told = stems(text) - common()
        return bool(told) and len(text.split()) <= SHORT and told <= self._told_of_words(finding)

    def _told_of_words(self, finding: str) -> frozenset[str]:
        """The stems of the words in the passages on a finding."""
        if finding not in self._words_of:
            texts = (p.text for p in self.passages if p.finding == finding)
            self._words_of[finding] = stems(" ".join(texts))
        return self._words_of[finding]

    def _asked_of_it(self, question: Question) -> bool:
        """Whether an aspect is clearly asked of "it", and the conversation's finding has a passage on that."""
        aspect = likeliest(question.aspects, CLEAR)
        pointed = _POINTING.search(question.text)
        return bool(aspect and pointed) and f"{question.finding}#{aspect}" in self.library.passages

    def find(self, text: str) -> list[Mention]:
        """Every name of a finding in a text, in order."""
        return self._findings.find(text)

    def named(self, text: str) -> list[str]:
        """The findings that a text names, each once, in order."""
        return self._findings.ids(text)

    def main(self, text: str) -> tuple[str, ...]:
        """The findings that a text names, the one that it most likely asks about first, without those that only
        accompany others."""
        return in_order(text, self._findings.find(text))

    def told_of(self, text: str) -> tuple[float, str | None]:
        """The probability that a text asks of what no passage answers, 0 to 1, and the finding that it most likely
        tells of without naming it; None where the reader is not sure of one."""
        reading = self.index.reader.read(self._vector(self._asking(text)))
        elsewhere = reading.share(ELSEWHERE)
        among = reading.among(self._finding_ids)
        best = int(np.argmax(among))
        told = math.exp(-LEAST * float(among[best])) >= TOLD and elsewhere < 1 - TOLD
        return elsewhere, self._finding_ids[best] if told else None

    def evidence(self, text: str) -> Evidence:
        """Read a text: names and similarities. This is the slow part; it does not depend on the rule."""
        found = self._findings.find(text)
        mentions = self._uncovered.covered(text, found)
        of_others = self._other_parts.said_of_them(text, mentions)
        mentions = [m for m in mentions if m not in of_others]
        named, places = in_order(text, mentions), self._anatomy.read(text)
        headed = bool(self._findings.find(headline(text)))
        uncovered = not named and (self._uncovered.asked(text) or (bool(of_others) and not places))
        asking = self._asking(text, found, next(iter(named), None))
        vector = self._vector(asking)
        rows = self.index.similarities(vector)
        best = {}
        for kind, positions in self._rows.items():
            best[kind] = np.full(len(self.passages), -1.0, np.float32)
            if len(positions):
                np.maximum.at(best[kind], positions[:, 1], rows[positions[:, 0]])
        reading = self.index.reader.read(vector)
        topic = self._topics.read(text, mentions, reading)
        by_finding = {"lay": reading.among(self._finding_ids), **self._places(text, mentions, places)}
        elsewhere = reading.log_share(ELSEWHERE)
        by_aspect = self.index.aspect_reader.read(vector).among(self._aspect_ids)
        return Evidence(
            named, bool(places), best, self._lexical(asking), by_finding, by_aspect, topic, elsewhere, headed,
            uncovered, tuple(found),
        )  # fmt: skip

    def _asking(self, text: str, found: Sequence[Mention] | None = None, main: str | None = None) -> str:
        """The part of a text that asks, with its spelling mended; where a long one names no finding, with the sentence
        before it that tells what the questions are about.

        found: the names in it, where they are known; main: the finding that it asks about.
        """
        asking = self._spelling.corrected(condense(text, lambda s: self._names(s, main)))
        if len(text.split()) <= LONG or headline(text) or (self._findings.find(text) if found is None else found):
            return asking
        told = [self._spelling.corrected(s) for s in sentences(text) if len(s.split()) > SHORT_SENTENCE]
        subject = self._subject(told[-MOST_SENTENCES:])
        return asking if subject in asking else f"{subject} {asking}"

    def _names(self, text: str, finding: str | None) -> bool:
        """Whether a text names a finding; any, if none is given."""
        named = self._findings.ids(text)
        return finding in named if finding else bool(named)

    def _subject(self, told: Sequence[str]) -> str:
        """Of the sentences of a story the one that most clearly describes a finding ("They found an island of cartilage
        in my arm"), or, where they tell of what no passage is about, the one that does most; empty where none does."""
        if not told:
            return ""
        readings = [self.index.reader.read(vector) for vector in self._embedder.embed_questions(list(told))]
        clearest = [max((reading.share(finding) for finding in self._finding_ids), default=0.0) for reading in readings]
        elsewhere = [reading.share(ELSEWHERE) for reading in readings]
        if max(clearest) >= CLEARLY_TOLD:
            return told[int(np.argmax(clearest))]
        return told[int(np.argmax(elsewhere))] if np.mean(elsewhere) >= MOSTLY_ELSEWHERE else ""

    def _vector(self, asking: str) -> Vectors:
        vector: Vectors = self._embedder.embed_questions([asking])[0]
        return vector

    def _places(self, text: str, mentions: list[Mention], places: Sequence[Place]) -> dict[str, Vectors]:
        """What the body parts in a text say for and against each finding, by themselves and by ambiguous words."""
        covers = self._anatomy.covers
        place = [
            0.0 if not places or not own else 1.0 if any(covers(part, p) for part in own for p in places) else -1.0
            for own in self._parts_of.values()
        ]
        meant = dict.fromkeys(self._finding_ids, 0.0)
        for meaning in self._anatomy.meant(text, mentions):
            for finding in meaning.findings:
                meant[finding] = max(meant.get(finding, 0.0), 1 / len(meaning.findings))
        return {
            "place": np.array(place, np.float32),
            "meant": np.array([meant[i] for i in self._finding_ids], np.float32),
        }

    def decide(self, question: Question, evidence: Evidence, most: int = 5) -> Decision:
        """Weigh the evidence on a question; where it asks about a topic, that comes before every finding, and where it
        may, behind the first."""
        decision, topic = self._decide_among_findings(question, evidence, most), evidence.topic
        if evidence.uncovered and not (topic and topic.said and topic.asked(question.report)):
            return replace(decision, verdict=Verdict.UNKNOWN, uncovered=True)
        if topic is None:
            return decision
        if not topic.asked(question.report):
            if not decision.candidates or topic.share < OFFERED:
                return decision
            first, *others = decision.candidates
            beside = Candidate(topic.passage, first.fit, topic.share)
            return replace(decision, candidates=(first, beside, *others)[:most])
        topics = [(topic.passage, topic.share), *([topic.next] if topic.next and topic.next[1] >= NEXT else [])]
        candidates = (*(Candidate(passage, math.inf, share) for passage, share in topics), *decision.candidates)
        return replace(
            decision,
            verdict=Verdict.EXPLAINED, confidence=topic.share, candidates=candidates[:most],
            finding_from="question", missing_aspect=None, topic_said=topic.said,
        )  # fmt: skip

    def _decide_among_findings(self, question: Question, evidence: Evidence, most: int) -> Decision:
        similarity = np.maximum.reduce(list(evidence.best.values()))
        features = self.features(question, evidence)
        fit = np.zeros(len(self.passages), np.float32)
        for name, values in features.items():
            fit += np.float32(self._rule.weights[name]) * values
        particular = [f for f in evidence.named if f != DEFAULT_FINDING]
        if particular:  # a name beats any similarity: no other finding's passage is an answer
            fit[~np.isin(self._finding_of, self._told(evidence))] = -np.inf
        order = np.argsort(-fit, kind="stable")[: max(most, 2)]
        order = order[np.isfinite(fit[order])]
        if not len(order):  # what was named has no passage that may be served
            return replace(NOTHING_SERVED, named=evidence.named)
        candidates = tuple(Candidate(self.passages[i], float(fit[i]), float(similarity[i])) for i in order)
        share = np.exp(fit - fit.max())
        share /= share.sum()
        best = self.passages[order[0]].finding
        if best in evidence.named:
            finding_from = "question" if self._findings.ids(question.text) else "conversation"
        elif question.finding in self._finding_ids:
            finding_from = "conversation"
        elif (
            evidence.named
            or best != DEFAULT_FINDING
            or features["finding"][order[0]] >= features["finding"].max() - 1e-6
        ):
            finding_from = "similarity"
        else:
            finding_from = "default"
        numbers = {
            "share": float(share[order[0]]),
            "finding_share": float(share[self._finding_of == self._finding_of[order[0]]].sum()),
            "similarity": float(similarity.max()),
            "chosen_similarity": candidates[0].similarity,
            "aspect": max(question.aspects.values(), default=0.0),
            "off_topic": question.off_topic,
            "elsewhere": evidence.elsewhere,
            "named": float(bool(evidence.named)),
            "body_part": float(evidence.body_part),
            "general": float(best == DEFAULT_FINDING and not evidence.named),
        }
        confidence = self._confidence(numbers)
        verdict = verdict_of(confidence, self._rule.explained, self._rule.unsure)
        if finding_from in ("similarity", "default") and verdict is not Verdict.UNKNOWN:
            read = evidence.read(self._finding_of[order[0]])
            verdict = Verdict.UNKNOWN if read < GUESSED else Verdict.UNSURE if read < READ else verdict
        missing, elsewhere = self._missing(question, best), math.exp(-LEAST * evidence.elsewhere)
        return Decision(
            verdict, confidence, candidates[:most], evidence.named, finding_from, numbers, missing, elsewhere=elsewhere
        )

    def _told(self, evidence: Evidence) -> list[int]:
        """The numbers of the findings that a question names, and, where no headline names one, of one that it describes
        beyond doubt beside them: "my arm after the fracture, purple and burning, they gave it four letters"."""
        named = [self._finding_ids.index(finding) for finding in evidence.named]
        described = int(np.argmax(evidence.by_finding["lay"]))
        left_out = self._finding_ids[described] in {mention.id for mention in evidence.found}
        beyond_doubt = evidence.read(described) >= BEYOND_DOUBT and not evidence.headed and not left_out
        return [*named, described] if beyond_doubt else named

    def _missing(self, question: Question, finding: str) -> str | None:
        """The aspect that was clearly asked for and that the finding has no passage on."""
        aspect = likeliest(question.aspects, CLEAR)
        return aspect if aspect and f"{finding}#{aspect}" not in self.library.passages else None

    def features(self, question: Question, evidence: Evidence) -> dict[str, Vectors]:
        """What speaks for each passage, by name; `fit` is their sum by the rule's weights.

        text, asked: best cosine to the passage's rows; finding, finding_text, aspect_asked: the same over all
        passages of its finding or aspect; lexical: BM25; aspect: log probability by the intents; aspect_read: by the
        index's reader; named, general_name, later_name: the finding is named, is named by the general name, is not the
        first one named; lay, place, meant: as in Evidence; conversation; default.
        """
        best = evidence.best
        features = {kind: best[kind] for kind in ("text", "asked")} | {"lexical": evidence.lexical}
        features |= {name: values[self._finding_of] for name, values in evidence.by_finding.items()}
        features["finding"] = _best_of_group(np.maximum(best["asked"], best["described"]), self._finding_of)
        features["finding_text"] = _best_of_group(best["text"], self._finding_of)
        features["aspect_read"] = evidence.by_aspect[self._aspect_of]
        features["aspect_asked"] = _best_of_group(best["asked"], self._aspect_of)
        # Which aspect, if it is about a finding at all; whether it is, `off_topic` says in the confidence.
        probability = np.array([max(question.aspects.get(a, 0.0), 1e-4) for a in self._aspect_ids])
        features["aspect"] = np.log(np.maximum(self._counts @ (probability / probability.sum()), 3e-3))
        nothing = np.zeros(len(self.passages), np.float32)
        features |= {
            name: nothing.copy() for name in ("named", "general_name", "later_name", "conversation", "default")
        }
        for number, finding in enumerate(evidence.named):
            of_finding = self._finding_of == self._finding_ids.index(finding)
            # The general name says less than a particular one: "marrow edema after the operation" is about operations.
            features["general_name" if finding == DEFAULT_FINDING else "named"] += of_finding
            features["later_name"] += of_finding * (number > 0)
        if not evidence.named:
            asked_about = question.finding if question.finding in self._finding_ids else DEFAULT_FINDING
            kind = "conversation" if question.finding in self._finding_ids else "default"
            features[kind] += np.array([p.finding == asked_about for p in self.passages])
        return features

    def _lexical(self, text: str) -> Vectors:
        words = bm25s.tokenize([text], stopwords="en", show_progress=False, return_ids=False)[0]
        known = [word for word in words if word in self._words.vocab_dict]
        scores = self._words.get_scores(known)[: len(self.passages)] if known else np.zeros(len(self.passages))
        return np.asarray(scores / (scores.max() or 1.0), np.float32)

    def _confidence(self, numbers: Mapping[str, float]) -> float:
        calibration = self._rule.calibration
        total = calibration["intercept"] + sum(calibration[name] * value for name, value in numbers.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def stand_in(library: Library, finding: str, aspect: str) -> str | None:
    """The nearest aspect with a passage, where a finding has none on the one that is asked; None where it has, or there
    is none near."""
    if f"{finding}#{aspect}" in library.passages:
        return None
    return next((near for near in STAND_INS.get(aspect, ()) if f"{finding}#{near}" in library.passages), None)


def verdict_of(confidence: float, explained: float, unsure: float) -> Verdict:
    """The verdict for a confidence under two thresholds."""
    if confidence >= explained:
        return Verdict.EXPLAINED
    return Verdict.UNSURE if confidence >= unsure else Verdict.UNKNOWN


def _best_of_group(values: Vectors, group: npt.NDArray[np.int_]) -> Vectors:
    """For each position, the greatest value among the positions of its group."""
    best = np.full(group.max() + 1, -1.0, np.float32)
    np.maximum.at(best, group, values)
    return best[group]


def load_retriever(embedder: Embedder, library: Library, index: PassageIndex) -> Retriever:
    """A retriever with the rule in force."""
    return Retriever(library, index, embedder, DecisionRule.load())


def likeliest(aspects: Mapping[str, float], least: float) -> str | None:
    """The most probable aspect, where its probability is at least `least`."""
    aspect = max(aspects, key=aspects.__getitem__, default=None)
    return aspect if aspect and aspects[aspect] >= least else None


def out_of_scope(ranking: Iterable[Mapping[str, object]]) -> float:
    """The probability in an intent ranking that a message has nothing to do with what an MRI finds."""
    return next((float(str(row["confidence"])) for row in ranking if row["name"] == "out_of_scope"), 0.0)


def aspects_of_intents(
    ranking: Iterable[Mapping[str, object]], by_intent: Mapping[str, str]
) -> tuple[dict[str, float], float, float]:
    """Intent ranking -> probability of each aspect, of everything else, and, in that, of a question about reports.

    by_intent: Library.aspect_of_intent.
    """
    found, rest, report = {}, 0.0, 0.0
    for row in ranking:
        name, confidence = str(row["name"]), float(str(row["confidence"]))
        if name in by_intent:
            found[by_intent[name]] = confidence
        elif name != "nlu_fallback":  # says that the others are uncertain; its confidence is no share of the whole
            rest += confidence
            report += confidence * (name == REPORT_INTENT)
    return found, rest, report
