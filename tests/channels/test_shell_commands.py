"""The commands of the chat: what they print, send, write and remove."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.channels.shell_chat import CTRL_C, ENTER, Chat, paste, text
from tests.channels.shell_gateway import REPORT, FakeGateway, problem


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Chat:
    return Chat(monkeypatch)


@pytest.fixture
def gateway(chat: Chat) -> FakeGateway:
    return chat.gateway


def test_pasting_without_bracketed_paste(chat: Chat) -> None:
    assert chat("/paste", "MRI KNEE", "", "1", "/help", "/END") == text(
        """
        Paste your report. Then type /end on a line of its own.
        Ctrl-C drops it.

        │ I can't read reports yet.
        """
    )
    assert chat.gateway.said == [{"report": "MRI KNEE\n\n1\n/help"}]


def test_pasting_nothing_or_dropping_it_sends_nothing(chat: Chat) -> None:
    assert chat("/paste", "/end").endswith("Nothing was sent.")
    assert chat("/paste", keys="MRI" + ENTER + CTRL_C).endswith("Nothing was sent.")
    assert chat.gateway.said == []


def test_unknown_commands_and_text_that_begins_with_a_slash(chat: Chat) -> None:
    assert chat("/restart", "//restart", "/") == text(
        """
        I don't know that command. /help lists the ones there are.
        To send a message that starts with a slash, type two: //


        │ I can't help with that. I can explain MRI findings.

          1  What can you do?


        I don't know that command. /help lists the ones there are.
        To send a message that starts with a slash, type two: //
        """
    )
    assert chat.gateway.said == [{"text": "/restart"}]


def test_help(chat: Chat) -> None:
    assert chat("/help") == text(
        """
        Type a question in your own words, or the number of a
        suggestion.

        /help       show this list
        /new        start over with a new conversation
        /again      show the last answer again
        /sources    show where the last answer comes from, with
                    links
        /paste      paste a report of many lines; /end ends it
        /edit       write a message in your editor
        /save FILE  save this conversation; as FILE.html, your visit
                    sheet
        /delete     erase this conversation, on the server and here
        /quit       leave; the server forgets the conversation

        Ctrl-C clears the line or stops waiting, Ctrl-D leaves.
        """
    )


def test_sources_in_full(chat: Chat) -> None:
    assert chat("/sources", "is it bad??", "/SOURCES").split("\n\n\n")[::2] == [
        "The last answer named no sources.",
        text(
            """
            Sources of the last answer:
            - Bone bruises. Clinic A. 2021
              https://a.example/bone-bruises
            - Marrow edema. Journal B. 2019
              https://b.example/marrow
            """
        ),
    ]


def test_again_needs_no_network(chat: Chat) -> None:
    first, again = chat("bruise or break", "/again").split("\n\n\n")
    assert first == again
    assert chat.gateway.said == [{"text": "bruise or break"}]


def test_new_forgets_the_old_conversation_and_greets_again(chat: Chat, gateway: FakeGateway) -> None:
    chat("is it bad??", "/new", "2")
    assert chat.out.count("Hello. I explain words from MRI reports.") == 2
    assert gateway.started == 2
    assert gateway.said == [{"text": "is it bad??"}, {"action": "a-about"}]


def test_quit_leaves(chat: Chat) -> None:
    chat("/quit", leave="")
    assert chat.out.endswith("\nGoodbye. The server has forgotten our conversation.\n")
    assert (chat.code, chat.gateway.live) == (0, set())


def test_leaving_when_the_server_is_gone_says_so(chat: Chat, gateway: FakeGateway) -> None:
    gateway.transport = httpx.MockTransport(
        lambda request: _gone(request) if request.method == "DELETE" else gateway.respond(request)
    )
    chat()
    assert chat.out.endswith("\nGoodbye. The server could not be told to forget our\nconversation; it will in time.\n")
    assert chat.code == 0


def _gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


# ---- saving and erasing


SAVED = """\
Plainscan:
Hello. I explain words from MRI reports. I can't diagnose.

  1  What is bone marrow edema?
  2  What can you do?

You:
is it bad??

Plainscan:
Bone marrow edema: how serious is it?

Bone marrow edema is most often not dangerous. It is a sign, and what matters is
its cause.

Many causes heal with rest:
- a bone bruise after a fall
- more strain on the bone than it is used to

- Bone bruises. Clinic A. 2021
  https://a.example/bone-bruises
- Marrow edema. Journal B. 2019
  https://b.example/marrow
Draft: no clinician has reviewed this yet.

  1  What causes it?
  2  What should I ask my doctor about the bone marrow edema on my report?

You:
What causes it?

