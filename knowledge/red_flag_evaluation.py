"""How many dangers are noticed, and how often there is a false alarm, on vignettes (tests/red_flags/vignettes.yml).

A vignette is a conversation of one or more messages. An urgent one counts as noticed when a flag holds by its last
message; one that only looks urgent is a false alarm when any flag ever holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import yaml

from knowledge.danger_reader import DangerReader, SecondOpinion
from knowledge.red_flags import Level, Raised, RedFlags

# No miss at all is allowed among these, as a miss can cost a life or a limb.
NEVER_MISSED = ("rf-cauda", "rf-cord", "rf-suicide", "rf-clot-lung", "rf-chest", "rf-sepsis", "rf-trauma")
# What no change of the rules may fall below, on the vignettes that their words were written with.
FLOOR_SENSITIVITY, FLOOR_SPECIFICITY = 0.98, 0.95
# And rules and second reader together on vignettes that neither has seen. docs/red-flags.md has all figures.
APART = "apart.yml"
APART_SENSITIVITY, APART_SPECIFICITY = 0.98, 0.93
# Two-sided 95 %.
_Z = 1.959964


@dataclass(frozen=True)
class Vignette:
    """A conversation, and what it is: urgent at which level at least and for which flags, or not urgent."""

    id: str
    urgent: bool
    level: Level | None
    flags: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """A vignette and the flags that held at its most urgent moment; none when nothing was said."""

    vignette: Vignette
    raised: tuple[Raised, ...]

    @property
    def right(self) -> bool:
        return bool(self.raised) == self.vignette.urgent

    @property
    def too_low(self) -> bool:
        """Noticed, but said to be less urgent than it is."""
        wanted = self.vignette.level
        return bool(self.raised) and wanted is not None and self.raised[0].level.rank > wanted.rank


@dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95 % interval."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        n, p = self.total, self.value
        if not n:
            return 0.0, 1.0
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.total} = {self.value:.3f} ({low:.3f} to {high:.3f})"


def developed_with(folder: Path) -> list[Path]:
    """The files of vignettes in `folder` that rules were written with or anything was learned from: all but APART."""
    return [file for file in sorted(folder.glob("*.yml")) if file.name != APART]


def load_vignettes(files: Iterable[Path]) -> list[Vignette]:
    """Read vignettes; their fields are told in tests/red_flags/vignettes.yml."""
    rows = [row for file in files for row in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return [
        Vignette(
            row["id"],
            row["urgent"],
            Level(row["level"]) if row["level"] else None,
            tuple(row["flags"]),
            tuple(row["texts"]),
        )
        for row in rows
    ]


def play(
    vignette: Vignette, red_flags: RedFlags, second_reader: DangerReader | None = None, rules: bool = True
) -> Outcome:
    """Read the messages one after the other, as the gateway does: by the rules, and by what reads beside them."""
    kept: frozenset[str] = frozenset()
    worst: list[Raised] = []
    for text in vignette.texts:
        signs = red_flags.read(text) if rules else frozenset[str]()
        opinion = second_reader.beside(text, red_flags.raised(signs)) if second_reader else SecondOpinion()
        held = [raised for raised in red_flags.raised(kept | signs) if raised not in opinion.taken_back]
        kept |= red_flags.lasting(signs)
        if opinion.added:
            held = sorted([*held, opinion.added], key=lambda r: r.level.rank)
        if held and (not worst or held[0].level.rank <= worst[0].level.rank):
            worst = held
    return Outcome(vignette, tuple(worst))


def sensitivity(outcomes: Sequence[Outcome]) -> Share:
    urgent = [o for o in outcomes if o.vignette.urgent]
    return Share(sum(o.right for o in urgent), len(urgent))


def specificity(outcomes: Sequence[Outcome]) -> Share:
    others = [o for o in outcomes if not o.vignette.urgent]
    return Share(sum(o.right for o in others), len(others))


def by_flag(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """Sensitivity by the flag that a vignette was written for."""
    rows = defaultdict(list)
    for outcome in outcomes:
        if outcome.vignette.urgent:
            rows[outcome.vignette.flags[0]].append(outcome.right)
    return {flag: Share(sum(right), len(right)) for flag, right in sorted(rows.items())}


def gravest_missed(outcomes: Sequence[Outcome]) -> list[str]:
    """The ids of what was missed though it never may be."""
    missed = [o.vignette.id for o in outcomes if not o.right and o.vignette.urgent]
    return [name for name in missed if name.rpartition("-")[0] in {flag[3:] for flag in NEVER_MISSED}]


def apart_holds(outcomes: Sequence[Outcome]) -> bool:
    """Whether, on the vignettes kept apart, no floor is fallen below, and nothing is missed that never may be."""
    return (
        sensitivity(outcomes).value >= APART_SENSITIVITY
        and specificity(outcomes).value >= APART_SPECIFICITY
        and not gravest_missed(outcomes)
    )


def holds(outcomes: Sequence[Outcome]) -> bool:
    """Whether no floor is fallen below, and nothing is missed that never may be."""
    return (
        sensitivity(outcomes).value >= FLOOR_SENSITIVITY
        and specificity(outcomes).value >= FLOOR_SPECIFICITY
        and not gravest_missed(outcomes)
    )
