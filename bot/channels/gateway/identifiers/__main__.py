"""`python -m bot.channels.gateway.identifiers [FILE] [--assert] [--show]`: how well identifiers are found, by kind.

FILE holds marked lines like tests/privacy/lines.yml, which is taken where none is named. --show names each fault on the
half of the lines that may be looked at; --assert makes the exit code 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot.channels.gateway.identifiers.finder import load_identifiers
from bot.channels.gateway.identifiers.found import KINDS
from bot.channels.gateway.identifiers.measure import measure, read_lines

LINES = Path("tests/privacy/lines.yml")
# What has to be reached on the half that is only counted. Names are the kind that no form gives away.
RECALL = {"name": 0.90}
RECALL_OF_OTHERS = 0.97
PRECISION = 0.97


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.gateway.identifiers")
    parser.add_argument("file", nargs="?", type=Path, default=LINES)
    parser.add_argument("--assert", dest="floors", action="store_true")
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args(argv)
    identifiers, lines = load_identifiers(), read_lines(arguments.file)
    faults: list[str] = []
    for split in sorted({line.split for line in lines}):
        rows = [line for line in lines if line.split == split]
        began = time.perf_counter()
        measured = measure(identifiers, rows)
        milliseconds = (time.perf_counter() - began) / len(rows) * 1000
        print(f"{split}: {len(rows)} lines, {milliseconds:.2f} ms each")
        print("  kind       marked  found  recall   taken  wrong  precision")
        for kind in KINDS:
            recall, precision = measured.recall(kind), measured.precision(kind)
            print(
                f"  {kind:<10}{measured.marked[kind]:>7}{measured.found[kind]:>7}{recall:>8.3f}"
                f"{measured.taken[kind]:>8}{measured.wrong[kind]:>7}{precision:>11.3f}"
            )
            if split == "report" and recall < RECALL.get(kind, RECALL_OF_OTHERS):
                faults.append(f"{kind}: recall {recall:.3f} < {RECALL.get(kind, RECALL_OF_OTHERS)}")
            if split == "report" and precision < PRECISION:
                faults.append(f"{kind}: precision {precision:.3f} < {PRECISION}")
        if arguments.show and split != "report":
            print("\n".join(f"  {fault}" for fault in measured.faults))
    for fault in faults:
        print(f"FAILED {fault}")
    return 1 if faults and arguments.floors else 0


if __name__ == "__main__":
    sys.exit(main())
