"""Pictures of the main states, for people to look at: models/results/screenshots."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.chat import Chat
from tests.browser.site import ROOT, ScriptedRasa
from tests.browser.states import STATES

FOLDER = ROOT / "models/results/screenshots"
SIZES = {"320": (320, 640), "390": (390, 844), "768": (768, 1024), "1440": (1440, 900)}
SHOWN = ["closed", "greeting", "card", "choices", "report", "urgent", "today", "error", "pasting"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", SHOWN)
def test_a_state_has_its_pictures(visit: Callable[..., Chat], rasa: ScriptedRasa, state: str, size: str) -> None:
    width, height = SIZES[size]
    finger = {"has_touch": True, "is_mobile": True} if width < 1000 else {}
    chat = visit(width=width, height=height, reduced_motion="reduce", **finger)
    STATES[state](chat, rasa)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=scheme)
        picture = FOLDER / f"{state}-{size}-{scheme}.png"
        chat.page.screenshot(path=picture)
        assert picture.stat().st_size > 5_000
