"""Whether something a patient wrote is so: denied, long past, only imagined, asked about in general, or of the patient.

The ConText way (Harkema et al. 2009), with scopes of our own: a trigger ("no", "last year", "what if") reaches over the
words before or after it, until a word that ends its reach ("but", "now my …"). medspacy's ConText was tried; the page
docs/red-flags.md says why these rules stand in its place. The triggers are data: `knowledge/red_flag_words.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from knowledge.patient_words import Mention, Token, stem

NEGATED, PAST, IMAGINED, GENERAL = "negated", "past", "imagined", "general"
STATUSES = (NEGATED, PAST, IMAGINED, GENERAL)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a trigger says of the tokens from `start` to before `end`; `own` are the trigger's own tokens."""

    status: str
    start: int
    end: int
    own: range

    def reaches(self, mention: Mention) -> bool:
        if self.own.start < mention.end and mention.start < self.own.stop:
            return False  # "no feeling" is what it says, not a feeling denied
        return self.start < mention.end and mention.start < self.end


@dataclass(frozen=True)
class ContextRules:
    """The words of context, by their part in it.

    Attributes:
        triggers: "<status> <direction>" -> how many words it reaches; its phrases are the lexicon's group of that name.
        The others: sets of stems, see red_flag_words.yml.
    """

    triggers: Mapping[str, int]
    ends: frozenset[str]
    subjects: frozenset[str]
    verbs: frozenset[str]
    modals: frozenset[str]
    openers: frozenset[str]
    fillers: frozenset[str]
    selves: frozenset[str]
    tellers: frozenset[str]
    owners: frozenset[str]
    prepositions: frozenset[str]
    presents: frozenset[str]
    pasts: frozenset[str]
    subordinators: frozenset[str]

    @classmethod
    def read(cls, rows: Mapping[str, Any]) -> ContextRules:
        triggers = {name: int(row["words"]) for name, row in rows["triggers"].items()}
        names = (f.name for f in fields(cls) if f.name != "triggers")
        sets = {name: frozenset(map(stem, rows[name])) for name in names}
        return cls(triggers, **sets)


