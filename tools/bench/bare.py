"""A bare Rasa beside ours: the same intents, a static reply, its own REST channel, and nothing else.

It reads a message with the same pipeline, and answers whatever it is with one sentence: what Rasa itself costs. What
trains and starts it here does so for another bot as well (tools/bench/faq.py).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from bot.service.parts import BOUND, CannotStart
from tools.build import RASA_ENV, ROOT

FOLDER = ROOT / "build/bench/bare"
START_SECONDS = 180.0


def train() -> None:
    """Train it; parts that were trained before are taken from the cache of `make train`."""
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    for policy in pipeline["policies"]:
        policy.update(core_fallback_threshold=0.3, core_fallback_action_name="utter_static")
    intents: list[str] = []
    for file in sorted((ROOT / "bot/domain").glob("*.yml")):
        intents += yaml.safe_load(file.read_text(encoding="utf-8")).get("intents", [])
    domain = {
        "version": "3.1",
        "intents": intents,
        "entities": ["finding", "body_part"],
        "responses": {"utter_static": [{"text": "This is always said."}]},
    }
    # Without any rule there would be no policy; every other intent falls back to the same sentence.
    rules = {"version": "3.1", "rules": [{"rule": "one", "steps": [{"intent": "greet"}, {"action": "utter_static"}]}]}
    files = {"config": pipeline, "domain": domain, "rules": rules, "credentials": {"rest": None}}
    caches = sorted((ROOT / "models/rasa-cache").glob("*"))
    train_in(FOLDER, files, [ROOT / "data/nlu"], {"RASA_CACHE_DIRECTORY": str(caches[0])} if caches else {})


def train_in(folder: Path, files: Mapping[str, Any], data: Sequence[Path], environment: Mapping[str, str]) -> None:
    """Train a bot in a folder of its own. files: by name, at least config, domain, rules and credentials, as
    Rasa has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    command = [".venv-rasa/bin/rasa", "train", "--config", f"{folder}/config.yml", "--domain", f"{folder}/domain.yml",
               "--data", *map(str, data), f"{folder}/rules.yml", "--out", f"{folder}/models",
               "--fixed-model-name", "bot", "--skip-validation"]  # fmt: skip
    environment = {**os.environ, **RASA_ENV, **environment}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CannotStart(f"{folder.name} was not trained:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@contextlib.contextmanager
def running(port: int, folder: Path = FOLDER) -> Iterator[tuple[str, int]]:
    """Its REST channel's address, and its process id."""
    words = ["run", "--port", str(port), "-i", "127.0.0.1", "--quiet", "--model", f"{folder}/models/bot.tar.gz",
             "--credentials", f"{folder}/credentials.yml", "--enable-api"]  # fmt: skip
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with (folder / "rasa.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, str(BOUND), "SIGKILL", str(ROOT / ".venv-rasa/bin/rasa"), *words],
            cwd=ROOT, env={**os.environ, **RASA_ENV, **one_thread}, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    try:
        _wait(url, process, folder / "rasa.log")
        yield url, process.pid
    finally:
        process.kill()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.post(url, json={"sender": "first", "message": "hello"}, trust_env=False, timeout=30).json():
                return
        time.sleep(0.5)
    raise CannotStart(f"It does not answer; its log is {log}")
