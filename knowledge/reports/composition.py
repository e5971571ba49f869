"""Which finding a sentence means by a lesion and a part: a tear of a meniscus, edema of the marrow or of the skin."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from knowledge.reports.vocabulary import Found, Lesion, Part, Token, Vocabulary

# What can be in the bone that another finding is named by.
_IN_BONE = frozenset(("edema", "signal"))
# A part farther from a lesion than this, in words, is not meant by it.
FARTHEST = 16
_OF = frozenset(
    [
        "of",
        "in",
        "within",
        "at",
        "involving",
        "along",
        "through",
        "to",
        "from",
        "about",
        "around",
        "on",
        "near",
        "adjacent",
        "throughout",
    ]
)
_JOINS = frozenset(
    [
        "subchondral",
        "periarticular",
        ",",
        "and",
        "or",
        "&",
        "/",
        "the",
        "of",
        "both",
        "bilateral",
        "medial",
        "lateral",
        "anterior",
        "posterior",
        "left",
        "right",
        "superior",
        "inferior",
        "nor",
    ]
)
_AT = frozenset(("in", "within", "at", "about", "along", "around", "on", "involving", "adjacent", "to", "beside"))
# "Edema on both sides of the sacroiliac joint".
_BESIDE = _AT | {"side", "sides", "either", "aspect", "aspects", "margin", "margins"}
# Bone by what part of it is meant, whatever bone it is.
_ANY_BONE = frozenset(("subchondral", "subcortical", "periarticular", "juxtaarticular", "osseous", "marrow"))
# Between a negation and what it rules out: "free of any edema", "no evidence of edema".
_DENIES = frozenset(("no", "without", "free", "w/o", "devoid"))
_OF_DENIED = frozenset(
    ("of", "any", "evidence", "sign", "signs", "obvious", "definite", "significant", "appreciable", "visible")
)
_AROUND = (_OF | {"surrounding", "beneath", "deep"}) - {"to", "from"}
_OR = frozenset(("or", "nor", "and", ",", "/"))
_APART = frozenset((";", ".", "but", "however", "although", "while", "whereas"))
# An effusion that runs on into a bursa is the joint's.
_RUNS_ON = frozenset(("communicating", "communicates", "decompressing", "decompresses", "contiguous", "continuous"))
_ENDS_LED = _APART | {",", "and", "with", "or"}
_ALIKE = frozenset(("as", "so", "is", "are", "was", "were", "also"))
_FARTHER = frozenset((",", "origin", "insertion", "attachment", "with", "and", "causing", "there", "is", "are"))


@dataclass(frozen=True)
class Named:
    """A finding that a sentence names, in tokens, last not included.

    first, last: the words whose context counts; start, end: all the words that name it. finding is None for what no
    finding covers; told: whether a patient is told that it was not explained. past: an operation, which is over.
    carried: its part is that of a finding named before it. lesion: what its words or its name say is wrong. if_absent:
    the finding that words rule out which do not mean it where they say that something is there ("a mass"). of_part:
    whether the part that a lesion is in is named beside it.
    """

    finding: str | None
    first: int
    last: int
    start: int
    end: int
    told: bool = True
    past: bool = False
    carried: bool = False
    if_absent: str | None = None
    lesion: str | None = None
    of_part: bool = False


def composed(
    vocabulary: Vocabulary, tokens: Sequence[Token], found: Sequence[Found], label: Sequence[Found],
    before: Sequence[Found], region: str | None, follows: bool = False, healthy: Sequence[Found] = (),
) -> list[Named]:  # fmt: skip
    """Everything that a sentence names, in order.

    label: the parts of its label; before: of the sentence before; healthy: parts that a normal word follows.
    """
    parts = [f for f in found if f.kind == "part"]
    inner = [f for f in found if f.kind == "inner part"]
    names = [f for f in found if f.kind in ("inner part", "finding", "lesion")]
    named: list[Named] = []
    meant: dict[str | None, str] = {}  # lesion -> the finding that the sentence last meant by it
    for item in found:
        if item.kind == "finding":
            lesion = vocabulary.lesion(tokens[item.first : item.last])
            meant[lesion] = item.id
            others = _with_others(vocabulary, tokens, item, parts, region, healthy)
            # "fracture of the scaphoid" is told as that one alone, "ACL or meniscal tear" as both
            if not any(_of_the_same(tokens, item, other) for other in others):
                named.append(Named(item.id, item.first, item.last, item.first, item.last, lesion=lesion))
            named += others
        elif item.kind == "unexplained":
            named.append(Named(None, item.first, item.last, item.first, item.last))
        elif item.kind == "lesion":
            past = vocabulary.lesions[item.id].past
            # "tendinosis of the supraspinatus with a partial tear": of the same tendon, whatever was named before
            near = [p for p in inner if p.last <= item.first]
            found_here = _of_lesion(
                vocabulary, tokens, item, parts, label, near or before, region, follows, healthy, names
            )
            found_here = [replace(n, carried=n.carried and bool(near), lesion=item.id) for n in found_here]
            for name in found_here:
                # "no meniscal tear medially, but laterally there is a radial tear"
                finding = name.finding or (meant.get(item.id) if vocabulary.lesions[item.id].carries else None)
                named.append(replace(name, finding=finding, past=past, told=name.told and not past))
                if finding:
                    meant[item.id] = finding
    return _without_doubles(named)


def _with_others(
    vocabulary: Vocabulary, tokens: Sequence[Token], item: Found, parts: Sequence[Found], region: str | None,
    healthy: Sequence[Found],
) -> list[Named]:  # fmt: skip
    """What a finding's name says of the parts that stand in one list with its own: "ACL or meniscal tear"."""
    lesion = vocabulary.lesion(tokens[item.first : item.last])
    if lesion is None:
        return []
    fitting = [p for p in parts if vocabulary.parts[p.id].kind in vocabulary.lesions[lesion].at]
    named = []
    joined = _joined(tokens, item, fitting, healthy)
    # "bone marrow edema in both sacroiliac joints": that of a joint has a finding of its own
    sacroiliac = [p for p in fitting if vocabulary.parts[p.id].kind == "si"]
    joined += _joined(tokens, item, sacroiliac, leads=_BESIDE)
    for part in dict.fromkeys(joined):
        finding = _meaning(vocabulary, tokens, vocabulary.lesions[lesion], part, item, region)
        # "subchondral insufficiency fracture of the condyle" is that kind of a fracture, whatever bone it is of
        if finding and finding != item.id and item.id not in vocabulary.kinds.get(finding, ()):
            start, end = min(part.first, item.first), max(part.last, item.last)
            named.append(Named(finding, item.first, item.last, start, end, lesion=lesion, of_part=True))
    return named


