"""An FAQ bot beside ours, as Rasa's own pages build one: a ResponseSelector over the same passages.

Each passage is a response of the retrieval intent `faq`; its examples are what Plainscan learns from too: the ways
people ask for it, its finding's names, and the labelled questions of data/nlu. The features are those that `rasa init`
proposes. A logistic regression reads whether a question is one for the FAQ (DIET would take an hour to train for that),
the selector which passage answers it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import httpx

from knowledge import evaluation
from knowledge.index import label, lessons_of, rows_of
from knowledge.nlu_data import written
from knowledge.passages import Library, load_library
from tools.bench import bare
from tools.build import ROOT

FOLDER = ROOT / "build/bench/faq"
INTENT, OTHER = "faq", "out_of_scope"
EPOCHS = 10
PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "LogisticRegressionClassifier"},
    {"name": "ResponseSelector", "retrieval_intent": INTENT, "epochs": EPOCHS, "random_seed": 0, "ranking_length": 20},
]


def examples_of(library: Library) -> dict[str, list[str]]:
    """Passage id -> its title and what is said to be asked of it."""
    found: dict[str, list[str]] = defaultdict(list)
    for passage in library.passages.values():
        found[passage.id].append(passage.title)
    for row in rows_of(library):
        if label(library, row):
            found[row.passage_id].append(row.text)
    for lesson in lessons_of(library):
        passage_id = f"{lesson.about}#{lesson.aspect}" if lesson.aspect else lesson.about
        if passage_id in library.passages:
            found[passage_id].append(lesson.text)
    return found


def train(library: Library) -> None:
    """Train it on the same material."""
    asked = examples_of(library)
    nlu = [{"intent": f"{INTENT}/{key(passage)}", "examples": written(texts)} for passage, texts in asked.items()]
    nlu.append({"intent": OTHER, "examples": written(library.elsewhere)})
    domain = {
        "version": "3.1",
        "intents": [INTENT, OTHER],
        "responses": {
            "utter_no": [{"text": "I can't help with that."}],
            **{f"utter_{INTENT}/{key(passage)}": [{"text": library.passages[passage].text}] for passage in asked},
        },
    }
    rules = [
        {"rule": intent, "steps": [{"intent": intent}, {"action": action}]}
        for intent, action in ((INTENT, f"utter_{INTENT}"), (OTHER, "utter_no"))
    ]
    config = {"recipe": "default.v1", "language": "en", "pipeline": PIPELINE, "policies": [{"name": "RulePolicy"}]}
    files = {"config": config, "domain": domain, "nlu": {"version": "3.1", "nlu": nlu},
             "rules": {"version": "3.1", "rules": rules}, "credentials": {"rest": None}}  # fmt: skip
    bare.train_in(FOLDER, files, [FOLDER / "nlu.yml"], {"RASA_CACHE_DIRECTORY": str(FOLDER / "cache")})


def accuracy(port: int) -> dict[str, float]:
    """Recall and mean reciprocal rank on the `report` half, and how many questions without an answer got one."""
    library = load_library()
    train(library)
    gold = [q for q in evaluation.load_questions(ROOT / "tests/questions.yml") if q.split == "report"]
    passages = {f"{INTENT}/{key(passage)}": passage for passage in library.passages}
    with bare.running(port, FOLDER) as (url, _), httpx.Client(trust_env=False, timeout=30) as http:
        parse = httpx.URL(url).copy_with(path="/model/parse")
        read = {q.text: http.post(parse, json={"text": q.text}).raise_for_status().json() for q in gold}
    found = {
        text: [passages[row["intent_response_key"]] for row in parsed["response_selector"][INTENT]["ranking"]]
        for text, parsed in read.items()
    }
    ranking = evaluation.rank(gold, found.__getitem__)
    answered = sum(not q.accept and read[q.text]["intent"]["name"] == INTENT for q in gold)
    return {
        "recall_1": ranking.recall_1, "recall_3": ranking.recall_3, "mrr": ranking.mrr,
        "off_topic": sum(not q.accept for q in gold), "of_it_answered": answered,
    }  # fmt: skip


def key(passage_id: str) -> str:
    """A passage's id as Rasa takes it: `/` and `#` have a meaning there."""
    return passage_id.replace("#", ".")
