"""What a patient said leaves Rasa's memory: in time, on demand, and without help."""

import asyncio
import os
from pathlib import Path

import pytest
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components import expiring_tracker_store
from bot.components.expiring_tracker_store import ExpiringTrackerStore

pytestmark = pytest.mark.asyncio
ENDPOINTS = Path(__file__).parents[2] / "bot" / "endpoints.yml"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def store_with(clock: Clock, idle_minutes: float = 30) -> ExpiringTrackerStore:
    return ExpiringTrackerStore(Domain.empty(), idle_minutes=idle_minutes, clock=clock)


def tracker(sender_id: str, text: str = "my knee") -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender_id, [UserUttered(text)])


async def said(store: ExpiringTrackerStore, sender_id: str) -> "str | None":
    found = await store.retrieve(sender_id)
    return found.latest_message.text if found and found.latest_message else None


async def test_a_conversation_is_kept_for_just_under_its_idle_time() -> None:
    clock = Clock()
    store = store_with(clock)
    await store.save(tracker("a"))
    clock.now = 30 * 60 - 1
    assert await said(store, "a") == "my knee"
    clock.now = 30 * 60
    assert await said(store, "a") is None
    assert store.store == {}


async def test_a_message_starts_the_idle_time_anew() -> None:
    clock = Clock()
    store = store_with(clock)
    await store.save(tracker("a"))
    await store.save(tracker("b"))
    clock.now = 20 * 60
    await store.save(tracker("a", "my hip"))
    clock.now = 40 * 60
    assert await said(store, "a") == "my hip"
    assert await said(store, "b") is None
    assert list(store.store) == ["a"]


async def test_reading_does_not_prolong_a_conversation() -> None:
    clock = Clock()
    store = store_with(clock)
    await store.save(tracker("a"))
    clock.now = 20 * 60
    assert await said(store, "a") == "my knee"
    clock.now = 31 * 60
    assert await said(store, "a") is None


async def test_a_deleted_conversation_is_gone_and_others_stay() -> None:
    store = store_with(Clock())
    await store.save(tracker("a"))
    await store.save(tracker("b", "my hip"))
    await store.delete("a")
    await store.delete("never known")
    assert await said(store, "a") is None
    assert await said(store, "b") == "my hip"


async def test_memory_is_given_back_when_nobody_talks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring_tracker_store, "SWEEP_SECONDS", 0.01)
    clock = Clock()
    store = store_with(clock)
    await store.save(tracker("a"))
    await asyncio.sleep(0.05)
    assert list(store.store) == ["a"]
    clock.now = 30 * 60
    await asyncio.sleep(0.05)
    assert store.store == {}


async def test_an_idle_time_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="idle_minutes"):
        store_with(Clock(), idle_minutes=0)


async def test_rasa_makes_this_store_from_the_endpoints_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PLAINSCAN_ACTIONS_HOST", "127.0.0.1")
    monkeypatch.setitem(os.environ, "PLAINSCAN_ACTIONS_PORT", "15055")
    endpoints = AvailableEndpoints.read_endpoints(str(ENDPOINTS))
    store = TrackerStore.create(endpoints.tracker_store, Domain.empty())
    assert type(store) is ExpiringTrackerStore
    assert store._idle_seconds == 1800
    assert check_if_tracker_store_async(store)
    assert endpoints.action is not None and endpoints.action.url == "http://127.0.0.1:15055/webhook"
