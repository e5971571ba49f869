"""A hundred texts that try to become markup or script, wherever text comes in. None of them may run.

They are tried on a page without any policy, so that nothing but the widget itself keeps them from running.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chat import Chat

PAYLOADS = Path(__file__).with_name("payloads.txt").read_text("utf-8").splitlines()
# Each payload calls this, one way or another.
TRAP = """
window.ran = [];
window.alert = window.confirm = window.prompt = window.print = (...given) => { window.ran.push(String(given)); };
"""
ELEMENTS = (
    "script, iframe, object, embed, img, video, audio, style, link, meta, base, math, form[action], input, marquee"
)


@pytest.fixture
def bare(visit: Callable[..., Chat]) -> Chat:
    """The demo page without its policy, and with a trap for whatever runs."""

    def without_policy(route: Any) -> None:
        response = route.fetch()
        headers = {k: v for k, v in response.headers.items() if k != "content-security-policy"}
        route.fulfill(response=response, headers=headers)

    chat = visit()
    chat.page.add_init_script(TRAP)
    chat.page.route("**/demo", without_policy)
    chat.page.reload()
    assert chat.page.evaluate("eval('1 + 1')") == 2, "there is no policy"
    return chat.open()


def harmed(page: Page) -> list[str]:
    """What ran, and what became an element inside the widget that the widget never makes."""
    page.wait_for_timeout(150)
    ran: list[str] = page.evaluate("window.ran")
    made: list[str] = page.evaluate(
        """elements => [...document.querySelector('plainscan-chat').shadowRoot.querySelectorAll('*')]
            .filter((element) => element.matches(elements) || [...element.attributes].some((attribute) =>
                /^on/i.test(attribute.name) || /^\\s*(javascript|data|vbscript):/i.test(attribute.value)
                    && !attribute.name.startsWith('data-')))
            .map((element) => element.outerHTML.slice(0, 100))""",
        ELEMENTS,
    )
    return ran + made


def press_all(page: Page) -> None:
    """Press every link and button that the payloads have brought with them; a link must not leave the page."""
    page.evaluate(
        """() => { for (const link of document.querySelector('plainscan-chat').shadowRoot.querySelectorAll('.answer a'))
            if (!link.href.startsWith('tel:')) { link.target = ''; link.addEventListener('click', (event) =>
                /^https?:/.test(link.protocol) && event.preventDefault()); link.click(); } }"""
    )


def card(payload: str) -> dict[str, Any]:
    passage = {
        **dict.fromkeys(("id", "finding", "aspect", "title", "text"), payload),
        "sources": [dict.fromkeys(("title", "org", "year", "url"), payload)],
        "review": {"status": payload, "reviewed_on": payload},
    }
    return {"id": payload, "type": "explanation", "text": payload, "passage": passage, "buttons": offered(payload)}


def custom(payload: str) -> list[dict[str, Any]]:
    quote = {"sentence": payload, "terms": [payload], "details": [payload]}
    finding = {
        **dict.fromkeys(("finding", "name", "plain", "told", "short", "title", "action"), payload),
        "number": 1, "quotes": [quote] * 3,
    }  # fmt: skip
    groups = [
        {**dict.fromkeys(("title", "hint", "told"), payload), "status": status, "findings": [finding]}
        for status in ("present", "uncertain")
    ]
    report = {
        **dict.fromkeys(("opening", "closing", "review"), payload),
        **{name: [payload] for name in ("normal", "unexplained", "questions")},
        "groups": groups, "contradictions": [{"line": payload}],
        "hedges": [dict.fromkeys(("words", "short", "title", "action"), payload)],
        "titles": dict.fromkeys(("contradictions", "hedges", "normal", "unexplained", "questions"), payload),
        "sheet": {"html": payload, "text": payload, "rows": [{"kind": "line", "text": payload}]},
    }  # fmt: skip
    urgent = {"level": payload, "flags": [payload], "call": payload}
    return [
        {"id": "1", "type": "report", "text": payload, "report": report},
        {
            "id": "7",
            "type": "report",
            "text": payload,
            "report": {**report, "groups": [{**groups[0], "status": payload}]},
        },
        {"id": "2", "type": "urgent", "text": payload, "urgent": urgent},
        {"id": "3", "type": "choices", "text": payload, "choices": offered(payload)},
        {"id": "4", "type": payload, "text": payload, payload: payload, "buttons": offered(payload)},
        {"id": "5", "type": "unavailable", "text": payload},
        {"id": "6", "type": "__proto__", "text": payload, "__proto__": {"text": payload}},
    ]


def offered(payload: str) -> list[dict[str, str]]:
    return [{"title": payload, "action": payload}]


def answer_with(page: Page, messages: Callable[[str], list[dict[str, Any]]]) -> None:
    """Answer what is asked with messages made of the same text."""
    page.route(
        "**/current/messages",
        lambda route: route.fulfill(json={"messages": messages(next(iter(route.request.post_data_json.values())))}),
    )


def answering(status: int, document: dict[str, Any]) -> Callable[[Any], None]:
    return lambda route: route.fulfill(status=status, json=document)


def test_there_are_a_hundred() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 100


def test_as_input(bare: Chat) -> None:
    answer_with(bare.page, lambda text: [{"id": "1", "type": "text", "text": "ok"}])
    for payload in PAYLOADS:
        bare.ask(payload)
    assert harmed(bare.page) == []
    shown = [said.removeprefix("You wrote: ") for said in bare.page.locator("plainscan-chat .said").all_text_contents()]
    assert shown == [payload.strip() for payload in PAYLOADS]
    bare.page.reload()
    bare.greeted()
    assert harmed(bare.page) == []


def test_as_a_passage(bare: Chat) -> None:
    answer_with(bare.page, lambda payload: [card(payload)])
    for payload in PAYLOADS:
        bare.ask(payload)
        press_all(bare.page)
    assert harmed(bare.page) == []
    assert bare.page.locator("plainscan-chat .card h3").all_text_contents() == [p.strip() for p in PAYLOADS]


def test_as_a_custom_message(bare: Chat) -> None:
    answer_with(bare.page, custom)
    for payload in PAYLOADS:
        bare.ask(payload)
        press_all(bare.page)
    assert harmed(bare.page) == []


def test_as_a_clinics_settings_and_as_a_refusal(bare: Chat) -> None:
    for payload in PAYLOADS[::10]:
        names = ("name", "phone", "emergency_number", "crisis_line", "privacy_url")
        config = {
            **dict.fromkeys(names, payload),
            "colours": {"accent": payload},
            "widget": {"title": payload, "label": payload},
            "limits": {"text": 2000, "report": 20000, "idle_minutes": 30},
        }
        problem = {"type": "urn:plainscan:problem:x", "title": payload, "detail": payload}
        bare.page.route("**/api/config", answering(200, config))
        bare.page.route("**/current/messages", answering(400, problem))
        bare.page.reload()
        bare.question.wait_for()
        bare.ask("x")
        assert harmed(bare.page) == []


def test_what_runs_would_be_seen(bare: Chat) -> None:
    bare.page.evaluate(
        """() => { const box = document.createElement('div'); box.innerHTML = '<img src=x onerror=alert(1)>';
            document.querySelector('plainscan-chat').shadowRoot.append(box); }"""
    )
    assert len(harmed(bare.page)) == 2
