"""What is kept of a conversation from one message to the next: its slots and its last turns.

No rule looks further back than the last message, and all that an action remembers stands in slots. Rasa would keep each
word that was said, and read, copy and write all of it with every message.
"""

from rasa.shared.core.constants import ACTION_SESSION_START_NAME
from rasa.shared.core.conversation import Dialogue
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

TURNS = 2


def recent(tracker: DialogueStateTracker) -> Dialogue:
    """The conversation without the turns before the last TURNS; a short one as it is."""
    events = list(tracker.events)
    turns = [number for number, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= TURNS:
        return Dialogue(tracker.sender_id, events)
    start = turns[-TURNS]
    if isinstance(events[start - 1], ActionExecuted):  # the action_listen on which Rasa's rules rest
        start -= 1
    kept = events[start:]
    at = kept[0].timestamp
    before: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at), SessionStarted(timestamp=at)]
    before += [SlotSet(slot.name, slot.value, timestamp=at) for slot in tracker.slots.values() if slot.has_been_set]
    return Dialogue(tracker.sender_id, before + kept)
