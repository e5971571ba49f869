"""The gateway: the one public HTTP service of Plainscan. `python -m bot.channels.gateway` starts it."""

__version__ = "0.1.0"
