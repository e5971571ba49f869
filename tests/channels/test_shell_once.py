"""One question, one answer, one exit code: the shell in scripts and pipes, and its command line."""

import io
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from bot.channels.shell.__main__ import main
from tests.channels.shell_gateway import GREETING, URGENT, FakeGateway, problem, served

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def ask(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the shell with arguments and piped bytes: (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "60")

    def run(*arguments: str, piped: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
        try:
            code = main(list(arguments), transport=gateway.transport)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capsys.readouterr()

    return run


Ask = Callable[..., tuple[int, str, str]]


def test_one_question(ask: Ask, gateway: FakeGateway) -> None:
    wanted = dedent(
        """\
        Bone marrow edema: how serious is it?

        Bone marrow edema is most often not dangerous. It is a sign,
        and what matters is its cause.

        Many causes heal with rest:
        - a bone bruise after a fall
        - more strain on the bone than it is used to

        Sources: Clinic A 2021 · Journal B 2019
        Draft: no clinician has reviewed this yet.

          1  What causes it?
          2  What should I ask my doctor about the bone marrow edema
             on my report?
        """
    )
    assert ask("--once", "is it bad??") == (0, wanted, "")
    assert gateway.live == set(), "the conversation is to be erased"


@pytest.mark.parametrize(
    ("text", "code", "out"),
    [
        (
            "my legs are numb",
            0,
            "EMERGENCY: GET HELP NOW\n\nNumbness between the legs can be an emergency. Don't wait.",
        ),
        ("hi", 0, "Hello. I explain words from MRI reports. I can't diagnose.\n"),
        ("down", 1, "I can't look that up right now. In an emergency call 911.\n"),
        ("do you sell car insurance", 3, "I can't help with that. I can explain MRI findings.\n"),
        ("bruise or break", 3, "Which of these do you mean?\n\n  1  Bone bruise\n"),
    ],
)
def test_the_exit_code_says_what_kind_of_answer_it_was(ask: Ask, text: str, code: int, out: str) -> None:
    actual_code, actual_out, err = ask("--once", text)
    assert (actual_code, err) == (code, "")
    assert actual_out.startswith(out)


def test_an_emergency_counts_as_answered_even_when_the_rest_is_down(ask: Ask, gateway: FakeGateway) -> None:
    gateway.answers["hi"] = [URGENT[1], gateway.answers["down"][0]]
    assert ask("--once", "hi")[0] == 0


EMERGENCY = "If this could be an emergency, don't wait for it: call your\nlocal emergency number.\n"


@pytest.mark.parametrize(
    ("response", "code", "err"),
    [
        (problem(500, "Internal Server Error"), 1, "(500 Internal Server\nError).\n" + EMERGENCY),
        (problem(503, "Service Unavailable"), 1, "(503 Service\nUnavailable).\n" + EMERGENCY),
        (httpx.Response(200, text="<html>"), 1, "(502 Not an answer of\nPlainscan).\n" + EMERGENCY),
        (problem(422, "Unprocessable", "Please use words."), 4, "refused that (422). Please use words.\n"),
        (problem(429, "Too Many", **{"Retry-After": "7"}), 4, "refused that (429). Too Many. Try again in 7 s.\n"),
        (problem(409, "Conflict"), 4, "refused that (409). Conflict.\n"),
        (
            problem(413, "Too large", "At most 2,000 characters."),
            4,
            "refused that (413). At most 2,000 characters.\nWith --report it is sent as a report.\n",
        ),
        (httpx.ConnectError("refused"), 5, "is the\naddress (--url) right?\n" + EMERGENCY),
        (httpx.ReadTimeout("slow"), 5, "is the\naddress (--url) right?\n" + EMERGENCY),
    ],
)
def test_failures_leave_stdout_empty(
    ask: Ask, gateway: FakeGateway, response: httpx.Response | Exception, code: int, err: str
) -> None:
    gateway.next = [response]
    actual_code, out, actual_err = ask("--once", "hi", "--json")
    assert (actual_code, out) == (code, "")
    assert actual_err.endswith(err)
    assert gateway.live == set()


def test_nobody_there(ask: Ask, gateway: FakeGateway) -> None:
    gateway.reachable = False
    assert ask("--once", "hi")[0] == 5


def test_piped_text_is_one_message(ask: Ask, gateway: FakeGateway) -> None:
    assert ask(piped=b"\xef\xbb\xbfhi\n/quit\n1\n")[0] == 3
    assert ask("--once", "-", piped=b"hi\n")[0] == 0
    assert ask("--report", piped=b"MRI\n\nknee \xff\n")[0] == 3
    assert gateway.said == [{"text": "hi\n/quit\n1"}, {"text": "hi"}, {"report": "MRI\n\nknee \ufffd"}]


def test_arguments_that_are_no_unicode_are_sent_as_what_they_show(ask: Ask, gateway: FakeGateway) -> None:
    ask("--once", "knee \udcff\ud800?")
    assert gateway.said == [{"text": "knee \ufffd\ufffd?"}]


def test_more_than_a_megabyte_is_refused_and_not_cut(ask: Ask, gateway: FakeGateway) -> None:
    assert ask(piped=b"x" * (1024 * 1024 + 1)) == (4, "", "That is too long for one message.\n")
    assert gateway.started == 0


def test_json_is_the_messages_as_the_gateway_sent_them(ask: Ask, gateway: FakeGateway) -> None:
    gateway.answers["hi"] = [{**GREETING[0], "new_field": {"kept": True}, "text": "é \x1b[31m \x9b \x7f \u202e \ud800"}]
    code, out, _ = ask("--once", "hi", "--json")
    assert code == 0
    assert json.loads(out) == gateway.answers["hi"]
    assert out.isascii() and out.replace("\n", "").isprintable()


def test_json_keeps_the_order_and_the_exit_code(ask: Ask) -> None:
    code, out, _ = ask("--json", "--once", "my legs are numb")
    assert (code, json.loads(out)) == (0, URGENT)
    assert ask("--json", "--once", "bruise or break")[0] == 3


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (["--once", " \n"], "there is no text to send"),
        ([], "there is no text to send"),
        (["--once", "hi", "--history", "x"], "--history is for the chat, not for one question"),
        (["--once", "hi", "--url", "localhost:8080"], "--url must look like http://127.0.0.1:8080"),
        (["--once", "hi", "--url", "ftp://x.example"], "--url must look like http://127.0.0.1:8080"),
        (["--once", "hi", "--url", "http://user:word@x.example"], "--url must look like http://127.0.0.1:8080"),
        (["--once", "hi", "--url", "http://x:port"], "--url is not a web address"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_wrong_usage(ask: Ask, gateway: FakeGateway, arguments: list[str], err: str) -> None:
    code, out, actual_err = ask(*arguments)
    assert (code, out) == (2, "")
    assert actual_err.endswith(f"error: {err}\n")
    assert gateway.started == 0


# ---- as a real process


@pytest.fixture
def address(gateway: FakeGateway) -> Iterator[str]:
    with served(gateway) as url:
        yield url


def _process(*arguments: str, **environment: str) -> list[str]:
    return [sys.executable, "-m", "bot.channels.shell", *arguments]


def test_as_a_process(gateway: FakeGateway, address: str) -> None:
    environment = {**os.environ, "PLAINSCAN_URL": address, "FORCE_COLOR": "1", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        _process(), input=b"down", capture_output=True, cwd=ROOT, env=environment, timeout=20, check=False
    )
    assert done.stdout == b"I can't look that up right now. In an emergency call 911.\n"
    assert (done.stderr, done.returncode) == (b"", 1)
    assert gateway.live == set()


def test_a_reader_that_leaves_and_a_terminal_without_unicode_are_no_tracebacks(address: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = subprocess.Popen(
        _process("--url", address, "--once", "is it bad??"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment,
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 0


def test_the_chat_on_a_real_terminal_ends_its_conversation_when_it_is_stopped(
    gateway: FakeGateway, address: str
) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "60"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        _process("--url", address), stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment
    )
    os.close(theirs)
    shown = _read_until(ours, b"You")
    assert b"\x1b[1;36mPlainscan \xc2\xb7 Example Clinic\x1b[0m" in shown
    os.write(ours, b"down\r")
    _read_until(ours, b"In an emergency call 911.")
    process.send_signal(signal.SIGTERM)
    rest = _read_until(ours, None)
    assert process.wait(10) == 128 + signal.SIGTERM
    assert b"Traceback" not in rest
    assert (gateway.said, gateway.live) == ([{"text": "down"}], set())
    os.close(ours)


def _read_until(terminal: int, words: bytes | None) -> bytes:
    """What is shown until `words` are, or until the other side has closed."""
    shown, deadline = b"", time.monotonic() + 15
    while (words is None or words not in shown) and time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            return shown if words is None else pytest.fail(f"ended with {shown!r}")
        shown += part
    assert words is not None and words in shown, f"waited in vain, with {shown!r}"
    return shown
