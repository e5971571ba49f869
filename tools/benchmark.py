"""`python -m tools.benchmark`: how fast one user is answered through gateway, Rasa and action server.

Starts Plainscan on the configured ports and asks the examples of tests/nlu; `--url` asks one that is running. Exit
code 1 when the median or the 95th percentile is above what is promised.
"""

from __future__ import annotations

import argparse
import collections
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import yaml

from bot.service.launcher import Service
from bot.service.parts import CannotStart, plainscan_parts
from tools.build import ROOT

MEDIAN_MS = 60.0
P95_MS = 150.0
# Below the gateway's 30 messages a minute, so that no conversation is told to slow down.
A_CONVERSATION = 20


def questions(folder: Path, count: int) -> list[str]:
    """`count` examples, evenly over all NLU files of a folder. Raises CannotStart when there are none."""
    texts = []
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            texts += [
                line.removeprefix("- ").strip() for line in block.get("examples", "").splitlines() if line.strip()
            ]
    if not texts:
        raise CannotStart(f"No examples in {folder}: there is nothing to ask.")
    return [texts[number * len(texts) // count] for number in range(count)]


def measure(url: str, texts: Sequence[str]) -> tuple[list[float], collections.Counter[str]]:
    """Milliseconds of each reply, in order, and how many replies began with a message of each type."""
    milliseconds, types = [], collections.Counter[str]()
    with httpx.Client(base_url=url, timeout=15, trust_env=False) as client:
        for at in range(0, len(texts), A_CONVERSATION):
            token = client.post("/api/conversations").raise_for_status().json()["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            for text in texts[at : at + A_CONVERSATION]:
                began = time.perf_counter()
                reply = client.post("/api/conversations/current/messages", json={"text": text}).raise_for_status()
                milliseconds.append((time.perf_counter() - began) * 1000)
                types[reply.json()["messages"][0]["type"]] += 1
            client.delete("/api/conversations/current").raise_for_status()
    return milliseconds, types


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.benchmark", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", help="of a Plainscan that is running; otherwise one is started")
    parser.add_argument("--count", type=int, default=200, help="questions to ask (200)")
    arguments = parser.parse_args(argv)
    try:
        texts = questions(ROOT / "tests/nlu", arguments.count)
        with ExitStack() as stack:
            url = arguments.url
            if not url:
                service = stack.enter_context(Service(plainscan_parts(ROOT), ROOT))
                print(f"started in {service.wait_until_ready(lambda line: None):.1f} s")
                url = service.url
            milliseconds, types = measure(url, texts)
    except (CannotStart, httpx.HTTPError) as error:
        print(error, file=sys.stderr)
        return 1
    median, p95 = statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1]
    print(f"{len(milliseconds)} replies: {', '.join(f'{count} {kind}' for kind, count in types.most_common())}")
    print(f"median {median:.0f} ms (at most {MEDIAN_MS:.0f}), p95 {p95:.0f} ms (at most {P95_MS:.0f})")
    return 0 if median <= MEDIAN_MS and p95 <= P95_MS else 1


if __name__ == "__main__":
    sys.exit(main())
