"""The states that a patient sees the widget in: how to come to each, by its name."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.chat import Chat
from tests.browser.site import ScriptedRasa

# The gateway finds these by itself, whatever Rasa says.
EMERGENCY = "I have crushing chest pain and I can't breathe"
CRISIS = "I want to kill myself"
State = Callable[[Chat, ScriptedRasa], None]


def answered(text: str) -> State:
    def come(chat: Chat, rasa: ScriptedRasa) -> None:
        chat.open().ask(text)

    return come


def closed(chat: Chat, rasa: ScriptedRasa) -> None:
    expect(chat.launcher).to_be_visible()


def greeting(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()


def waiting(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    rasa.seconds = 3
    chat.question.fill("is marrow edema bad?")
    chat.question.press("Enter")
    expect(chat.page.get_by_text("Looking it up").first).to_be_visible()


def sources(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open().ask("is marrow edema bad?")
    chat.page.get_by_text("Sources (").click()
    chat.page.get_by_role("button", name="No", exact=True).click()
    expect(chat.page.get_by_role("button", name="Hard to understand")).to_be_visible()


def report(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    chat.paste_report()


def unavailable(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    rasa.down = True
    chat.ask("is marrow edema bad?")


def error(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    chat.page.route("**/current/messages", lambda route: route.abort())
    chat.ask("is marrow edema bad?")


def offline(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    chat.page.context.set_offline(True)
    chat.ask("is marrow edema bad?")


def too_long(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open()
    chat.question.fill("My knee. " * 300)
    expect(chat.page.get_by_role("button", name="Send it as a report")).to_be_visible()


def pasting(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open().page.get_by_role("button", name="Paste your report").click()
    chat.page.get_by_label("Text of the report").fill("FINDINGS: There is moderate marrow edema.")


def options(chat: Chat, rasa: ScriptedRasa) -> None:
    chat.open().page.get_by_role("button", name="Conversation options").click()


def deleted(chat: Chat, rasa: ScriptedRasa) -> None:
    options(chat, rasa)
    chat.page.get_by_role("button", name="Delete this conversation").click()
    expect(chat.page.get_by_role("button", name="Start a new conversation")).to_be_visible()


STATES: dict[str, State] = {
    "closed": closed,
    "greeting": greeting,
    "waiting": waiting,
    "card": answered("is marrow edema bad?"),
    "sources": sources,
    "choices": answered("stress"),
    "report": report,
    "urgent": answered(EMERGENCY),
    "crisis": answered(CRISIS),
    "today": answered("hot foot"),
    "soon": answered("night pain"),
    "unknown": answered("car insurance"),
    "unavailable": unavailable,
    "error": error,
    "offline": offline,
    "too-long": too_long,
    "pasting": pasting,
    "options": options,
    "deleted": deleted,
}
