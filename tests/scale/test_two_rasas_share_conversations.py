"""Two Rasas behind one gateway: a conversation goes on in either, and nothing is lost when one is killed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable

from tests.conversations.patient import Patient
from tests.conversations.running import Plainscan
from tests.redis_server import RedisServer
from tests.service.stand_ins import until

TOPICS = ("bone bruise", "meniscus tear", "frozen shoulder", "disc herniation")
SECRET = "and it began after my fall from the plum tree, so what is a bone bruise?"


def keys(redis: RedisServer, pattern: str) -> list[str]:
    command = ["redis-cli", "-p", str(redis.port), "--scan", "--pattern", pattern]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


class Talk:
    """A patient who names a topic once and asks on until told to stop; a reply about anything else is a fault."""

    def __init__(self, patient: Patient, topic: str) -> None:
        self._patient, self._topic = patient, topic
        self.turns, self.faults = 0, list[str]()

    def go_on_until(self, stop: threading.Event) -> None:
        wanted = self._topic.replace(" ", "-")
        while not stop.is_set():
            reply = self._patient.says("What causes it?" if self.turns else f"What is a {self._topic}?")
            self.turns += 1
            if reply.first_finding != wanted:
                self.faults.append(f"{wanted}, turn {self.turns}: {reply.type} {reply.first_finding}")
            stop.wait(0.3)


def test_nothing_is_lost_when_one_rasa_is_killed_while_patients_write(
    two_rasas: Plainscan, new_patient: Callable[[], Patient]
) -> None:
    stop, talks = threading.Event(), [Talk(new_patient(), topic) for topic in TOPICS]
    writing = [threading.Thread(target=talk.go_on_until, args=(stop,)) for talk in talks]
    for thread in writing:
        thread.start()
    try:
        assert until(lambda: all(talk.turns > 3 for talk in talks), 30)
        for name in ("rasa", "rasa-2"):
            before = min(talk.turns for talk in talks)
            two_rasas.kill(name)
            assert until(lambda before=before: min(talk.turns for talk in talks) > before + 3, 30)  # type: ignore[misc]
            assert until(lambda name=name: comes_back(two_rasas, name), 120)  # type: ignore[misc]
    finally:
        stop.set()
        for thread in writing:
            thread.join()
    assert [talk.faults for talk in talks] == [[]] * len(talks)


def comes_back(plainscan: Plainscan, name: str) -> bool:
    try:
        return plainscan.pid(name) > 0 and plainscan.answers(name)
    except LookupError:
        return False


def test_what_was_said_stands_in_redis_until_it_is_deleted(
    shared_redis: RedisServer, new_patient: Callable[[], Patient]
) -> None:
    patient = new_patient()
    patient.says(SECRET)
    [key] = keys(shared_redis, f"*{patient.conversation}")
    cli = ["redis-cli", "-p", str(shared_redis.port)]
    left = int(subprocess.run([*cli, "ttl", key], capture_output=True, text=True, check=True).stdout)
    assert 29 * 60 < left <= 30 * 60
    assert "plum tree" in subprocess.run([*cli, "get", key], capture_output=True, text=True, check=True).stdout
    assert patient.erases() == 204
    assert keys(shared_redis, f"*{patient.conversation}*") == []
