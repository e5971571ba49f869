"""The interactive chat: read, send, show, until the person leaves."""

from contextlib import suppress

from bot.channels.shell.client import Clinic, GatewayClient, GatewayProblem, GatewayUnreachable
from bot.channels.shell.commands import Leave, run_command
from bot.channels.shell.conversation import CommandLine, Conversation, Draft, OutOfRange
from bot.channels.shell.messages import Answer
from bot.channels.shell.prompt import Prompt
from bot.channels.shell.screen import Screen


class ChatShell:
    """One person's chat with the gateway of `client`, read from `prompt`, shown on `screen`.

    Commands use these parts, `conversation`, and the methods below.
    """

    def __init__(self, client: GatewayClient, prompt: Prompt, screen: Screen) -> None:
        self.client = client
        self.prompt = prompt
        self.screen = screen
        self.conversation = Conversation()
        self._clinic = Clinic()

    def run(self) -> None:
        """Greet, answer until the person leaves, then have the server forget the conversation and say so.

        Raises:
            GatewayUnreachable, GatewayProblem: the conversation could not even be started.
        """
        try:
            with self.screen.waiting("connecting…"):
                greeting = self.client.start()
                self._clinic = self._read_clinic()
            self.conversation.text_limit = self._clinic.text_limit
            self.screen.title(self._clinic.name)
            self._greet(greeting)
            while True:
                # Ctrl-C stops what is being done, wherever it strikes, and never the chat.
                with suppress(KeyboardInterrupt):
                    self._turn()
        except EOFError:
            self.screen.notice()
            self._say_goodbye()
        except Leave:
            self._say_goodbye()

    def send(self, draft: Draft) -> None:
        """Send a draft and show the answer. What goes wrong is explained, and the draft is kept to be sent again."""
        self.conversation.kept = draft
        try:
            with self.screen.waiting():
                answer, restarted = self._exchange(draft)
        except KeyboardInterrupt:
            self._explain(draft, "Stopped waiting.")
        except GatewayUnreachable:
            self._explain(draft, f"I can't reach the server. {self._emergency_line()}")
        except GatewayProblem as problem:
            self._explain_problem(draft, problem)
        else:
            if restarted:
                self.screen.notice("The conversation had ended. I started a new one and sent your message again.")
                self.screen.notice()
            self.conversation.record(draft, answer)
            self.screen.answer(answer)

    def begin(self) -> None:
        """Start a new conversation and show its greeting, or say why that failed; the next message then tries again."""
        try:
            with self.screen.waiting("connecting…"):
                greeting = self.client.start()
        except (GatewayProblem, GatewayUnreachable, KeyboardInterrupt):
            self.screen.error("The server could not start a new conversation. Your next message tries again.")
        else:
            self._greet(greeting)

    def end_conversation(self) -> bool:
        """Have the server forget the conversation; False when it could not be told (it then forgets after a while)."""
        try:
            self.client.delete()
        except (GatewayProblem, GatewayUnreachable, KeyboardInterrupt):
            return False
        return True

    def _turn(self) -> None:
        self.screen.notice()
        try:
            line = self.prompt.read(self.conversation.prefill)
        except KeyboardInterrupt:
            self._drop_line()
            return
        meaning = self.conversation.interpret(line)
        if meaning is None:
            self._drop_line()
            return
        self.screen.notice()
        match meaning:
            case CommandLine(name, argument):
                run_command(self, name, argument)
            case OutOfRange(count):
                offer = f"numbers from 1 to {count}" if count > 1 else "only the number 1"
                self.screen.notice(f"There are {offer}. Type one of them, or your question in words.")
            case Draft() as draft:
                if draft.kind == "action":
                    self.screen.notice(f"You picked: {draft.shown}" if self.screen.plain else f"› {draft.shown}")
                    self.screen.notice()
                self.send(draft)

    def _drop_line(self) -> None:
        # The person has cleared the line. A kept report is not in the line: it stays until something else is answered.
        if self.conversation.prefill:
            self.conversation.kept = None

    def _greet(self, greeting: Answer) -> None:
        self.conversation.begin(greeting)
        self.screen.notice()
        self.screen.answer(greeting)

    def _exchange(self, draft: Draft) -> tuple[Answer, bool]:
        """The answer, and whether a conversation that had ended on the server was replaced to get it."""
        ended = self.client.in_conversation
        if ended:
            try:
                return self._deliver(draft), False
            except GatewayProblem as problem:
                if problem.status != 401:
                    raise
        self.conversation.begin(self.client.start())
        self.conversation.kept = draft
        # A button of the old conversation is unknown to the new one; its words are not.
        return self._deliver(self.conversation.written(draft.shown) if draft.kind == "action" else draft), ended

    def _deliver(self, draft: Draft) -> Answer:
        match draft.kind:
            case "text":
                return self.client.send_text(draft.content)
            case "report":
                return self.client.send_report(draft.content)
            case "action":
                return self.client.press(draft.content)

    def _explain_problem(self, draft: Draft, problem: GatewayProblem) -> None:
        match problem.status:
            case 409:
                self._explain(draft, "Your last message is still being answered. Please wait a moment.")
            case 429:
                seconds = problem.retry_after
                wait = "a moment" if seconds is None else "a second" if seconds <= 1 else f"{seconds} seconds"
                self._explain(draft, f"That was a lot of messages in a short time. Please wait {wait}.")
            case 404 if draft.kind == "action":
                # Pressing it again cannot help, so nothing is kept.
                self.conversation.kept = None
                self.screen.error(problem.detail or "That suggestion is no longer on offer. Please type your question.")
            case 413 | 422:
                self._explain(draft, problem.detail or problem.title, sendable=False)
            case status if status >= 500:
                self._explain(draft, f"Something went wrong on the server ({status}). {self._emergency_line()}")
            case status:
                self._explain(draft, f"The server refused that ({status}). {problem.detail or problem.title}".strip())

    def _explain(self, draft: Draft, why: str, *, sendable: bool = True) -> None:
        self.screen.error(why)
        if draft.kind == "report":
            how = "Press Enter to send it again, or type /edit." if sendable else "Type /edit to change it."
            self.screen.error(f"Your report is kept. {how}")
        else:
            how = "Press Enter to send it again." if sendable else "Change it, then press Enter."
            self.screen.error(f"Your message is kept below. {how}")

    def _emergency_line(self) -> str:
        number = self._clinic.emergency_number or "your local emergency number"
        return f"If this could be an emergency, don't wait for me: call {number}."

    def _read_clinic(self) -> Clinic:
        try:
            return self.client.clinic()
        except (GatewayProblem, GatewayUnreachable):
            return Clinic()  # a name and limits to show are no reason to refuse a chat

    def _say_goodbye(self) -> None:
        had_conversation = self.client.in_conversation
        erased = self.end_conversation()
        if not erased:
            self.screen.notice("Goodbye. The server could not be told to forget our conversation; it will in time.")
        elif had_conversation:
            self.screen.notice("Goodbye. The server has forgotten our conversation.")
        else:
            self.screen.notice("Goodbye.")
