"""Conversations and their locks in Redis, so that several Rasa workers share them and one can die.

Set in endpoints-redis.yml. What Rasa itself has for it keeps every word that was said, falls back to memory without an
end when Redis fails, blocks all conversations while it waits, and holds the lock of a worker that died for a minute.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockError, LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError as NotHeld
from redis.exceptions import RedisError

from bot.components.recent_turns import recent

logger = logging.getLogger(__name__)

CONVERSATIONS, LOCKS = "plainscan:rasa:", "plainscan:lock:"
# Redis is on the same machine or network; a patient waits for what comes after it.
SECONDS = 1.0
# A worker that died holds a lock no longer than this; one that lives holds it on.
HELD_SECONDS = 2.0
# Less than the channel gives an answer (bot/credentials.yml).
WAIT_SECONDS = 6.0


def connect(url: str) -> Redis:
    """A client of the Redis at `url`; it connects when it is first used."""
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, decode_responses=True)


class RedisTrackerStore(TrackerStore):
    """The slots and last turns of conversations, each under a key that expires.

    Where Redis fails, nothing is kept elsewhere: what a patient said has one place, which forgets.

    Args:
        host: the address of Redis (Rasa names it so). idle_minutes: as in ExpiringTrackerStore.
    """

    def __init__(
        self,
        domain: Domain,
        host: str,
        event_broker: EventBroker | None = None,
        idle_minutes: float = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        if not idle_minutes > 0:
            raise ValueError("endpoints-redis.yml: tracker_store: idle_minutes must be more than 0")
        self._idle_seconds = float(idle_minutes) * 60
        self.redis = connect(host)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save the slots and the last turns of a conversation, and start its idle time anew."""
        text = json.dumps(recent(tracker).as_dict())
        try:
            await self.redis.set(CONVERSATIONS + tracker.sender_id, text, px=int(self._idle_seconds * 1000))
        except RedisError as error:  # raised on, Rasa would keep it in memory, without an end
            logger.error("a conversation was not kept: %s", type(error).__name__)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as it was saved; None where it is not known or has ended."""
        text = await self.redis.get(CONVERSATIONS + sender_id)
        return None if text is None else self.deserialise_tracker(sender_id, text)

    async def keys(self) -> list[str]:
        """The ids of the conversations held."""
        return [key.removeprefix(CONVERSATIONS) async for key in self.redis.scan_iter(f"{CONVERSATIONS}*")]

    async def delete(self, sender_id: str) -> None:
        """Forget a conversation now; one that is not known is no error. Raises RedisError when it may be there yet."""
        await self.redis.delete(CONVERSATIONS + sender_id)


class RedisLocks(LockStore):
    """One message of a conversation at a time, whichever worker has it."""

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        super().__init__()
        self.redis = connect(str(endpoint_config.url))

    @contextlib.asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0.05
    ) -> AsyncIterator[TicketLock]:
        """Hold the lock of a conversation. Raises LockError when it is held elsewhere for too long, or Redis fails."""
        lock = Lock(self.redis, LOCKS + conversation_id, timeout=HELD_SECONDS, sleep=0.02)
        try:
            taken = await lock.acquire(blocking_timeout=WAIT_SECONDS)
        except RedisError as error:
            raise LockError(f"no lock: {type(error).__name__}") from None
        if not taken:
            raise LockError("no lock: it is held elsewhere")
        done = asyncio.Event()
        held = asyncio.create_task(_hold(lock, done))
        try:
            yield TicketLock(conversation_id)
        finally:
            done.set()
            await held
            with contextlib.suppress(RedisError, NotHeld):  # it ends by itself
                await lock.release()


async def _hold(lock: Lock, done: asyncio.Event) -> None:
    while not done.is_set():
        try:
            await asyncio.wait_for(done.wait(), HELD_SECONDS / 4)
        except asyncio.TimeoutError:
            with contextlib.suppress(RedisError, NotHeld):
                await lock.extend(HELD_SECONDS, replace_ttl=True)
