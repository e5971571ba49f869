"""`python -m tests.conversations.alone FOLDER`: Plainscan in a network of its own, told fifty secrets while it fails.

Run it under `unshare -rn`: then nothing but this machine's loopback can be reached, and the kernel counts each try to
reach anything else. Prints one JSON object: what was answered on each way, where a secret was found afterwards, how
many tries to get out there were. FOLDER takes what the launcher says.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from bot.channels.gateway.readiness import CACHE_SECONDS
from tests.conversations.patient import Patient
from tests.conversations.running import ROOT, Plainscan
from tests.service.stand_ins import until

PHRASES = 50
AT_ONCE = 10
# Larger files than any log; reading a model of gigabytes for each test would take minutes.
LARGEST_SEARCHED = 64 * 1024 * 1024
SECONDS_TO_COME_BACK = 120
_SIOCSIFFLAGS, _IFF_UP, _IFF_RUNNING = 0x8914, 0x1, 0x40
# Each holds a secret as a name, a number or a plain word; some are masked on the way, none may stay anywhere.
SAID = (
    "My name is {} and I have a bone bruise. What is that?",
    "What is a meniscus tear? I am {}, born 3 May 1961, MRN 0077123.",
    "my neighbour {} had bone marrow edema, how long does it take",
    "since {} my knee hurts, is a stress fracture likely?",
    "do you sell {} insurance",
    "/restart {}",
    '/explain_passage{{"passage": "{}"}}',
    "write to {}@example.org about osteoarthritis",
    "I can't feel between my legs and {} is coming",
    "the report says {} and Baker cyst",
)


def up() -> None:
    """Switch loopback on: a new network has it switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP | _IFF_RUNNING))


def tries_to_get_out() -> int:
    """How often a process of this network wanted to reach an address that no route leads to, since it was made."""
    names, numbers = (line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line[:3] == "Ip:")
    six = [line.split()[1] for line in Path("/proc/net/snmp6").read_text().splitlines() if "Ip6OutNoRoutes" in line]
    return int(dict(zip(names, numbers, strict=True))["OutNoRoutes"]) + sum(map(int, six))


def phrases() -> dict[str, str]:
    """Secret -> what is said with it. A secret stands nowhere else on the machine."""
    made = [f"Zq{secrets.token_hex(6)}" for _ in range(PHRASES)]
    return {secret: SAID[number % len(SAID)].format(secret) for number, secret in enumerate(made)}


def to_all(said: Iterable[str], send: Callable[[str], str]) -> dict[str, int]:
    """Send each phrase, many at once; how often each outcome came."""
    with ThreadPoolExecutor(AT_ONCE) as people:
        return dict(Counter(people.map(send, said)))


class Visits:
    """People who come with one phrase each, every one in a conversation of their own."""

    def __init__(self, plainscan: Plainscan) -> None:
        self._plainscan = plainscan
        self.said_back: list[str] = []

    def ask(self, text: str) -> str:
        """Say it; the type of the first message that is not urgent, or the status of a refusal."""
        return self._outcome(self._patient().send({"text": text}))

    def paste(self, text: str) -> str:
        """Send it as a report."""
        return self._outcome(self._patient().send({"report": f"PATIENT: {text}\nBone marrow edema of the tibia."}))

    def refused(self, text: str) -> str:
        """Put it everywhere that the gateway refuses."""
        patient = self._patient()
        message = patient.reply.messages[0]["id"]
        answers = [
            patient.send({"action": text}),
            patient.send({"text": f"{text} " * 400}),
            patient.send({"report": f"{text} " * 4000}),
            patient.send({text: text}),
            patient.send({"text": [text]}),
            patient.send_bytes(f'{{"text": "{text}'.encode()),
            patient.send_bytes(text.encode(), "text/plain"),
            patient.http.get(f"/api/{text}", params={"q": text}),
            patient.http.get("/api/config", headers={"X-Name": text, "Cookie": f"who={text}", "User-Agent": text}),
            patient.http.post(
                "/api/conversations/current/feedback",
                json={"message_id": message, "helpful": False, "reason": text},
            ),
            httpx.post(
                f"{self._plainscan.url}/api/conversations/current/messages",
                headers={"Authorization": f"Bearer {text}"},
                json={"text": text},
                trust_env=False,
            ),
        ]
        # What a refusal says must not quote what was sent.
        self.said_back += [answer.text for answer in answers]
        return " ".join(str(answer.status_code) for answer in answers)

    def leave(self, text: str) -> str:
        """Ask, hang up before the answer, and have the conversation erased."""
        patient = self._patient()
        try:
            with httpx.Client(base_url=patient.http.base_url, headers=patient.http.headers, trust_env=False) as hasty:
                hasty.post("/api/conversations/current/messages", json={"text": text}, timeout=0.01)
        except httpx.TimeoutException:
            pass
        return str(patient.erases())

    def _patient(self) -> Patient:
        return Patient(self._plainscan)

    def _outcome(self, response: httpx.Response) -> str:
        if response.status_code != 200:
            return str(response.status_code)
        types = [message["type"] for message in response.json()["messages"]]
        return next((kind for kind in types if kind != "urgent"), "urgent")