def _of_the_same(tokens: Sequence[Token], item: Found, other: Named) -> bool:
    return not any(t.word in _OR for t in [*tokens[other.start : item.first], *tokens[item.last : other.end]])


def _of_lesion(
    vocabulary: Vocabulary, tokens: Sequence[Token], item: Found, parts: Sequence[Found], label: Sequence[Found],
    before: Sequence[Found], region: str | None, follows: bool = False, healthy: Sequence[Found] = (),
    inner: Sequence[Found] = (),
) -> list[Named]:  # fmt: skip
    lesion = vocabulary.lesions[item.id]
    fitting = [p for p in parts if vocabulary.parts[p.id].kind in lesion.at]
    farthest = lesion.near or FARTHEST
    costs = [(cost, p) for p in fitting if (cost := _cost(tokens, item, p)) <= farthest]
    if not costs and lesion.near and (subject := _denied_of(tokens, item, parts)) in fitting and subject:
        costs = [(FARTHEST, subject)]
    led = _led_by(vocabulary, tokens, item, inner) if lesion.id in _IN_BONE else None
    if costs and not (led and _cost(tokens, item, led) < min(cost for cost, _ in costs)):
        chosen = [_of_joint(vocabulary, tokens, item, min(costs, key=lambda c: c[0])[1], fitting)]
        chosen += _joined(tokens, chosen[0], fitting, healthy, item)
        result = []
        for part in chosen:
            finding = _meaning(vocabulary, tokens, lesion, part, item, region)
            near = abs(part.first - item.last) <= 5 or abs(item.first - part.last) <= 5
            start = min(item.first, part.first) if near else item.first
            end = max(item.last, part.last) if near else item.last
            if _words_between_are_plain(tokens, start, end):
                result.append(Named(finding, item.first, item.last, start, end, of_part=True))
            else:
                result.append(Named(finding, item.first, item.last, item.first, item.last, of_part=True))
        return result
    if led:
        # "edema in the calcaneal spur", "edema around the fracture"
        finding = vocabulary.parts[led.id if led.kind == "inner part" else "bones"].within(region).means.get(item.id)
        return [Named(finding, item.first, item.last, item.first, item.last, of_part=True)]
    if fitting and lesion.strict:
        return [Named(None, item.first, item.last, item.first, item.last)]
    if follows and lesion.alone:
        label = ()  # "AC joint: arthrosis. No effusion." is about the effusion of any joint
    # "the ACL is not seen in its usual course, consistent with a complete tear": the only part, however far
    far = len(parts) == 1 == len(fitting)
    carries = lesion.carries and (far or all(_apart(tokens, item, p) for p in parts))
    # "abutting the root; impingement cannot be excluded", "the TFCC is degenerate but not torn"
    earlier = [p for p in parts if p.last <= item.first]
    for elsewhere in (earlier if carries else (), label, before if carries and not parts else ()):
        own = [p for p in elsewhere if vocabulary.parts[p.id].kind in lesion.at]
        if own:
            findings = dict.fromkeys(_meaning(vocabulary, tokens, lesion, p, item, region) for p in own[-1:])
            carried = elsewhere is before
            return [Named(f, item.first, item.last, item.first, item.last, carried=carried) for f in findings]
    alone = None if lesion.absent else item.owner or lesion.alone
    if alone in vocabulary.not_alone.get(region or "", ()):
        alone = None
    return [Named(alone, item.first, item.last, item.first, item.last, told=not lesion.quiet, if_absent=lesion.absent)]


