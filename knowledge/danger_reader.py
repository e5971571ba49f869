"""A second reader of danger signs: a small model beside the rules of red_flags.py.

The rules know words. Whoever says it in words that nobody thought of ("the paper feels like nothing down there") is
missed by them, and that was one in five on texts of strangers. The sentence encoder, taught on the messages of
knowledge/danger_messages and tests/red_flags (`python -m tools.adapt_dangers`), reads the whole of a message and says
which flag it is most like. It adds to what the rules see, and takes back what may wait some days where it finds
nothing at all; an emergency, or what is to be seen today, stays. What it takes for a danger and is none stands in
`danger_vetoes.yml`. Without its graph the rules go on alone.
docs/red-flags.md has what each of the two, and both together, notice.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from knowledge.condense import sentences
from knowledge.names import is_english
from knowledge.onnx_encoder import ModelRefused, OnnxEncoder, Vectors
from knowledge.red_flags import Flag, Level, Raised, load_red_flags, read_rows

logger = logging.getLogger(__name__)

# What was learned: the encoder's adapter, and a row of weights for each flag and for `NO_FLAG`.
FILE = Path(__file__).with_name("danger_adapter.safetensors")
HEAD, BIAS = "head.weight", "head.bias"
NO_FLAG = "none"
SELF_HARM = "rf-suicide"
# A cancer that somebody has had and a new finding in a bone are facts that the rules read; the reader may not see them.
CANCER_BEFORE = "rf-cancer-history"
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
# What looks like a danger and is none; its head tells the form.
VETOES = Path(__file__).with_name("danger_vetoes.yml")
_WANTED, _OPTIONAL = ("id", "why", "said", "unsaid", "flags"), "also_said"


@dataclass(frozen=True)
class Veto:
    """Something harmless that is taken for a danger, a row of `danger_vetoes.yml`.

    Attributes:
        said: all of these are, anywhere in the message.
        unsaid: this is not.
        flags: ids of what then is not guessed.
    """

    said: tuple[re.Pattern[str], ...]
    unsaid: re.Pattern[str]
    flags: frozenset[str]

    def holds(self, text: str) -> bool:
        return all(words.search(text) for words in self.said) and not self.unsaid.search(text)


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
            doubtful = (r for r in raised if nothing and r.level is Level.SOON and r.flag.id != CANCER_BEFORE)
            return SecondOpinion(None, tuple(doubtful))
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
    return {flag for veto in load_vetoes() if veto.holds(text) for flag in veto.flags}


@cache
def load_vetoes(file: Path = VETOES) -> tuple[Veto, ...]:
    """Read the file.

    Raises:
        ValueError: a row lacks something, names what is no flag, or has words that cannot be read.
    """
    rows, known = read_rows(file)["vetoes"], load_red_flags().flags
    faults = [
        f"{row.get('id') or f'row {number}'}: {fault}"
        for number, row in enumerate(rows, 1)
        for fault in _veto_faults(row, known)
    ]
    if faults:
        raise ValueError(f"{file.name}: {'; '.join(faults)}")
    return tuple(
        Veto(
            tuple(_any(row[field]) for field in ("said", _OPTIONAL) if field in row),
            _any(row["unsaid"]),
            frozenset(_flat(row["flags"])),
        )
        for row in rows
    )


def _veto_faults(row: Mapping[str, Any], known: Container[str]) -> Iterator[str]:
    for field in dict.fromkeys([*_WANTED, *row]):
        if field not in (*_WANTED, _OPTIONAL):
            yield f"{field!r} is no field"
        elif not any(_flat(row.get(field))):
            yield f"{field!r} is missing or empty"
    yield from (f"{flag!r} is no flag" for flag in _flat(row.get("flags", [])) if flag not in known)
    for words in _flat([row.get(field, []) for field in ("said", _OPTIONAL, "unsaid")]):
        if fault := _fault_of(words):
            yield f"{words!r} {fault}"


def _fault_of(words: object) -> str | None:
    """Why words cannot be read, or None."""
    if not isinstance(words, str):
        return "is no text"
    if re.search(r" [?*+{]", words):
        return "repeats a space, which is one of any length by itself"
    try:
        # by themselves, as together two halves of a bracket would fit; and between marks, as together they are
        empty, _ = re.fullmatch(_spaced(words), ""), _any(words)
    except re.error as error:
        return f"is no pattern: {error}"
    return "fits where nothing is said" if empty else None


def _any(words: object) -> re.Pattern[str]:
    """One of some words, from the beginning of a word to the end of one."""
    return re.compile(rf"\b(?:{'|'.join(map(_spaced, _flat(words)))})\b", re.IGNORECASE)


def _spaced(words: str) -> str:
    return words.replace(" ", r"\s+")


def _flat(words: Any) -> Iterator[Any]:
    """What stands in a list and in the lists in it; what is none stands for itself."""
    if isinstance(words, list):
        for part in words:
            yield from _flat(part)
    else:
        yield words


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
    """The reader, or None, with a line in the log, where a file of what it learned is missing or damaged.

    Raises ValueError when `danger_vetoes.yml` has a fault.
    """
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
