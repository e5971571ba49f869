"""A Rasa FAQ bot beside ours: each passage as a response of a ResponseSelector, as Rasa's documentation builds one.

It learns from the ways people ask for each passage, with the names and descriptions of its finding, and from the same
questions that belong elsewhere. Its pipeline is the one that `rasa init` proposes; what differs is EPOCHS, as each of
the documentation's 100 takes long with a thousand responses.
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterable
from typing import Any

import httpx
import yaml

from bot.service.parts import CannotStart
from knowledge.evaluation import Gold, Ranking, rank
from knowledge.index import WAYS
from knowledge.passages import Library, Passage
from tools.build import RASA_ENV, ROOT

FOLDER, NAME = ROOT / "build/bench/faq", "faq"
EPOCHS = {"DIETClassifier": 10, "ResponseSelector": 30}
# Names of a finding in the questions about each of its passages.
NAMES = 6
RANKED = 20


def train(library: Library) -> None:
    """Write it and train it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    passages = [p for p in library.passages.values() if p.finding != library.about.id]
    pipeline: list[dict[str, Any]] = [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": EPOCHS["DIETClassifier"], "entity_recognition": False},
        # ranking_length: all of it would be sent with each reply
        {"name": "ResponseSelector", "retrieval_intent": NAME, "epochs": EPOCHS["ResponseSelector"],
         "ranking_length": RANKED},
    ]  # fmt: skip
    examples = {f"{NAME}/{_key(p.id)}": list(dict.fromkeys(_asked(p, library))) for p in passages}
    examples["out_of_scope"] = list(library.elsewhere)
    nlu = [{"intent": i, "examples": "".join(f"- {t}\n" for t in texts)} for i, texts in examples.items() if texts]
    said = {f"utter_{NAME}/{_key(p.id)}": [{"text": p.text}] for p in passages}
    steps = {NAME: f"utter_{NAME}", "out_of_scope": "utter_nothing"}
    files = {
        "config": {"recipe": "default.v1", "assistant_id": NAME, "language": "en", "pipeline": pipeline,
                   "policies": [{"name": "RulePolicy"}]},
        "domain": {"version": "3.1", "intents": [*steps], "responses": {**said, "utter_nothing": [{"text": "No."}]}},
        "data": {"version": "3.1", "nlu": nlu,
                 "rules": [{"rule": i, "steps": [{"intent": i}, {"action": a}]} for i, a in steps.items()]},
        "credentials": {"rest": None},
    }  # fmt: skip
    for name, content in files.items():
        (FOLDER / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [".venv-rasa/bin/rasa", "train", "--config", f"{FOLDER}/config.yml", "--domain", f"{FOLDER}/domain.yml",
               "--data", f"{FOLDER}/data.yml", "--out", f"{FOLDER}/models", "--fixed-model-name", NAME]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **RASA_ENV}, capture_output=True, text=True)
    if done.returncode:
        raise CannotStart(f"The FAQ bot was not trained:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def ranking(url: str, gold: list[Gold], library: Library) -> Ranking:
    """How well it finds the passage of each question. url: of its server, with `--enable-api`."""
    ids = {_key(passage): passage for passage in library.passages}

    def ranker(text: str) -> list[str]:
        answer = httpx.post(f"{url}/model/parse", json={"text": text}, timeout=30, trust_env=False).raise_for_status()
        rows = answer.json()["response_selector"][NAME]["ranking"]
        return [ids[row["intent_response_key"].split("/")[1]] for row in rows]

    return rank(gold, ranker)


def _asked(passage: Passage, library: Library) -> Iterable[str]:
    """Ways to ask for a passage: what a button says, and the ways of its topic, or of its aspect with several names."""
    yield library.question(passage)
    if passage.topic:
        yield from passage.topic.asked
        return
    finding, ways = library.finding(passage.finding), library.aspects[passage.aspect].asked
    yield from (way.format(name=finding.title) for way in ways[:WAYS])
    names = [*finding.also_called, *finding.described_as]
    step = max(1, len(names) // NAMES)
    yield from (way.format(name=name) for way, name in zip(itertools.cycle(ways), names[::step][:NAMES], strict=False))


def _key(passage_id: str) -> str:
    return passage_id.replace("#", "__").replace("-", "_")
