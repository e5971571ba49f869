"""Where the person types: one line, a pasted report, a yes or no."""

import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

PROMPT, PLAIN_PROMPT = "You › ", "You: "
PLACEHOLDER = "Type your question or paste your report"
PASTE_END = "/end"


class Prompt:
    """Reads from the terminal. Calls raise KeyboardInterrupt on Ctrl-C, EOFError on Ctrl-D, unless they say otherwise.

    `history` is a file (made private) for what is typed; without one it is remembered while the shell runs only.

    Raises:
        OSError: the history file cannot be used.
    """

    def __init__(
        self,
        commands: Iterable[str],
        *,
        plain: bool,
        colour: bool,
        history: Path | None = None,
        terminal: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._plain = plain
        self._history_file = history
        self._history_start = _private_file(history) if history else 0
        self._completer = WordCompleter(sorted(commands), sentence=True)
        self._terminal = terminal
        self._output = output
        self._depth = None if colour else ColorDepth.DEPTH_1_BIT
        self._style = Style.from_dict({"prompt": "bold ansicyan", "placeholder": "ansibrightblack"} if colour else {})
        self._lines = self._session(FileHistory(str(history)) if history else InMemoryHistory())

    def read(self, prefill: str = "") -> str:
        """One message: a line that ends with Enter; the line ends of a bracketed paste belong to the message."""
        return self._lines.prompt(
            [("class:prompt", PLAIN_PROMPT if self._plain else PROMPT)], default=prefill, placeholder=self._placeholder
        )

    def read_paste(self) -> str:
        """Lines up to one that is /end, for a terminal that sends a paste as if it were typed. Ctrl-D ends it too."""
        session, lines = self._session(InMemoryHistory()), list[str]()
        while True:
            try:
                lines += session.prompt([("class:prompt", "" if self._plain else "  … ")]).split("\n")
            except EOFError:
                return "\n".join(lines)
            ends = [place for place, line in enumerate(lines) if line.strip().lower() == PASTE_END]
            if ends:
                return "\n".join(lines[: ends[0]])

    def confirm(self, question: str) -> bool:
        """Whether the person says yes; anything else, Ctrl-C and Ctrl-D are a no."""
        try:
            reply = self._session(InMemoryHistory()).prompt([("class:prompt", f"{question} [y/N] ")])
        except (KeyboardInterrupt, EOFError):
            return False
        return reply.strip().lower() in ("y", "yes")

    def forget(self) -> None:
        """Erase what was typed since the start, from the memory and from the history file."""
        if self._history_file:
            os.truncate(self._history_file, min(self._history_start, self._history_file.stat().st_size))
        self._lines = self._session(FileHistory(str(self._history_file)) if self._history_file else InMemoryHistory())

    def _placeholder(self) -> FormattedText:
        # Gone once the line is done, or it would stay above as if it had been said.
        return FormattedText([] if self._plain or get_app().is_done else [("class:placeholder", PLACEHOLDER)])

    def _session(self, history: History) -> PromptSession[str]:
        return PromptSession(
            history=history,
            multiline=True,  # so that the lines of a paste are kept, and can be edited, as lines
            prompt_continuation="" if self._plain else "  … ",
            key_bindings=_enter_sends(),
            completer=self._completer,
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            reserve_space_for_menu=0,
            color_depth=self._depth,
            style=self._style,
            input=self._terminal,
            output=self._output,
        )


def _enter_sends() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


def _private_file(path: Path) -> int:
    """Make `path` a file that only its owner can read, and return its size in bytes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)
