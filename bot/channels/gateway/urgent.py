"""Danger signs of a conversation: found before Rasa is asked, said first, and not forgotten while it lasts."""

from dataclasses import dataclass
from string import Template

from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.messages import Urgent, UrgentMessage, new_message_id
from bot.channels.gateway.tracing import stage
from bot.channels.gateway.words import POSSIBLE, Words
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

    def read(self, conversation: Conversation, text: str, report: bool = False, typed: bool = False) -> Warned:
        """What has to be said first to this text, together with all that was read before in the conversation.

        A flag that this text raises, alone or with what was said before, is said in full; one raised earlier is said as
        a reminder. One that is merely to be checked soon is said once: to hear it at every turn would only feed fear.

        Args:
            report: the text is a report. typed: beside it there may be what the patient says of themselves.
        """
        with stage("danger-signs"):
            signs, sure = self._red_flags.read_sure(text, report)
            if report and typed:
                typed_signs, typed_sure = self._red_flags.read_sure(text)
                signs, sure = signs | typed_signs, sure | typed_sure
        known = {(r.flag.id, r.level) for r in self._red_flags.raised(conversation.signs)}
        alone = {r.flag.id for r in self._red_flags.raised(signs)}
        held = self._red_flags.raised(conversation.signs | signs)
        certain = {r.flag.id for r in self._red_flags.raised(conversation.signs | sure)} - conversation.possible
        certain |= {r.flag.id for r in self._red_flags.raised(sure)}
        conversation.possible = (conversation.possible | {r.flag.id for r in held}) - certain
        conversation.signs |= self._red_flags.lasting(signs)
        conversation.flags |= {(r.flag.id, r.level) for r in held}
        again = {r.flag.id for r in held if r.level is not Level.SOON} & alone
        new = [r for r in held if r.flag.id in again or (r.flag.id, r.level) not in known]
        if not new:
            return self.remind(conversation)
        return Warned(self._messages(new, "", conversation.possible), only=any(r.flag.id == SELF_HARM for r in new))

    def remind(self, conversation: Conversation) -> Warned:
        """What has to be said first to a turn that holds no danger sign of its own."""
        held = [Raised(self._red_flags.flags[name], Level(level)) for name, level in conversation.flags]
        held = sorted(held, key=lambda r: (r.level.rank, r.flag.id))
        held = [r for r in held if r.level.rank < Level.SOON.rank]
        return Warned(self._messages(held, "_reminder", conversation.possible))

    def _messages(self, raised: list[Raised], kind: str, possible: frozenset[str]) -> list[UrgentMessage]:
        """One message for self-harm, if it is among them, and one for the rest at its highest level."""
        others = [r for r in raised if r.flag.id != SELF_HARM]
        groups = [[r for r in raised if r.flag.id == SELF_HARM], others]
        # Beside thoughts of ending one's life, only what is an emergency too is worth a word.
        if groups[0] and others and others[0].level is not Level.EMERGENCY:
            groups.pop()
        return [self._message(group, kind, possible) for group in groups if group]

    def _message(self, raised: list[Raised], kind: str, possible: frozenset[str]) -> UrgentMessage:
        level = raised[0].level
        topic = "self_harm" if raised[0].flag.id == SELF_HARM else level.value.replace("-", "_")
        first = [r.flag for r in raised if r.level is level][:NAMES_SAID]
        left_open = Template(self._words.responses[POSSIBLE].text)
        names = [left_open.substitute(flags=f.name) if f.id in possible else f.name for f in first]
        advice = " ".join(dict.fromkeys(flag.advice for flag in first if flag.advice))
        text = Template(self._words.responses[f"utter_urgent_{topic}{kind}"].text)
        call = self._words.responses[f"utter_call_{topic}"].text
        fill = self._words.clinic.fill
        return UrgentMessage(
            id=new_message_id(),
            type="urgent",
            text=fill(text.safe_substitute(flags="; ".join(dict.fromkeys(names)), advice=advice)).strip(),
            urgent=Urgent.model_validate(
                {"level": level.value, "flags": list(dict.fromkeys(r.flag.name for r in raised)), "call": fill(call)}
            ),
        )
