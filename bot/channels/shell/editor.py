"""Writing a message in the person's own editor."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


class EditorFailed(Exception):
    """No text came of it; the message says why."""


def edit(text: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """Open `text` in $VISUAL, $EDITOR or an editor that is found, and return what was saved.

    The file lies in a folder that only its owner can enter, and both are removed afterwards, with whatever copies the
    editor made beside it.

    Raises:
        EditorFailed: there is no editor, or it could not be started, or it reported a failure.
    """
    command = _editor(environment)
    with tempfile.TemporaryDirectory(prefix="plainscan-") as folder:
        path = Path(folder) / "message.txt"
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode
        except OSError as error:
            raise EditorFailed(f"The editor {command[0]} could not be started: {error.strerror}.") from None
        if code:
            raise EditorFailed(f"The editor {command[0]} ended with an error ({code}).")
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""  # the editor removed it: nothing was written


def _editor(environment: Mapping[str, str]) -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        try:
            if command := shlex.split(environment.get(name, "")):
                return command
        except ValueError:
            raise EditorFailed(f"{name} has an unclosed quotation mark.") from None
    for name in ("nano", "vi"):
        if found := shutil.which(name):
            return [found]
    raise EditorFailed("No editor was found. Set VISUAL or EDITOR to the one you like.")
