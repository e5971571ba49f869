"""What takes time, begun before it is asked for.

The gateway knows a message some 20 ms before the action server is asked about it, because Rasa reads its intent first.
What is read meanwhile waits here, each text once and for seconds. Of a text only a hash is held.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

from cachetools import TTLCache

MOST, SECONDS = 16, 5.0

Read = TypeVar("Read")


class ReadAhead(Generic[Read]):
    """`read` with what it takes begun earlier. From several threads at once.

    Args:
        read: what is made of a text; the same each time.
    """

    def __init__(self, read: Callable[[str], Read]) -> None:
        self._read = read
        self._begun: TTLCache[str, Future[Read]] = TTLCache(MOST, SECONDS)
        self._lock = threading.Lock()

    def begin(self, text: str) -> None:
        """Read a text now, for the next `take` of it. Raises what `read` raises."""
        future: Future[Read] = Future()
        with self._lock:
            if self._begun.setdefault(_key(text), future) is not future:
                return
        try:
            future.set_result(self._read(text))
        except Exception as error:
            future.set_exception(error)
            raise

    def take(self, text: str) -> Read:
        """What `read` makes of a text. What was begun is waited for, and given away; what failed is read anew."""
        with self._lock:
            begun = self._begun.pop(_key(text), None)
        if begun:
            with suppress(Exception):
                return begun.result(SECONDS)
        return self._read(text)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
