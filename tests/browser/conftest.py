"""One Chromium and one gateway for all these tests. Without a Chromium they are skipped, and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chat import Chat
from tests.browser.site import ScriptedRasa, serving

HERE = Path(__file__).parent
AXE = HERE.parents[1] / "node_modules/axe-core/axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars"]  # fmt: skip
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
# The demo page's own: what a page must not do under its policy is told to this list.
WATCH = """
window.reports = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.reports.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = os.environ.get("PLAINSCAN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium: install it (apt-get install chromium) or name it in PLAINSCAN_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, "FONTCONFIG_FILE": str(HERE / "fonts.conf")}
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gateway() -> Iterator[tuple[str, ScriptedRasa]]:
    scripted = ScriptedRasa()
    with serving(scripted) as address:
        yield address, scripted


@pytest.fixture
def rasa(gateway: tuple[str, ScriptedRasa]) -> ScriptedRasa:
    gateway[1].reset()
    return gateway[1]


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a browser of its own: nothing is kept from one to the next."""
    contexts = []

    def make(width: int = 1280, height: int = 800, **options: object) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        context.set_default_timeout(5_000)
        context.add_init_script(WATCH)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visit(new_page: Callable[..., Page], gateway: tuple[str, ScriptedRasa], rasa: ScriptedRasa) -> Callable[..., Chat]:
    """Goes to the demo clinic's site; `phone=True` on a phone."""

    def go(path: str = "/demo", phone: bool = False, **options: object) -> Chat:
        page = new_page(**{**(PHONE if phone else {}), **options})
        page.goto(gateway[0] + path)
        return Chat(page, gateway[0])

    return go
