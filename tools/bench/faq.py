"""A FAQ bot in the way of Rasa's own documentation beside ours: a ResponseSelector with the same passages as responses.

It has the same sentence vectors (without what ours learned on top of them), Rasa's bags of words and letter groups, and
for each passage the ways people ask for its aspect, with three names of its finding. Out of scope it has our examples.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import yaml

from bot.service.launcher import Service
from knowledge.evaluation import Gold, load_questions
from knowledge.passages import Library, load_library
from tools.bench import bare
from tools.bench.load import Measured, ask, conversation, timed
from tools.build import ROOT

FOLDER = ROOT / "build/bench/faq"
# Names of a finding in the examples, and epochs of the selector; Rasa's default of 300 epochs would take hours.
NAMES, EPOCHS = 3, 40
PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "bot.components.sentence_encoder.SentenceEncoder"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "LogisticRegressionClassifier"},
    {"name": "ResponseSelector", "retrieval_intent": "faq", "epochs": EPOCHS},
]
NOTHING = "I do not know."


def train() -> None:
    """Write its training data, and train it; it takes some ten minutes, and nothing where nothing has changed."""
    library = load_library()
    passages = [p for p in library.passages.values() if p.finding != library.about.id]
    asked = {_key(p.id): _examples(library, p.finding, p.aspect) for p in passages}
    nlu = [{"intent": f"faq/{key}", "examples": _lines(texts)} for key, texts in asked.items() if texts]
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    domain = {
        "version": "3.1",
        "intents": ["faq", "out_of_scope"],
        "responses": {
            **{f"utter_faq/{_key(p.id)}": [{"text": p.text}] for p in passages if asked[_key(p.id)]},
            "utter_nothing": [{"text": NOTHING}],
        },
    }
    steps = [("faq", "utter_faq"), ("out_of_scope", "utter_nothing")]
    rules = [{"rule": intent, "steps": [{"intent": intent}, {"action": action}]} for intent, action in steps]
    bare.train_model(
        FOLDER,
        {
            "config": {**config, "pipeline": PIPELINE},
            "domain": domain,
            "nlu": {"version": "3.1", "nlu": nlu},
            "rules": {"version": "3.1", "rules": rules},
            "credentials": {"rest": None},
        },
        ["data/nlu/out_of_scope.yml", f"{FOLDER}/nlu.yml", f"{FOLDER}/rules.yml"],
    )


def _key(passage: str) -> str:
    return passage.replace("#", "--")


def _lines(texts: list[str]) -> str:
    return "".join(f"- {text}\n" for text in texts)


def _examples(library: Library, finding: str, aspect: str) -> list[str]:
    if finding not in library.findings or aspect not in library.aspects:
        return []
    names = library.findings[finding].names[:NAMES]
    return [asked.format(name=name) for asked in library.aspects[aspect].asked for name in names]


def compare(service: Service, _count: int) -> dict[str, dict[str, float]]:
    """Both are asked the `report` half of tests/questions.yml: how often the first answer is right, and how fast;
    all of it, as shares of fewer would say little.

    right: of the questions with an answer. quiet: of those without one, how many get no passage.
    """
    gold = [q for q in load_questions(ROOT / "tests/questions.yml") if q.split == "report"]
    library = load_library()
    said_by = {passage.text: passage.id for passage in library.passages.values()}
    ours, theirs = Measured(), Measured()
    found: dict[str, dict[str, str]] = {"Plainscan": {}, "ResponseSelector": {}}

    async def run(url: str) -> None:
        async with (
            httpx.AsyncClient(base_url=service.url, timeout=30, trust_env=False) as gateway,
            httpx.AsyncClient(timeout=30, trust_env=False) as rasa,
        ):
            for number, question in enumerate(gold):
                body, headers = {"sender": f"c{number}", "message": question.text}, await conversation(gateway)
                reply = await timed(theirs, lambda body=body: rasa.post(url, json=body))  # type: ignore[misc]
                text = " ".join(message.get("text", "") for message in reply.json())
                found["ResponseSelector"][question.text] = said_by.get(text, "")
                said = await timed(ours, lambda text=question.text, headers=headers: ask(gateway, headers, text))  # type: ignore[misc]
                told = [m["passage"]["id"] for m in said.json()["messages"] if m["type"] == "explanation"]
                found["Plainscan"][question.text] = told[0] if told else ""

    with bare.running(service.parts[0].port + 1000, FOLDER) as (url, _):
        asyncio.run(run(url))
    return {
        name: {**_shares(gold, found[name]), "p50": measured.percentile(50), "p95": measured.percentile(95)}
        for name, measured in (("Plainscan", ours), ("ResponseSelector", theirs))
    }


def _shares(gold: list[Gold], found: dict[str, str]) -> dict[str, float]:
    with_answer, without = [q for q in gold if q.accept], [q for q in gold if not q.accept]
    return {
        "right": sum(found[q.text] in q.accept for q in with_answer) / len(with_answer),
        "quiet": sum(not found[q.text] for q in without) / len(without),
    }
