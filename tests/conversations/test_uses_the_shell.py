"""A patient, or a script, asks one question through the chat shell, against the real gateway."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.conversations.running import ROOT, Plainscan
from tests.service.stand_ins import free_port

QUESTION = "mri says bone marrow edema in my tibia, is that bad??"


def shell(url: str, *words: str, piped: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.channels.shell", "--url", url, *words],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100"},
        input=piped,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_reads_the_answer_on_stdout(plainscan: Plainscan) -> None:
    done = shell(plainscan.url, "--once", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].removeprefix("│ ") == "Bone marrow edema: how serious it is"
    assert any(line.removeprefix("│ ").startswith("Sources: ") for line in lines)
    assert "Draft: no clinician has reviewed this yet." in done.stdout
    assert [line.split()[0] for line in lines if line[:5].strip().isdigit()] in (["1", "2", "3"], ["1", "2", "3", "4"])
    assert "\x1b" not in done.stdout


def test_pipes_the_question_and_takes_json(plainscan: Plainscan) -> None:
    done = shell(plainscan.url, "--json", piped=QUESTION + "\n")
    assert done.returncode == 0
    (message,) = json.loads(done.stdout)
    assert message["passage"]["id"] == "bone-marrow-edema#how-serious"


def test_learns_from_the_exit_code_that_it_was_not_understood(plainscan: Plainscan) -> None:
    done = shell(plainscan.url, "--once", "do you sell car insurance")
    assert done.returncode == 3
    assert "I can't help with that." in done.stdout


def test_is_refused_what_is_too_long(plainscan: Plainscan) -> None:
    done = shell(plainscan.url, "--once", "a" * 2_001)
    assert (done.returncode, done.stdout) == (4, "")
    assert "yours has 2,001" in done.stderr


def test_is_told_that_nobody_is_there() -> None:
    done = shell(f"http://127.0.0.1:{free_port()}", "--once", QUESTION)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("Plainscan can't be reached.")
    assert "tibia" not in done.stderr