def _denied_of(tokens: Sequence[Token], item: Found, parts: Sequence[Found]) -> Found | None:
    """The only part that a sentence names, where what it is free of follows: "the talus, where seen, is free of"."""
    if len(parts) != 1 or not 0 <= item.first - parts[0].last <= FARTHEST or _apart(tokens, item, parts[0]):
        return None
    at = item.first - 1
    while at >= parts[0].last and tokens[at].word in _OF_DENIED:
        at -= 1
    return parts[0] if at >= parts[0].last and tokens[at].word in _DENIES else None


def _of_joint(
    vocabulary: Vocabulary, tokens: Sequence[Token], item: Found, part: Found, fitting: Sequence[Found]
) -> Found:
    """The sacroiliac joint whose bone is meant: "subchondral edema on both sides of the left sacroiliac joint"."""
    if any(t.word not in _ANY_BONE for t in tokens[part.first : part.last]):
        return part
    joints = [p for p in fitting if vocabulary.parts[p.id].kind == "si" and p.first >= item.last]
    return next((p for p in joints if {t.word for t in tokens[item.last : p.first]} <= _JOINS | _BESIDE), part)


def _led_by(vocabulary: Vocabulary, tokens: Sequence[Token], item: Found, inner: Sequence[Found]) -> Found | None:
    """The finding of bone, or the bone in its name, that a lesion is said to be in or around, right behind it."""
    for found in inner:
        between = [t.word for t in tokens[item.last : found.first]]
        if between and between[0] in _AROUND and len(between) <= 4 and not _ENDS_LED & set(between):
            bone = found.kind == "inner part" and vocabulary.parts[found.id].kind == "bone"
            owner = found.id if found.kind == "finding" else _alone(vocabulary, found)
            if bone or owner in vocabulary.of_bone:
                return found
    return None


