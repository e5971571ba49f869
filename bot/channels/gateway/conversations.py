"""The conversations that the gateway holds, in memory: what was offered, how fast it goes, when it ends."""

import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cachetools import LRUCache, TTLCache

from bot.channels.gateway.problems import Problem

Clock = Callable[[], float]

# Of one conversation; far more than a screen shows, and a bound on what one conversation can hold.
ACTIONS_KEPT = 500
MESSAGES_KEPT = 500


class RateLimit:
    """At most `per_minute` events in any sixty seconds."""

    def __init__(self, per_minute: int, clock: Clock = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._times: deque[float] = deque()

    def wait_seconds(self) -> int:
        """Count one event and return 0; after too many, count nothing and return the whole seconds to wait."""
        now = self._clock()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        if len(self._times) >= self._per_minute:
            return max(1, math.ceil(self._times[0] + 60 - now))
        self._times.append(now)
        return 0


class Conversation:
    """What the gateway knows of one conversation: no word that was said in it.

    Attributes:
        id: 128 random bits in hexadecimal; also the conversation's name inside Rasa.
        log_name: what logs call it; nothing else does, and nobody can come from one to the other.
        signs: ids of the danger signs that were read in it, see knowledge/red_flags.yml.
        flags: ids of the flags that they raised, each with its level.
        possible: ids of the flags of these that a report only left open ("cannot be excluded").
        guessed: ids of the flags of these that only the second reader saw, see knowledge/danger_reader.py.
        unnoted: the payload that tells Rasa which findings the last report named, until Rasa has got it.
    """

    def __init__(self, messages_per_minute: int, clock: Clock = time.monotonic) -> None:
        self.id = secrets.token_hex(16)
        self.log_name = secrets.token_hex(4)
        self.signs: frozenset[str] = frozenset()
        self.flags: frozenset[tuple[str, str]] = frozenset()
        self.possible: frozenset[str] = frozenset()
        self.guessed: frozenset[str] = frozenset()
        self.unnoted = ""
        self._rate = RateLimit(messages_per_minute, clock)
        self._payloads: LRUCache[str, str] = LRUCache(ACTIONS_KEPT)
        self._said: LRUCache[str, str | None] = LRUCache(MESSAGES_KEPT)
        self._judged: LRUCache[str, None] = LRUCache(MESSAGES_KEPT)
        self._in_flight = False

    def offer(self, payload: str) -> str:
        """Keep the Rasa payload of a button; return the opaque action that stands for it in this conversation."""
        action = secrets.token_urlsafe(12)
        self._payloads[action] = payload
        return action

    def payload(self, action: str) -> str:
        """Return the payload behind `action`.

        Raises:
            Problem: `button-expired`, when it was not offered here or too long ago.
        """
        try:
            return self._payloads[action]
        except KeyError:
            raise Problem("button-expired") from None

    def remember(self, message_id: str, passage_id: str | None) -> None:
        """Keep that a message was said, so that feedback on it can be told from feedback on anything else."""
        self._said[message_id] = passage_id

    def judge(self, message_id: str) -> tuple[str | None, bool]:
        """Note feedback on a message; return the message's passage id, if any, and whether this is its first.

        Raises:
            Problem: `message-unknown`, when this conversation has no such message.
        """
        if message_id not in self._said:
            raise Problem("message-unknown")
        is_new = message_id not in self._judged
        self._judged[message_id] = None
        return self._said[message_id], is_new

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the conversation while one message is answered.

        Raises:
            Problem: `busy`, when another is being answered; `too-many-messages`, when they come too fast.
        """
        if self._in_flight:
            raise Problem("busy", headers={"Retry-After": "1"})
        if seconds := self._rate.wait_seconds():
            raise Problem("too-many-messages", seconds=seconds)
        self._in_flight = True
        try:
            yield
        finally:
            self._in_flight = False


class ConversationStore:
    """All conversations, by id. One ends when it is deleted, idle for too long, or the idlest of too many."""

    def __init__(
        self, idle_seconds: float, max_conversations: int, messages_per_minute: int, clock: Clock = time.monotonic
    ) -> None:
        self.idle_seconds = idle_seconds
        self._messages_per_minute = messages_per_minute
        self._clock = clock
        self._held: TTLCache[str, Conversation] = TTLCache(max_conversations, idle_seconds, timer=clock)

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, conversation_id: object) -> bool:
        return conversation_id in self._held

    def create(self) -> Conversation:
        """Start a conversation."""
        conversation = Conversation(self._messages_per_minute, self._clock)
        self._held[conversation.id] = conversation
        return conversation

    def use(self, conversation_id: str) -> Conversation:
        """Return a conversation and start its idle time anew.

        Raises:
            Problem: `conversation-ended`.
        """
        conversation = self._held.get(conversation_id)
        if conversation is None:
            raise Problem("conversation-ended")
        self._held[conversation_id] = conversation
        return conversation

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation; one that is not known is no error."""
        self._held.pop(conversation_id, None)

    def expire(self) -> None:
        """Give back the memory of the conversations that have ended."""
        self._held.expire()


class AddressRates:
    """A RateLimit for each address, kept while it matters; `problem` is what too many are refused with."""

    def __init__(self, per_minute: int, problem: str, clock: Clock = time.monotonic) -> None:
        self._per_minute = per_minute
        self._problem = problem
        self._clock = clock
        self._limits: TTLCache[str, RateLimit] = TTLCache(10_000, 60, timer=clock)

    def check(self, address: str) -> None:
        """Count one event from `address`.

        Raises:
            Problem: there were too many.
        """
        limit = self._limits.get(address) or RateLimit(self._per_minute, self._clock)
        self._limits[address] = limit
        if seconds := limit.wait_seconds():
            raise Problem(self._problem, seconds=seconds)
