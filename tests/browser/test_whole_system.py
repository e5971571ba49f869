"""The widget with all of Plainscan behind it: Rasa, action server, gateway, as `make serve` starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.conversations.running import Plainscan

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def plainscan(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plainscan]:
    running = Plainscan(tmp_path_factory.mktemp("plainscan") / "console")
    try:
        running.wait_until_ready()
        yield running
        running.stop()
    finally:
        running.end_whatever_is_left()


def test_a_patient_asks_follows_up_and_deletes(plainscan: Plainscan, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{plainscan.url}/demo")
    chat = Chat(page, plainscan.url).open()
    turn = chat.ask("mri says bone marow edema in my tibia, is that bad??")
    expect(turn.get_by_role("heading", name="Bone marrow edema: how serious it is")).to_be_visible()
    turn = chat.ask("how long does it last?")
    expect(turn.get_by_role("heading", name="Bone marrow edema: how long it takes")).to_be_visible()
    next_question = turn.locator(".suggestion").first.inner_text().strip()
    expect(chat.press(next_question).locator(".card")).to_be_visible()
    expect(chat.ask("I can't feel when I need to pee and my legs are numb").get_by_role("alert")).to_be_visible()
    page.reload()
    expect(chat.greeted().turns).to_have_count(5)
    page.get_by_role("button", name="Conversation options").click()
    page.get_by_role("button", name="Delete this conversation").click()
    expect(chat.turns).to_contain_text("This conversation is deleted, here and on our server.")
    assert chat.reports() == []