@contextmanager
def stopped(plainscan: Plainscan, part: str) -> Iterator[None]:
    """A part that hangs, until it is let go on or started anew."""
    pid = plainscan.pid(part)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def back(plainscan: Plainscan) -> bool:
    """Wait until questions are answered again."""

    def ready() -> bool:
        try:
            return httpx.get(f"{plainscan.url}/api/ready", timeout=12, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    time.sleep(2 * CACHE_SECONDS)  # it may still say what was true a moment ago
    return until(ready, SECONDS_TO_COME_BACK)


def changed_files(folders: Iterable[Path], since: float) -> Iterator[Path]:
    """All files below the folders that were written since, links not followed."""
    for folder in folders:
        for place, names, files in os.walk(folder):
            names[:] = [name for name in names if name not in (".git", "node_modules")]
            for name in files:
                file = Path(place, name)
                try:
                    status = file.lstat()
                except OSError:
                    continue
                regular = not file.is_symlink() and file.is_file()
                if regular and status.st_mtime >= since and status.st_size <= LARGEST_SEARCHED:
                    yield file


def holding(files: Iterable[Path], wanted: Iterable[str]) -> list[str]:
    """The files that hold one of the secrets, in whatever case."""
    needles = [secret.lower().encode() for secret in wanted]
    found = []
    for file in files:
        try:
            content = file.read_bytes().lower()
        except OSError:
            continue
        if any(needle in content for needle in needles):
            found.append(str(file))
    return found


def main(folder: Path) -> dict[str, Any]:
    began = time.time() - 2
    alone = os.environ.get("PLAINSCAN_TEST_ALONE") == "yes"
    if alone:
        up()
    plainscan = Plainscan(folder / "console")
    secret_of = phrases()
    said = list(secret_of.values())
    outcomes: dict[str, dict[str, int]] = {}
    try:
        plainscan.wait_until_ready()
        visits = Visits(plainscan)
        outcomes["normal"] = to_all(said, visits.ask)
        outcomes["report"] = to_all(said, visits.paste)
        outcomes["refused"] = to_all(said, visits.refused)
        outcomes["left"] = to_all(said, visits.leave)
        for part in ("actions", "rasa"):
            with stopped(plainscan, part):
                outcomes[f"{part} hangs"] = to_all(said, visits.ask)
            assert back(plainscan), f"{part} hung and did not come back"
            plainscan.kill(part)
            outcomes[f"{part} dead"] = to_all(said, visits.ask)
            assert back(plainscan), f"{part} died and did not come back"
        outcomes["afterwards"] = to_all(said, visits.ask)
        pages = [httpx.get(f"{plainscan.url}{path}", trust_env=False).text for path in ("/metrics", "/api/ready")]
        shown = "\n".join([*pages, *visits.said_back, plainscan.logged()]).lower()
        processes = [Path(f"/proc/{pid}/{what}") for pid in plainscan.processes() for what in ("cmdline", "environ")]
        planted = folder / "planted"
        planted.write_text(said[0])
        searched = list(changed_files([ROOT, Path(tempfile.gettempdir())], began))
        hits = holding([*searched, *processes], secret_of)
        logs = sum(file.parent == plainscan.logs for file in searched)
        stopped_with = plainscan.stop()
        hits += holding(changed_files([ROOT, Path(tempfile.gettempdir())], began), secret_of)
    finally:
        plainscan.end_whatever_is_left()
    tries = tries_to_get_out() if alone else None
    control = None
    if alone:  # that a try would have been counted
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            try:
                out.sendto(b"x", ("198.51.100.7", 9))
            except OSError:
                control = tries_to_get_out() - (tries or 0)
    return {
        "outcomes": outcomes,
        "shown": [secret for secret in secret_of if secret.lower() in shown],
        "hits": sorted(set(hits) - {str(planted)}),
        "planted_found": str(planted) in hits,
        "searched": len(searched),
        "logs_searched": logs,
        "tries_to_get_out": tries,
        "control": control,
        "exit": stopped_with,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
