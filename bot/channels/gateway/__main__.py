"""Start the gateway: `python -m bot.channels.gateway`."""

import contextlib
import logging
import os
import socket
import sys

import uvicorn

from bot.channels.gateway.app import create_app
from bot.channels.gateway.connections import GuardedHttp, allow_many_connections
from bot.channels.gateway.settings import Settings, SettingsError, variable
from bot.channels.gateway.tracing import log_as_json
from bot.channels.gateway.words import WordsError
from knowledge.danger_reader import load_danger_reader
from knowledge.red_flags import load_red_flags

logger = logging.getLogger("bot.channels.gateway")


def main() -> int:
    """Serve until stopped and return the exit code: 0 stopped, 1 could not start (one line on stderr says why)."""
    log_as_json()
    logging.getLogger("bot").setLevel(logging.INFO)
    try:
        settings = Settings.from_environment(os.environ)
        app = create_app(settings, second_reader=load_danger_reader(load_red_flags().flags))
        listening = _listen(settings.host, settings.port)
    except (SettingsError, WordsError) as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"gateway: cannot listen on {settings.host} port {settings.port}: {os.strerror(error.errno or 0)}. "
            f"Stop what uses it, or set {variable('port')} (and {variable('host')}) to something else.",
            file=sys.stderr,
        )
        return 1
    host, port = listening.getsockname()[:2]
    logger.info("listening on http://%s:%s", f"[{host}]" if ":" in host else host, port)
    # No access log: addresses and times of patients are nobody's business.
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5, backlog=2048,
        http=GuardedHttp, ws="none",
    )  # fmt: skip
    allow_many_connections()
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, made here so that a taken port is one clear line and not a started and failed server."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=2048)


if __name__ == "__main__":
    sys.exit(main())
