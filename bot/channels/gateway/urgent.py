"""Danger signs of a conversation: found before Rasa is asked, said first, and not forgotten while it lasts."""

import asyncio
from dataclasses import dataclass
from string import Template

from bot.channels.gateway.conversations import Conversation
from bot.channels.gateway.messages import Urgent, UrgentMessage, new_message_id
from bot.channels.gateway.tracing import stage
from bot.channels.gateway.words import GUESSED, POSSIBLE, Words
from knowledge.danger_reader import DangerReader, SecondOpinion
from knowledge.red_flags import Flag, Level, Raised, RedFlags

SELF_HARM = "rf-suicide"
# More names than this in one message, and none is read.
NAMES_SAID = 3


@dataclass(frozen=True)
class Warned:
    """What is said first; `only` means that nothing else is said: somebody has just written of ending their life."""

    messages: list[UrgentMessage]
    only: bool = False


@dataclass(frozen=True)
class Heard:
    """What the rules hear in a text.

    Attributes:
        typed: what the second reader is to read. alone: the flags of this text alone. held: those of the conversation
            with it. new: of these, what is to be said in full. known: flags and levels known before. report: it is one.
    """

    typed: str
    alone: list[Raised]
    held: list[Raised]
    new: list[Raised]
    known: frozenset[tuple[str, str]]
    report: bool = False

    @property
    def only(self) -> bool:
        """Somebody has just written of ending their life: nothing else is said."""
        return any(r.flag.id == SELF_HARM for r in self.new)


class Alarm:
    """Reads what a patient sends, and makes the urgent messages that come before anything else.

    Args:
        red_flags: the rules. second_reader: what reads beside them what they miss; None where there is none.
    """

    def __init__(self, red_flags: RedFlags, words: Words, second_reader: DangerReader | None = None) -> None:
        self._red_flags = red_flags
        self._second_reader = second_reader
        self._words = words

    async def read(
        self, conversation: Conversation, text: str, report: bool = False, typed: str | None = None
    ) -> Warned:
        """What has to be said first to a text: what the rules hear in it, and then the second reader."""
        return await self.warn(conversation, self.hear(conversation, text, report, typed))

    def hear(self, conversation: Conversation, text: str, report: bool = False, typed: str | None = None) -> Heard:
        """What the rules hear in this text, together with all that was read before in the conversation.

        A flag that this text raises, alone or with what was said before, is new, and is said in full; one raised
        earlier is not. One to be checked soon is new once: to hear it at every turn would only feed fear.

        Args:
            report: the text is a report. typed: what the patient may have written of themselves beside it, if anything.
        """
        with stage("danger-signs"):
            signs, sure = self._red_flags.read_sure(text, report)
            if report and typed is not None:
                typed_signs, typed_sure = self._red_flags.read_sure(text)
                signs, sure = signs | typed_signs, sure | typed_sure
        known = conversation.flags
        raised_before = {(r.flag.id, r.level) for r in self._red_flags.raised(conversation.signs)}
        alone = self._red_flags.raised(signs)
        by_itself = {r.flag.id for r in alone}
        # What was taken back before counts as unsaid, and is held again only where it is told again.
        said, unsaid = raised_before & known, raised_before - known
        held = [
            r
            for r in self._red_flags.raised(conversation.signs | signs)
            if (r.flag.id, r.level) not in unsaid or r.flag.id in by_itself
        ]
        certain = {r.flag.id for r in self._red_flags.raised(conversation.signs | sure)} - conversation.possible
        certain |= {r.flag.id for r in self._red_flags.raised(sure)}
        conversation.possible = (conversation.possible | {r.flag.id for r in held}) - certain
        conversation.guessed -= {r.flag.id for r in held}
        conversation.signs |= self._red_flags.lasting(signs)
        conversation.flags |= {(r.flag.id, r.level) for r in held}
        again = {r.flag.id for r in held if r.level is not Level.SOON} & by_itself
        new = [r for r in held if r.flag.id in again or (r.flag.id, r.level) not in said]
        return Heard(typed or "" if report else text, alone, held, new, known, report)

    async def warn(self, conversation: Conversation, heard: Heard) -> Warned:
        """The messages to what was heard, with what the second reader adds and less what it takes back, or a reminder
        of what was raised before."""
        opinion = await self._second_opinion(heard)
        new, guess = [r for r in heard.new if r not in opinion.taken_back], opinion.added
        conversation.flags -= {(r.flag.id, r.level) for r in opinion.taken_back} - heard.known
        if guess and not (guess.level is Level.SOON and (guess.flag.id, guess.level) in heard.known):
            if guess.flag.id not in {r.flag.id for r in heard.held}:
                conversation.guessed |= {guess.flag.id}
            conversation.flags |= {(guess.flag.id, guess.level)}
            new = sorted([*(r for r in new if r.flag.id != guess.flag.id), guess], key=lambda r: r.level.rank)
        if not new:
            return self.remind(conversation)
        return Warned(self._messages(new, "", conversation), heard.only)

    async def _second_opinion(self, heard: Heard) -> SecondOpinion:
        if self._second_reader is None:
            return SecondOpinion()
        with stage("second-reader"):
            opinion = await asyncio.to_thread(self._second_reader.beside, heard.typed, heard.alone)
        # it has not read what a report says
        return SecondOpinion(opinion.added) if heard.report else opinion

    def remind(self, conversation: Conversation) -> Warned:
        """What has to be said first to a turn that holds no danger sign of its own."""
        held = [Raised(self._red_flags.flags[name], Level(level)) for name, level in conversation.flags]
        held = sorted(held, key=lambda r: (r.level.rank, r.flag.id))
        held = [r for r in held if r.level.rank < Level.SOON.rank]
        return Warned(self._messages(held, "_reminder", conversation))

    def _messages(self, raised: list[Raised], kind: str, conversation: Conversation) -> list[UrgentMessage]:
        """One message for self-harm, if it is among them, and one for the rest at its highest level."""
        others = [r for r in raised if r.flag.id != SELF_HARM]
        groups = [[r for r in raised if r.flag.id == SELF_HARM], others]
        # Beside thoughts of ending one's life, only what is an emergency too is worth a word.
        if groups[0] and others and others[0].level is not Level.EMERGENCY:
            groups.pop()
        return [self._message(group, kind, conversation) for group in groups if group]

    def _message(self, raised: list[Raised], kind: str, conversation: Conversation) -> UrgentMessage:
        level = raised[0].level
        topic = "self_harm" if raised[0].flag.id == SELF_HARM else level.value.replace("-", "_")
        first = [r.flag for r in raised if r.level is level][:NAMES_SAID]
        names = [self._name(flag, conversation) for flag in first]
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

    def _name(self, flag: Flag, conversation: Conversation) -> str:
        """What a flag is called, and how sure that is."""
        for kind, ids in ((GUESSED, conversation.guessed), (POSSIBLE, conversation.possible)):
            if flag.id in ids:
                return Template(self._words.responses[kind].text).substitute(flags=flag.name)
        return flag.name
