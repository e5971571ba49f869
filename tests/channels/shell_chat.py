"""The chat driven from a test: keys in, all that is printed out. Network and keyboard are fakes, the rest is real."""

import io
import sys
from textwrap import dedent

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.channels.shell.__main__ import main
from tests.channels.shell_gateway import FakeGateway

ENTER, CTRL_C, CTRL_D, ALT_ENTER, BACKSPACE = "\r", "\x03", "\x04", "\x1b\r", "\x7f"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Chat:
    """Runs the chat on typed keys, 60 columns wide; then `out` and `err` hold what was printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gateway = FakeGateway()
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        self._monkeypatch = monkeypatch
        self.out = self.err = ""
        self.code = -1

    def __call__(self, *lines: str, keys: str = "", arguments: tuple[str, ...] = (), leave: str = CTRL_D) -> str:
        """Type `lines`, each with Enter, then `keys`, then `leave`; return stdout between greeting and goodbye."""
        out, err = Terminal(), io.StringIO()
        self._monkeypatch.setattr(sys, "stdout", out)
        self._monkeypatch.setattr(sys, "stderr", err)
        with create_pipe_input() as terminal:
            terminal.send_text("".join(line + ENTER for line in lines) + keys + leave)
            self.code = main(list(arguments), transport=self.gateway.transport, terminal=terminal, output=DummyOutput())
        self.out, self.err = out.getvalue(), err.getvalue()
        _, _, rest = self.out.partition("  2  What can you do?\n")
        return rest.rpartition("Goodbye")[0].strip("\n")


def text(block: str) -> str:
    return dedent(block).strip("\n")


def paste(words: str) -> str:
    return f"\x1b[200~{words}\x1b[201~"
