"""Danger signs of a conversation: found before Rasa is asked, said first, and not forgotten while it lasts."""

from dataclasses import dataclass
from string import Template

from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.messages import Urgent, UrgentMessage, new_message_id
from bot.channels.gateway.words import Words
from knowledge.red_flags import Level, Raised, RedFlags

SELF_HARM = "rf-suicide"
# More names than this in one message, and none is read.
NAMES_SAID = 3


@dataclass(frozen=True)
class Warned:
    """What is said first; `only` means that nothing else is said: somebody has just written of ending their life."""

    messages: list[UrgentMessage]
    only: bool = False


class Alarm:
    """Reads what a patient sends, and makes the urgent messages that come before anything else."""

    def __init__(self, red_flags: RedFlags, words: Words) -> None:
        self._red_flags = red_flags
        self._words = words

    def read(self, conversation: Conversation, text: str, report: bool = False) -> Warned:
        """What has to be said first to this text, together with all that was read before in the conversation.

        A flag that this text raises, alone or with what was said before, is said in full; one raised earlier is said as
        a reminder, unless it is merely to be checked soon.
        """
        signs = self._red_flags.read(text, report)
        known = {(r.flag.id, r.level) for r in self._red_flags.raised(conversation.signs)}
        alone = {r.flag.id for r in self._red_flags.raised(signs)}
        held = self._red_flags.raised(conversation.signs | signs)
        conversation.signs |= self._red_flags.lasting(signs)
        conversation.flags |= {(r.flag.id, r.level) for r in held}
        new = [r for r in held if r.flag.id in alone or (r.flag.id, r.level) not in known]
        if not new:
            return self.remind(conversation)
        return Warned(self._messages(new, ""), only=any(r.flag.id == SELF_HARM for r in new))

    def remind(self, conversation: Conversation) -> Warned:
        """What has to be said first to a turn that holds no danger sign of its own."""
        held = [Raised(self._red_flags.flags[name], Level(level)) for name, level in conversation.flags]
        held = sorted(held, key=lambda r: (r.level.rank, r.flag.id))
        return Warned(self._messages([r for r in held if r.level.rank < Level.SOON.rank], "_reminder"))

    def _messages(self, raised: list[Raised], kind: str) -> list[UrgentMessage]:
        """One message for self-harm, if it is among them, and one for the rest at its highest level."""
        others = [r for r in raised if r.flag.id != SELF_HARM]
        groups = [[r for r in raised if r.flag.id == SELF_HARM], others]
        # Beside thoughts of ending one's life, only what is an emergency too is worth a word.
        if groups[0] and others and others[0].level is not Level.EMERGENCY:
            groups.pop()
        return [self._message(group, kind) for group in groups if group]

    def _message(self, raised: list[Raised], kind: str) -> UrgentMessage:
        level = raised[0].level
        topic = "self_harm" if raised[0].flag.id == SELF_HARM else level.value.replace("-", "_")
        first = [r.flag for r in raised if r.level is level][:NAMES_SAID]
        names = list(dict.fromkeys(flag.name for flag in first))
        advice = " ".join(dict.fromkeys(flag.advice for flag in first if flag.advice))
        text = Template(self._words.responses[f"utter_urgent_{topic}{kind}"].text)
        call = self._words.responses[f"utter_call_{topic}"].text
        fill = self._words.clinic.fill
        return UrgentMessage(
            id=new_message_id(),
            type="urgent",
            text=fill(text.safe_substitute(flags="; ".join(names), advice=advice)).strip(),
            urgent=Urgent.model_validate(
                {"level": level.value, "flags": list(dict.fromkeys(r.flag.name for r in raised)), "call": fill(call)}
            ),
        )
