"""What is kept of a conversation: the slots, and the last turns."""

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.recent_turns import recent

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask]
actions: [action_explain]
slots:
  finding: {type: text, mappings: [{type: custom}]}
  aspect: {type: text, mappings: [{type: custom}]}
  missed: {type: float, mappings: [{type: custom}]}
"""
)


def turn(text: str, *slots: SlotSet) -> list[Event]:
    said = [UserUttered(text, {"name": "ask", "confidence": 1.0}), ActionExecuted("action_explain")]
    return [*said, BotUttered(f"on {text}"), *slots, ActionExecuted("action_listen")]


def conversation(*turns: list[Event]) -> DialogueStateTracker:
    start = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]
    events = [*start, *(event for events in turns for event in events)]
    return DialogueStateTracker.from_events("c1", events, DOMAIN.slots)


def kept(tracker: DialogueStateTracker) -> DialogueStateTracker:
    again = DialogueStateTracker("c1", DOMAIN.slots)
    again.recreate_from_dialogue(recent(tracker))
    return again


def test_of_a_long_conversation_the_slots_and_two_turns_stay() -> None:
    long = conversation(
        turn("knee", SlotSet("finding", "bone-bruise"), SlotSet("aspect", "causes")),
        turn("hip", SlotSet("aspect", "outlook"), SlotSet("missed", 1.0)),
        turn("back"),
        turn("neck", SlotSet("missed", None)),
    )
    again = kept(long)
    assert [event.text for event in again.events if isinstance(event, UserUttered)] == ["back", "neck"]
    assert again.current_slot_values() == long.current_slot_values()
    assert (again.get_slot("finding"), again.get_slot("aspect")) == ("bone-bruise", "outlook")
    assert (again.latest_message, again.latest_action_name) == (long.latest_message, "action_listen")
    assert again.past_states(DOMAIN)[-1] == long.past_states(DOMAIN)[-1]
    assert "knee" not in str([event.as_dict() for event in again.events])


def test_a_short_conversation_stays_as_it_is() -> None:
    short = conversation(turn("knee", SlotSet("finding", "bone-bruise")), turn("hip"))
    assert list(kept(short).events) == list(short.events)
    assert recent(DialogueStateTracker("c1", DOMAIN.slots)).events == []


def test_a_conversation_does_not_grow() -> None:
    tracker, sizes = conversation(turn("0")), []
    for number in range(1, 30):
        tracker = kept(tracker)
        for event in turn(str(number), SlotSet("missed", float(number))):
            tracker.update(event)
        sizes.append(len(recent(tracker).events))
    assert len(set(sizes[3:])) == 1
    assert sizes[-1] < 20
