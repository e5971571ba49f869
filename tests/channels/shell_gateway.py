"""A gateway for the shell's tests: the public API with answers that are known beforehand.

`python tests/channels/shell_gateway.py 8099` serves it, to look at the shell by eye.
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Fields = dict[str, Any]

GREETING: list[Fields] = [
    {
        "id": "m1",
        "type": "text",
        "text": "Hello. I explain words from MRI reports. I can't diagnose.",
        "buttons": [
            {"title": "What is bone marrow edema?", "action": "a-what"},
            {"title": "What can you do?", "action": "a-about"},
        ],
    }
]
PASSAGE: Fields = {
    "id": "bone-marrow-edema#how-serious",
    "finding": "bone-marrow-edema",
    "aspect": "how-serious",
    "title": "Bone marrow edema: how serious is it?",
    "text": "Bone marrow edema is most often not dangerous. It is a sign, and what matters is its cause.\n\n"
    "Many causes heal with rest:\n- a bone bruise after a fall\n- more strain on the bone than it is used to",
    "sources": [
        {"title": "Bone bruises", "org": "Clinic A", "year": 2021, "url": "https://a.example/bone-bruises"},
        {"title": "Marrow edema", "org": "Journal B", "year": 2019, "url": "https://b.example/marrow"},
    ],
    "review": {"status": "draft", "reviewed_on": None},
}
EXPLANATION: list[Fields] = [
    {
        "id": "m2",
        "type": "explanation",
        "text": PASSAGE["title"] + "\n\n" + PASSAGE["text"],
        "passage": PASSAGE,
        "buttons": [
            {"title": "What causes it?", "action": "a-causes"},
            {"title": "What should I ask my doctor about the bone marrow edema on my report?", "action": "a-ask"},
        ],
    }
]
CAUSES: list[Fields] = [{"id": "m3", "type": "text", "text": "A knock, strain, or worn cartilage.", "buttons": []}]
UNKNOWN: list[Fields] = [
    {
        "id": "m4",
        "type": "unknown",
        "text": "I can't help with that. I can explain MRI findings.",
        "buttons": [{"title": "What can you do?", "action": "a-about"}],
    }
]
CHOICES: list[Fields] = [
    {
        "id": "m5",
        "type": "choices",
        "text": "Which of these do you mean?",
        "choices": [
            {"title": "Bone bruise", "action": "c-bruise", "passage_id": "bone-bruise#what-it-is"},
            {"title": "Fracture", "action": "c-fracture", "passage_id": "fracture#what-it-is"},
        ],
        "buttons": [{"title": "Fracture", "action": "c-fracture-too"}, {"title": "Something else", "action": "c-else"}],
    }
]
URGENT: list[Fields] = [
    *EXPLANATION,
    {
        "id": "m6",
        "type": "urgent",
        "text": "Numbness between the legs can be an emergency. Don't wait.",
        "urgent": {"level": "emergency", "flags": ["saddle-numbness"], "call": "911"},
        "buttons": [],
    },
]
UNAVAILABLE: list[Fields] = [
    {
        "id": "m7",
        "type": "unavailable",
        "text": "I can't look that up right now. In an emergency call 911.",
        "buttons": [],
    }
]
REPORT_READ: list[Fields] = [{"id": "m8", "type": "unknown", "text": "I can't read reports yet.", "buttons": []}]


REPORT: Fields = {
    "id": "m9",
    "type": "report",
    "text": "All of it.",
    "buttons": [{"title": "What is a joint effusion?", "action": "a-what"}],
    "report": {
        "opening": "It names 1 as found and 1 as not found.",
        "contradictions": [{"line": "Tear: yes and no."}],
        "groups": [
            {
                "status": "present",
                "title": "Found",
                "hint": "These are there.",
                "findings": [
                    {
                        "number": 1,
                        "name": "Joint effusion",
                        "plain": "fluid in a joint",
                        "told": "This is there.",
                        "short": "An effusion is fluid.",
                        "quotes": [{"sentence": "Small effusion.", "details": ["small", "left"]}],
                    }
                ],
            },
            {
                "status": "absent",
                "title": "Not found",
                "hint": "These were not seen.",
                "findings": [
                    {
                        "number": 2,
                        "name": "Fracture",
                        "told": "This was NOT seen.",
                        "short": "A fracture is a break.",
                        "quotes": [{"sentence": "No fracture.", "details": []}],
                    }
                ],
            },
        ],
        "hedges": [{"words": "possible", "short": "It may be."}],
        "normal": ["ACL intact"],
        "unexplained": ["plica\x1b[31m"],
        "questions": ["What now?"],
        "closing": "Your doctor can.",
        "review": "Draft.",
        "titles": {
            "contradictions": "Two things",
            "hedges": "How sure",
            "normal": "Normal",
            "unexplained": "Not explained",
            "questions": "To ask",
        },
        "sheet": {"text": "FOR MY VISIT\n", "html": "<!doctype html><title>For my visit</title>\n"},
    },
}


def problem(status: int, title: str, detail: str = "", **headers: str) -> httpx.Response:
    """A problem document, as the gateway sends one."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return httpx.Response(status, json=content, headers={"Content-Type": "application/problem+json", **headers})