def _alone(vocabulary: Vocabulary, found: Found) -> str | None:
    """The finding that the words of a lesion mean wherever it is."""
    if found.kind != "lesion" or vocabulary.lesions[found.id].absent:
        return None
    return found.owner or vocabulary.lesions[found.id].alone


def _apart(tokens: Sequence[Token], item: Found, part: Found) -> bool:
    """Whether a part stands in another statement of the sentence than a lesion."""
    first, last = min(item.last, part.last), max(item.first, part.first)
    return any(t.word in _APART for t in tokens[first:last])


def _meaning(
    vocabulary: Vocabulary, tokens: Sequence[Token], lesion: Lesion, found: Found, item: Found, region: str | None
) -> str | None:
    part: Part = vocabulary.parts[found.id].within(region)
    if part.not_beside.intersection(t.word for t in tokens[max(0, item.first - 3) : item.last + 2]):
        return None  # "Labrum: posterior tear"
    return part.means.get(lesion.id)


def _cost(tokens: Sequence[Token], item: Found, part: Found) -> float:
    if part.last > item.first and part.first < item.last:
        return 0.0
    if part.last <= item.first:
        between = [t.word for t in tokens[part.last : item.first]]
        if not between:
            return 0.0
        cost = 2.0 + len(between)
    else:
        between = [t.word for t in tokens[item.last : part.first]]
        if between and set(between) <= _OR:
            return FARTHEST + 1.0  # "no fractures or bone lesions"
        led = bool(_OF & set(between))
        cost = 1.0 + 0.5 * len(between) if led else 3.0 + len(between)
        if led:  # "edema is seen within the condyle"
            between = [word for word in between if word not in ("is", "are", "there")]
    if (_APART | _RUNS_ON) & set(between):
        return FARTHEST + 1.0
    return cost + 3.0 * sum(word in _FARTHER for word in between)


def _joined(
    tokens: Sequence[Token], chosen: Found, parts: Sequence[Found], healthy: Sequence[Found] = (),
    lesion: Found | None = None, leads: Set[str] = frozenset(),
) -> list[Found]:  # fmt: skip
    """The parts that stand in one list with the chosen one: "tears of the ACL, PCL and medial meniscus".

    lesion: what may stand in the list ("the ACL is torn, as is the MCL"); leads: words that may, besides a list's own.

    What a normal word closes is a list of its own: "torn meniscus, ACL and PCL intact".
    """
    joined: list[Found] = []
    for direction in (1, -1):
        at, own = chosen, list[Found]()
        for part in sorted(parts, key=lambda p: direction * p.first):
            gap = tokens[at.last : part.first] if direction == 1 else tokens[part.last : at.first]
            follows = part.first >= at.last if direction == 1 else part.last <= at.first
            words = {t.word for t in gap}
            if direction == 1 and words & {"as", "so"}:
                inside = range(lesion.first, lesion.last) if lesion else ()
                words = {tokens[i].word for i in range(at.last, part.first) if i not in inside} - _ALIKE
            if follows and part != at and gap and words <= _JOINS | leads:
                own.append(part)
                at = part
        if direction == -1 or not any(part in healthy for part in own):
            joined += own
    return joined


def _words_between_are_plain(tokens: Sequence[Token], start: int, end: int) -> bool:
    return not any(t.word in _APART or t.word in (",", "no", "not", "without") for t in tokens[start:end])


def _without_doubles(named: Sequence[Named]) -> list[Named]:
    """One of each finding at each place; the first of two that overlap and mean the same."""
    kept: list[Named] = []
    for name in named:
        if not any(k.finding == name.finding and k.first < name.last and name.first < k.last for k in kept):
            kept.append(name)
    return kept
