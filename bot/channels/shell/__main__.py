"""python -m bot.channels.shell: the chat shell's command line."""

import argparse
import io
import os
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

import httpx
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.channels.shell import stopping
from bot.channels.shell.app import ChatShell
from bot.channels.shell.client import GatewayClient, GatewayProblem, GatewayUnreachable, is_loopback
from bot.channels.shell.commands import COMMANDS
from bot.channels.shell.once import ExitCode, answer_once, explain_failure
from bot.channels.shell.prompt import Prompt
from bot.channels.shell.safe_text import sendable_text
from bot.channels.shell.screen import Screen

DEFAULT_URL = "http://127.0.0.1:8080"
MOST_INPUT = 1024 * 1024  # bytes read of a pipe: far beyond any limit of the server, and still not endless

EPILOG = """\
exit codes of one question (--once, or piped text):
  0 answered   1 server error   2 wrong usage   3 not understood   4 refused   5 server not reachable

environment:
  PLAINSCAN_URL   the address of the server, where --url is not given
  NO_COLOR        no colours
  VISUAL, EDITOR  the editor of /edit
"""


def build_parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.channels.shell",
        description="Chat with Plainscan, which explains MRI findings in plain words. Text piped in is one message.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help=f"address of the server (default: {DEFAULT_URL})")
    parser.add_argument("--once", metavar="TEXT", help="ask one question and leave; - reads it from standard input")
    parser.add_argument("--report", action="store_true", help="send the one message as a report")
    parser.add_argument("--json", action="store_true", help="print the messages of the one answer as JSON")
    parser.add_argument("--plain", action="store_true", help="no colours, no boxes: for screen readers")
    parser.add_argument("--history", metavar="FILE", type=Path, help="keep what you type in FILE (default: nowhere)")
    return parser


def main(
    arguments: list[str] | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    terminal: Input | None = None,
    output: Output | None = None,
) -> int:
    """Run the shell and return its exit code. The keyword arguments take the place of network and terminal in tests."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a "·" must not end the chat on a terminal that knows ASCII only
    url = _checked_url(parser, options.url or os.environ.get("PLAINSCAN_URL") or DEFAULT_URL)
    piped = terminal is None and not sys.stdin.isatty()
    one_shot = options.once is not None or piped
    if one_shot and options.history:
        parser.error("--history is for the chat, not for one question")
    if not one_shot and (options.json or options.report):
        parser.error("--json and --report need one question: give --once or pipe the text in")
    text = _question(parser, options.once) if one_shot else ""
    screen = Screen(sys.stdout, sys.stderr, plain=options.plain)
    client = GatewayClient(url, transport=transport)
    try:
        if one_shot:
            return answer_once(client, text, screen, as_report=options.report, as_json=options.json)
        try:
            prompt = Prompt(
                [f"/{name}" for name in COMMANDS],
                plain=screen.plain,
                colour=screen.colour,
                history=options.history,
                terminal=terminal,
                output=output or _echo(),
            )
        except OSError as error:
            parser.error(f"the history file can't be used: {error.strerror}")
        if url.startswith("http:") and not is_loopback(url):
            screen.error("Note: this connection is not encrypted. What you type can be read on the way.")
        ChatShell(client, prompt, screen).run()
        return ExitCode.ANSWERED
    except (GatewayProblem, GatewayUnreachable) as failure:
        return explain_failure(failure, screen)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except SystemExit:
        stopping.heard()
        raise
    finally:
        client.close()


def _echo() -> Output:
    """Where typing is shown: on the terminal, also when the answers go to a file."""
    output = create_output(stdout=None if sys.stdout.isatty() else sys.stderr)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # terminals that cannot tell where the cursor is would get a warning into the chat
    return output


def _checked_url(parser: argparse.ArgumentParser, text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        parser.error("--url is not a web address")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        parser.error(f"--url must look like {DEFAULT_URL}")
    return text


def _question(parser: argparse.ArgumentParser, once: str | None) -> str:
    text = sendable_text(once) if once is not None and once != "-" else _piped(parser, sys.stdin.buffer)
    if not text.strip():
        parser.error("there is no text to send")
    return text.strip()


def _piped(parser: argparse.ArgumentParser, stream: BinaryIO) -> str:
    content = stream.read(MOST_INPUT + 1)
    if len(content) > MOST_INPUT:  # never a part of it: what is cut off could be what matters
        parser.exit(ExitCode.REFUSED, "That is too long for one message.\n")
    return content.decode("utf-8-sig", "replace")


def run() -> NoReturn:
    """The program: `main`, with every end of it an exit code and never a traceback."""
    stopping.listen()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has left. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.ANSWERED
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        # The kind of error only: its words could be the patient's.
        print(f"The chat shell has failed ({type(error).__name__}). Please start it again.", file=sys.stderr)
        code = ExitCode.SERVER_ERROR
    sys.exit(code)


if __name__ == "__main__":
    run()