class FakeGateway:
    """Answers by a table: what was said (a text, or "action:" + id, or "report") -> messages.

    `next` holds what to give instead, one a request to say something: a response, or an exception to raise.
    `said` is the bodies that reached it, `live` the tokens of conversations that exist.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Fields]] = {
            "is it bad??": EXPLANATION,
            "do you sell car insurance": UNKNOWN,
            "my legs are numb": URGENT,
            "bruise or break": CHOICES,
            "down": UNAVAILABLE,
            "hi": GREETING,
            "report": REPORT_READ,
            "action:a-causes": CAUSES,
            "action:c-else": CAUSES,
            "action:a-what": EXPLANATION,
        }
        self.next: list[httpx.Response | Exception | BaseException] = []
        self.said: list[Fields] = []
        self.live: set[str] = set()
        self.started = 0
        self.reachable = True
        self.transport = httpx.MockTransport(self.respond)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """The response of the public API to `request`."""
        if not self.reachable:
            raise httpx.ConnectError("refused", request=request)
        match request.method, request.url.path:
            case "GET", "/api/config":
                return httpx.Response(200, json={"name": "Example Clinic", "emergency_number": "911"})
            case "POST", "/api/conversations":
                self.started += 1
                self.live.add(f"token-{self.started}")
                start = {"conversation": "c", "token": f"token-{self.started}", "expires_at": "2030-01-01T00:00:00Z"}
                return httpx.Response(201, json={**start, "messages": GREETING})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.live:
            return problem(401, "Unauthorized", "The conversation has ended. Start a new one.")
        if request.method == "DELETE":
            self.live.remove(token)
            return httpx.Response(204)
        if request.url.path.endswith("/feedback"):
            self.said.append(json.loads(request.content))
            return httpx.Response(204)
        return self._answer(json.loads(request.content))

    def _answer(self, body: Fields) -> httpx.Response:
        self.said.append(body)
        if self.next:
            response = self.next.pop(0)
            if isinstance(response, BaseException):
                raise response
            return response
        [(kind, content)] = body.items()
        key = {"text": content, "action": f"action:{content}", "report": "report"}[kind]
        # json= of httpx cannot carry half a surrogate pair, an escape can.
        content = json.dumps({"messages": self.answers.get(key, UNKNOWN)})
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})


@contextmanager
def served(gateway: FakeGateway, port: int = 0) -> Iterator[str]:
    """Serve `gateway` on a port of this machine (0: a free one) and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"http://127.0.0.1{self.path}"
            response = gateway.respond(httpx.Request(self.command, url, headers=dict(self.headers), content=content))
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_DELETE = _respond

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    with served(FakeGateway(), int(sys.argv[1])) as address:
        print(address, flush=True)
        threading.Event().wait()
