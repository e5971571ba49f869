"""The dialogue scripts: reading them, playing them to a Plainscan that runs, and judging each reply.

A script is a YAML file in a folder named after a behaviour, tests/conversations/<folder>/<what the user does>.yml:

    user: A patient asks how long "that" takes and does not say again what it is.
    turns:
      - says: what is a bone bruise
        answer: [bone-bruise#what-it-is]
      - says: and how long does that take?
        answer: [bone-bruise#recovery-time]

The fields of a turn are those of Turn. `python -m tests.conversations.scripts URL [FOLDER …]` plays the scripts to the
Plainscan at URL and prints what was wrong, by folder; `make serve` starts one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.passages import Library, load_library
from tests.conversations.patient import Patient, Reply
from tests.conversations.running import ROOT, Plainscan, running_at

HERE = Path(__file__).parent
# Cards on these are no finding's.
TOPICS = {"about", "report-language"}
# Said to who asks for a verdict on their own case.
DECLINES = ("utter_cannot_judge", "utter_hold_line")
# response name -> its wordings, with $names and {names} as they stand in bot/domain
Words = Mapping[str, Sequence[str]]

PassageId = Annotated[str, Field(pattern=r"^[a-z0-9-]+#[a-z0-9-]+$")]
ResponseName = Annotated[str, Field(pattern=r"^utter_\w+$")]
Level = Literal["none", "soon", "same-day", "emergency"]


class Turn(BaseModel):
    """What the user does, and what a right reply is. All that is given has to hold; an unknown field is a fault.

    says | presses | pastes: a message, the title of a button of the last reply, or the text of a report.
    answer: any of these is right: a passage as the first card, or a response of bot/domain in the reply.
    answers: the cards, all of them, in this order; with any_order in any.
    finding: each card is about one of these. no_finding: no card is about any. not_finding: no card is about these.
    type: the first message that is not `urgent` is of one of these types.
    words, not_words: responses of bot/domain that are all in the reply, or that are not.
    opens: passages that a button or a choice leads to.
    form: whether the first card holds the passage's short form or the whole.
    declines: it says that it can't judge this person's case.
    caution, no_caution: topics of about# whose short form is said, or is not.
    urgent: the levels of urgent advice of which one is right; nothing given: no urgent advice.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    says: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    presses: str | None = None
    pastes: Annotated[str, Field(min_length=1)] | None = None
    answer: list[PassageId | ResponseName] = []
    answers: list[PassageId] = []
    any_order: bool = False
    finding: list[str] = []
    no_finding: bool = False
    not_finding: list[str] = []
    type: list[Literal["text", "explanation", "choices", "report", "unknown"]] = []
    words: list[ResponseName] = []
    not_words: list[ResponseName] = []
    opens: list[PassageId] = []
    form: Literal["short", "whole"] | None = None
    declines: bool = False
    caution: list[str] = []
    no_caution: list[str] = []
    urgent: list[Level] = ["none"]

    @model_validator(mode="after")
    def _does_one_thing_and_expects_something(self) -> Turn:
        if [self.says, self.presses, self.pastes].count(None) != 2:
            raise ValueError("needs one of `says`, `presses` and `pastes`")
        if not self.model_fields_set - {"says", "presses", "pastes", "any_order"}:
            raise ValueError("expects nothing")
        return self

    @property
    def done(self) -> str:
        """What is said, pressed or pasted."""
        return self.says or self.presses or str(self.pastes)

    def by(self, patient: Patient) -> Reply:
        """Have the patient do it."""
        if self.says is not None:
            return patient.says(self.says)
        return patient.presses(self.presses) if self.presses is not None else patient.pastes(str(self.pastes))

    @property
    def findings(self) -> set[str] | None:
        """The findings that a card may be about; None where the turn does not say."""
        passages = [name for name in [*self.answer, *self.answers] if "#" in name]
        if self.no_finding or passages or self.finding or self.answer or self.words:
            return {passage.split("#")[0] for passage in passages} | set(self.finding)
        return None


class Script(BaseModel):
    """One conversation, and in `user` a sentence about who has it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    user: Annotated[str, Field(pattern=r"^(A|An|Two) .+\.$")]
    turns: Annotated[list[Turn], Field(min_length=1)]


@dataclass(frozen=True)
class Judged:
    """A turn that was played: where it stands, what was wrong (nothing: it was right), and how the reply began.

    wrong_finding: a card was about a finding that the user did not ask about.
    """

    script: str
    number: int
    faults: tuple[str, ...]
    wrong_finding: bool
    said: str
    reply: str

    @property
    def folder(self) -> str:
        return self.script.split("/")[0]

    def __str__(self) -> str:
        return f"{self.script} turn {self.number}: {self.said!r}\n    {'; '.join(self.faults)}\n    {self.reply}"


def read_scripts(folders: Sequence[str] = ()) -> dict[str, Script]:
    """All scripts, or those of some folders: "folder/name" -> script."""
    found = sorted(HERE.glob("*/*.yml"))
    return {
        f"{file.parent.name}/{file.stem}": Script.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in found
        if not folders or file.parent.name in folders
    }


def words_of_domain() -> dict[str, list[str]]:
    """Every response of bot/domain that has words: name -> its wordings."""
    words: dict[str, list[str]] = {}
    for file in sorted((ROOT / "bot/domain").glob("*.yml")):
        for name, variants in (yaml.safe_load(file.read_text(encoding="utf-8")).get("responses") or {}).items():
            texts = [row.get("text") or (row.get("custom") or {}).get("text") for row in variants]
            words[name] = [text for text in texts if text]
    return words


def stands_in(wordings: Sequence[str], text: str) -> bool:
    """Whether a text holds one of a response's wordings; what is filled in for its $names and {names} is left open."""
    flat = " ".join(text.split())
    for wording in wordings:
        fixed = re.split(r"\{+\w+\}+|\$\w+", " ".join(wording.split()))
        if re.search(".+?".join(map(re.escape, fixed)), flat):
            return True
    return False