class Context:
    """The status of every mention in one text; `reach` times as far as usual, for the long lists of reports."""

    def __init__(
        self, rules: ContextRules, tokens: Sequence[Token], mentions: Iterable[Mention], reach: int = 1
    ) -> None:
        self._rules = rules
        self._reach = reach
        self._tokens = tokens
        self._first, self._last = _sentence_bounds(tokens)
        mentions = list(mentions)
        masks = [m for m in mentions if m.group == "no trigger"]
        self._current = {tokens[m.start].sentence for m in mentions if m.group == "current"}
        self._help = {tokens[m.start].sentence for m in mentions if m.group == "asks help"}
        self._scopes = [
            self._scope_of(m)
            for m in mentions
            if m.group in rules.triggers and not any(k.start <= m.start and m.end <= k.end for k in masks)
        ]

    def status(self, mention: Mention) -> frozenset[str]:
        """What keeps the mention from being so; empty when nothing does."""
        found = {scope.status for scope in self._scopes if scope.reaches(mention)}
        sentence = self._tokens[mention.start].sentence
        if PAST in found and sentence in self._current:
            found.discard(PAST)
        if GENERAL in found and self._is_told(mention):
            found.discard(GENERAL)
        if sentence not in self._help and self._is_asked_in_general(mention):
            found.add(GENERAL)
        return frozenset(found)

    def _clause_start(self, at: int) -> int:
        """Where the clause around token `at` begins: after the last "and" or comma before it."""
        for before in range(at, max(self._first[at], at - 5), -1):
            if self._tokens[before].apart:
                return before
            if self._tokens[before - 1].stem in ("and", "or"):
                return before
        return max(self._first[at], at - 1)

    def _scope_of(self, trigger: Mention) -> _Scope:
        status, direction = trigger.group.split()
        reach = self._rules.triggers[trigger.group] * self._reach
        own = range(trigger.start, trigger.end)
        if direction == "before":
            end = self._end_after(trigger, reach, status)
            if status == PAST and not self._opens(trigger):
                end = trigger.end  # "I had melanoma in 2019, new pain …": the year belongs to what is before it
            return _Scope(status, trigger.end, end, own)
        start = self._start_before(trigger, reach, status)
        if status == PAST:
            start = max(start, self._subordinate(trigger) or 0)
        return _Scope(status, start, trigger.start, own)

    def _opens(self, trigger: Mention) -> bool:
        """Whether a time stands before what it is the time of: "last year I had …"."""
        rules, tokens = self._rules, self._tokens
        before = tokens[self._first[trigger.start] : trigger.start]
        return not any(t.stem in rules.pasts or t.stem in rules.subordinators for t in before)

    def _subordinate(self, trigger: Mention) -> int | None:
        """Where the clause begins that a time hangs on, "where they operated last year", if the rest is of today."""
        rules, tokens = self._rules, self._tokens
        first = self._first[trigger.start]
        for at in range(trigger.start - 1, first - 1, -1):
            if tokens[at].stem in rules.subordinators:
                told_as_past = any(tokens[n].stem in rules.pasts for n in range(first, at))
                return None if told_as_past else at
        return None

    def _end_after(self, trigger: Mention, reach: int, status: str) -> int:
        """One after the last token that a trigger before its mention reaches."""
        rules, tokens = self._rules, self._tokens
        last = min(trigger.end + reach, self._last[trigger.start])
        joint = None
        for at in range(trigger.end, last):
            token = tokens[at]
            if token.stem in rules.ends:
                return at
            if status == NEGATED:
                joined = at > trigger.end and (token.apart or tokens[at - 1].stem in ("and", "or"))
                if joined and token.stem in rules.subjects:
                    return at
                # "not better my leg is numb" begins anew at "my"; "no numbness in my leg" does not
                if at > trigger.end and token.stem in rules.owners and tokens[at - 1].stem not in rules.prepositions:
                    return at
                if joined or token.stem in ("and", "or", "plus"):
                    joint = at
                if token.stem in rules.verbs:
                    return joint if joint is not None else at
            elif status == PAST and token.stem in rules.presents:
                return max(trigger.end, self._clause_start(at))
            elif status == IMAGINED and token.apart and token.stem in rules.selves:
                ahead = {t.stem for t in tokens[max(trigger.end, at - 2) : at + 3]}
                if not ahead & rules.modals:
                    return at
        return last

    def _start_before(self, trigger: Mention, reach: int, status: str) -> int:
        """The first token that a trigger after its mention reaches."""
        first = max(trigger.start - reach, self._first[trigger.start])
        for at in range(trigger.start - 1, first - 1, -1):
            if self._tokens[at].stem in self._rules.ends:
                return at + 1
            if status == NEGATED and self._tokens[at].apart:
                return at
        return first

    def _is_told(self, mention: Mention) -> bool:
        """Whether the writer says it of themselves or of family, not of somebody in a book or of people in general."""
        start = max(self._first[mention.start], mention.start - 7)
        return any(self._tokens[at].stem in self._rules.tellers for at in range(start, mention.start))

    def _is_asked_in_general(self, mention: Mention) -> bool:
        """Whether it stands in a question of knowledge: "can … cause …?", with nobody in particular in it."""
        rules, tokens = self._rules, self._tokens
        at = self._first[mention.start]
        while at < mention.start and tokens[at].stem in rules.fillers:
            at += 1
        if at >= mention.start or tokens[at].stem not in rules.openers:
            return False
        return not self._has_self(range(at, min(mention.end + 6, self._last[mention.start])))

    def _has_self(self, span: range) -> bool:
        rules, tokens = self._rules, self._tokens
        return any(
            tokens[at].stem in rules.selves
            and not (at > 0 and tokens[at].stem == "i" and tokens[at - 1].stem in rules.modals)
            for at in span
        )


def _sentence_bounds(tokens: Sequence[Token]) -> tuple[list[int], list[int]]:
    """For each token, the first token of its sentence, and one after the last."""
    firsts: list[int] = []
    for at, token in enumerate(tokens):
        firsts.append(firsts[-1] if at and tokens[at - 1].sentence == token.sentence else at)
    lasts = [len(tokens)] * len(tokens)
    for at in range(len(tokens) - 2, -1, -1):
        lasts[at] = lasts[at + 1] if tokens[at + 1].sentence == tokens[at].sentence else at + 1
    return firsts, lasts
