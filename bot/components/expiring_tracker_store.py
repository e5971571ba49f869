"""Conversations in Rasa's memory, forgotten after a while without a message."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.recent_turns import recent

SWEEP_SECONDS = 10.0


class ExpiringTrackerStore(InMemoryTrackerStore):
    """Rasa's in-memory store, but what a patient said goes away: by itself, or on demand.

    Set in endpoints.yml, as the type of `tracker_store`, with `idle_minutes` beside it.

    Args:
        idle_minutes: a conversation with no message for this long cannot be read any more; its memory is given back
            within ten further seconds, also when nobody else is talking.
        clock: seconds that only go forward; tests bring their own.
    """

    def __init__(
        self,
        domain: Domain,
        event_broker: EventBroker | None = None,
        idle_minutes: float = 30,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,  # Rasa passes `host`, which means nothing here
    ) -> None:
        super().__init__(domain, event_broker)
        if not idle_minutes > 0:
            raise ValueError("endpoints.yml: tracker_store: idle_minutes must be more than 0")
        self._idle_seconds = float(idle_minutes) * 60
        self._clock = clock
        self._expires_at: dict[str, float] = {}  # oldest first, because each save moves its conversation to the end
        self._sweep_timer: asyncio.TimerHandle | None = None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save the slots and the last turns of a conversation, and start its idle time anew."""
        self.store[tracker.sender_id] = json.dumps(recent(tracker).as_dict())
        self._expires_at.pop(tracker.sender_id, None)
        self._expires_at[tracker.sender_id] = self._clock() + self._idle_seconds
        if self._sweep_timer is None:
            self._schedule_sweep()

    async def _retrieve(self, sender_id: str, fetch_all_sessions: bool) -> DialogueStateTracker | None:
        self.expire()
        return await super()._retrieve(sender_id, fetch_all_sessions)

    async def delete(self, sender_id: str) -> None:
        """Forget a conversation now; one that is not known is no error."""
        self._expires_at.pop(sender_id, None)
        self.store.pop(sender_id, None)

    def expire(self) -> None:
        """Forget every conversation whose idle time is over."""
        now = self._clock()
        while self._expires_at:
            sender_id, expires_at = next(iter(self._expires_at.items()))
            if expires_at > now:
                return
            del self._expires_at[sender_id]
            self.store.pop(sender_id, None)

    def _schedule_sweep(self) -> None:
        self._sweep_timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self.expire()
        if self._expires_at:
            self._schedule_sweep()
        else:
            self._sweep_timer = None
