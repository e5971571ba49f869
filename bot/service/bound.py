"""Runs a command that cannot outlive its parent: `python bound.py SIGTERM command arg…`

The kernel sends the signal to the command when its parent ends, also by kill -9, when nobody else could tidy up. Linux
only; elsewhere the command just runs. A script of its own, not imported: it becomes the command (exec), so that no
process stands in between.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main(argv: list[str]) -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.Signals[argv[0]]), 0, 0, 0)
        if os.getppid() != parent:  # it ended before the kernel knew of our wish
            sys.exit(1)
    try:
        os.execvp(argv[1], argv[1:])
    except OSError as error:
        sys.exit(f"{argv[1]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
