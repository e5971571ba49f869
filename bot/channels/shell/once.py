"""One question, one answer, an exit code: for scripts, pipes and tests."""

import json
from enum import IntEnum

from bot.channels.shell.client import GatewayClient, GatewayProblem, GatewayUnreachable
from bot.channels.shell.messages import Answer
from bot.channels.shell.screen import Screen


class ExitCode(IntEnum):
    """What the shell's exit codes mean."""

    ANSWERED = 0
    SERVER_ERROR = 1
    USAGE = 2
    NOT_UNDERSTOOD = 3
    REFUSED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


def answer_once(client: GatewayClient, text: str, screen: Screen, *, as_report: bool, as_json: bool) -> ExitCode:
    """Ask in a new conversation and print the answer (`as_json`: the list of messages). Closing `client` erases it."""
    try:
        with screen.waiting():
            client.start()
            answer = client.send_report(text) if as_report else client.send_text(text)
        if as_json:
            # ASCII only: JSON's own escapes keep control characters from the terminal and need no encoding.
            screen.raw(json.dumps(answer.raw, indent=2).replace("\x7f", "\\u007f"))
        else:
            screen.answer(answer)
        return exit_code(answer)
    except (GatewayProblem, GatewayUnreachable) as failure:
        return explain_failure(failure, screen, too_long="" if as_report else "With --report it is sent as a report.")


def exit_code(answer: Answer) -> ExitCode:
    """What an answer amounts to: its most telling message decides."""
    types = {message.type for message in answer.messages}
    if types & {"urgent", "explanation", "report"}:
        return ExitCode.ANSWERED
    if "unavailable" in types:
        return ExitCode.SERVER_ERROR
    if types & {"unknown", "choices"}:
        return ExitCode.NOT_UNDERSTOOD
    return ExitCode.ANSWERED


def explain_failure(failure: GatewayProblem | GatewayUnreachable, screen: Screen, *, too_long: str = "") -> ExitCode:
    """Say what failed, on the second stream, and return the exit code for it."""
    if isinstance(failure, GatewayUnreachable):
        screen.error("Plainscan can't be reached. Is it running, and is the address (--url) right?")
        screen.error("If this could be an emergency, don't wait for it: call your local emergency number.")
        return ExitCode.UNREACHABLE
    if 400 <= failure.status < 500:
        wait = f"Try again in {failure.retry_after} s." if failure.retry_after is not None else ""
        hint = too_long if failure.status == 413 else ""
        parts = (f"The server refused that ({failure.status}).", failure.detail or f"{failure.title}.", wait, hint)
        screen.error(" ".join(part for part in parts if part))
        return ExitCode.REFUSED
    screen.error(f"Something went wrong on the server ({failure.status} {failure.title}).".replace(" )", ")"))
    screen.error("If this could be an emergency, don't wait for it: call your local emergency number.")
    return ExitCode.SERVER_ERROR
