"""How much longer a text four times as long takes: a ratio within one run, which a slow machine does not change."""

from __future__ import annotations

import time
from collections.abc import Callable

# Four times the text is four times the work; work that grows with the square would be sixteen times.
LINEAR = 8.0


def growth(work: Callable[[str], object], text: str) -> float:
    """The processor's time for a text, over that for its first quarter: the best of a few of each, taken in turn."""
    quarter = text[: len(text) // 4]
    best = {quarter: float("inf"), text: float("inf")}
    for _ in range(5):
        for one in best:
            began = time.process_time()
            work(one)
            best[one] = min(best[one], time.process_time() - began)
    return best[text] / best[quarter]
