"""A patient who talks to Plainscan through its public API, and the replies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conversations.running import Plainscan

FOLLOW_UPS = ("And how long will that take?", "How long does it take to heal?", "Can I still exercise with it?")
MESSAGES = "/api/conversations/current/messages"


@dataclass(frozen=True)
class Reply:
    """The messages of one reply, at least one, each with words."""

    messages: Sequence[Mapping[str, Any]]

    def __post_init__(self) -> None:
        assert self.messages
        assert all(message["text"].strip() for message in self.messages)

    @property
    def type(self) -> str:
        return str(self.messages[0]["type"])

    @property
    def text(self) -> str:
        return str(self.messages[0]["text"])

    @property
    def passage(self) -> Mapping[str, Any]:
        """What was explained; a reply without an explanation fails the test with what it was instead."""
        assert self.type == "explanation", f"{self.type}: {self.text}"
        return dict(self.messages[0]["passage"])

    @property
    def first_finding(self) -> str | None:
        """The finding that it explains, or offers first."""
        message = self.messages[0]
        row = message.get("passage") or next(iter(message.get("choices", [])), None)
        return (row.get("id") or row["passage_id"]).split("#")[0] if row else None

    @property
    def in_short(self) -> str:
        """What it is, in a line: ids of passages, and how the other messages begin."""
        return " | ".join(
            m["passage"]["id"] if m["type"] == "explanation" else f"{m['type']}: {' '.join(m['text'].split())[:70]}"
            for m in self.messages
        )

    @property
    def buttons(self) -> dict[str, str]:
        """What can be pressed: title to action, choices first."""
        return {
            row["title"]: row["action"]
            for message in self.messages
            for row in [*message.get("choices", []), *message["buttons"]]
        }


class Patient:
    """One conversation. Everything that is said in it is noted, for the search of the logs in the end."""

    def __init__(self, plainscan: Plainscan) -> None:
        self._plainscan = plainscan
        self.http = httpx.Client(base_url=plainscan.url, timeout=15, trust_env=False)
        started = self.http.post("/api/conversations")
        if started.status_code == 429:  # all patients of these tests come from one address
            time.sleep(int(started.headers["Retry-After"]))
            started = self.http.post("/api/conversations")
        assert started.status_code == 201, started.text
        self.conversation: str = started.json()["conversation"]
        self.token: str = started.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.reply = self.greeting = Reply(started.json()["messages"])

    def says(self, text: str) -> Reply:
        """Type a message."""
        return self._answered(self.send({"text": text}))

    def pastes(self, report: str) -> Reply:
        """Send a report."""
        return self._answered(self.send({"report": report}))

    def presses(self, title: str) -> Reply:
        """Press a button of the last reply."""
        return self._answered(self.send({"action": self.reply.buttons[title]}))

    def finding_in_mind(self) -> str | None:
        """The finding that Plainscan takes a question to be about when it names none; None when it can't tell.

        Asked in more than one way, because it is about the memory of the conversation, not about retrieval.
        """
        findings = (self.says(question).first_finding for question in FOLLOW_UPS)
        return next((finding for finding in findings if finding), None)

    def send(self, body: Any) -> httpx.Response:
        """Send a body as JSON, whatever it is."""
        if isinstance(body, dict):
            self._plainscan.heard += [str(body[name]) for name in ("text", "report", "reason") if name in body]
        return self.send_bytes(json.dumps(body).encode("ascii"))  # escapes carry what UTF-8 cannot: lone surrogates

    def send_bytes(self, body: bytes, media_type: str = "application/json") -> httpx.Response:
        """Send bytes as they are."""
        return self.http.post(MESSAGES, content=body, headers={"Content-Type": media_type})

    def erases(self) -> int:
        """Have the conversation erased; returns the status."""
        return self.http.delete("/api/conversations/current").status_code

    def _answered(self, response: httpx.Response) -> Reply:
        assert response.status_code == 200, response.text
        self.reply = Reply(response.json()["messages"])
        return self.reply


@contextmanager
def patients(plainscan: Plainscan) -> Iterator[Callable[[], Patient]]:
    """Makes patients, each with a conversation of their own; their connections close with the block."""
    with ExitStack() as connections:

        def arrive() -> Patient:
            patient = Patient(plainscan)
            connections.callback(patient.http.close)
            return patient

        yield arrive
