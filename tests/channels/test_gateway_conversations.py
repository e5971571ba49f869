"""Conversations in memory: how they end, how fast they go, what they remember."""

import pytest

from bot.channels.gateway.conversations import ACTIONS_KEPT, AddressRates, Conversation, ConversationStore, RateLimit
from bot.channels.gateway.problems import Problem
from bot.channels.gateway.tokens import Tokens


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def store_with(clock: Clock, max_conversations: int = 10) -> ConversationStore:
    return ConversationStore(1800, max_conversations, 30, clock)


def refused(call: object, *args: object) -> str:
    assert callable(call)
    with pytest.raises(Problem) as refusal:
        call(*args)
    return str(refusal.value)


def test_the_rate_is_exact_over_any_minute(clock: Clock) -> None:
    limit = RateLimit(3, clock)
    assert [limit.wait_seconds() for _ in range(3)] == [0, 0, 0]
    clock.now += 10.5
    assert limit.wait_seconds() == 50
    clock.now += 49.5
    assert [limit.wait_seconds() for _ in range(4)] == [0, 0, 0, 60]


def test_what_was_refused_does_not_count(clock: Clock) -> None:
    limit = RateLimit(1, clock)
    limit.wait_seconds()
    for _ in range(50):
        limit.wait_seconds()
    clock.now += 60
    assert limit.wait_seconds() == 0


def test_a_conversation_ends_after_its_idle_time_and_use_starts_it_anew(clock: Clock) -> None:
    store = store_with(clock)
    conversation = store.create()
    clock.now += 1799
    assert store.use(conversation.id) is conversation
    clock.now += 1799
    assert store.use(conversation.id) is conversation
    clock.now += 1800
    assert refused(store.use, conversation.id) == "conversation-ended"


def test_ended_conversations_leave_memory(clock: Clock) -> None:
    store = store_with(clock)
    store.create()
    clock.now += 1800
    store.expire()
    assert len(store) == 0


def test_the_idlest_of_too_many_is_dropped(clock: Clock) -> None:
    store = store_with(clock, max_conversations=2)
    first, second = store.create(), store.create()
    store.use(first.id)
    third = store.create()
    assert refused(store.use, second.id) == "conversation-ended"
    assert store.use(first.id) is first
    assert store.use(third.id) is third


def test_a_deleted_conversation_has_ended(clock: Clock) -> None:
    store = store_with(clock)
    conversation = store.create()
    store.delete(conversation.id)
    store.delete("never known")
    assert refused(store.use, conversation.id) == "conversation-ended"


def test_ids_are_128_random_bits(clock: Clock) -> None:
    ids = {Conversation(30).id for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(each)) == 16 for each in ids)


def test_actions_belong_to_their_conversation() -> None:
    one, other = Conversation(30), Conversation(30)
    action = one.offer('/ask_causes{"finding": "fracture"}')
    assert one.payload(action) == '/ask_causes{"finding": "fracture"}'
    assert "fracture" not in action
    assert refused(other.payload, action) == "button-expired"


def test_only_so_many_actions_are_kept() -> None:
    conversation = Conversation(30)
    actions = [conversation.offer(f"/a{n}") for n in range(ACTIONS_KEPT + 1)]
    assert refused(conversation.payload, actions[0]) == "button-expired"
    assert conversation.payload(actions[1]) == "/a1"


def test_one_message_at_a_time() -> None:
    conversation = Conversation(30)
    with conversation.turn(), pytest.raises(Problem, match="busy"), conversation.turn():
        raise AssertionError("a second message got in")
    with conversation.turn():
        pass


def test_the_turn_ends_when_the_answer_fails() -> None:
    conversation = Conversation(30)
    with pytest.raises(ZeroDivisionError), conversation.turn():
        raise ZeroDivisionError
    with conversation.turn():
        pass


def test_addresses_do_not_share_a_rate(clock: Clock) -> None:
    rates = AddressRates(1, "too-many-conversations", clock)
    rates.check("a")
    rates.check("b")
    assert refused(rates.check, "a") == "too-many-conversations"
    clock.now += 60
    rates.check("a")


def test_tokens_open_only_what_was_signed() -> None:
    tokens = Tokens("a secret of some length")
    token = tokens.sign("abc")
    assert tokens.read(token) == "abc"
    assert Tokens("a secret of some length").read(token) == "abc"
    for other in (token[:-1], token + "x", "abc", "", "\u00e9", Tokens().sign("abc")):
        assert refused(tokens.read, other) == "unauthorised"
