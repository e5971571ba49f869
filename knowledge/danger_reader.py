"""A second reader of danger signs: a small model beside the rules of red_flags.py.

The rules know words. Whoever says it in words that nobody thought of ("the paper feels like nothing down there") is
missed by them, and that was one in five on texts of strangers. The sentence encoder, taught on the messages of
knowledge/danger_messages and tests/red_flags (`python -m tools.adapt_dangers`), reads the whole of a message and says
which flag it is most like. It adds to what the rules see, and takes back what may wait some days where it finds
nothing at all; an emergency, or what is to be seen today, stays. Without its graph the rules go on alone.
docs/red-flags.md has what each of the two, and both together, notice.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from knowledge.condense import sentences
from knowledge.names import is_english
from knowledge.onnx_encoder import ModelRefused, OnnxEncoder, Vectors
from knowledge.red_flags import Flag, Level, Raised

logger = logging.getLogger(__name__)

# What was learned: the encoder's adapter, and a row of weights for each flag and for `NO_FLAG`.
FILE = Path(__file__).with_name("danger_adapter.safetensors")
HEAD, BIAS = "head.weight", "head.bias"
NO_FLAG = "none"
SELF_HARM = "rf-suicide"
# Where `make` puts the graph of the adapted encoder.
FOLDER = Path("models/danger_reader")
# The softmax's inverse temperature over cosines; the same in training.
SCALE = 16.0
# From this probability on that a message holds any danger sign at all, it speaks. docs/red-flags.md has what other
# values would do.
SURE = 0.9
# Below this one nothing is there: of 730 dangers of strangers that the rules had seen, none lay below, and of their 63
# false alarms 54 did (the reader before this one).
NOTHING = 0.1
# Of the three levels, the most urgent one that has such a share of that probability: doubt goes to the safer side. No
# more than a third, so that there always is one.
LEVEL_SHARE = 0.33
# Words that are read at once. A longer message is read in parts, each with the last sentence of the one before, and
# with the last of all: without their question stories sound more alarming than they are.
WINDOW, QUESTION = 90, 40
# A text of so many words, of which less than this share is in an English dictionary, is in another language; none of
# 6,000 messages with a danger is, and one in Polish was read as one about ending one's life.
FOREIGN_WORDS, ENGLISH_SHARE = 6, 0.5
_WORD = re.compile(r"[^\W\d_]{2,}")


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)


# Words by which somebody may mean themselves, beside a thing that is to end.
_OF_THEMSELVES = _any(
    r"me|myself|himself|herself|them|us|life|li[fv]\w*|alive|exist\w*|here|any\s?more|every\w*|all|it|both",
    r"burden|points?|hop(?:e|ing)\w*|worth\w*|reasons?|dead|d[iy]e\w*|dying|death|kill\w*|suic\w*|hurt\w*",
    r"harm\w*|cut\w*|sle+p\w*|wak\w*|pills?|tablets?|overdos\w*|tired|sorry|goodbye\w*|world|nothing|nobody",
    r"no\s?one|give\w*|giving|gave|forever|ever|good|can\W?t(?!\s+wait)|can\W?not|couldn\W?t|without|alone|away",
    r"out|peace\w*|suffer\w*|miser\w*",
)
# What is said, the words that none of may be said with it, and the flags that then are not guessed.
_NOT_MEANT = (
    # What ends, or is to end, is a thing of the treatment: "I just want the boot to be over". Whoever says one of the
    # words behind it may mean themselves as well, and is heard whatever else is to end.
    (
        _any(
            r"(?:the|this|that|these|my|a)\s+(?:\w+\s+)?(?:boots?|casts?|crutches|brace|sling|splint|physio\w*|rehab)\s+"
            r"(?:thing\s+)?(?:to\s+)?(?:be\s+|is\s+|are\s+|was\s+)?(?:all\s+)?(?:over|done|finished|gone|end)"
        ),
        _OF_THEMSELVES,
        {SELF_HARM},
    ),
    # An arm that does not reach, by somebody who names a stiff shoulder: "can't do my bra up, capsulitis".
    (
        re.compile(
            r"(?=.*\b(?:frozen\s+shoulder|capsul))(?=.*\b(?:can|could)n?\W?t\b[^.]{0,40}"
            r"\b(?:bra|\w*belt|\w*seat|pocket|coat|zip|shelf|cupboard|behind|back|hair)\b)",
            re.IGNORECASE | re.DOTALL,
        ),
        _any(
            r"chest|br[ei]\w*th\w*|breasts?|heart|sweat\w*|clammy|jaw|faint\w*|diz+\w*|sick|vomit\w*|pressure|crush\w*",
            r"squeez\w*|heav\w*|across|left|sudden\w*|fever\w*|temperature|shiver\w*|shak\w*|hot|red|rash|swell\w*",
            r"swollen|numb\w*|cold|white|gr[ae]y|puls\w*|hives|itch\w*|throat|tongue|face|lips|confus\w*|ill|unwell|infect\w*|pus|collaps\w*|pale|blue|cough\w*",
        ),
        {"rf-chest", "rf-clot-lung", "rf-sepsis", "rf-allergy", "rf-limb-cold"},
    ),
    # Legs that walk no further until their owner leans or sits: "he pushes the trolley fine but can't walk to the bus",
    # "both legs go heavy, I perch on a wall and it passes".
    (
        _any(
            r"(?:push|lean)\w*\b[^.]{0,30}\b(?:trolley|cart|buggy|pram|rollator)\b[^.]{0,25}\b(?:fine|ok|okay|well|ages|happily)",
            r"legs?\b[^.]{0,40}\bheavy\b[^.]{0,60}\b(?:sit|perch|rest|lean|bend|stop)\w*\b[^.]{0,50}"
            r"\b(?:eases?|pass(?:es)?|goes\s+(?:off|away)|(?:is|it\W?s|i\W?m)\s+(?:fine|ok|okay|better)|fine\s+again)",
            r"without\s+(?:having\s+to\s+)?(?:stop\s+(?:and|to)\s+)?sit(?:ting)?",
        ),
        _any(
            r"since|sudden\w*|today|tonight|yesterday|morning|night|now|weeks?|days?|hours?|new\w*|worse\w*|fast|numb\w*",
            r"tingl\w*|feel\w*|pe+\w{0,3}|we+\w{0,3}|urin\w*|bladder|bowels?|toilet|wet\w*|leak\w*|clums\w*|drop\w*|hands?",
            r"fingers?|buttons?|arms?|neck|weak\w*|g[ai]v\w*|buckl\w*|fall\w*|fell|unstead\w*|balanc\w*|stagger\w*|fever\w*",
            r"cancer|tumou?rs?|mets|hip|groin",
        ),
        {"rf-cord", "rf-child-limp"},
    ),
    # An operation: "I'm thinking about going under the knife".
    (_any(r"(?:go|goes|going|went|gone|be|been)\s+(?:back\s+)?under\s+the\s+knife"), _OF_THEMSELVES, {SELF_HARM}),
    # A hip, by somebody who can no longer have a child and speaks of nobody who can.
    (
        _any(r"hysterectom\w*", r"menopaus\w*", r"post\W?menopaus\w*", r"(?:i\W?m|i\s+am|aged?)\s+(?:5[6-9]|[6-9]\d)"),
        _any(
            r"preg\w*|bab\w*|b[ou]bs?|birth\w*|born|newborn|trimester|midwi\w*|expect\w*|due|breast\w*|bump|labou?r",
            r"deliver\w*|matern\w*|antenatal|gestat\w*|twins?|daughter\w*|wife|girlfriend|partner|sister|she|her|niece",
        ),
        {"rf-pregnancy-hip"},
    ),
    # Blood-making marrow, which is what somebody looked up: "red marrow reconversion, and the net says leukaemia".
    (
        _any(r"(?:red|ha?ematopoietic)\s+(?:bone\s+)?marrow", r"marrow\s+(?:re)?conversion"),
        _any(
            r"cancer\w*|chemo\w*|oncolog\w*|radi(?:ation|otherapy)|tumou?rs?|mets|metasta\w*|biops\w*|lesions?|replac\w*|mass",
            r"infiltrat\w*|aggressive|suspicious|destr\w*|lumps?|bumps?|grow\w*|swell\w*|swollen|weight|sweat\w*|fever\w*",
            r"temperature|night\w*|rest|lost|losing|loss|tired\w*|fatigue\w*|exhaust\w*|bruis\w*|bleed\w*|infect\w*",
            r"steroids?|pred\w*|cortison\w*|dexa\w*|lupus|sickle|alcohol\w*|drink\w*|transplant\w*|avn|necrosis|infarct\w*|collaps\w*|subchondral|groin|hips?",
        ),
        {"rf-avn", "rf-cancer-signs", "rf-cancer-history", "rf-tumour-words", "rf-child-bone"},
    ),
    # A cyst of a nerve root or a knot of vessels that a scan of a sore back shows by the way.
    (
        _any(r"tarlov", r"perineural\s+cysts?", r"ha?emangiomas?"),
        _any(
            r"fever\w*|temp\w*|shiver\w*|shak\w*|chill\w*|rigors?|sweat\w*|hot|3[789]\W?\d?|10[0-4]|immun\w*|infect\w*|anti\w*|steroids?|pred\w*|cortison\w*",
            r"\w*mab|methotrex\w*|mtx|biologic\w*|humira|rheumat\w*|lupus|transplant\w*|dialys\w*|hiv|aids|chemo\w*|cancer\w*",
            r"myelom\w*|lymphom\w*|leuk\w*|drugs?|inject\w*|heroin|needles?|abscess\w*|seps\w*|septic|urin\w*|uti|kidney\w*|bladder",
            r"catheter|diabet\w*|tb|tubercul\w*|pneumon\w*|spleen|sickle|flu|sick|ill|unwell|poorly|virus|bacter\w*|dis[ck]itis|spondylo\w*|osteomyel\w*|phlegmon",
            r"fractur\w*|broke\w*|break\w*|crack\w*|snap\w*|pop\w*|collaps\w*|crush\w*|wedge\w*|compress\w*|squash\w*|height|shrunk|fell|fall\w*|slip\w*|sudden\w*|bent|bend\w*|lift\w*|cough\w*|sneez\w*",
            r"osteop\w*|acute|aggressive|night|weight|lost|since",
        ),
        {"rf-spine-fever", "rf-vcf"},
    ),
    # What somebody weighs, smokes or takes, told beside a question and without any complaint.
    (
        _any(
            r"\d+\s*(?:stone|kgs?|kilos?|lbs?|pounds?)",
            r"smok\w*|vap(?:e|es|ing)|warfarin|apixaban|rivaroxaban|periods?|bmi|overweight|obese",
        ),
        _any(
            r"pain\w*|hurt\w*|ach\w*|\w*aches?|sore\w*|agony|throb\w*|burn\w*|tender\w*|lumps?|bumps?|mass|swell\w*|swollen|grow\w*|bigger",
            r"los[et]\w*|losing|weight|dropp\w*|drop|down|lighter|thin\w*|loose|clothes|less|gone|months?|weeks?|off|night\w*|sweat\w*|fever\w*",
            r"temp\w*|cough\w*|blood|breath\w*|tired\w*|fatigue\w*|exhaust\w*|bones?|hips?|groin|thighs?|legs?|knees?|shins?|arms?|back|limp\w*",
            r"walk\w*|steroids?|pred\w*|cortison\w*|dexa\w*|alcohol\w*|drink\w*|vodka|beers?|wine|units|lupus|sickle|chemo\w*|cancer\w*|avn|necrosis|div\w*",
            r"son|daughter|child|teen\w*|boy|girl|kid",
        ),
        {"rf-child-bone", "rf-avn", "rf-cancer-signs"},
    ),
)


@dataclass(frozen=True)
class DangerReading:
    """The probability that a message holds a danger sign, 0 to 1, and the likeliest one."""

    urgency: float
    likeliest: Raised


@dataclass(frozen=True)
class SecondOpinion:
    """What the reader adds to the flags that the rules raised for a message, and which of them it takes back."""

    added: Raised | None = None
    taken_back: tuple[Raised, ...] = ()


@dataclass(frozen=True)
class DangerReader:
    """encoder: gives unit vectors, (texts, dimension). labels: flag ids and NO_FLAG, in the order of the rows of
    `weights`, (labels, dimension), and of `bias`, (labels,). flags: by id."""

    encoder: OnnxEncoder
    labels: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    flags: Mapping[str, Flag]

    def read(self, text: str) -> DangerReading | None:
        """What a message most likely holds, None where it has no word. It takes some 5 ms, 60 for 2,000 characters."""
        parts = windows(text)
        if not parts:
            return None
        shares = self.shares(parts)
        for label in not_meant(text) & set(self.labels):
            shares[:, self.labels.index(NO_FLAG)] += shares[:, self.labels.index(label)]
            shares[:, self.labels.index(label)] = 0.0
        urgency = 1.0 - shares[:, self.labels.index(NO_FLAG)]
        worst = int(urgency.argmax())
        by_level: dict[Level, list[tuple[float, str]]] = defaultdict(list)
        for label, share in zip(self.labels, shares[worst].tolist(), strict=True):
            if label != NO_FLAG:
                by_level[self.flags[label].raised_at].append((share, label))
        level = min(
            (level for level, rows in by_level.items() if sum(s for s, _ in rows) >= LEVEL_SHARE * urgency[worst]),
            key=lambda level: level.rank,
        )
        return DangerReading(float(urgency[worst]), Raised(self.flags[max(by_level[level])[1]], level))

    def beside(self, text: str, raised: Sequence[Raised]) -> SecondOpinion:
        """What is added to the flags that the rules raised for a message, one that is more urgent than all of them, or
        self-harm beside an emergency, and what of them is taken back, none but what may wait some days."""
        emergency = any(r.level is Level.EMERGENCY for r in raised)
        if is_foreign(text) or (emergency and any(r.flag.id == SELF_HARM for r in raised)):
            return SecondOpinion()
        reading = self.read(text)
        if reading is None:
            return SecondOpinion()
        if emergency:
            despairs = reading.urgency >= SURE and reading.likeliest.flag.id == SELF_HARM
            return SecondOpinion(reading.likeliest if despairs else None)
        if reading.urgency < SURE:
            nothing = reading.urgency < NOTHING
            return SecondOpinion(None, tuple(r for r in raised if nothing and r.level is Level.SOON))
        guess = reading.likeliest
        return SecondOpinion(guess if all(guess.level.rank < r.level.rank for r in raised) else None)

    def shares(self, texts: Sequence[str]) -> Vectors:
        """(texts, labels): the probability of each label for each text."""
        total = SCALE * self.encoder.encode(list(texts)) @ self.weights.T + self.bias
        shares: Vectors = np.exp(total - total.max(1, keepdims=True))
        return shares / shares.sum(1, keepdims=True)


def is_foreign(text: str) -> bool:
    """Whether a text is clearly not in English, so that nothing can be read in it.

    >>> is_foreign("mam wynik rezonansu kolana, co to znaczy"), is_foreign("cant feel me legz n cant pee since tuesday")
    (True, False)
    """
    words = _WORD.findall(text.lower())
    return len(words) >= FOREIGN_WORDS and sum(map(is_english, words)) < ENGLISH_SHARE * len(words)


def not_meant(text: str) -> set[str]:
    """The flags that a message looks like and does not mean, as it names something harmless, and no word of theirs.

    >>> not_meant("i just want the boot to be over"), not_meant("i want the boot over, and my life")
    ({'rf-suicide'}, set())
    """
    return {
        flag for said, unsaid, flags in _NOT_MEANT for flag in flags if said.search(text) and not unsaid.search(text)
    }


def windows(text: str) -> list[str]:
    """A message in parts of at most about WINDOW words, cut between sentences where there are any."""
    words = text.split()
    if len(words) <= WINDOW:
        return [" ".join(words)] if words else []
    told = [sentence.split() for sentence in sentences(text)]
    last = told[-1] if len(told) > 1 and len(told[-1]) <= QUESTION else []
    room = WINDOW - len(last)
    parts: list[list[list[str]]] = [[]]
    for sentence in told[:-1] if last else told:
        for piece in (sentence[at : at + room] for at in range(0, len(sentence), room)):
            if parts[-1] and sum(map(len, parts[-1])) + len(piece) > room:
                before = parts[-1][-1]
                parts.append([before] if len(before) + len(piece) <= room else [])
            parts[-1].append(piece)
    return [" ".join(word for piece in (*part, last) for word in piece) for part in parts if part]


def load_danger_reader(flags: Mapping[str, Flag], folder: Path = FOLDER, threads: int = 1) -> DangerReader | None:
    """The reader, or None, with a line in the log, where a file of it is missing or damaged."""
    try:
        encoder = OnnxEncoder(folder, threads)
        with safe_open(FILE, "numpy") as file:
            labels = tuple(file.metadata()["labels"].split(" "))
            weights, bias = (file.get_tensor(name).astype(np.float32) for name in (HEAD, BIAS))
    except (ModelRefused, OSError, SafetensorError) as error:
        logger.error("danger signs are read by the rules alone: %s", error)
        return None
    reader = DangerReader(encoder, labels, weights, bias, flags)
    reader.read("so that the first patient does not wait")
    return reader
