"""`python -m tools.confusion`: which intents are read for which, as a picture in docs/pictures.

Reads what `make test-nlu` left in models/results/nlu. Runs in the Rasa environment, whose matplotlib draws it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "models/results/nlu"
PICTURE = ROOT / "docs/pictures/intents.svg"
SUMMARIES = {"accuracy", "macro avg", "weighted avg", "micro avg"}


def main() -> int:
    try:
        report, errors = (json.loads((RESULTS / f"intent_{n}.json").read_text("utf-8")) for n in ("report", "errors"))
    except FileNotFoundError as missing:
        print(f"{missing.filename} is not there yet: run `make test-nlu` first.", file=sys.stderr)
        return 1
    names = sorted(set(report) - SUMMARIES)
    others = {error["intent_prediction"]["name"] for error in errors} - set(names)
    read = [*names, *sorted(others)]
    counts = np.zeros((len(names), len(read)))
    for error in errors:
        counts[names.index(error["intent"]), read.index(error["intent_prediction"]["name"])] += 1
    for number, name in enumerate(names):
        counts[number, number] = report[name]["support"] - counts[number].sum()
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "intents"  # the same figures make the same file
    from matplotlib import pyplot

    shares = counts / counts.sum(axis=1, keepdims=True)
    figure, axes = pyplot.subplots(figsize=(13, 12))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        shade = "white" if shares[row, column] > 0.6 else "black"
        axes.text(column, row, f"{counts[row, column]:.0f}", ha="center", va="center", fontsize=7, color=shade)
    axes.set_xticks(range(len(read)), read, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("read as")
    axes.set_ylabel("meant")
    axes.set_title(f"Intents of the {counts.sum():.0f} messages of tests/nlu, counted")
    figure.tight_layout()
    figure.savefig(PICTURE, metadata={"Date": None})
    print(f"{PICTURE.relative_to(ROOT)} is drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
