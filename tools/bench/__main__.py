"""`python -m tools.bench [part …]`: what answers cost, side by side, in one run.

    path       our whole path beside a bare Rasa that says one sentence, and an FAQ bot by Rasa's ResponseSelector
    faq        that FAQ bot's accuracy on the questions of `retrieval`
    users      1, 5, 10 and 20 users back to back
    crowd      10 users back to back for 3 minutes
    workers    10 users beside one Rasa, and beside two that share conversations (where there is redis-server)
    talk       a question of a conversation of 1 to 200 turns
    retrieval  encode, search and decide, beside Haystack, BM25 and MiniLM alone
    encoders   torch, ONNX Runtime and OpenVINO
    passages   search among 500, 5,000 and 50,000 passages
    start      seconds to the first answer, and memory of each process

All of them where none is named. `--write` puts the tables and the plot into docs/benchmarks.md.
Nothing is judged: a machine that is busy with something else is slower, and then ratios alone mean something.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx

from bot.service.launcher import Service
from bot.service.parts import CannotStart, plainscan_parts
from knowledge.passages import load_library
from tools.bench import bare, faq, search
from tools.bench.load import UNLIMITED, Measured, ask, ask_as, conversation, examples, for_seconds, kind, timed
from tools.bench.processes import cpu_ms, each, memory_mb
from tools.build import ROOT

Table = dict[str, dict[str, float]]
RESULTS = ROOT / "build/bench/results.json"
PAGE, PICTURE = ROOT / "docs/benchmarks.md", ROOT / "docs/pictures/benchmarks.svg"
BEGIN, END = "<!-- make bench ARGS=--write writes from here -->\n", "<!-- to here -->"
USERS = (1, 5, 10, 20)
CROWD, CROWD_SECONDS = 10, 180.0
OURS, BARE, FAQ = "Plainscan", "bare Rasa", "FAQ bot"
TURNS = (1, 20, 50, 100, 200)


@contextmanager
def _plainscan() -> Iterator[tuple[Service, float]]:
    """A Plainscan without limits of rate, and the seconds until it answered."""
    os.environ.update(UNLIMITED)
    with Service(plainscan_parts(ROOT), ROOT) as service:
        yield service, service.wait_until_ready(lambda line: None)


def path(service: Service, count: int) -> Table:
    """All are asked the same text, one right after the other, so that what else the machine does falls on each."""
    texts, port = examples(ROOT / "tests/nlu", count), service.parts[0].port + 1000

    async def run(others: Mapping[str, str]) -> dict[str, Measured]:
        taken = {name: Measured() for name in (OURS, *others)}
        async with (
            httpx.AsyncClient(base_url=service.url, timeout=30, trust_env=False) as gateway,
            httpx.AsyncClient(timeout=30, trust_env=False) as rasa,
        ):
            for number, text in enumerate(texts):
                if number % 20 == 0:
                    headers = await conversation(gateway)
                body = {"sender": f"c{number // 20}", "message": text}
                for name, url in others.items():
                    await timed(taken[name], lambda url=url, body=body: rasa.post(url, json=body))  # type: ignore[misc]
                said = await timed(taken[OURS], lambda text=text, headers=headers: ask(gateway, headers, text))  # type: ignore[misc]
                taken[OURS].types[kind(said)] += 1
        return taken

    with bare.running(port) as (bare_url, bare_pid), bare.running(port + 1, faq.FOLDER) as (faq_url, faq_pid):
        others = {BARE: bare_url, FAQ: faq_url}
        pids = {**service.pids, BARE: bare_pid, FAQ: faq_pid}
        asyncio.run(run(others))
        before = each(pids, cpu_ms)
        taken = asyncio.run(run(others))
        after = each(pids, cpu_ms)
    spent = {name: (after[name] - before[name]) / count for name in after}
    spent[OURS] = sum(spent[name] for name in service.pids)
    table = {
        name: {**{f"p{share}": measured.percentile(share) for share in (50, 95)}, "cpu_ms": spent[name]}
        for name, measured in taken.items()
    }
    for name in others:
        table[f"ratio to {name}"] = {column: table[OURS][column] / value for column, value in table[name].items()}
    return {**table, **{f"of it, {name}": {"cpu_ms": spent[name]} for name in service.pids}}


def users(service: Service, count: int) -> Table:
    table = {}
    for number in USERS:
        measured = asyncio.run(ask_as(number, examples(ROOT / "tests/nlu", max(count, 20 * number)), service.url))
        table[f"{number} users" if number > 1 else "1 user"] = measured.row()
    return table


def crowd(service: Service, _count: int) -> Table:
    texts = for_seconds(CROWD_SECONDS, examples(ROOT / "tests/nlu", 1_000))
    return {f"{CROWD} users": asyncio.run(ask_as(CROWD, texts, service.url)).row()}


def workers(count: int) -> Table:
    """Each on a Plainscan of its own, one after the other. Where there is no redis-server, only the first."""
    texts, table = examples(ROOT / "tests/nlu", 5 * count), {}
    with _redis() as url:
        shared = {"one Rasa, with Redis": "1", "two Rasas, with Redis": "2"} if url else {}
        for name, number in {"one Rasa": "", **shared}.items():
            os.environ.update(PLAINSCAN_WORKERS=number, PLAINSCAN_REDIS_URL=url if number else "")
            with _plainscan() as (service, _):
                asyncio.run(ask_as(CROWD, texts[:count], service.url))
                table[name] = asyncio.run(ask_as(CROWD, texts, service.url)).row()
    return table


@contextmanager
def _redis() -> Iterator[str]:
    """The address of a Redis that keeps nothing on disk; empty where none can be started."""
    program = shutil.which("redis-server")
    if not program:
        yield ""
        return
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/redis.sock"
        process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL
        )
        try:
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait()


def talk(service: Service, count: int) -> Table:
    texts = examples(ROOT / "tests/nlu", max(TURNS) + 20)

    async def run() -> Table:
        table: Table = {}
        measured = Measured()
        async with httpx.AsyncClient(base_url=service.url, timeout=30, trust_env=False) as http:
            headers = await conversation(http)
            for turn, text in enumerate(texts, 1):
                await timed(measured, lambda text=text: ask(http, headers, text))  # type: ignore[misc]
                if turn - 20 in TURNS:
                    late = Measured(milliseconds=measured.milliseconds[-20:])
                    table[f"turns {turn - 19} to {turn}"] = {"p50": late.percentile(50), "p95": late.percentile(95)}
        return table

    return asyncio.run(run())


def start(service: Service, seconds: float) -> Table:
    rows = {name: {"memory_mb": mb} for name, mb in each(service.pids, memory_mb).items()}
    return {
        **rows,
        "together": {"memory_mb": sum(row["memory_mb"] for row in rows.values()), "first_answer_s": seconds},
    }


def faq_bot(_count: int) -> Table:
    return {FAQ: faq.accuracy(plainscan_parts(ROOT)[0].port + 1000)}


ALONE: dict[str, Callable[[int], Table]] = {
    "retrieval": search.retrieval,
    "faq": faq_bot,
    "stages": search.stages,
    "encoders": lambda count: search.encoders(examples(ROOT / "tests/nlu", count)),
    "passages": search.growth,
    "workers": workers,
}
RUNNING: dict[str, Callable[[Service, int], Table]] = {
    "path": path,
    "users": users,
    "crowd": crowd,
    "talk": talk,
}
TITLES = {
    "path": "The whole path of a question, beside a bare Rasa and an FAQ bot",
    "users": "Users who ask back to back",
    "crowd": "Ten users who ask back to back for three minutes",
    "workers": "Ten users, one Rasa and two",
    "talk": "A long conversation",
    "start": "Start and memory",
    "retrieval": "Retrieval beside others, on the report half of tests/questions.yml",
    "faq": "An FAQ bot by Rasa's ResponseSelector, on the same questions",
    "stages": "What retrieval does",
    "encoders": "The encoder's backends, one thread",
    "passages": "Search with more passages",
}


def markdown(table: Table) -> str:
    """The table as Markdown; milliseconds with one digit, shares with three."""
    columns = list(dict.fromkeys(name for row in table.values() for name in row))
    lines = ["| | " + " | ".join(name.replace("_", " ") for name in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in table.items():
        cells = [_number(column, row[column]) if column in row else "" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(column: str, value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value:.3f}" if column in ("recall_1", "recall_3", "mrr", "cosine") else f"{value:.1f}"


def write(tables: dict[str, Table]) -> None:
    """Put the tables and their plot into the page, between its marks."""
    panels = [
        {"title": "whole path, median", "unit": "ms",
         "values": {name: tables["path"][name]["p50"] for name in (OURS, BARE, FAQ)}},
        {"title": "processor time of a message", "unit": "ms",
         "values": {name: row["cpu_ms"] for name, row in tables["path"].items() if not name.startswith("ratio")}},
        {"title": "retrieval, median", "unit": "ms",
         "values": {name: row["p50"] for name, row in tables["retrieval"].items()}},
    ]  # fmt: skip
    search.peers("plot", {"file": str(PICTURE), "panels": panels})
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"Measured on {dt.date.today()}: {machine}, load {os.getloadavg()[1]:.1f} from this and other work.\n\n"
    text += "![Medians and processor time, as in the tables below](pictures/benchmarks.svg)\n"
    for name, title in TITLES.items():
        text += f"\n### {title}\n\n{markdown(tables[name])}\n" if name in tables else ""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    known = list(TITLES)
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(known))
    parser.add_argument("--count", type=int, default=200, help="questions for each figure (200)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md, with what was measured before")
    arguments = parser.parse_args(argv)
    if unknown := set(arguments.parts) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    chosen = arguments.parts or known
    tables: dict[str, Table] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}

    def measured(name: str, table: Table) -> None:
        tables[name] = table
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(tables, indent=1), encoding="utf-8")
        print(f"\n{TITLES[name]}\n{markdown(table)}", flush=True)

    try:
        for name in (name for name in ALONE if name in chosen):
            measured(name, ALONE[name](arguments.count))
        running = [name for name in (*RUNNING, "start") if name in chosen]
        if "path" in running:
            bare.train()
            faq.train(load_library())
        if running:
            with _plainscan() as (service, seconds):
                for name in running:
                    measured(
                        name, start(service, seconds) if name == "start" else RUNNING[name](service, arguments.count)
                    )
        if arguments.write:
            write(tables)
    except (CannotStart, httpx.HTTPError, RuntimeError, KeyError) as error:
        print(repr(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