Plainscan:
A knock, strain, or worn cartilage.
"""


def test_save(chat: Chat, tmp_path: Path) -> None:
    chat("is it bad??", "1", f"/save {tmp_path}/my talk.txt")
    file = tmp_path / "my talk.txt"
    assert file.read_text() == SAVED
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["my talk.txt"]


def test_save_after_a_report(chat: Chat, gateway: FakeGateway, tmp_path: Path) -> None:
    gateway.answers["report"] = [REPORT]
    chat("/paste", "MRI", "/end", f"/save {tmp_path}/a.HTML", f"/save {tmp_path}/a.txt")
    assert (tmp_path / "a.HTML").read_text() == "<!doctype html><title>For my visit</title>\n"
    assert (tmp_path / "a.txt").read_text().startswith("FOR MY VISIT\n\n\nPlainscan:\nHello.")
    assert stat.S_IMODE((tmp_path / "a.HTML").stat().st_mode) == 0o600


def test_a_page_is_saved_of_a_report_only(chat: Chat, tmp_path: Path) -> None:
    shown = chat("hi", f"/save {tmp_path}/a.html")
    assert shown.endswith("A page is made of a report only. Paste one with /paste, or\nsave as .txt.")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("reply", "kept"), [("n", True), ("", True), ("yes", False), ("Y", False)])
def test_save_asks_before_it_replaces(chat: Chat, tmp_path: Path, reply: str, kept: bool) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    file.chmod(0o644)
    shown = chat(f"/save '{file}'", reply)
    assert (file.read_text() == "mine") is kept
    assert ("Nothing was saved." in shown) is kept
    assert stat.S_IMODE(file.stat().st_mode) == (0o644 if kept else 0o600)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("{tmp}/none/x.txt", "could not be written: No such file or directory."),
        ("{tmp}", "is a folder or a device."),
        ("/dev/null", "is a folder or a device."),
        ("{tmp}/" + "n" * 300, "could not be written: File name too long."),
        ("~nobody-of-that-name/x", "could not be written: that is not a usable file name."),
    ],
)
def test_save_where_it_cannot(chat: Chat, tmp_path: Path, name: str, why: str) -> None:
    chat(f"/save {name.format(tmp=tmp_path)}")
    assert why in chat.err.replace("\n", " ")
    assert os.listdir(tmp_path) == []
    assert chat.code == 0


def test_save_without_a_name(chat: Chat) -> None:
    assert chat("/save") == "Say where: /save FILE, for example /save\nmy-mri-questions.txt"


def test_delete_erases_here_and_on_the_server(chat: Chat, gateway: FakeGateway) -> None:
    shown = chat("is it bad??", "/delete", "y", "/again", "/save x.txt", "hi")
    assert shown.split("\n\n\n")[1:4] == [
        "Erased, on the server and here. What stands above goes when\nyou close or clear this window.",
        "There is no answer to repeat yet.",
        "There is nothing to save yet.",
    ]
    assert (gateway.started, gateway.said[-1], gateway.live) == (2, {"text": "hi"}, set())


def test_delete_asks_first(chat: Chat, gateway: FakeGateway) -> None:
    assert chat("/delete", "n", "1").startswith("Nothing was erased.\n\n\n› What is bone marrow edema?")
    assert gateway.said == [{"action": "a-what"}]


def test_history_is_kept_only_where_asked_for_and_erased_with_the_conversation(chat: Chat, tmp_path: Path) -> None:
    file = tmp_path / "history"
    file.touch(0o644)
    chat("my private question", arguments=("--history", str(file)))
    assert "+my private question\n" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    chat("another one", "/delete", "y", arguments=("--history", str(file)))
    assert "another one" not in file.read_text()
    assert "+my private question\n" in file.read_text()


def test_a_history_file_that_cannot_be_used_is_wrong_usage(
    chat: Chat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        chat(arguments=("--history", str(tmp_path)))
    assert "the history file can't be used: Is a directory" in sys.stderr.getvalue()  # type: ignore[attr-defined]


# ---- the editor


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a script of Python lines the shell's editor; `path` is the file, and `log`, returned, may be written."""

    def install(lines: str) -> Path:
        script, log = tmp_path / "my editor.py", tmp_path / "log"
        head = f"import os, pathlib, sys\npath = pathlib.Path(sys.argv[1])\nlog = pathlib.Path({str(log)!r})\n"
        script.write_text(head + lines)
        monkeypatch.setenv("VISUAL", f'{sys.executable} "{script}"')
        return log

    return install


def test_edit_sends_what_was_saved_from_a_private_file_that_is_removed(
    chat: Chat, editor: Callable[[str], Path]
) -> None:
    log = editor(
        "path.write_text('one\\ntwo\\n')\n"
        "log.write_text(f'{path} {path.stat().st_mode & 0o777:o} {path.parent.stat().st_mode & 0o777:o}')"
    )
    chat("/edit")
    path, mode, folder_mode = log.read_text().split()
    assert chat.gateway.said == [{"text": "one\ntwo"}]
    assert (mode, folder_mode) == ("600", "700")
    assert not Path(path).parent.exists()


@pytest.mark.parametrize("lines", ["", "path.write_text(' \\n')", "path.unlink()"])
def test_edit_that_comes_to_nothing(chat: Chat, editor: Callable[[str], Path], lines: str) -> None:
    editor(lines)
    assert chat("/edit") == "Nothing was sent."
    assert chat.gateway.said == []


def test_edit_with_an_editor_that_fails(chat: Chat, editor: Callable[[str], Path]) -> None:
    editor("path.write_text('half'); sys.exit(3)")
    chat("/edit")
    assert "ended with an error (3)." in chat.err.replace("\n", " ")
    assert chat.gateway.said == []


def test_edit_with_an_editor_that_is_not_there(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor -w")
    chat("/edit")
    assert chat.err == "The editor no-such-editor could not be started: No such file\nor directory. Nothing was sent.\n"


def test_a_kept_report_is_sent_by_enter_alone_and_opens_in_the_editor(
    chat: Chat, gateway: FakeGateway, editor: Callable[[str], Path]
) -> None:
    editor("path.write_text(path.read_text()[:5])")
    gateway.next = [httpx.ConnectError("refused"), problem(413, "Content Too Large", "At most 20,000 characters.")]
    report = "r" * 2500
    chat(keys=paste(report) + ENTER + CTRL_C + ENTER + "/edit" + ENTER)
    assert gateway.said == [{"report": report}, {"report": report}, {"report": "rrrrr"}]
    assert chat.err.endswith("At most 20,000 characters.\nYour report is kept. Type /edit to change it.\n")
