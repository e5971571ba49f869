"""`python -m tools.bench.soak`: patients at a steady pace for a while; prints each minute what each process holds.

Drift is the memory of the last quarter over that of the quarter before the middle, after a start that fills caches:
medians, as a collection of garbage moves single figures. Exit code 1 when a process drifted by more than 5 %, or an
answer was missing.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import os
import statistics
import sys
import time
from collections.abc import Sequence

import httpx

from bot.service.launcher import Service
from bot.service.parts import CannotStart, plainscan_parts
from tools.bench.load import A_CONVERSATION, UNLIMITED, ask, conversation, examples, kind
from tools.bench.processes import each, memory_mb
from tools.build import ROOT

MOST_DRIFT = 0.05
SAMPLE_SECONDS = 10.0


async def talk(url: str, rate: float, seconds: float, counted: collections.Counter[str]) -> None:
    """Ask `rate` questions a second, each conversation after A_CONVERSATION questions erased and a new one begun."""
    texts = examples(ROOT / "tests/nlu", 500)
    began, asked, running = time.monotonic(), 0, set[asyncio.Task[None]]()
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:

        async def one(headers: dict[str, str], text: str) -> None:
            counted[kind(await ask(http, headers, text))] += 1

        headers = await conversation(http)
        while time.monotonic() - began < seconds:
            if asked % A_CONVERSATION == A_CONVERSATION - 1:
                await asyncio.gather(*running)
                await http.delete("/api/conversations/current", headers=headers)
                headers = await conversation(http)
            # one after the other in a conversation: a second message at once would be refused
            await asyncio.gather(*running)
            running = {asyncio.create_task(one(headers, texts[asked % len(texts)]))}
            asked += 1
            await asyncio.sleep(max(0.0, began + asked / rate - time.monotonic()))
        await asyncio.gather(*running)


async def watch(
    service: Service, rate: float, minutes: float
) -> tuple[list[dict[str, float]], collections.Counter[str]]:
    """Megabytes of each process, every SAMPLE_SECONDS, while patients talk; and the answers they got."""
    counted, samples = collections.Counter[str](), list[dict[str, float]]()
    talking = asyncio.create_task(talk(service.url, rate, minutes * 60, counted))
    while not talking.done():
        await asyncio.wait([talking], timeout=SAMPLE_SECONDS)
        samples.append(each(service.pids, memory_mb))
        if len(samples) % 6 == 1:
            shown = "  ".join(f"{name} {mb:.1f}" for name, mb in samples[-1].items())
            print(
                f"{len(samples) * SAMPLE_SECONDS / 60:4.1f} min  {counted.total():5} answers  MB: {shown}", flush=True
            )
    await talking
    return samples, counted


def drift(megabytes: Sequence[float]) -> float:
    """How much more is held in the last quarter than in the second one, as a share; 0.02 is 2 % more."""
    quarter = max(1, len(megabytes) // 4)
    before, after = megabytes[quarter : 2 * quarter] or megabytes[:1], megabytes[-quarter:]
    return statistics.median(after) / statistics.median(before) - 1


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=2, help="questions a second (2)")
    arguments = parser.parse_args(argv)
    os.environ.update(UNLIMITED)
    try:
        with Service(plainscan_parts(ROOT), ROOT) as service:
            service.wait_until_ready(lambda line: None)
            samples, counted = asyncio.run(watch(service, arguments.rate, arguments.minutes))
    except (CannotStart, httpx.HTTPError) as error:
        print(repr(error), file=sys.stderr)
        return 1
    drifts = {name: drift([sample[name] for sample in samples if name in sample]) for name in samples[0]}
    missing = counted["unavailable"] + counted["empty"] + counted["error"]
    print(f"{counted.total()} answers, {missing} missing; " + ", ".join(f"{n} {d:+.1%}" for n, d in drifts.items()))
    return 1 if missing or max(drifts.values()) > MOST_DRIFT else 0


if __name__ == "__main__":
    sys.exit(main())
