"""Whether something a patient wrote is so: denied, long past, only imagined, asked about in general, or of the patient.

The ConText way (Harkema et al. 2009), with scopes of our own: a trigger ("no", "last year", "what if") reaches over the
words before or after it, until a word that ends its reach ("but", "now my …"). medspacy's ConText was tried; the page
docs/red-flags.md says why these rules stand in its place. The triggers are data: `knowledge/red_flag_words.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
        ends, subjects, verbs, modals, openers, selves, current: sets of stems, see red_flag_words.yml.
    """

    triggers: Mapping[str, int]
    ends: frozenset[str]
    subjects: frozenset[str]
    verbs: frozenset[str]
    modals: frozenset[str]
    openers: frozenset[str]
    fillers: frozenset[str]
    selves: frozenset[str]

    @classmethod
    def read(cls, rows: Mapping[str, Any]) -> ContextRules:
        triggers = {name: int(row["words"]) for name, row in rows["triggers"].items()}
        sets = {name: frozenset(map(stem, rows[name])) for name in
                ("ends", "subjects", "verbs", "modals", "openers", "fillers", "selves")}  # fmt: skip
        return cls(triggers, **sets)


class Context:
    """The status of every mention in one text."""

    def __init__(self, rules: ContextRules, tokens: Sequence[Token], mentions: Iterable[Mention]) -> None:
        self._rules = rules
        self._tokens = tokens
        self._first, self._last = _sentence_bounds(tokens)
        mentions = list(mentions)
        masks = [m for m in mentions if m.group == "no trigger"]
        self._current = {tokens[m.start].sentence for m in mentions if m.group == "current"}
        self._help = {tokens[m.start].sentence for m in mentions if m.group == "asks help"}
        self._scopes = [
            scope
            for m in mentions
            if m.group in rules.triggers and not any(k.start <= m.start and m.end <= k.end for k in masks)
            for scope in self._scopes_of(m)
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

    def _scopes_of(self, trigger: Mention) -> Iterable[_Scope]:
        status, direction = trigger.group.split()
        reach = self._rules.triggers[trigger.group]
        own = range(trigger.start, trigger.end)
        if direction in ("before", "around"):
            yield _Scope(status, trigger.end, self._end_after(trigger, reach, status), own)
        if direction in ("after", "around"):
            yield _Scope(status, self._start_before(trigger, reach, status), trigger.start, own)

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
                if (joined and token.stem in rules.subjects) or (at > trigger.end and token.stem in ("i", "im", "ive")):
                    return at
                if joined or token.stem in ("and", "or", "plus"):
                    joint = at
                if token.stem in rules.verbs:
                    return joint if joint is not None else at
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
        """Whether somebody says it of themselves or of somebody near, not of people in general."""
        start = max(self._first[mention.start], mention.start - 7)
        return self._has_self(range(start, mention.end))

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
