"""Each state of the widget, on a phone and on a desktop, in light and dark: what holds in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chat import Chat
from tests.browser.conftest import AXE
from tests.browser.site import ScriptedRasa
from tests.browser.states import STATES

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# WCAG 2.2 asks for 24; a finger wants 44. Links in running text are as high as their line.
SMALL_TARGETS = """
() => [...document.querySelector('plainscan-chat').shadowRoot.querySelectorAll('button, textarea, summary, a.call')]
    .filter((element) => element.checkVisibility())
    .map((element) => [element.innerText || element.ariaLabel || element.id, element.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)
"""
WIDER_THAN_ITS_BOX = """
() => {
    const root = document.querySelector('plainscan-chat').shadowRoot;
    const wide = [document.documentElement, ...root.querySelectorAll('.panel, .transcript, .card, textarea')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1);
    const out = [...root.querySelectorAll('.panel *')]
        .filter((element) => element.checkVisibility() && !element.closest('.unseen'))
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
    return [...wide, ...out].map((element) => element.className || element.localName);
}
"""


def axe(page: Page) -> list[str]:
    """What axe-core finds: each finding as its rule and the place."""
    if not AXE.is_file():
        pytest.skip("no axe-core: `make test` installs it where there is npm")
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    assert len(found["passes"]) > 10, "axe has looked at nothing"
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def still(chat: Chat) -> Chat:
    """Wait until nothing moves: what fades in has no contrast yet."""
    chat.page.wait_for_timeout(250)
    return chat


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("state", STATES)
def test_a_state_has_no_fault(visit: Callable[..., Chat], rasa: ScriptedRasa, state: str, phone: bool) -> None:
    chat = visit(phone=phone, reduced_motion="reduce")
    STATES[state](chat, rasa)
    still(chat)
    faults = {
        "refused by the policy": chat.reports(),
        "small targets": chat.page.evaluate(SMALL_TARGETS),
        "scrolls sideways": chat.page.evaluate(WIDER_THAN_ITS_BOX),
        "in the light": axe(chat.page),
    }
    chat.page.emulate_media(color_scheme="dark")
    faults["in the dark"] = axe(still(chat).page)
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("state", ["card", "report", "urgent", "error", "pasting", "options"])
@pytest.mark.parametrize(
    ("width", "height"), [(320, 640), (320, 256), (844, 390)], ids=["320", "400-percent", "phone-on-its-side"]
)
def test_where_there_is_little_room_nothing_is_out_of_reach(
    visit: Callable[..., Chat], rasa: ScriptedRasa, state: str, width: int, height: int
) -> None:
    chat = visit(width=width, height=height, reduced_motion="reduce")
    STATES[state](chat, rasa)
    assert chat.page.evaluate(WIDER_THAN_ITS_BOX) == []
    assert axe(still(chat).page) == []
    # What is to be pressed or written in can be brought into view.
    for name in ("Close", "Conversation options"):
        chat.page.get_by_role("button", name=name).scroll_into_view_if_needed()
        box = chat.page.get_by_role("button", name=name).bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height
    field = chat.page.locator("plainscan-chat textarea:visible")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box and box["y"] < height - 40


def test_a_fault_would_be_seen(visit: Callable[..., Chat]) -> None:
    chat = visit().open()
    chat.page.evaluate(
        """() => {
            const root = document.querySelector('plainscan-chat').shadowRoot;
            root.querySelector('.legal').style.color = '#ccc';
            root.querySelector('.send').style.cssText = 'min-width: 0; width: 20px';
            root.querySelector('.turn').style.width = '2000px';
        }"""
    )
    assert [found for found in axe(still(chat).page) if found.startswith("color-contrast")]
    assert chat.page.evaluate(SMALL_TARGETS)
    assert chat.page.evaluate(WIDER_THAN_ITS_BOX)


@pytest.mark.parametrize("state", ["card", "report", "urgent"])
def test_forced_colours_keep_borders_and_states(visit: Callable[..., Chat], rasa: ScriptedRasa, state: str) -> None:
    chat = visit(forced_colors="active", reduced_motion="reduce")
    STATES[state](chat, rasa)
    without_border = chat.page.evaluate(
        """() => [...document.querySelector('plainscan-chat').shadowRoot
            .querySelectorAll('.panel, .send, .said, .card, .status, .urgent, .suggestion, .call')]
            .filter((element) => element.checkVisibility() && getComputedStyle(element).borderTopStyle === 'none')
            .map((element) => element.className)"""
    )
    assert without_border == []


def test_nothing_moves_for_those_who_asked_for_that(visit: Callable[..., Chat], rasa: ScriptedRasa) -> None:
    moving = "document.querySelector('plainscan-chat').shadowRoot.getAnimations().length"
    counts = []
    for motion in ("reduce", "no-preference"):
        chat = visit(reduced_motion=motion)
        STATES["waiting"](chat, rasa)
        counts.append(chat.page.evaluate(moving))
    assert counts[0] == 0 and counts[1] > 0


def test_a_text_from_right_to_left_turns_the_panel_around(visit: Callable[..., Chat]) -> None:
    chat = visit()
    chat.page.evaluate("document.documentElement.dir = 'rtl'")
    chat.open().ask("is marrow edema bad?")
    panel, said = chat.panel.bounding_box(), chat.page.locator("plainscan-chat .said").bounding_box()
    assert panel and said
    assert panel["x"] < 100, "the corner is the left one"
    assert said["x"] - panel["x"] < 60, "what was said stands at the end of the line, the left"
    assert chat.page.evaluate(WIDER_THAN_ITS_BOX) == []
