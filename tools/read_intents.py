"""Write what the trained intent model reads in each gold question, for `python -m knowledge evaluate`.

    .venv-rasa/bin/python tools/read_intents.py tests/questions.yml models/intents.json

The output maps each text to its intent ranking. Runs in the Rasa environment; evaluation then needs no Rasa.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import yaml
from rasa.core.agent import load_agent

MODEL = "models/rasa/plainscan.tar.gz"


async def read(questions: Path, target: Path) -> None:
    agent = await load_agent(MODEL)
    rows = yaml.safe_load(questions.read_text(encoding="utf-8"))
    rankings = {}
    for row in rows:
        parsed = await agent.parse_message(row["text"])
        rankings[row["text"]] = [
            {"name": r["name"], "confidence": round(r["confidence"], 5)} for r in parsed["intent_ranking"]
        ]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rankings, ensure_ascii=False), encoding="utf-8")
    print(f"read {len(rankings)} questions with {MODEL}")


if __name__ == "__main__":
    asyncio.run(read(Path(sys.argv[1]), Path(sys.argv[2])))
