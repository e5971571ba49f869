"""Whether something a patient wrote is so: denied, long past, only imagined, asked about in general, or of the patient.

The ConText way (Harkema et al. 2009), with scopes of our own: a trigger ("no", "last year", "what if") reaches over the
words before or after it, until a word that ends its reach ("but", "now my …"). medspacy's ConText was tried; the page
docs/red-flags.md says why these rules stand in its place. The triggers are data: `knowledge/red_flag_words.yml`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any

from knowledge.patient_words import Mention, Token, stem

NEGATED, PAST, IMAGINED, GENERAL = "negated", "past", "imagined", "general"
# Of somebody in a film or a book; and what was, and has passed ("gone when I took the boot off").
FICTION, ENDED = "fiction", "ended"
# What somebody warned of.
WARNED = "warned"
# Of a neighbour or friend who had the same as the writer ("… had the same, and now he can't lift a kettle").
OTHERS = "others"
STATUSES = (NEGATED, PAST, IMAGINED, GENERAL, FICTION, ENDED, WARNED, OTHERS)
# In a report: what the scan was meant to show or rule out, and what it leaves open ("cannot be excluded").
ASKED, OPEN = "asked", "open"
# For what must never be talked away: denied in so many words ("no thoughts of …"), or told as over ("I was … in 2012").
DENIED, OVER = "denied", "over"
# A plain denial stands this near to what it denies.
DENIAL_WORDS = 5


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a trigger says of the tokens from `start` to before `end`; `own` are the trigger's own tokens."""

    status: str
    start: int
    end: int
    own: range

    def reaches(self, mention: Mention) -> bool:
        if self.own.start < mention.end and mention.start < self.own.stop:
            # "no feeling" is what it says, not a feeling denied, though "no history | of cancer" is; and "might lose"
            # is only imagined, whatever is lost
            begins = self.own.start if self.status in (IMAGINED, GENERAL) else self.own.start + 1
            return (
                self.status in (IMAGINED, GENERAL, NEGATED)
                and begins <= mention.start
                and self.own.stop < mention.end
                and self.own.stop <= self.start
            )
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
    possessives: frozenset[str]
    prepositions: frozenset[str]
    presents: frozenset[str]
    pasts: frozenset[str]
    subordinators: frozenset[str]
    becomes: frozenset[str]
    joints: frozenset[str]
    nows: frozenset[str]
    sequels: frozenset[str]
    seen: frozenset[str]
    reasons: frozenset[str]

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
        stems = [token.stem for token in tokens]
        self._fillers = _counts(word in rules.fillers for word in stems)
        # token -> the first one at or after it that is no filler
        self._past_fillers = list(range(len(tokens) + 1))
        for at in range(len(tokens) - 1, -1, -1):
            if stems[at] in rules.fillers:
                self._past_fillers[at] = self._past_fillers[at + 1]
        self._pasts = _counts(word in rules.pasts for word in stems)
        self._subordinators = _counts(word in rules.subordinators for word in stems)
        self._selves = _counts(
            word in rules.selves and not (at > 0 and word == "i" and stems[at - 1] in rules.modals)
            for at, word in enumerate(stems)
        )
        mentions = list(mentions)
        masks = [m for m in mentions if m.group == "no trigger"]
        # "fine now" tells of now, and that it is over
        currents = {m.start for m in mentions if m.group == "current"}
        over = [m for m in masks if not currents.isdisjoint(range(m.start + 1, m.end))]
        past = {at for m in over for at in range(m.start + 1, m.end)}
        self._current: dict[int, int] = {}  # sentence -> where its first word of today stands
        self._today: set[int] = set()  # sentences with one that is no "now"
        for at in sorted(currents - past):
            self._current.setdefault(tokens[at].sentence, at)
            if tokens[at].stem not in rules.nows:
                self._today.add(tokens[at].sentence)
        self._well_now = {tokens[m.start].sentence for m in over}
        owned = {tokens[m.start].sentence for m in mentions if m.group == "owned"}
        self._owned = owned | {sentence - 1 for sentence in owned}
        self._returned = {tokens[m.start].sentence: m.start for m in mentions if m.group == "returned"}
        disowned = {tokens[m.start].sentence for m in mentions if m.group == "disowned"}
        self._disowned = disowned | {sentence - 1 for sentence in disowned}
        self._help = {tokens[m.start].sentence for m in mentions if m.group == "asks help"}
        # "cannot rule out" rules nothing out
        longer = [*masks, *(m for m in mentions if m.group.startswith(f"{OPEN} "))]
        masked = {(at, mask.end) for mask in longer for at in range(mask.start, mask.end)}
        ends = dict(sorted(masked))  # token -> the furthest end of what only looks like a trigger there
        self._scopes: dict[int, list[_Scope]] = defaultdict(list)  # token -> the scopes that it is in, or begins
        for mention in mentions:
            if (
                mention.group in rules.triggers
                and (mention.end > ends.get(mention.start, -1) or mention.group.startswith(f"{OPEN} "))
                and (mention.group.startswith(f"{IMAGINED} ") or not self._goes_on(mention))
            ):
                for scope in self._scopes_of(mention):
                    for at in {*scope.own, *range(scope.start, scope.end)}:
                        self._scopes[at].append(scope)

    def status(self, mention: Mention) -> frozenset[str]:
        """What keeps the mention from being so; empty when nothing does."""
        sentence = self._tokens[mention.start].sentence
        around = {scope for at in range(mention.start, mention.end) for scope in self._scopes.get(at, ())}
        reaching = [scope for scope in around if scope.reaches(mention)]
        found = {scope.status for scope in reaching}
        if sentence in self._returned:  # "it went back to normal, and now it is numb again"
            back = self._returned[sentence]
            reaching = [s for s in reaching if s.status not in (NEGATED, ENDED) or not s.end <= s.own.start < back]
            found = {scope.status for scope in reaching}
        if PAST in found and self._is_of_today(sentence, [scope for scope in reaching if scope.status == PAST]):
            found.discard(PAST)
        if sentence in self._well_now and self._is_told_as_past(mention):
            found.add(PAST)
        if PAST in found and self._is_told_as_past(mention):
            found.add(OVER)
        for general in (GENERAL, FICTION, OTHERS):
            if general in found and self._is_told(mention, max(s.own.stop for s in reaching if s.status == general)):
                found.discard(general)
        if sentence in self._disowned:
            found.add(NEGATED)
        if sentence in self._owned:
            found -= {IMAGINED, GENERAL, WARNED, OTHERS}
        elif sentence not in self._help and self._is_asked_in_general(mention):
            found.add(GENERAL)
        return frozenset(found)

    def _goes_on(self, trigger: Mention) -> bool:
        """Whether "has gone" is followed by what it has become ("has gone numb"), and denies nothing."""
        tokens, at = self._tokens, trigger.end
        if tokens[at - 1].stem not in self._rules.becomes or at == self._last[trigger.start] or tokens[at].apart:
            return False
        return tokens[at].stem not in self._rules.joints and tokens[at].stem not in self._rules.ends

    def _clause_start(self, at: int) -> int:
        """Where the clause around token `at` begins: after the last "and" or comma before it."""
        for before in range(at, max(self._first[at], at - 5), -1):
            if self._tokens[before].apart:
                return before
            if self._tokens[before - 1].stem in ("and", "or"):
                return before
        return max(self._first[at], at - 1)

    def _scopes_of(self, trigger: Mention) -> Iterator[_Scope]:
        scope = self._scope_of(trigger)
        yield scope
        if trigger.group == f"{NEGATED} before":
            end = min(scope.end, trigger.end + DENIAL_WORDS)
            for at in range(trigger.end, end):
                token = self._tokens[at]
                if token.apart or token.stem in self._rules.ends or token.stem in self._rules.owners:
                    end = at
                    break
            yield _Scope(DENIED, trigger.end, end, scope.own)

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
        first, at = self._first[trigger.start], trigger.start
        if (
            self._fillers[at] - self._fillers[first] < at - first
            and trigger.end < self._last[trigger.start]
            and self._tokens[trigger.end].apart
        ):
            return False  # "on steroids since 2016, my hip hurts"
        return self._pasts[at] == self._pasts[first] and self._subordinators[at] == self._subordinators[first]

    def _subordinate(self, trigger: Mention) -> int | None:
        """Where the clause begins that a time hangs on, "where they operated last year", if the rest is of today."""
        first = self._first[trigger.start]
        number = self._subordinators[trigger.start]
        if number == self._subordinators[first]:
            return None
        at = bisect_left(self._subordinators, number) - 1  # the last subordinator before the trigger
        return at if self._pasts[at] == self._pasts[first] else None

    def _end_after(self, trigger: Mention, reach: int, status: str) -> int:
        """One after the last token that a trigger before its mention reaches."""
        rules, tokens = self._rules, self._tokens
        last = min(trigger.end + reach, self._last[trigger.start])
        joint = None
        for at in range(trigger.end, last):
            token = tokens[at]
            if token.stem in rules.ends and not (status == OTHERS and token.stem in rules.sequels):
                return at
            if status in (NEGATED, WARNED):
                if token.apart and tokens[at - 1].stem in rules.reasons and not self._is_list(at):
                    return at
                joined = at > trigger.end and (token.apart or tokens[at - 1].stem in ("and", "or"))
                if joined and token.stem in rules.subjects:
                    return at
                # "not better my leg is numb" begins anew at "my"; "no numbness in my leg" does not
                if at > trigger.end and token.stem in rules.owners and tokens[at - 1].stem not in rules.prepositions:
                    return at
                if joined or token.stem in ("and", "or", "plus"):
                    joint = at
                if token.stem in rules.verbs and at > trigger.end and not self._closes_list(joint, at):
                    return joint if joint is not None else at
            elif status == PAST and token.stem in rules.presents:
                return max(trigger.end, self._clause_start(at))
            elif status == IMAGINED and token.apart and token.stem in rules.selves:
                ahead = {t.stem for t in tokens[max(trigger.end, at - 2) : at + 3]}
                if not ahead & rules.modals:
                    return at
        return last

    def _is_list(self, at: int) -> bool:
        """Whether a list goes on behind a comma: "no injury, fever or weight loss"."""
        return any(token.stem in ("or", "nor", "and") for token in self._tokens[at : min(at + 4, self._last[at])])

    def _closes_list(self, joint: int | None, verb: int) -> bool:
        """Whether a verb ends the whole list of what is denied: "no mass or infection is seen"."""
        tokens, rules = self._tokens, self._rules
        after = verb + 1
        return (
            joint is not None
            and tokens[joint - 1].stem == "or"
            and after < self._last[verb]
            and tokens[after].stem in rules.seen
            and (after + 1 == self._last[verb] or tokens[after + 1].apart)
        )

    def _start_before(self, trigger: Mention, reach: int, status: str) -> int:
        """The first token that a trigger after its mention reaches."""
        first = max(trigger.start - reach, self._first[trigger.start])
        lasts = self._tokens[trigger.start].stem == "for"  # "my foot is hot, diabetic for years"
        for at in range(trigger.start - 1, first - 1, -1):
            if status != ENDED and self._tokens[at].stem in self._rules.ends:
                return at + 1
            if (status == NEGATED or lasts) and self._tokens[at].apart:
                return at
            joined = self._tokens[at].apart or (lasts and self._tokens[at - 1].stem == "and")
            if status == PAST and joined and self._tokens[at].stem in self._rules.possessives:
                return at  # "I wet myself, my back was operated on in spring"
        return first

    def _is_told(self, mention: Mention, since: int) -> bool:
        """Whether the writer says it of themselves or of family, after the word that made it general at `since`."""
        start = max(since, mention.start - 7)
        return any(self._tokens[at].stem in self._rules.tellers for at in range(start, mention.start))

    def _is_of_today(self, sentence: int, past: Sequence[_Scope]) -> bool:
        """Whether a word of today is in the sentence; a "now" after the time begins anew: "when I was 15, now I …"."""
        ends = min(max(scope.end, scope.own.stop) for scope in past)
        return sentence in self._today or self._current.get(sentence, ends) < ends

    def _is_told_as_past(self, mention: Mention) -> bool:
        """Whether a word of the past leads up to it: "I was …", "he had …", not "I have … for years"."""
        return self._pasts[mention.end] > self._pasts[self._first[mention.start]]

    def _is_asked_in_general(self, mention: Mention) -> bool:
        """Whether it stands in a question of knowledge: "can … cause …?", with nobody in particular in it."""
        first = self._first[mention.start]
        at = self._past_fillers[first]
        if at >= mention.start or self._tokens[at].stem not in self._rules.openers:
            return False
        end = min(mention.end + 6, self._last[mention.start])
        return self._selves[end] == self._selves[at]


def _counts(so: Iterable[bool]) -> list[int]:
    """How many of the first n are so, for n from 0."""
    return list(accumulate(so, initial=0))


def _sentence_bounds(tokens: Sequence[Token]) -> tuple[list[int], list[int]]:
    """For each token, the first token of its sentence, and one after the last."""
    firsts: list[int] = []
    for at, token in enumerate(tokens):
        firsts.append(firsts[-1] if at and tokens[at - 1].sentence == token.sentence else at)
    lasts = [len(tokens)] * len(tokens)
    for at in range(len(tokens) - 2, -1, -1):
        lasts[at] = lasts[at + 1] if tokens[at + 1].sentence == tokens[at].sentence else at + 1
    return firsts, lasts
