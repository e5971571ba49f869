"""The gateway of tests/channels, for what it sends on."""

from tests.channels.conftest import gateway, gateway_make, gateway_rasa, gateway_settings

__all__ = ["gateway", "gateway_make", "gateway_rasa", "gateway_settings"]
