"""`make compare-asking`, `python -m tools.compare_asking`: what condensing and splitting are worth.

Each half of tests/questions.yml by itself, with the trained Rasa and the index as they are. Long questions are read
condensed and then whole, by the intent model and by retrieval; nothing is trained or fitted anew for that. Questions
that the bot takes apart are answered in parts and then as one. Only what retrieval explains counts as told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from actions.explain_finding import ANSWERED, ActionExplainFinding, Part
from actions.thread import Thread
from bot.service.parts import BOUND
from knowledge import index
from knowledge.asker import Asker
from knowledge.condense import LONG
from knowledge.embedding import SentenceEmbedder
from knowledge.evaluation import WORTH, Gold, Intents, ask, decide, load_intents, load_questions, outcome, ranking_of
from knowledge.follow_ups import without_denied
from knowledge.index import IndexRefused
from knowledge.names import NameIndex, finding_names
from knowledge.passages import load_library
from knowledge.retrieval import Retriever, Verdict, load_retriever
from knowledge.splitting import split
from tools.build import RASA_ENV, ROOT

QUESTIONS = Path("tests/questions.yml")
HALVES = ("report", "choose")
# Runs in the Rasa environment: the intents as Rasa always reads them, and again without condensing.
_READ = """
import asyncio, pathlib, sys
import bot.components.sentence_encoder as encoder
from tools.read_intents import read

folder = pathlib.Path(sys.argv[1])
asyncio.run(read(folder / "texts.yml", folder / "condensed.json"))
encoder.condense = lambda text, names: text
asyncio.run(read(folder / "texts.yml", folder / "whole.json"))
"""

# text -> its intent ranking, as Rasa gives it
Rankings = Mapping[str, Sequence[Mapping[str, Any]]]


class ReadingFailed(Exception):
    """Rasa did not read the intents; the message has the end of what it said."""


def read_intents(texts: Sequence[str], folder: Path) -> None:
    """Write what Rasa reads in each text to `folder`: condensed.json and whole.json. Raises ReadingFailed."""
    (folder / "texts.yml").write_text(yaml.safe_dump([{"text": text} for text in texts]), encoding="utf-8")
    command = [".venv-rasa/bin/python", "-c", _READ, str(folder)]
    done = subprocess.run(
        [sys.executable, str(BOUND), "SIGTERM", *command],
        env={**os.environ, **RASA_ENV}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:  # only then of use: Rasa logs each text that it reads
        raise ReadingFailed(f"Rasa read no intents:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def compare_condensing(questions: Sequence[Gold], retriever: Retriever, condensed: Intents, whole: Intents) -> None:
    """Print how these questions are answered, condensed and whole."""
    decided = {"condensed": decide(ask(questions, retriever, condensed), retriever)}
    with patch("knowledge.retrieval.condense", lambda text, names: text):
        decided["whole"] = decide(ask(questions, retriever, whole), retriever)
    right = {}
    for name, decisions in decided.items():
        outcomes = Counter(outcome(gold, decision) for gold, decision in decisions)
        right[name] = {gold.id for gold, decision in decisions if outcome(gold, decision) == "right"}
        print(f"  {name:10}{ranking_of(decisions)}")
        print(" " * 12 + "  ".join(f"{kind} {outcomes[kind]}" for kind in WORTH))
    print_gained("right", *right.items())


def compare_splitting(
    questions: Sequence[Gold], parts: Mapping[str, Sequence[str]], action: ActionExplainFinding, rankings: Rankings
) -> None:
    """Print which passages answer these questions, in parts and as one."""
    names = NameIndex(finding_names())

    def as_one(text: str) -> str:
        return without_denied(text, [(m.id, m.start, m.end) for m in names.find(text)])

    asked = {
        "in parts": {q: [Part(part, rankings[part]) for part in parts[q.text]] for q in questions},
        "as one": {q: [Part(as_one(q.text), rankings[q.text])] for q in questions},
    }
    answered = {}
    for name, messages in asked.items():
        told = {q: told_in(message, action) for q, message in messages.items()}
        passages = [(q, passage) for q, found in told.items() for passage in found]
        accepted = sum(passage in q.accept for q, passage in passages)
        strange = sum(passage.split("#")[0] not in {a.split("#")[0] for a in q.accept} for q, passage in passages)
        answered[name] = {q.id for q, found in told.items() if set(found) & set(q.accept)}
        count = sum(bool(q.accept) for q in questions)
        print(
            f"  {name:10}an accepted passage is told in {len(answered[name])} of {count}"
            f" ({len(answered[name]) / count:.3f});"
            f" {len(passages)} passages told, {accepted} accepted, {strange} of another finding"
        )
    print_gained("an accepted passage", *answered.items())


def told_in(message: Sequence[Part], action: ActionExplainFinding) -> list[str]:
    """Ids of the passages that the bot tells in answer to a message that begins a conversation, each once."""
    decided = action._decide(" ".join(part.text for part in message), message, Thread())
    told = dict.fromkeys(d.passage.id for _, d in decided if d.verdict is Verdict.EXPLAINED)
    return list(told)[:ANSWERED]


def print_gained(what: str, one: tuple[str, set[str]], other: tuple[str, set[str]]) -> None:
    """Print how many questions have it in only one of the two ways: so few questions say little by their shares."""
    (name, having), (other_name, other_having) = one, other
    print(f"  {what} only {name} {len(having - other_having)}, only {other_name} {len(other_having - having)}")


def compare() -> None:
    """Print both comparisons for each half."""
    library, embedder = load_library(), SentenceEmbedder().load()
    retriever = load_retriever(embedder, library, index.load(library, embedder))
    names, questions = NameIndex(finding_names()), load_questions(QUESTIONS)
    parts = {q.text: found for q in questions if len(found := split(q.text, names.find)) > 1}
    long = [q for q in questions if len(q.text.split()) > LONG]
    texts = [q.text for q in long] + [text for whole, found in parts.items() for text in (whole, *found)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        read_intents(list(dict.fromkeys(texts)), folder)
        condensed, whole = (load_intents(folder / f"{way}.json", library) for way in ("condensed", "whole"))
        rankings: Rankings = json.loads((folder / "condensed.json").read_text(encoding="utf-8"))
    action = ActionExplainFinding(retriever, Asker.load())
    for half in HALVES:
        chosen = [q for q in long if q.split == half]
        print(f"{half} half, {len(chosen)} questions of more than {LONG} words:")
        compare_condensing(chosen, retriever, condensed, whole)
        chosen = [q for q in questions if q.split == half and q.text in parts]
        print(f"{half} half, {len(chosen)} questions that are taken apart:")
        compare_splitting(chosen, parts, action, rankings)


def main() -> int:
    os.chdir(ROOT)
    try:
        compare()
    except (IndexRefused, ReadingFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
