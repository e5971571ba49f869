"""What a sentence says of the findings in it: there, ruled out, uncertain, of the past, or merely asked about.

As in NegEx and ConText, trigger words hold in their direction to the end of their statement; they stand in
`report_language/context.yml`. What a plain window of words cannot tell is where a list ends ("no fracture, small
effusion"), what a verb belongs to ("effusion, fracture is not seen") and which of two triggers counts. That is here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any, Literal

from knowledge.names import known_runs
from knowledge.reports.vocabulary import Token, split

Said = Literal["present", "absent", "uncertain", "prior", "asked"]
Direction = Literal["forward", "backward", "next"]
# How many words an adjective such as "old" reaches.
NEXT_WORDS = 5
# And how many any trigger does, in the longest list.
FARTHEST_WORDS = 60
_SINGULAR = frozenset(("is", "was", "has", "remains"))
_VERBS = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "shows",
        "show",
        "demonstrates",
        "demonstrate",
        "remains",
        "remain",
        "contains",
        "extends",
        "appears",
        "appear",
    ]
)
_TURNS = frozenset((",", "and", "/", "&", "+", "plus"))
_NONE = (["none"], ["nil"], ["none", "seen"], ["absent"])
_SMALL = frozenset(
    (
        "and",
        "or",
        "but",
        "in",
        "at",
        "on",
        "for",
        "with",
        "given",
        "however",
        "here",
        "this",
        "as",
        "to",
        "from",
        "by",
        "if",
    )
)
_IN = frozenset(("in", "within", "at", "of", "along", "involving", "around", "about"))
_OPENERS = frozenset(("the", "there", "this", "these"))
_PLAIN = frozenset((",", "which", "that", "is", "are", "most", "highly"))
_QUOTES = frozenset('"”’')
_STOPS = frozenset((";", ".", "!"))
_NOT = frozenset(
    ("cannot", "not", "can't", "couldn't", "difficult", "hard", "unable", "impossible", "never", "neither")
)
_DOUBTING = _NOT | {"should", "must", "needs", "need", "ought"}
_NEXT_TO = frozenset(("around", "surrounding", "about", "beneath", "near", "underlying", "overlying"))
_INSIDE = frozenset(("in", "within", "at", "through", "along"))
_ELSE = frozenset(("and", "or", "but", "seen", "identified", "present", "with"))
_DASHES = frozenset("-–—")
_DASH = " - "
_OF_CATEGORY = {"negated": "absent", "uncertain": "uncertain", "prior": "prior", "asked": "asked"}


@dataclass(frozen=True)
class Trigger:
    """Words of a sentence that say something of findings near them: tokens first to last, last not included."""

    says: str  # absent | uncertain | prior | asked, or "end", "joining end", "nothing"
    direction: Direction
    first: int
    last: int


class Context:
    """Reads statuses. Made once; holds no text."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._degrees = frozenset(rows["degrees"])
        self._amounts = self._degrees - {"a", "an", "the", "there", "partial", "full", "complete"}
        self._alternatives = frozenset(rows["alternatives"])
        self._triggers: dict[tuple[str, ...], list[tuple[str, Direction]]] = {}
        for category, says in _OF_CATEGORY.items():
            for name, literals in rows[category].items():
                directions: list[Direction] = ["forward", "backward"] if name == "both" else [name]
                for direction in directions:
                    self._add(literals, says, direction)
        self._add(rows["nothing"], "nothing", "forward")
        self._add(rows["ends"], "end", "forward")
        self._add(rows["joining"], "joining end", "forward")
        self._longest = max(map(len, self._triggers))
        self._explains = frozenset(tuple(split(words)) for words in rows["explains"])
        self._longest_explaining = max(map(len, self._explains))
        self._next_steps = frozenset(rows["next_steps"])
        self._presupposing = frozenset(tuple(split(words)) for words in rows["presupposing"])
        self._longest_presupposing = max(map(len, self._presupposing))
        self._asking = frozenset(tuple(split(words)) for words in rows["asking"])

    def _add(self, literals: Iterable[str], says: str, direction: Direction) -> None:
        for literal in literals:
            self._triggers.setdefault(tuple(split(literal)), []).append((says, direction))

    def triggers(self, tokens: Sequence[Token], targets: Sequence[tuple[int, int]] = ()) -> list[Trigger]:
        """The triggers of a sentence; of two that overlap the longer one, and none inside a target."""
        words = [t.word for t in tokens]
        places: list[tuple[int, int]] = []
        for at in range(len(words)):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                here = at, at + length
                if tuple(words[at : at + length]) in self._triggers and not any(_inside(here, t) for t in targets):
                    places.append(here)
                    break
        inner = [p for p, until in zip(places, _ends_before(places), strict=True) if p[1] <= until]
        said = [Trigger(*kind, *p) for p in places if p not in inner for kind in self._kinds(words, p)]
        # "there is possible edema": within "is possible", which looks back, "possible" still looks ahead
        said += [
            Trigger(says, direction, *p)
            for p in inner
            for says, direction in self._kinds(words, p)
            if says == "uncertain"
            and direction == "forward"
            and _goes_on(words, p[1])
            and any(t.first < p[0] and p[1] <= t.last and t.direction == "backward" for t in said)
        ]
        said = [t for t in said if not _participle(t, said)]
        # "no displacement" says nothing of a fracture, and rules out that of a root
        said = [
            replace(t, says="absent", last=t.first + 1)
            if t.says == "nothing"
            and words[t.first] == "no"
            and any(_inside(name, (t.first, t.last)) for name in targets)
            else t
            for t in said
        ]
        silent = {at for t in said if t.says == "nothing" for at in range(t.first, t.last)}
        said = [t for t in said if not silent.intersection(range(t.first, t.last))]
        # "should be excluded." asks for it; "excluded." by itself rules out
        doubts = [t for t in said if t.says == "uncertain" and t.direction == "backward"]
        said = [t for t in said if t.says != "absent" or not any(d.first < t.first < d.last for d in doubts)]
        doubted = _not_excluded(words)
        said = [
            t
            for t in said
            if t.direction != "backward" or not any(t.first < d.last and d.first < t.last for d in doubted)
        ]
        return [*said, *doubted, *_of_years(words)]

    def _kinds(self, words: Sequence[str], place: tuple[int, int]) -> list[tuple[str, Direction]]:
        return self._triggers[tuple(words[slice(*place)])]

    def read(self, tokens: Sequence[Token], targets: Sequence[tuple[int, int]]) -> list[tuple[Said, Trigger | None]]:
        """For each target (tokens first to last) what is said of it, and by which trigger, if by one."""
        if not targets:
            return []
        words = [t.word for t in tokens]
        words = ["," if word == "." and words[at - 1 : at] == ["vs"] else word for at, word in enumerate(words)]
        words = [_DASH if _is_dash(tokens, at) else word for at, word in enumerate(words)]
        triggers = self.triggers(tokens, targets)
        ends = [t for t in triggers if t.says.endswith("end")]
        others = [t for t in triggers if t.says in _OF_CATEGORY.values()]
        others = [t for t in others if t.direction != "backward" or not self._is_of_next(words, t, others, targets)]
        said = [_decided(words, t, [o for o in others if self._reaches(words, o, t, ends, targets)]) for t in targets]
        for (one, here), (other, there) in pairwise(enumerate(targets)):
            # "tendinosis or a partial tear": one of the two, and nobody knows which
            between = words[here[1] : there[0]]
            if said[one][0] == said[other][0] == "present" and "or" in between and len(between) <= NEXT_WORDS:
                said[one] = said[other] = "uncertain", None
        return said

    def _is_of_next(
        self, words: Sequence[str], trigger: Trigger, others: Sequence[Trigger], targets: Sequence[tuple[int, int]]
    ) -> bool:
        """Whether a word that can look both ways belongs to what follows: "tendinosis with a possible partial tear"."""
        both = any((o.says, o.first) == (trigger.says, trigger.first) and o.direction == "forward" for o in others)
        if not both or self._alternatives & set(words[trigger.first : trigger.last]):
            return False
        return any(
            trigger.last <= first <= trigger.last + NEXT_WORDS
            and not (_TURNS | _STOPS | _SMALL | _VERBS) & set(words[trigger.last : first])
            for first, _ in targets
        )

    def explained(self, tokens: Sequence[Token], findings: Sequence[int]) -> list[range]:
        """Where signs stand that are told to come from a finding: "signal" in "signal consistent with a tear".

        findings: the tokens at which the findings of the sentence begin.
        """
        if not findings:
            return []
        words = [t.word for t in tokens]
        stops = [-1, *(i for i, word in enumerate(words) if word in _STOPS), len(words)]
        places = []
        for link, _ in known_runs(words, self._explains, self._longest_explaining):
            after = bisect_right(stops, link)
            if any(link < finding < stops[after] for finding in findings):
                places.append(range(stops[after - 1] + 1, link + 1))
        return places

    def is_link(self, words: Sequence[str]) -> bool:
        """Whether words do no more than say what the thing before them may be: "of the rib, suspicious for a"."""
        words = [word for word in words if word not in _PLAIN]
        link = next(iter(known_runs(words, self._explains, self._longest_explaining)), None)
        if link is None or (_TURNS | _STOPS | {"with", "or", "but"}) & set(words[: link[0]]):
            return False
        return not (_TURNS | _STOPS | _SMALL) & set(words[link[1] :])

    def is_next_step(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence names what to do next: there "suggested" casts no doubt."""
        return any(t.word in self._next_steps for t in tokens)

    def presupposes(self, words: Sequence[str], at: int) -> bool:
        """Whether what begins at a word is only what something comes from: the edema in "other causes of the edema"."""
        while at and words[at - 1] in _OPENERS:
            at -= 1
        lengths = range(1, min(self._longest_presupposing, at) + 1)
        return any(tuple(words[at - length : at]) in self._presupposing for length in lengths)

    def asks(self, tokens: Sequence[Token], trigger: Trigger | None) -> bool:
        """Whether what a trigger says is uncertain is a question, as in "?ganglion": the reason for a scan, perhaps."""
        return trigger is not None and tuple(t.word for t in tokens[trigger.first : trigger.last]) in self._asking

    def _reaches(
        self,
        words: Sequence[str],
        trigger: Trigger,
        target: tuple[int, int],
        ends: Sequence[Trigger],
        targets: Sequence[tuple[int, int]],
    ) -> bool:
        """Whether what lies between a trigger and a target belongs to one statement."""
        first, last = target
        if max(trigger.first - last, first - trigger.last) > FARTHEST_WORDS:
            return False
        if trigger.direction == "backward":
            if words[trigger.last : trigger.last + 1] == [":"] and trigger.last < first:
                return not _STOPS & set(words[trigger.last : first])
            others = [other for other, _ in targets if last <= other < trigger.first]
            if others and _DASH in words[last : max(others)]:
                return False  # "effusion - septic joint cannot be excluded"
            alone = not others
            return trigger.first >= last and self._reaches_back(words, trigger, target, ends, alone)
        if trigger.first >= first:
            return False
        between = words[trigger.last : first]
        if "absence" in words[trigger.first : trigger.last] and _VERBS & set(between):
            return False  # "changes in the absence of fever are less likely infective"
        if trigger.says == "absent" and _DASH in between:
            return False  # "no fracture line - stress reaction"
        if trigger.says == "absent" and _is_around(words, first) and _named_before(targets, trigger.last, first):
            return False  # "no edema around the fracture", "no edema in the spur"
        if trigger.direction == "next":
            return (
                len(between) <= NEXT_WORDS
                and not _between(ends, trigger.last, first)
                and not (_TURNS | _STOPS) & set(between)
            )
        for end in _between(ends, trigger.last, first):
            if trigger.says == "absent" and words[end.last : end.last + 1] == ["to"]:
                continue  # "no abnormal signal is seen to suggest infection"
            if end.says == "joining end" and end.first == trigger.last:
                continue  # "could be due to", "not associated with"
            if end.says == "end" or trigger.says != "absent" or self._opens(words, end.last):
                return False
        if _STOPS & set(between):
            return False
        return bool(self._alternatives & set(words[trigger.first : trigger.last])) or self._one_list(
            words, trigger.last, first
        )

    def _opens(self, words: Sequence[str], at: int) -> bool:
        """Whether a new statement begins with the word there: "with mild edema", "with no tear"."""
        return at < len(words) and words[at] in (self._degrees | {"associated", "no", "adjacent", "surrounding"})

    def _one_list(self, words: Sequence[str], start: int, target: int) -> bool:
        """Whether the words from `start` on run on to the target, as the items of one list do."""
        stop = next((i for i in range(start, len(words)) if words[i] in _STOPS or words[i] == "but"), len(words))
        last_or = max((i for i in range(start, stop) if words[i] in ("or", "nor")), default=-1)
        comma = False
        for at in range(start, target):
            word = words[at]
            if comma and word in _VERBS and at > last_or:
                return False
            if word not in _TURNS:
                continue
            if word == "," and at and words[at - 1] in _QUOTES:
                return False
            comma = comma or word == ","
            after = words[at + 1]
            if word == "/" or after in ("or", "nor", "and") or at < last_or:
                continue
            if after in self._degrees or after in _OPENERS:
                return False
        return True

    def _says_how_much(self, words: Sequence[str], target: tuple[int, int]) -> bool:
        """Whether how much there is of a target stands before it or begins it: "small first MTP joint effusion"."""
        first, last = target
        begun = max((at for at in range(first) if words[at] in _STOPS | _TURNS), default=-1) + 1
        return not self._amounts.isdisjoint(words[begun:last])

    def _reaches_back(
        self, words: Sequence[str], trigger: Trigger, target: tuple[int, int], ends: Sequence[Trigger], alone: bool
    ) -> bool:
        """alone: no other target stands between this one and the trigger."""
        first, last = target
        between = list(words[last : trigger.first])
        verbs = [i for i, word in enumerate(between) if word in _VERBS]
        singular = bool(_SINGULAR & set(words[trigger.first : trigger.last]))
        if len(verbs) == 1 and verbs[0] >= len(between) - 3:
            # "is also not seen": the verb is the trigger's own
            singular = singular or between[verbs[0]] in _SINGULAR
            between = between[: verbs[0]]
        if ":" in between[:-1] or (":" in between and trigger.says != "absent"):
            return False
        if _STOPS & set(between) or any(e.says == "end" for e in _between(ends, last, trigger.first)):
            return False
        if words[trigger.first] in ("?", "query"):
            return len(between) <= 4 and not _TURNS & set(between)
        if _VERBS & set(between):
            return False
        if between[-1:] == [","] and (trigger.says == "prior" or words[trigger.first : trigger.last] in _NONE):
            between.pop()
        if singular or (trigger.last - trigger.first == 1 and trigger.direction == "backward" and not verbs):
            # "the edema in the tibia and femur is gone": the one thing that is, in two places
            return "," not in between and (
                "and" not in between or (alone and not _IN.isdisjoint([*words[first:last], *between]))
            )
        if trigger.says == "uncertain" and self._says_how_much(words, target) and "," in between and not alone:
            return False  # "small effusion, infection not excluded"
        return not any(a == "," and b in self._degrees for a, b in pairwise(between))


def _inside(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _ends_before(places: Sequence[tuple[int, int]]) -> list[int]:
    """For each place, in order of their starts, the farthest end of those before it."""
    return list(accumulate((end for _, end in places[:-1]), max, initial=-1))[: len(places)]


def _participle(trigger: Trigger, others: Sequence[Trigger]) -> bool:
    """Whether "is not" belongs to "not seen", which looks back: "the ligament is not seen, suggesting a tear"."""
    return trigger.direction == "forward" and any(
        o.direction == "backward" and o.says == trigger.says and trigger.first < o.first < trigger.last <= o.last
        for o in others
    )


def _named_before(targets: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(start <= first and last <= end for first, last in targets)


def _is_around(words: Sequence[str], first: int) -> bool:
    """Whether what begins there is only where something else is, and taken as known: "edema in the spur"."""
    for at in range(first - 1, max(0, first - 4), -1):
        if words[at] in ("the", "this", "that", "these"):
            # "in the old fracture", but not "in the form of a fracture" nor "in the marrow suggesting a fracture"
            own = first - at < 3 and words[first - 1] != "of" and not words[first - 1].endswith("ing")
            inside = own and words[at - 1] in _INSIDE
            return inside or words[at - 1] in _NEXT_TO or words[at - 2 : at] in (["adjacent", "to"], ["next", "to"])
        if not words[at][0].isalnum() or words[at] in _SMALL:
            return False
    return False


def _is_dash(tokens: Sequence[Token], at: int) -> bool:
    """Whether a dash stands between two statements and not in a word: with a space on both sides."""
    if tokens[at].word not in _DASHES or not 0 < at < len(tokens) - 1:
        return False
    return tokens[at - 1].end < tokens[at].start and tokens[at].end < tokens[at + 1].start


def _goes_on(words: Sequence[str], at: int) -> bool:
    """Whether what stands there can be what a hedge is about: "possible edema", not "possible, and"."""
    return at < len(words) and words[at][0].isalnum() and words[at] not in _SMALL


def _not_excluded(words: Sequence[str]) -> list[Trigger]:
    """ "Infection cannot, on these images, be excluded": a doubt, however many words stand in it. So is "should be"."""
    found = []
    for at, word in enumerate(words):
        if word == "excluded" or words[at : at + 2] == ["ruled", "out"]:
            end = at + 1 + (word == "ruled")
            start = next((i for i in range(at - 1, max(-1, at - 2 * NEXT_WORDS), -1) if words[i] in _DOUBTING), None)
            if start is not None and not (_STOPS | _VERBS | _ELSE) & set(words[start:at]):
                found.append(Trigger("uncertain", "backward", start, end))
    return found


def _of_years(words: Sequence[str]) -> list[Trigger]:
    """ "Fracture in 2009": a year tells that what stands before it is of the past."""
    return [
        Trigger("prior", "backward", at - 1, at + 1)
        for at, word in enumerate(words)
        if at
        and words[at - 1] in ("in", "of", "from")
        and len(word) == 4
        and word.isdigit()
        and word[:2] in ("19", "20")
    ]


def _between(triggers: Sequence[Trigger], start: int, end: int) -> list[Trigger]:
    return [t for t in triggers if start <= t.first < end]


def _decided(words: Sequence[str], target: tuple[int, int], reaching: Sequence[Trigger]) -> tuple[Said, Trigger | None]:
    by = {says: [t for t in reaching if t.says == says] for says in _OF_CATEGORY.values()}

    def said(says: Said, triggers: Sequence[Trigger]) -> tuple[Said, Trigger]:
        return says, min(triggers, key=lambda t: max(t.first - target[1], target[0] - t.last))

    if by["asked"]:
        return said("asked", by["asked"])
    if by["absent"] and by["uncertain"]:
        after = [t for t in by["uncertain"] if t.first >= target[1]]
        if after and any(t.direction == "forward" for t in by["absent"]):
            return said("uncertain", after)
        # "without a fracture line, suspicious for a stress reaction": a statement of its own
        own = [
            t
            for t in by["uncertain"]
            if t.direction == "forward" and t.first and words[t.first - 1] == "," and words[t.last] != ","
        ]
        if own and all(t.direction == "forward" and t.last <= own[-1].first for t in by["absent"]):
            return said("uncertain", own)
        first_no = min(t.first for t in by["absent"])
        # "likely degeneration, no tear": the doubt was about something else
        before = [t for t in by["uncertain"] if t.last <= first_no and "," not in words[t.last : first_no]]
        return said("uncertain", before) if before else said("absent", by["absent"])
    for says in ("absent", "uncertain", "prior"):
        if by[says]:
            return said(says, by[says])
    return "present", None
