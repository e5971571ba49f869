"""A conversation is kept for half an hour at most, everywhere alike."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.channels.gateway.settings import Settings

ENDPOINTS = Path(__file__).parents[2] / "bot/endpoints.yml"


def test_gateway_and_rasa_forget_at_the_same_time_and_soon() -> None:
    store = yaml.safe_load(ENDPOINTS.read_text(encoding="utf-8"))["tracker_store"]
    assert store["type"].endswith("ExpiringTrackerStore")
    assert Settings().idle_minutes == store["idle_minutes"] <= 30
