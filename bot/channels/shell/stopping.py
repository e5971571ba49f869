"""Being stopped from outside (SIGTERM, or SIGHUP when the window is closed) without leaving a conversation behind."""

import signal
import sys
import warnings
from types import FrameType
from typing import NoReturn

REPEAT_SECONDS = 0.2


def listen() -> None:
    """From now on, being stopped raises SystemExit in the main thread, with the code that a shell expects."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)


def heard() -> None:
    """The SystemExit has arrived where it is dealt with: it is not to be raised again."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    # Python drops an exception that is raised while it happens to run a finaliser, and the prompt would wait on for
    # ever (a test caught that). So it is raised again until it is heard.
    def repeat(_: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    # What Python says of the finaliser that was cut short, or of what is left unawaited, is not for a screen.
    sys.unraisablehook = lambda _: None
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, repeat)
    signal.setitimer(signal.ITIMER_REAL, REPEAT_SECONDS, REPEAT_SECONDS)
    raise SystemExit(128 + number)
