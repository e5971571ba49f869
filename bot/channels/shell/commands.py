"""The commands of the shell: what is typed with a slash before it."""

import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.channels.shell.client import GatewayProblem, GatewayUnreachable
from bot.channels.shell.conversation import report
from bot.channels.shell.editor import EditorFailed, edit
from bot.channels.shell.rendering import full_sources, plain_transcript

if TYPE_CHECKING:
    from bot.channels.shell.app import ChatShell

SAVED_WIDTH = 80  # columns of a saved conversation: fits a printed page


class Leave(Exception):
    """The person wants to go."""


@dataclass(frozen=True)
class Command:
    """A command: how it is written, what it does in a few words, and the function that does it with its argument."""

    usage: str
    meaning: str
    run: Callable[["ChatShell", str], None]


def run_command(shell: "ChatShell", name: str, argument: str) -> None:
    """Run the command `name`; one that does not exist is answered kindly."""
    command = COMMANDS.get(name)
    if command:
        command.run(shell, argument)
        return
    shell.screen.notice("I don't know that command. /help lists the ones there are.")
    shell.screen.notice("To send a message that starts with a slash, type two: //")


def _help(shell: "ChatShell", argument: str) -> None:
    width = max(len(command.usage) for command in COMMANDS.values())
    shell.screen.notice("Type a question in your own words, or the number of a suggestion.", style="")
    shell.screen.notice()
    for command in COMMANDS.values():
        shell.screen.item(f"{command.usage:<{width}}  ", command.meaning)
    shell.screen.notice()
    shell.screen.notice("Ctrl-C clears the line or stops waiting, Ctrl-D leaves.")


def _new(shell: "ChatShell", argument: str) -> None:
    shell.end_conversation()
    shell.begin()


def _sources(shell: "ChatShell", argument: str) -> None:
    sources = shell.conversation.sources
    if not sources:
        shell.screen.notice("The last answer named no sources.")
        return
    shell.screen.notice("Sources of the last answer:", style="")
    for line in full_sources(sources):
        shell.screen.notice(line, style="")


def _paste(shell: "ChatShell", argument: str) -> None:
    shell.screen.notice("Paste your report. Then type /end on a line of its own. Ctrl-C drops it.")
    try:
        text = shell.prompt.read_paste().strip()
    except KeyboardInterrupt:
        text = ""
    shell.screen.notice()
    if not text:
        shell.screen.notice("Nothing was sent.")
        return
    shell.send(report(text))


def _edit(shell: "ChatShell", argument: str) -> None:
    kept = shell.conversation.kept
    try:
        text = edit(kept.content if kept and kept.kind != "action" else "").strip()
    except EditorFailed as failure:
        shell.screen.error(f"{failure} Nothing was sent.")
        return
    except KeyboardInterrupt:
        text = ""
    if not text:
        shell.screen.notice("Nothing was sent.")
        return
    # A report that is shortened in the editor stays a report.
    shell.send(report(text) if kept and kept.kind == "report" else shell.conversation.written(text, typed=text))


def _again(shell: "ChatShell", argument: str) -> None:
    if shell.conversation.last_answer:
        shell.screen.answer(shell.conversation.last_answer)
    else:
        shell.screen.notice("There is no answer to repeat yet.")


def _save(shell: "ChatShell", argument: str) -> None:
    name = argument[1:-1] if len(argument) > 1 and argument[0] == argument[-1] and argument[0] in "\"'" else argument
    if not name:
        shell.screen.notice("Say where: /save FILE, for example /save my-mri-questions.txt")
        return
    if not shell.conversation.transcript:
        shell.screen.notice("There is nothing to save yet.")
        return
    sheet = shell.conversation.sheet
    if name.lower().endswith((".html", ".htm")):
        if sheet is None:
            shell.screen.notice("A page is made of a report only. Paste one with /paste, or save as .txt.")
            return
        content = sheet.html
    else:
        content = "\n".join(plain_transcript(shell.conversation.transcript, SAVED_WIDTH)) + "\n"
        if sheet:
            content = f"{sheet.text}\n\n{content}"
    try:
        path = Path(name).expanduser().resolve()
        if path.exists():
            if not stat.S_ISREG(path.stat().st_mode):
                shell.screen.error(f"{name} is a folder or a device. Nothing was saved; choose another name.")
                return
            if not shell.prompt.confirm(f"{path.name} exists. Replace it?"):
                shell.screen.notice("Nothing was saved.")
                return
        _write_private(path, content)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is not a usable file name"
        shell.screen.error(f"{name} could not be written: {reason}. Choose another place; nothing is lost.")
        return
    shell.screen.notice(f"Saved in {path}, readable for you only.")


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all or nothing: the file of before stays when writing fails."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".plainscan-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _delete(shell: "ChatShell", argument: str) -> None:
    if not shell.prompt.confirm("Erase this conversation, on the server and here?"):
        shell.screen.notice("Nothing was erased.")
        return
    shell.conversation.forget()
    try:
        shell.prompt.forget()
    except OSError:
        shell.screen.error("The history file could not be changed; it still holds what you typed.")
    try:
        with shell.screen.waiting("erasing…"):
            shell.client.delete()
    except (GatewayProblem, GatewayUnreachable, KeyboardInterrupt):
        shell.screen.error(
            "It is erased here, but the server could not be told. Type /delete to try again;"
            " without that, the server forgets it by itself once it has been idle for a while."
        )
        return
    shell.screen.notice("Erased, on the server and here. What stands above goes when you close or clear this window.")


def _quit(shell: "ChatShell", argument: str) -> None:
    raise Leave


COMMANDS = {
    "help": Command("/help", "show this list", _help),
    "new": Command("/new", "start over with a new conversation", _new),
    "again": Command("/again", "show the last answer again", _again),
    "sources": Command("/sources", "show where the last answer comes from, with links", _sources),
    "paste": Command("/paste", "paste a report of many lines; /end ends it", _paste),
    "edit": Command("/edit", "write a message in your editor", _edit),
    "save": Command("/save FILE", "save this conversation; as FILE.html, your visit sheet", _save),
    "delete": Command("/delete", "erase this conversation, on the server and here", _delete),
    "quit": Command("/quit", "leave; the server forgets the conversation", _quit),
}
