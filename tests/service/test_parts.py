"""Ports, commands and the supervisor's configuration."""

from __future__ import annotations

import configparser
import socket
from pathlib import Path

import pytest

from bot.service.parts import CannotStart, Part, check_ports, environment, plainscan_parts, supervisord_config


def test_ports_are_the_defaults_or_what_the_environment_sets() -> None:
    assert [part.port for part in plainscan_parts(Path("/p"), {})] == [8080, 5055, 5005]
    env = {"PLAINSCAN_PORT": "18080", "PLAINSCAN_ACTIONS_PORT": "15055", "PLAINSCAN_RASA_PORT": "15005"}
    parts = plainscan_parts(Path("/p"), env)
    assert [part.port for part in parts] == [18080, 15055, 15005]
    rasa = parts[2].command
    assert rasa[0] == "/p/.venv-rasa/bin/rasa"
    assert rasa[rasa.index("--port") + 1] == "15005"
    assert rasa[rasa.index("-i") + 1] == "127.0.0.1"


def test_several_rasas_share_a_redis_on_ports_one_after_the_other() -> None:
    env = {"PLAINSCAN_WORKERS": "3", "PLAINSCAN_REDIS_URL": "redis://127.0.0.1", "PLAINSCAN_RASA_PORT": "15005"}
    parts = plainscan_parts(Path("/p"), env)
    assert [(part.name, part.port) for part in parts[2:]] == [("rasa", 15005), ("rasa-2", 15006), ("rasa-3", 15007)]
    for part in parts[2:]:
        assert part.command[part.command.index("--port") + 1] == str(part.port)
        assert "bot/endpoints-redis.yml" in part.command
    assert environment(parts, Path("/p"), env)["PLAINSCAN_RASA_PORT"] == "15005"
    assert "bot/endpoints.yml" in plainscan_parts(Path("/p"), {})[2].command


def test_several_rasas_without_a_redis_are_refused() -> None:
    with pytest.raises(CannotStart, match="PLAINSCAN_WORKERS=2 needs PLAINSCAN_REDIS_URL"):
        plainscan_parts(Path("/p"), {"PLAINSCAN_WORKERS": "2"})
    with pytest.raises(CannotStart, match="PLAINSCAN_WORKERS=two is no number of workers"):
        plainscan_parts(Path("/p"), {"PLAINSCAN_WORKERS": "two"})


def test_the_parts_are_told_every_port_and_rasa_is_kept_quiet() -> None:
    env = environment(plainscan_parts(Path("/p"), {"PLAINSCAN_PORT": "18080"}), Path("/p"), {"HOME": "/h"})
    assert env["HOME"] == "/h"
    assert (env["PLAINSCAN_PORT"], env["PLAINSCAN_ACTIONS_PORT"], env["PLAINSCAN_RASA_PORT"]) == (
        "18080",
        "5055",
        "5005",
    )
    assert (env["PYTHONPATH"], env["RASA_TELEMETRY_ENABLED"], env["ORT_DISABLE_TELEMETRY"]) == ("/p", "false", "1")


@pytest.mark.parametrize("value", ["http", "0", "65536", "-1", "80.5", "٨٠٨٠"])
def test_what_is_no_port_is_refused_by_name(value: str) -> None:
    with pytest.raises(CannotStart, match=f"PLAINSCAN_PORT={value} is no port; set a number from 1 to 65535"):
        plainscan_parts(Path("/p"), {"PLAINSCAN_PORT": value})


def test_two_parts_cannot_share_a_port() -> None:
    with pytest.raises(CannotStart, match="PLAINSCAN_PORT and PLAINSCAN_RASA_PORT are both 5005; set them apart"):
        plainscan_parts(Path("/p"), {"PLAINSCAN_PORT": "5005"})


def test_a_taken_port_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(CannotStart) as refused:
            check_ports([Part("rasa", "Rasa", ("true",), "127.0.0.1", port, "PLAINSCAN_RASA_PORT")])
    assert str(refused.value) == (
        f"Port {port}, for Rasa, is taken. Stop what uses it, perhaps another Plainscan, "
        "or choose another port: PLAINSCAN_RASA_PORT=NUMBER make …"
    )


def test_the_supervisor_is_private_restarts_parts_and_stops_them_with_their_children() -> None:
    odd = Part("rasa", "Rasa", ("/a b/rasa", "run", "100%"), "127.0.0.1", 5005, "PLAINSCAN_RASA_PORT")
    text = supervisord_config([odd], Path("/p"), Path("/p/run"), Path("/p/logs"), Path("/p/run/control"))
    config = configparser.RawConfigParser()
    config.read_string(text)
    assert config["unix_http_server"] == {"file": "/p/run/control", "chmod": "0600"}
    assert "inet_http_server" not in config
    rasa = config["program:rasa"]
    assert rasa["command"].endswith("bound.py SIGKILL '/a b/rasa' run 100%%")  # supervisord expands %, shlex splits
    assert (rasa["autorestart"], rasa["stopasgroup"], rasa["killasgroup"]) == ("true", "true", "true")
    assert (rasa["stdout_logfile"], rasa["stdout_logfile_maxbytes"]) == ("/p/logs/rasa.log", "5MB")
