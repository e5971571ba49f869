"""The widget as a patient uses it: what is seen and pressed, found by its role and its words."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

REPORT = (
    "MRI LEFT KNEE. There is moderate marrow edema in the medial tibial plateau. Small joint effusion. No fracture or "
    "avascular necrosis. An early stress reaction cannot be excluded. The bone bruise of the patella seen in 2024 has "
    "resolved. ACL is intact. There is a prominent medial plica."
)


class Chat:
    """A page with the widget on it.

    Attributes:
        page: the browser's page. server: the gateway's address.
    """

    def __init__(self, page: Page, server: str) -> None:
        self.page, self.server = page, server
        self.launcher = page.locator("plainscan-chat .launcher")
        self.panel = page.get_by_role("dialog", name="Ask about your MRI")
        self.question = page.get_by_label("Your question")
        self.transcript = page.get_by_role("region", name="Conversation")
        self.announcer = page.locator("plainscan-chat [role=status]")
        self.turns = page.locator("plainscan-chat .turn")

    def open(self) -> Chat:
        """Press the launcher and wait for the greeting."""
        self.launcher.click()
        return self.greeted()

    def greeted(self) -> Chat:
        expect(self.turns.first).to_contain_text("I'm Plainscan")
        return self

    def ask(self, text: str) -> Locator:
        """Type a question, press Enter, and wait until it is answered or has failed; gives the turn."""
        before = self.turns.count()
        self.question.fill(text)
        self.question.press("Enter")
        expect(self.turns).to_have_count(before + 1)
        return self.settled()

    def press(self, name: str | re.Pattern[str]) -> Locator:
        """Press a button and wait for the turn that it begins."""
        before = self.turns.count()
        self.page.get_by_role("button", name=name).last.click()
        expect(self.turns).to_have_count(before + 1)
        return self.settled()

    def paste_report(self, text: str = REPORT) -> Locator:
        """Paste a report and send it. The gateway itself reads it; Rasa only hears what was found."""
        self.page.get_by_role("button", name="Paste your report").click()
        self.page.get_by_label("Text of the report").fill(text)
        return self.press("Send the report")

    def settled(self) -> Locator:
        """The last turn, once nothing is on its way."""
        expect(self.page.locator("plainscan-chat .working")).to_have_count(0)
        return self.turns.last

    def focused(self) -> str:
        """The element that has the focus, inside the widget if it is there: its tag, id or class, and words."""
        told: str = self.page.evaluate(
            """() => {
                let element = document.activeElement;
                while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
                const name = element.getAttribute('aria-label') ?? element.innerText ?? '';
                const words = name.slice(0, 60).replace(/\\s+/g, ' ');
                return `${element.localName} ${element.id || element.className} ${words}`;
            }"""
        )
        return told.strip()

    def reports(self) -> list[str]:
        """What the page's policy refused."""
        refused: list[str] = self.page.evaluate("window.reports")
        return refused
