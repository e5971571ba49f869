"""compose.yml: what a container may do, and who can reach it. Read here; an engine is needed to run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.gateway.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SERVICES[request.param]


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {"caddy", "gateway", "rasa-1", "rasa-2", "actions", "redis"}


def test_each_container_is_locked_down(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] and service["pids_limit"] and service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"


def test_each_image_is_pinned_to_a_release(service: dict[str, Any]) -> None:
    assert re.search(r":\d+\.\d+\.\d+(-alpine)?$", service["image"]), service["image"]


def test_the_images_they_are_built_from_are_pinned_and_do_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+) AS (\w+)$", text, re.MULTILINE)
    assert [stage for _, stage in bases] == ["main", "rasa"]
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-bookworm", base) for base, _ in bases)
    stages = text.split("\nFROM ")[1:]
    assert [stage.rstrip().splitlines()[-1] for stage in stages] == ["USER 10001:10001"] * 2
    copied = {name for line in re.findall(r"^COPY (?!--)(\S+)", text, re.MULTILINE) for name in [line]}
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*" and {f"!{name}" for name in copied} == {line for line in ignored if line[0] == "!"}


def test_caddy_alone_has_ports_and_a_way_out() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["caddy"]
    open_networks = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    assert open_networks == {"outside"}
    assert [name for name, one in SERVICES.items() if open_networks & set(one["networks"])] == ["caddy"]
    assert all("network_mode" not in one for one in SERVICES.values())
    # What is behind the gateway cannot be reached from Caddy.
    assert set(SERVICES["caddy"]["networks"]) & set(SERVICES["rasa-1"]["networks"]) == set()


def test_no_conversation_reaches_a_disk() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--save") + 1] == ""
    assert command[command.index("--appendonly") + 1] == "no"
    for name, one in SERVICES.items():
        writable = [volume for volume in one.get("volumes", []) if not volume.endswith(":ro")]
        assert writable == (["./deploy/certificates:/certificates"] if name == "caddy" else [])


def test_the_parts_look_for_each_other_where_they_are() -> None:
    gateway = {key: str(value) for key, value in SERVICES["gateway"]["environment"].items() if "${" not in str(value)}
    assert Settings.from_environment(gateway).rasa_urls == ["http://rasa-1:5005", "http://rasa-2:5005"]
    for name in ("rasa-1", "rasa-2"):
        rasa = SERVICES[name]
        assert rasa["environment"]["PLAINSCAN_ACTIONS_HOST"] in SERVICES
        assert (
            rasa["environment"]["PLAINSCAN_ACTIONS_PORT"]
            == SERVICES["actions"]["environment"]["PLAINSCAN_ACTIONS_PORT"]
        )
        assert rasa["environment"]["PLAINSCAN_REDIS_URL"] == "redis://redis:6379"
        assert rasa["command"][rasa["command"].index("--endpoints") + 1] == "bot/endpoints-redis.yml"
    assert "reverse_proxy gateway:8080" in (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")


def answers(command: list[str]) -> bool:
    """Whether there is such a program; there are Dockers without compose."""
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, check=False).returncode


def test_compose_itself_takes_it() -> None:
    commands = [["docker-compose"], ["docker", "compose"]]
    command = next((c for c in commands if answers([*c, "version"])), None)
    if command is None:
        pytest.skip("no docker-compose on PATH (Debian: apt-get install docker-compose); it needs no engine for this")
    env = {**os.environ, "PLAINSCAN_DOMAIN": "chat.clinic.example"}
    words = [*command, "-f", str(ROOT / "compose.yml"), "config", "-q"]
    checked = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_without_a_name_for_patients_it_says_what_is_missing() -> None:
    assert SERVICES["caddy"]["environment"]["PLAINSCAN_DOMAIN"].startswith("${PLAINSCAN_DOMAIN:?")
