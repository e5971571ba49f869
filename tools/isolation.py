"""`python -m tools.isolation`: do parallel conversations ever hear of each other? Asks Plainscan for many turns.

Each conversation is about a finding of its own. It names it once and then asks on without a name, presses its own
buttons, presses another conversation's, and types commands; every reply has to be about its own finding, and what is
not its own has to be refused. `--url` asks a Plainscan that is running; otherwise one is started. Exit code 1 when
anything was heard from elsewhere, lost or refused.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import os
import random
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.service.launcher import Service
from bot.service.parts import CannotStart, plainscan_parts
from knowledge.passages import load_library
from tools.bench.load import MESSAGES, UNLIMITED
from tools.build import ROOT

AT_ONCE = 8
FOLLOW_UPS = ("And how long will that take?", "What causes it?", "How is it treated?", "Is it serious?")
# Nobody's topic: obeyed, they would empty the conversation or change what it is about.
COMMANDS = ("/restart", "/session_start", ' /explain_passage{"passage": "about#privacy"}', "@bot /back")


@dataclass
class Talk:
    """One conversation: its finding, what it may press, and what went wrong in it, in words without its content."""

    finding: str
    title: str
    token: str = ""
    turns: int = 0
    action: str = ""
    own: bool = False  # the last reply was about the own finding
    faults: list[str] = field(default_factory=list)


def findings_of(message: Mapping[str, Any]) -> set[str]:
    """The findings that a message explains or offers."""
    ids = [message["passage"]["id"]] if message.get("passage") else []
    ids += [choice["passage_id"] for choice in message.get("choices", [])]
    return {passage.split("#")[0] for passage in ids}


async def converse(http: httpx.AsyncClient, talk: Talk, others: Sequence[Talk], turns: int, seed: int) -> None:
    """Take `turns` turns. What is heard of a finding that is nobody's but another conversation's is a fault."""
    chance = random.Random(seed)
    talk.token = (await http.post("/api/conversations")).raise_for_status().json()["token"]
    foreign = {other.finding for other in others if other is not talk}

    async def send(body: dict[str, str]) -> httpx.Response:
        talk.turns += 1
        return await http.post(MESSAGES, json=body, headers={"Authorization": f"Bearer {talk.token}"})

    async def hear(body: dict[str, str], about_own: bool) -> None:
        response = await send(body)
        if response.status_code != 200:
            talk.faults.append(f"status {response.status_code}")
            return
        messages = response.json()["messages"]
        for message in messages:
            if not message["text"].strip() or message["type"] == "unavailable":
                talk.faults.append(f"message {message['type']}")
            # A choice may name neighbours of a finding; an explanation after a name, or of a follow-up, may not.
            if message["type"] == "explanation" and about_own and findings_of(message) & foreign:
                talk.faults.append(f"{talk.finding}: heard of {findings_of(message)}")
        own = [message for message in messages if talk.finding in findings_of(message)]
        talk.own = talk.own or bool(own)
        for message in own:
            talk.action = next((button["action"] for button in message["buttons"]), talk.action)

    while talk.turns < turns:
        await hear({"text": f"What is {talk.title}?"}, about_own=True)
        for _ in range(3):
            await hear({"text": chance.choice(FOLLOW_UPS)}, about_own=talk.own)
        # A command of the past must not end what is being talked about.
        await hear({"text": chance.choice(COMMANDS)}, about_own=False)
        await hear({"text": f"What is {talk.title}?"}, about_own=True)
        if talk.action:
            await hear({"action": talk.action}, about_own=False)
        other = chance.choice(others)
        if other is not talk and other.action and (await send({"action": other.action})).status_code != 404:
            talk.faults.append("another conversation's button could be pressed")


def subjects(count: int) -> list[Talk]:
    """`count` conversations, each about another finding."""
    library = load_library()
    found = [finding for finding in library.findings.values() if finding.passages]
    return [Talk(finding.id, finding.title) for finding in found[:count]]


async def run(url: str, talks: Sequence[Talk], turns: int) -> float:
    """Have all of them talk at once, `turns` turns together; returns the seconds it took."""
    began = time.monotonic()
    # All conversations are open at once. More questions at once than a machine answers in time would only measure that.
    limits, patience = httpx.Limits(max_connections=AT_ONCE), httpx.Timeout(30, pool=None)
    async with httpx.AsyncClient(base_url=url, timeout=patience, limits=limits, trust_env=False) as http:
        each = -(-turns // len(talks))
        await asyncio.gather(*(converse(http, talk, talks, each, seed) for seed, talk in enumerate(talks)))
    return time.monotonic() - began


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.isolation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--url", help="of a Plainscan that is running, without limits of rate; otherwise one is started"
    )
    parser.add_argument("--conversations", type=int, default=50)
    parser.add_argument("--turns", type=int, default=10_000, help="of all conversations together (10,000)")
    arguments = parser.parse_args(argv)
    try:
        talks = subjects(arguments.conversations)
        with ExitStack() as stack:
            url = arguments.url
            if not url:
                os.environ.update(UNLIMITED)
                service = stack.enter_context(Service(plainscan_parts(ROOT), ROOT))
                service.wait_until_ready(lambda line: None)
                url = service.url
            seconds = asyncio.run(run(url, talks, arguments.turns))
    except (CannotStart, httpx.HTTPError) as error:
        print(repr(error), file=sys.stderr)
        return 1
    faults = collections.Counter(fault for talk in talks for fault in talk.faults)
    turns = sum(talk.turns for talk in talks)
    own = sum(talk.own for talk in talks)
    print(f"{len(talks)} conversations, {turns} turns in {seconds:.0f} s, {turns / seconds:.1f} a second")
    print(f"{own} heard of their own finding, {faults.total()} faults")
    for fault, count in faults.most_common(20):
        print(f"  {count} x {fault}")
    return 1 if faults or own < 0.9 * len(talks) else 0


if __name__ == "__main__":
    sys.exit(main())
