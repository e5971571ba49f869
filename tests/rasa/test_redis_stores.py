"""Conversations and locks in a real Redis: what is kept, for how long, and what happens when somebody dies."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from rasa.core.lock_store import LockError, LockStore
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from redis.exceptions import RedisError

from bot.components import redis_stores
from bot.components.redis_stores import CONVERSATIONS, LOCKS, RedisLocks, RedisTrackerStore
from tests.redis_server import MISSING, RedisServer, installed, redis_server

pytestmark = [pytest.mark.asyncio, pytest.mark.skipif(not installed(), reason=MISSING)]
ENDPOINTS = Path(__file__).parents[2] / "bot" / "endpoints-redis.yml"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[RedisServer]:
    with redis_server() as running:
        yield running


def store_on(server: RedisServer, idle_minutes: float = 30) -> RedisTrackerStore:
    return RedisTrackerStore(Domain.empty(), server.url, idle_minutes=idle_minutes)


def locks_on(server: RedisServer) -> RedisLocks:
    return RedisLocks(EndpointConfig(server.url))


def tracker(sender_id: str, *texts: str) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender_id, [UserUttered(text) for text in texts])


async def said(store: TrackerStore, sender_id: str) -> "str | None":
    found = await store.retrieve(sender_id)
    return found.latest_message.text if found and found.latest_message else None


async def test_what_one_worker_saved_another_goes_on_with(server: RedisServer) -> None:
    await store_on(server).save(tracker("a", "my knee"))
    assert await said(store_on(server), "a") == "my knee"
    assert await said(store_on(server), "b") is None


async def test_each_save_starts_half_an_hour_anew_and_then_it_is_gone(server: RedisServer) -> None:
    store = store_on(server)
    await store.save(tracker("a", "my knee"))
    assert 29 * 60_000 < await store.redis.pttl(CONVERSATIONS + "a") <= 30 * 60_000
    short = store_on(server, idle_minutes=0.3 / 60)
    await short.save(tracker("a", "my hip"))
    assert await said(short, "a") == "my hip"
    await asyncio.sleep(0.35)
    assert await said(short, "a") is None
    assert await store.keys() == []


async def test_of_a_long_conversation_the_last_turns_alone_stand_in_redis(server: RedisServer) -> None:
    store = store_on(server)
    await store.save(tracker("a", "my knee", "my hip", "my back", "my neck"))
    kept = await store.redis.get(CONVERSATIONS + "a")
    assert "my neck" in kept and "my back" in kept
    assert "my knee" not in kept and "my hip" not in kept


async def test_a_deleted_conversation_is_gone_at_once_and_others_stay(server: RedisServer) -> None:
    store = store_on(server)
    await store.save(tracker("a", "my knee"))
    await store.save(tracker("b", "my hip"))
    await store.delete("a")
    await store.delete("never known")
    assert await store.keys() == ["b"]


async def test_without_redis_nothing_is_kept_anywhere_and_a_deletion_says_so(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    store = store_on(server)
    server.stop()
    await store.save(tracker("a", "my sacrum"))
    assert "a conversation was not kept: ConnectionError" in caplog.text
    assert "sacrum" not in caplog.text
    with pytest.raises(RedisError):
        await store.delete("a")
    server.start()
    assert await said(store, "a") is None


async def test_a_conversation_is_held_by_one_worker_at_a_time(server: RedisServer) -> None:
    order = []

    async def work(name: str, locks: RedisLocks) -> None:
        async with locks.lock("a"):
            order.append(f"{name} begins")
            await asyncio.sleep(0.2)
            order.append(f"{name} ends")

    await asyncio.gather(work("one", locks_on(server)), work("two", locks_on(server)))
    assert [step.split()[1] for step in order] == ["begins", "ends", "begins", "ends"]
    async with locks_on(server).lock("a"), locks_on(server).lock("b"):
        pass
    assert await locks_on(server).redis.keys(f"{LOCKS}*") == []


async def test_long_work_keeps_its_lock_and_who_waits_too_long_is_refused(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_stores, "HELD_SECONDS", 0.4)
    monkeypatch.setattr(redis_stores, "WAIT_SECONDS", 1.2)
    async with locks_on(server).lock("a"):
        with pytest.raises(LockError, match="held elsewhere"):
            async with locks_on(server).lock("a"):
                pytest.fail("two held it")


async def test_the_lock_of_a_worker_that_died_is_free_soon(server: RedisServer) -> None:
    locks = locks_on(server)
    await locks.redis.set(f"{LOCKS}a", "a worker that is no more", px=int(redis_stores.HELD_SECONDS * 1000))
    began = time.monotonic()
    async with locks.lock("a"):
        assert 1.5 < time.monotonic() - began < 4


async def test_rasa_makes_both_from_the_endpoints_file(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PLAINSCAN_ACTIONS_HOST", "127.0.0.1")
    monkeypatch.setitem(os.environ, "PLAINSCAN_ACTIONS_PORT", "15055")
    monkeypatch.setitem(os.environ, "PLAINSCAN_REDIS_URL", server.url)
    endpoints = AvailableEndpoints.read_endpoints(str(ENDPOINTS))
    store = TrackerStore.create(endpoints.tracker_store, Domain.empty())
    assert type(store) is RedisTrackerStore and store._idle_seconds == 1800
    assert check_if_tracker_store_async(store)
    assert type(LockStore.create(endpoints.lock_store)) is RedisLocks
    await store.save(tracker("a", "my knee"))
    assert await store_on(server).keys() == ["a"]
