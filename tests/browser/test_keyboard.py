"""Every journey by keyboard alone; where the focus is, and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.chat import REPORT, Chat
from tests.browser.site import ScriptedRasa
from tests.browser.states import EMERGENCY

Visit = Callable[..., Chat]
ANSWER = "How serious bone marrow edema is depends on what lies behind it."


def tab_to(chat: Chat, name: str, key: str = "Tab", most: int = 60) -> None:
    """Press Tab until the focus is on what has `name` in its words; each stop must be visibly marked."""
    for _ in range(most):
        chat.page.keyboard.press(key)
        told = chat.focused()
        if name in told:
            return
    raise AssertionError(f"{name!r} was not reached; the last was {told!r}")


def type_and_send(chat: Chat, text: str) -> None:
    before = chat.turns.count()
    chat.page.keyboard.type(text)
    chat.page.keyboard.press("Enter")
    expect(chat.turns).to_have_count(before + 1)
    chat.settled()


def opened(visit: Visit, **options: object) -> Chat:
    chat = visit(**options)
    tab_to(chat, "launcher")
    chat.page.keyboard.press("Enter")
    return chat.greeted()


class TestByKeyboardAlone:
    def test_ask_follow_up_and_read_the_sources(self, visit: Visit) -> None:
        chat = opened(visit)
        assert chat.focused().startswith("textarea question")
        type_and_send(chat, "is marrow edema bad?")
        assert chat.focused().startswith("textarea question"), "the focus stays where one writes"
        tab_to(chat, "Sources", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        tab_to(chat, "opens in a new tab")
        tab_to(chat, "button suggestion")
        chat.page.keyboard.press("Enter")
        expect(chat.turns).to_have_count(3)
        assert chat.focused().startswith("textarea question"), "the pressed suggestion is gone"

    def test_choose(self, visit: Visit) -> None:
        chat = opened(visit)
        type_and_send(chat, "stress")
        tab_to(chat, "What is a stress fracture?", "Shift+Tab")
        chat.page.keyboard.press("Space")
        expect(chat.turns.last.locator(".card")).to_be_visible()

    def test_send_a_report_and_have_a_finding_explained(self, visit: Visit) -> None:
        chat = opened(visit)
        tab_to(chat, "Paste your report")
        chat.page.keyboard.press("Enter")
        assert chat.focused().startswith("textarea report")
        chat.page.keyboard.insert_text(REPORT)
        tab_to(chat, "Send the report")
        chat.page.keyboard.press("Enter")
        expect(chat.turns.last.locator(".group")).to_have_count(8)
        assert chat.focused().startswith("textarea question")
        tab_to(chat, "What is bone marrow edema?", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        expect(chat.turns.last.locator(".card h3")).to_contain_text("Bone marrow edema")

    def test_call_in_an_emergency(self, visit: Visit) -> None:
        chat = opened(visit)
        type_and_send(chat, EMERGENCY)
        tab_to(chat, "Call 911 now", "Shift+Tab")

    def test_try_again(self, visit: Visit) -> None:
        chat = opened(visit)
        chat.page.route("**/current/messages", lambda route: route.abort(), times=1)
        type_and_send(chat, "is marrow edema bad?")
        tab_to(chat, "Try again", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        expect(chat.turns.last.locator(".card")).to_be_visible()
        assert chat.focused().startswith("textarea question")

    def test_say_whether_it_helped(self, visit: Visit) -> None:
        chat = opened(visit)
        type_and_send(chat, "is marrow edema bad?")
        tab_to(chat, "No", "Shift+Tab", most=8)
        chat.page.keyboard.press("Enter")
        expect(chat.page.get_by_role("button", name="Hard to understand")).to_be_visible()
        assert "What was the matter?" in chat.focused()
        tab_to(chat, "Hard to understand")
        chat.page.keyboard.press("Enter")
        expect(chat.turns.last).to_contain_text("Thank you.")
        assert "Thank you." in chat.focused()

    def test_start_over_delete_and_begin_again(self, visit: Visit) -> None:
        chat = opened(visit)
        type_and_send(chat, "is marrow edema bad?")
        tab_to(chat, "Conversation options", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        assert "Start over" in chat.focused()
        chat.page.keyboard.press("Enter")
        expect(chat.turns).to_have_count(1)
        assert chat.focused().startswith("textarea question")
        tab_to(chat, "Conversation options", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        chat.page.keyboard.press("Tab")
        chat.page.keyboard.press("Enter")
        assert "Start a new conversation" in chat.focused()
        chat.page.keyboard.press("Enter")
        expect(chat.greeted().turns).to_have_count(1)

    def test_escape_closes_from_the_inside_out(self, visit: Visit) -> None:
        chat = opened(visit)
        tab_to(chat, "Conversation options", "Shift+Tab")
        chat.page.keyboard.press("Enter")
        chat.page.keyboard.press("Escape")
        assert "Conversation options" in chat.focused()
        tab_to(chat, "Paste your report")
        chat.page.keyboard.press("Enter")
        chat.page.keyboard.press("Escape")
        assert "Paste your report" in chat.focused()
        chat.page.keyboard.press("Escape")
        expect(chat.panel).to_be_hidden()
        assert "launcher" in chat.focused()
        expect(chat.launcher).to_have_attribute("aria-expanded", "false")

    def test_beside_the_page_one_can_leave_the_panel_and_come_back(self, visit: Visit) -> None:
        chat = opened(visit)
        tab_to(chat, "Skip to the content", "Shift+Tab")
        expect(chat.panel).to_be_visible()

    def test_on_a_phone_the_page_behind_is_out_of_reach(self, visit: Visit) -> None:
        chat = visit(phone=True)
        chat.launcher.tap()
        chat.greeted()
        assert "panel" in chat.focused(), "no keyboard comes up over the greeting"
        seen = set()
        for _ in range(30):
            chat.page.keyboard.press("Tab")
            seen.add(chat.focused())
        assert not [told for told in seen if told.startswith("a ") and "911" not in told], seen
        assert chat.page.evaluate("document.documentElement.style.overflow") == "hidden"
        chat.page.keyboard.press("Escape")
        expect(chat.panel).to_be_hidden()
        assert chat.page.evaluate("document.documentElement.style.overflow") == ""

    def test_the_focus_is_visible_at_each_stop(self, visit: Visit) -> None:
        chat = opened(visit)
        type_and_send(chat, "is marrow edema bad?")
        unmarked = []
        for _ in range(14):
            chat.page.keyboard.press("Shift+Tab")
            style = chat.page.evaluate(
                """() => {
                    let element = document.activeElement;
                    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
                    const style = getComputedStyle(element);
                    return [style.outlineStyle, parseFloat(style.outlineWidth)];
                }"""
            )
            if style[0] == "none" or style[1] < 2:
                unmarked.append(chat.focused())
        assert unmarked == []


class TestWhatIsSaid:
    def test_an_answer_is_said_once_and_the_focus_stays(self, visit: Visit, rasa: ScriptedRasa) -> None:
        chat = visit().open()
        chat.page.evaluate(
            """() => {
                const said = window.said = [];
                const status = document.querySelector('plainscan-chat').shadowRoot.querySelector('[role=status]');
                new MutationObserver(() => said.push(status.textContent)).observe(status, {childList: true});
            }"""
        )
        rasa.seconds = 0.3
        chat.question.fill("is marrow edema bad?")
        chat.question.press("Enter")
        expect(chat.turns).to_have_count(2)
        chat.settled()
        said = chat.page.evaluate("window.said")
        assert said[0] == "Looking it up …"
        assert len(said) == 2 and ANSWER in said[1] and "suggestions follow" in said[1]
        assert chat.focused().startswith("textarea question")

    def test_the_transcript_itself_says_nothing(self, visit: Visit) -> None:
        chat = visit().open()
        chat.ask("is marrow edema bad?")
        live = chat.page.evaluate(
            """() => [...document.querySelector('plainscan-chat').shadowRoot
                .querySelectorAll('[aria-live], [role=log], [role=status], [role=alert]')]
                .map((element) => element.className)"""
        )
        assert live == ["unseen"]

    def test_an_emergency_is_an_alert_and_is_not_said_twice(self, visit: Visit) -> None:
        chat = visit().open()
        chat.ask(EMERGENCY)
        expect(chat.page.get_by_role("alert")).to_contain_text("This can be an emergency")
        assert "This can be an emergency" not in (chat.announcer.text_content() or "")

    def test_a_failure_is_said(self, visit: Visit) -> None:
        chat = visit().open()
        chat.page.route("**/current/messages", lambda route: route.abort())
        chat.ask("is marrow edema bad?")
        expect(chat.announcer).to_have_text("We could not reach our server. Your message is kept here.")

    def test_who_speaks_is_said_and_not_only_shown(self, visit: Visit) -> None:
        turn = visit().open().ask("is marrow edema bad?")
        expect(turn.locator(".said .unseen")).to_have_text("You wrote:")
        expect(turn.locator(":scope > .unseen")).to_have_text("Answer:")

    def test_the_launcher_says_what_it_opens_and_whether_it_is_open(self, visit: Visit) -> None:
        chat = visit()
        button = chat.page.get_by_role("button", name="Ask about your MRI", expanded=False)
        expect(button).to_have_attribute("aria-haspopup", "dialog")
        chat.open()
        expect(chat.page.get_by_role("button", name="Ask about your MRI", expanded=True)).to_be_visible()
