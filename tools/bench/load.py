"""Users who ask, one question after the other, and what they get: how fast, and what kind of answer."""

from __future__ import annotations

import asyncio
import collections
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from knowledge import nlu_data

# Below the gateway's 30 messages a minute, so that no conversation is told to slow down.
A_CONVERSATION = 20
UNLIMITED = {f"PLAINSCAN_{name}_PER_MINUTE": "1000000" for name in ("MESSAGES", "ADDRESS_MESSAGES", "CONVERSATIONS")}
MESSAGES = "/api/conversations/current/messages"


def examples(folder: Path, count: int) -> list[str]:
    """`count` texts, evenly over all NLU files of a folder, again from the first where there are fewer."""
    texts = [text for text, _ in nlu_data.examples(folder)]
    step = max(1, len(texts) // count)
    return [texts[number * step % len(texts)] for number in range(count)]


def for_seconds(seconds: float, texts: Iterable[str]) -> Iterator[str]:
    """`texts`, again and again, until so many seconds have passed since the first was taken."""
    end = time.monotonic() + seconds
    return itertools.takewhile(lambda _: time.monotonic() < end, itertools.cycle(texts))


@dataclass
class Measured:
    """Milliseconds of each reply, replies by the type of their first message, the seconds it all took."""

    milliseconds: list[float] = field(default_factory=list)
    types: collections.Counter[str] = field(default_factory=collections.Counter)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.milliseconds, share))

    def row(self) -> dict[str, float | int]:
        return {
            "replies": len(self.milliseconds),
            "msg_per_s": len(self.milliseconds) / self.seconds,
            **{f"p{share}": self.percentile(share) for share in (50, 95, 99)},
            "unavailable": self.types["unavailable"],
            "empty": self.types["empty"],
            "errors": self.types["error"],
        }


def kind(response: httpx.Response) -> str:
    """What a reply of the gateway is: the type of its first message, `empty` or `error`."""
    if response.status_code != 200:
        return "error"
    messages = response.json()["messages"]
    return messages[0]["type"] if messages and messages[0]["text"].strip() else "empty"


async def ask_as(users: int, texts: Iterable[str], url: str) -> Measured:
    """Have `users` ask `texts` together, back to back, each in conversations of their own."""
    measured, waiting = Measured(), iter(texts)
    limits = httpx.Limits(max_connections=users)
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=limits, trust_env=False) as http:
        began = time.perf_counter()
        await asyncio.gather(*(_user(http, waiting, measured) for _ in range(users)))
        measured.seconds = time.perf_counter() - began
    return measured


async def _user(http: httpx.AsyncClient, texts: Iterator[str], measured: Measured) -> None:
    headers: dict[str, str] = {}
    for said, text in enumerate(texts):
        if said % A_CONVERSATION == 0:
            headers = await conversation(http)
        response = await timed(measured, lambda text=text, headers=headers: ask(http, headers, text))  # type: ignore[misc]
        measured.types[kind(response)] += 1


async def conversation(http: httpx.AsyncClient) -> dict[str, str]:
    """Start one; returns the header that opens it."""
    token = (await http.post("/api/conversations")).raise_for_status().json()["token"]
    return {"Authorization": f"Bearer {token}"}


async def ask(http: httpx.AsyncClient, headers: dict[str, str], text: str) -> httpx.Response:
    return await http.post(MESSAGES, json={"text": text}, headers=headers)


async def timed(measured: Measured, send: Callable[[], Awaitable[Any]]) -> Any:
    """What `send` gives; its milliseconds are noted."""
    began = time.perf_counter()
    given = await send()
    measured.milliseconds.append((time.perf_counter() - began) * 1000)
    return given
