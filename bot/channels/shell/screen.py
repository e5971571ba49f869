"""The two streams that a person reads: answers on the first, errors and the sign of waiting on the second."""

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.channels.shell.messages import Answer
from bot.channels.shell.rendering import WIDEST, plain_answer, rich_answer, wrapped

NARROWEST = 40  # columns: below, words would break more than lines do
PATIENCE_SECONDS = 0.3  # most answers come sooner, and a spinner that only flashes disturbs


class Screen:
    """Prints answers, notices and errors, as plain or as rich as the terminal allows.

    Boxes and colours are for a terminal that can show them; `plain` and `environment` (NO_COLOR, TERM) refuse them.
    """

    def __init__(
        self, out: TextIO, err: TextIO, environment: Mapping[str, str] = os.environ, *, plain: bool = False
    ) -> None:
        dumb = environment.get("TERM", "") in ("dumb", "unknown")
        unicode = (getattr(out, "encoding", None) or "").lower().replace("-", "") == "utf8"
        self.plain = plain or dumb or not unicode or not out.isatty()
        self.colour = not self.plain and not environment.get("NO_COLOR")
        self._attended = err.isatty()
        self._spins = self._attended and not plain and not dumb
        self._columns = environment.get("COLUMNS", "")
        self._out = _console(out, self.colour)
        self._err = _console(err, self._spins and not environment.get("NO_COLOR"))

    @property
    def width(self) -> int:
        """Columns to fill, measured anew each time: windows are resized."""
        columns = int(self._columns) if self._columns.isdecimal() else shutil.get_terminal_size().columns
        return min(max(columns, NARROWEST), WIDEST)

    def title(self, clinic: str) -> None:
        """Who is speaking, and how to go on."""
        name = f"Plainscan · {clinic}" if clinic else "Plainscan"
        hint = "Explains MRI findings in plain words. /help shows what you can type."
        for line in wrapped(name, self.width):
            self._print(self._out, line, "bold cyan")
        for line in wrapped(hint, self.width):
            self._print(self._out, line, "dim")
        if not self.plain:
            self._print(self._out, "─" * self.width, "dim")

    def answer(self, answer: Answer) -> None:
        """Show what the bot said."""
        if self.plain:
            for line in plain_answer(answer, self.width):
                self._print(self._out, line)
        else:
            for renderable in rich_answer(answer, self.width):
                # Lines are cut to width already; soft_wrap leaves long addresses whole, but would let a panel spill.
                self._out.print(renderable, soft_wrap=isinstance(renderable, Text), width=self.width)

    def notice(self, text: str = "", style: str = "dim") -> None:
        """Something that the shell itself says, on the first stream; without a text, a blank line."""
        for line in wrapped(text, self.width):
            self._print(self._out, line, style)

    def item(self, label: str, text: str) -> None:
        """A line of a list on the first stream; the text hangs after its label."""
        for place, line in enumerate(wrapped(text, self.width - len(label))):
            start = (label, "" if self.plain else "cyan") if place == 0 else (" " * len(label), "")
            self._out.print(Text.assemble(start, line), soft_wrap=True)

    def error(self, text: str) -> None:
        """What went wrong and what to do, on the second stream."""
        for line in wrapped(text, self.width):
            self._print(self._err, line, "yellow")

    def raw(self, text: str) -> None:
        """Text for programs, on the first stream, unwrapped."""
        self._print(self._out, text)

    @contextmanager
    def waiting(self, words: str = "looking it up…") -> Iterator[None]:
        """Show that the bot is at work, on the second stream, once that takes longer than a moment."""
        if not self._attended:
            yield
            return
        status = self._err.status(Text(words, "dim"), spinner="dots", spinner_style="cyan")
        lock, over = threading.Lock(), False

        def spin() -> None:
            with lock:
                if over:
                    return
                if self._spins:
                    status.start()
                else:
                    self.error(words)

        timer = threading.Timer(PATIENCE_SECONDS, spin)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            with lock:
                over = True
                timer.cancel()
                status.stop()

    @staticmethod
    def _print(console: Console, line: str, style: str = "") -> None:
        console.print(Text(line, style), soft_wrap=True)


class _PipedConsole(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would exit with 1; that the reader had enough is no failure


def _console(stream: TextIO, colour: bool) -> Console:
    return _PipedConsole(
        file=stream,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
