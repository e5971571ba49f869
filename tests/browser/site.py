"""The gateway as it is, on a port of its own, with a Rasa that says what a test has written for it.

What it says about findings is made by the actions' own code from the real passages; so a card in these tests is a card
of a patient.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import yaml

from actions.messages import choices, explanation
from bot.channels.gateway.app import create_app
from bot.channels.gateway.rasa_client import RasaClient
from bot.channels.gateway.settings import Settings
from knowledge.passages import load_library

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 25)
Reply = dict[str, Any]


class ScriptedRasa:
    """Rasa's channel. What it is asked it looks up in `answers`; what it doesn't find there is unknown.

    Attributes:
        answers: what a patient writes, or a button's payload -> the ReplyMessages.
        heard: all texts and payloads. erased: the conversations that were erased.
        seconds: how long it thinks. down: whether it is.
    """

    def __init__(self) -> None:
        self.library = load_library()
        responses = _responses()
        self.words = {name: response.get("text", "") for name, response in responses.items()}
        # Rasa itself says this one, and it takes single braces in it for slots: hence the double ones.
        unknown = json.dumps(responses["utter_unknown"]["custom"])
        self.unknown: Reply = {"custom": json.loads(unknown.replace("{{", "{").replace("}}", "}"))}
        self.answers: dict[str, list[Reply]] = {}
        self.reset()

    def reset(self) -> None:
        """Forget what a test has taught and what was heard."""
        self.heard: list[str] = []
        self.erased: list[str] = []
        self.seconds = 0.0
        self.down = False
        self.answers = {
            "is marrow edema bad?": [self.passage("bone-marrow-edema#how-serious")],
            "how long does it last": [self.passage("bone-marrow-edema#recovery-time")],
            "stress": [{"custom": choices([self._passage(i) for i in STRESS], self.library, self.words)}],
            "car insurance": [self.unknown],
        }
        for name, replies in yaml.safe_load((Path(__file__).with_name("replies.yml")).read_text("utf-8")).items():
            self.answers[name] = [{"custom": reply} for reply in replies]

    def passage(self, passage_id: str, lead: str = "") -> Reply:
        """The card of a passage, as the action makes it."""
        return {"custom": explanation(self._passage(passage_id), self.library, self.words, TODAY, lead)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            self.erased.append(request.url.path.rpartition("/")[2])
            return httpx.Response(204)
        said = json.loads(request.content)
        asked = said.get("text") or said["payload"]
        self.heard.append(asked)
        time.sleep(self.seconds)
        if self.down:
            return httpx.Response(500, json={"error": "Down"})
        if asked in self.answers:
            return httpx.Response(200, json={"messages": self.answers[asked]})
        if asked.startswith("/explain_passage"):
            passage_id = json.loads(asked.removeprefix("/explain_passage"))["passage"]
            return httpx.Response(200, json={"messages": [self.passage(passage_id)]})
        return httpx.Response(200, json={"messages": self.answers["car insurance"]})

    def _passage(self, passage_id: str) -> Any:
        return self.library.passages[passage_id]


STRESS = ("stress-fracture#what-it-is", "repetitive-overuse#what-it-is", "fracture#what-it-is")


class _Threaded(httpx.AsyncBaseTransport):
    """Asks `rasa` in a thread, so that one that thinks long holds nobody else up."""

    def __init__(self, rasa: ScriptedRasa) -> None:
        self._rasa = rasa

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return await asyncio.to_thread(self._rasa, request)


@contextmanager
def serving(rasa: ScriptedRasa, **settings: Any) -> Iterator[str]:
    """Run the gateway in a thread; gives its address."""
    app = create_app(
        Settings(messages_per_minute=10_000, **settings), RasaClient(["http://rasa.test"], 10, _Threaded(rasa))
    )
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def _responses() -> dict[str, Any]:
    """The first variation of each response of bot/domain, by name."""
    files = sorted((ROOT / "bot/domain").rglob("*.yml"))
    declared = [yaml.safe_load(file.read_text("utf-8")).get("responses") or {} for file in files]
    return {name: variants[0] for responses in declared for name, variants in responses.items()}
