"""What processes take of the machine, as Linux tells it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def with_children(pid: int) -> list[int]:
    """A process and all that it started."""
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            found += map(int, task.read_text().split())
        at += 1
    return found


def cpu_ms(pid: int) -> float:
    """Milliseconds of processor time taken so far, by the process and its children."""
    total = 0
    for one in with_children(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS * 1000


def memory_mb(pid: int) -> float:
    """Megabytes of memory, what is shared counted in parts (PSS), of the process and its children."""
    lines = [line for one in with_children(pid) for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def age_s(pid: int) -> float:
    """Seconds since the process was started."""
    started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]) / TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def each(pids: Mapping[str, int], measure: object) -> dict[str, float]:
    """`measure` of each named process."""
    assert callable(measure)
    return {name: float(measure(pid)) for name, pid in pids.items()}
