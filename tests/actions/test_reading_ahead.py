"""The gateway may tell the action server what is coming; whatever comes of it, nobody is kept waiting."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from actions.reading_ahead import ReadingAhead


class Reads:
    """Notes what it is to read ahead, or fails with what it was given."""

    def __init__(self, fails: bool = False) -> None:
        self.texts: list[str] = []
        self._fails = fails

    def read_ahead(self, text: str) -> None:
        self.texts.append(text)
        if self._fails:
            raise ValueError(text)


async def post(ahead: ReadingAhead, body: Any) -> int:
    """The status of the route's answer, once all that it began has ended."""
    tasks: list[asyncio.Task[None]] = []
    app = SimpleNamespace(add_task=lambda coroutine: tasks.append(asyncio.create_task(coroutine)))
    response = await ahead.route(SimpleNamespace(json=body, app=app))  # type: ignore[arg-type]
    await asyncio.gather(*tasks)
    return response.status


async def test_a_message_is_read_as_it_will_be_asked_for() -> None:
    reads = Reads()
    assert await post(ReadingAhead(reads), {"text": "ok thanks, and how long?"}) == 202  # type: ignore[arg-type]
    assert reads.texts == ["how long?"]


@pytest.mark.parametrize("body", [None, [], "text", {}, {"text": 3}])
async def test_what_is_no_message_is_refused(body: Any) -> None:
    reads = Reads()
    assert await post(ReadingAhead(reads), body) == 400  # type: ignore[arg-type]
    assert reads.texts == []


async def test_a_failure_is_told_without_the_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert await post(ReadingAhead(Reads(fails=True)), {"text": "my painful shin"}) == 202  # type: ignore[arg-type]
    assert "not read ahead: ValueError" in caplog.text
    assert "shin" not in caplog.text
