"""What runs when Plainscan runs: the parts, their ports, and how supervisord is told of them."""

from __future__ import annotations

import configparser
import errno
import io
import os
import shlex
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BOUND = Path(__file__).with_name("bound.py")
GROUP = "plainscan"


class CannotStart(Exception):
    """Plainscan cannot start, or not stay up. The message says why and what to do."""


@dataclass(frozen=True)
class Part:
    """A process to keep running.

    Attributes:
        title: how it is called in a sentence. variable: sets its port.
        health: the path on which it answers 200 to a GET as long as it can work.
    """

    name: str
    title: str
    command: tuple[str, ...]
    host: str
    port: int
    variable: str
    health: str = "/"


def plainscan_parts(root: Path, env: Mapping[str, str] = os.environ) -> tuple[Part, ...]:
    """Gateway, action server and Rasa of the project in `root`, on the ports that `env` sets.

    PLAINSCAN_WORKERS is how many Rasas there are, on ports one after the other; several share conversations in the
    Redis of PLAINSCAN_REDIS_URL. Raises CannotStart when a port is no port, two parts are to share one, or there are
    workers without a Redis.
    """
    python = sys.executable
    host = env.get("PLAINSCAN_HOST", "127.0.0.1")
    workers, redis = _workers(env), env.get("PLAINSCAN_REDIS_URL")
    if workers > 1 and not redis:
        raise CannotStart(f"PLAINSCAN_WORKERS={workers} needs PLAINSCAN_REDIS_URL: workers share conversations there.")
    first = _port(env, "PLAINSCAN_RASA_PORT", 5005)
    endpoints = "bot/endpoints-redis.yml" if redis else "bot/endpoints.yml"

    def rasa(port: int) -> tuple[str, ...]:
        return (
            str(root / ".venv-rasa/bin/rasa"),
            "run",
            "--port",
            str(port),
            "-i",
            "127.0.0.1",
            "--quiet",
            "--model",
            "models/rasa/plainscan.tar.gz",
            "--endpoints",
            endpoints,
            "--credentials",
            "bot/credentials.yml",
        )

    parts = (
        Part("gateway", "the gateway", (python, "-m", "bot.channels.gateway"),
             host, _port(env, "PLAINSCAN_PORT", 8080), "PLAINSCAN_PORT", "/api/health"),
        Part("actions", "the action server", (python, "-m", "actions"),
             "127.0.0.1", _port(env, "PLAINSCAN_ACTIONS_PORT", 5055), "PLAINSCAN_ACTIONS_PORT", "/health"),
        *(Part(f"rasa-{n + 1}" if n else "rasa", f"Rasa {n + 1}" if n else "Rasa", rasa(first + n),
               "127.0.0.1", first + n, "PLAINSCAN_RASA_PORT", "/webhooks/gateway/") for n in range(workers)),
    )  # fmt: skip
    for number, part in enumerate(parts):
        for other in parts[:number]:
            if other.port == part.port:
                raise CannotStart(f"{other.variable} and {part.variable} are both {part.port}; set them apart.")
    return parts


def _workers(env: Mapping[str, str]) -> int:
    value = env.get("PLAINSCAN_WORKERS") or "1"
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 64):
        raise CannotStart(f"PLAINSCAN_WORKERS={value} is no number of workers; set one from 1 to 64.")
    return int(value)


def _port(env: Mapping[str, str], variable: str, default: int) -> int:
    value = env.get(variable) or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise CannotStart(f"{variable}={value} is no port; set a number from 1 to 65535.")
    return int(value)


def environment(parts: Sequence[Part], root: Path, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of all parts: the present one, all ports spelled out, one thread a product, Rasa kept quiet."""
    return {
        **env,
        **{part.variable: str(part.port) for part in reversed(parts)},  # of several Rasas, the first one's port
        "PLAINSCAN_ACTIONS_HOST": "127.0.0.1",  # where Rasa looks for the action server
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "",  # else Rasa compiles every module at each start, which takes 10 s
        "PYTHONUNBUFFERED": "1",  # what a part says last, before it dies, must be in its log
        "RASA_TELEMETRY_ENABLED": "false",
        "ORT_DISABLE_TELEMETRY": "1",
        # Threads that wait for the others of one small product burn more than the product takes.
        "OMP_NUM_THREADS": env.get("OMP_NUM_THREADS", "1"),
        "OPENBLAS_NUM_THREADS": env.get("OPENBLAS_NUM_THREADS", "1"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def check_ports(parts: Iterable[Part]) -> None:
    """Raises CannotStart when a part could not listen on its port, naming the port and what to set."""
    for part in parts:
        with socket.socket(socket.AF_INET6 if ":" in part.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((part.host, part.port))
            except OSError as error:
                why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
                raise CannotStart(
                    f"Port {part.port}, for {part.title}, {why}. Stop what uses it, perhaps another Plainscan, "
                    f"or choose another port: {part.variable}=NUMBER make …"
                ) from None


def listening(part: Part) -> bool:
    """Whether something accepts connections where the part is to listen."""
    try:
        with socket.create_connection((reachable(part.host), part.port), timeout=1):
            return True
    except OSError:
        return False


def reachable(host: str) -> str:
    """The address by which this machine reaches a host it listens on: loopback for "all addresses"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def supervisord_config(parts: Sequence[Part], root: Path, run: Path, logs: Path, control: Path) -> str:
    """The text of supervisord's configuration file.

    run: private folder for its process id. logs: one log a part, rotated. control: its socket, for the owner only.
    A part that dies within 30 s counts as not started (Rasa takes 10 s to load); after the third time supervisord gives
    up on it and the launcher decides. Later deaths restart it at once.
    """
    config = configparser.RawConfigParser()
    config["supervisord"] = {
        "nodaemon": "true",
        "silent": "true",
        "directory": str(root),
        "logfile": str(logs / "supervisord.log"),
        "logfile_maxbytes": "1MB",
        "logfile_backups": "1",
        "pidfile": str(run / "supervisord.pid"),
        "umask": "077",
    }
    config["unix_http_server"] = {"file": str(control), "chmod": "0600"}
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for part in parts:
        # Bound: when supervisord is killed outright, its parts end too.
        config[f"program:{part.name}"] = {
            "command": shlex.join([sys.executable, str(BOUND), "SIGKILL", *part.command]),
            "autorestart": "true",
            "startsecs": "30",
            "startretries": "2",
            "stopwaitsecs": "5",
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(logs / f"{part.name}.log"),
            "stdout_logfile_maxbytes": "5MB",
            "stdout_logfile_backups": "2",
        }
    # In a group they are stopped beside each other, not one after the other.
    config[f"group:{GROUP}"] = {"programs": ",".join(part.name for part in parts)}
    text = io.StringIO()
    for section in config.values():
        for key, value in section.items():
            section[key] = value.replace("%", "%%")  # supervisord expands %(…)s
    config.write(text)
    return text.getvalue()