def judge(turn: Turn, reply: Reply, library: Library, words: Words) -> tuple[list[str], bool]:
    """What is wrong with a reply, each fault in a few words, and whether a card is about a wrong finding."""
    messages = [message for message in reply.messages if message["type"] != "urgent"]
    urgent = [message["urgent"]["level"] for message in reply.messages if message["type"] == "urgent"]
    cards = [message["passage"] for message in messages if message["type"] == "explanation"]
    shown, text = [str(card["id"]) for card in cards], "\n".join(message["text"] for message in reply.messages)
    about = {finding for passage in shown if (finding := passage.split("#")[0]) not in TOPICS}
    # A caution is said in its short form, whatever stands around it.
    cautions = {name: p.short for name, p in library.passages.items() if name.startswith("about#")}
    faults = []

    def expect(right: bool, fault: str) -> None:
        if not right:
            faults.append(fault)

    level = urgent[0] if urgent else "none"
    expect(level in turn.urgent, f"urgent {level}, not {' | '.join(turn.urgent)}")
    if turn.answer:
        said = [name for name in turn.answer if "#" not in name and stands_in(words[name], text)]
        expect(bool(said) or (shown[:1] != [] and shown[0] in turn.answer), f"not {' | '.join(turn.answer)}")
    if turn.answers:
        right = sorted(shown) == sorted(turn.answers) if turn.any_order else shown == turn.answers
        expect(right, f"cards {shown}, not {turn.answers}")
    if turn.finding:
        expect(bool(about) and about <= set(turn.finding), f"not about {' | '.join(turn.finding)}")
    if turn.no_finding:
        expect(not about, f"about {', '.join(sorted(about))}")
    expect(not about & set(turn.not_finding), f"about {', '.join(sorted(about & set(turn.not_finding)))}")
    if turn.type:
        kind = messages[0]["type"] if messages else "urgent alone"
        expect(kind in turn.type, f"{kind}, not {' | '.join(turn.type)}")
    for name in turn.words:
        expect(stands_in(words[name], text), f"does not say {name}")
    for name in turn.not_words:
        expect(not stands_in(words[name], text), f"says {name}")
    for passage in turn.opens:
        title = library.question(library.passages[passage])
        ways = {row["title"] for message in messages for row in [*message.get("choices", []), *message["buttons"]]}
        expect(title in ways, f"no way to {passage}")
    if turn.form:
        written = library.passages[shown[0]] if shown else None
        wanted = written and (written.short if turn.form == "short" else written.text)
        expect(all(card["text"] == wanted for card in cards[:1]) and bool(cards), f"not the {turn.form} form")
    if turn.declines:
        declined = [wording for name in DECLINES for wording in words[name]]
        expect(stands_in(declined, text) or "about#no-diagnosis" in shown, "does not decline to judge")
    for topic in turn.caution:
        expect(cautions[f"about#{topic}"] in text, f"no caution on {topic}")
    for topic in turn.no_caution:
        expect(cautions[f"about#{topic}"] not in text, f"caution on {topic}")
    return faults, turn.findings is not None and not about <= turn.findings


def play(name: str, script: Script, patient: Patient, library: Library, words: Words) -> Iterator[Judged]:
    """A script played to the end, turn by turn. A button that is not there is a fault, and ends the script."""
    for number, turn in enumerate(script.turns, 1):
        if turn.presses is not None and turn.presses not in patient.reply.buttons:
            yield Judged(
                name, number, (f"no button {turn.presses!r}",), False, turn.presses, str([*patient.reply.buttons])
            )
            return
        reply = turn.by(patient)
        faults, wrong = judge(turn, reply, library, words)
        yield Judged(name, number, tuple(faults), wrong, turn.done, reply.in_short)


def play_all(scripts: Mapping[str, Script], plainscan: Plainscan) -> list[Judged]:
    """All turns of all scripts, each script in a conversation of its own."""
    library, words, judged = load_library(), words_of_domain(), list[Judged]()
    for name, script in scripts.items():
        patient = Patient(plainscan)
        with closing(patient.http):
            judged += play(name, script, patient, library, words)
    return judged


def summary(judged: Sequence[Judged]) -> str:
    """What was wrong, and by folder how many turns were right."""
    lines = [str(turn) for turn in judged if turn.faults]
    for folder in sorted({turn.folder for turn in judged}):
        turns = [turn for turn in judged if turn.folder == folder]
        right, wrong = sum(not turn.faults for turn in turns), sum(turn.wrong_finding for turn in turns)
        lines.append(f"{folder:<20} {right:>3} of {len(turns):>3} turns right, {wrong} about a wrong finding")
    right = sum(not turn.faults for turn in judged)
    return "\n".join([*lines, f"{'all':<20} {right:>3} of {len(judged):>3} turns right: {right / len(judged):.3f}"])


def main(argv: Sequence[str]) -> int:
    if not argv or not argv[0].startswith("http"):
        print("usage: python -m tests.conversations.scripts URL [FOLDER …]", file=sys.stderr)
        return 2
    judged = play_all(read_scripts(argv[1:]), running_at(argv[0]))
    print(summary(judged))
    return 1 if any(turn.faults for turn in judged) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
