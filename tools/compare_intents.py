"""`make compare-intents`, `python -m tools.compare_intents [NUMBER …]`: ways to read intents, on the same examples.

An eighth of the examples of data/nlu of up to 30 words, chosen by their text alone, and the 2,000 most frequent groups
of letters: with all of them DIET did not get through its folds in an hour on two cores, as it pads each batch to its
longest message. Rasa itself cross-validates each pipeline on them, and then trains it on all of them and tests it on
tests/nlu and on the aspects of the `choose` half of tests/questions.yml. The encoder is the plain one, as our adapter
has learned from every example; the last line is what runs, trained on all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from knowledge.condense import LONG
from knowledge.embedding import export_encoder
from knowledge.evaluation import load_questions
from knowledge.nlu_data import examples, written
from knowledge.passages import load_library
from tools.adapt_intents import fold_of
from tools.build import RASA_ENV, ROOT
from tools.levels import asked_for

FOLDER = ROOT / "build/compare_intents"
PARTS, FOLDS = 8, 2
# A third of what `rasa init` proposes.
EPOCHS = 30
RUNNING = "models/rasa/plainscan.tar.gz"
LETTERS: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4, "max_features": 2000},
]
REGRESSION = {"name": "LogisticRegressionClassifier", "max_iter": 150, "tol": 0.001}
DIET = {"name": "DIETClassifier", "epochs": EPOCHS, "entity_recognition": False, "random_seed": 0}

Rows = Iterable[tuple[str, str]]  # text, intent


def pipelines() -> dict[str, list[dict[str, Any]]]:
    """What is compared, by name, the quickest first; the second is ours, on the plain encoder."""
    ours = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    ours = [dict(row) for row in ours if row["name"] != "FallbackClassifier"]
    encoder = next(row for row in ours if row["name"].endswith("SentenceEncoder"))
    encoder["folder"] = str(FOLDER / "encoder")
    return {
        "letter groups, logistic regression": [*LETTERS, REGRESSION],
        "sentence vectors, logistic regression": ours,
        # DIET reads words as well: it takes no message that has a sentence's features alone
        "words and sentence vectors, DIET": [LETTERS[0], LETTERS[2], encoder, DIET],
        "letter groups, DIET": [*LETTERS, DIET],
        "sentence vectors and letter groups, DIET": [*LETTERS, encoder, DIET],
    }


def sample() -> list[tuple[str, str]]:
    """A part of the examples, without the long ones."""
    rows = examples(ROOT / "data/nlu")
    return [row for row in rows if fold_of(row[0], PARTS) == 0 and len(row[0].split()) <= LONG]


def questions() -> list[tuple[str, str]]:
    """The questions of the `choose` half that ask for an aspect of a finding, with its intent."""
    gold = [q for q in load_questions(ROOT / "tests/questions.yml") if q.split == "choose" and q.accept]
    intents = {aspect: intent for intent, aspect in load_library().aspect_of_intent.items()}
    asked = [(q.text, intents.get(q.accept[0].partition("#")[2])) for q in gold]
    return [(text, intent) for text, intent in asked if intent]


def write(file: Path, rows: Rows) -> Path:
    by_intent = defaultdict(list)
    for text, intent in rows:
        by_intent[intent].append(text)
    nlu = [{"intent": intent, "examples": written(texts)} for intent, texts in by_intent.items()]
    file.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")
    return file


def rasa(*words: str | Path) -> None:
    command = [".venv-rasa/bin/rasa", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **RASA_ENV}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def scores(folder: Path) -> tuple[float, float]:
    """Accuracy and macro-F1 of Rasa's report, over the intents that it was asked for."""
    report = json.loads((folder / "intent_report.json").read_text(encoding="utf-8"))
    rows = asked_for(report).values()
    right = sum(row["recall"] * row["support"] for row in rows)
    return right / sum(row["support"] for row in rows), sum(row["f1-score"] for row in rows) / len(rows)


def tested(model: str | Path, name: str, nlu: Path) -> tuple[float, float]:
    out = FOLDER / "results" / name
    rasa("test", "nlu", "--nlu", nlu, "--model", model, "--out", out, "--no-plot", "--no-errors")
    return scores(out)


def main(wanted: Sequence[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    export_encoder(FOLDER / "encoder")
    learned = write(FOLDER / "sample.yml", sample())
    asked = write(FOLDER / "questions.yml", questions())
    print(
        f"{len(sample())} of {len(examples(ROOT / 'data/nlu'))} examples, {FOLDS} folds, {len(questions())} questions"
    )
    print("| | cross-validation: accuracy | macro-F1 | tests/nlu: accuracy | macro-F1 | aspects of questions |")
    print("|---" * 6 + "|")
    for number, (name, pipeline) in enumerate(pipelines().items()):
        if wanted and str(number) not in wanted:
            continue
        config = FOLDER / f"config{number}.yml"
        config.write_text(yaml.safe_dump({"recipe": "default.v1", "language": "en", "pipeline": pipeline}))
        folds = FOLDER / f"results/folds{number}"
        rasa("test", "nlu", "--cross-validation", "--folds", str(FOLDS), "--nlu", learned, "--config", config,
             "--out", folds, "--no-plot", "--no-errors")  # fmt: skip
        rasa("train", "nlu", "--nlu", learned, "--config", config, "--out", FOLDER, "--fixed-model-name", f"m{number}")
        row = [*scores(folds), *tested(FOLDER / f"m{number}.tar.gz", f"nlu{number}", ROOT / "tests/nlu")]
        row.append(tested(FOLDER / f"m{number}.tar.gz", f"questions{number}", asked)[0])
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in row) + " |", flush=True)
    row = [*tested(RUNNING, "nlu", ROOT / "tests/nlu"), tested(RUNNING, "questions", asked)[0]]
    print("| what runs: adapted vectors, all examples | | | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
