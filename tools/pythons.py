"""Finds the two Pythons that Plainscan needs, wherever a machine keeps them.

Runs with any Python 3.9 or newer: it is what decides which Python the environments are made from.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


class NoPython(Exception):
    """No fitting Python was found. The message says which is needed and the ways to get it."""


@dataclass(frozen=True)
class Wanted:
    """Which Python an environment needs.

    purpose: for whom, as the message says it. versions: acceptable minor versions, the preferred one first.
    variable: the environment variable that names one by hand.
    """

    purpose: str
    versions: tuple[str, ...]
    variable: str


RASA = Wanted("Rasa 3.6 needs Python 3.10 exactly", ("3.10",), "PLAINSCAN_RASA_PYTHON")
# The lock is compiled on 3.11 and its packages have builds for 3.12; a newer one is tried last, for want of better.
MAIN = Wanted("Plainscan needs Python 3.11 or newer", ("3.11", "3.12", "3.13", "3.14"), "PLAINSCAN_PYTHON")

_PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable)"


def find_python(wanted: Wanted, env: Mapping[str, str] | None = None) -> Path:
    """The first Python of a wanted version that runs and can make environments: on PATH, under pyenv, through uv.

    env: the environment to look in; the process's own when None.
    Raises NoPython, also when the variable names something that does not fit.
    """
    env = os.environ if env is None else env
    by_hand = env.get(wanted.variable)
    if by_hand:
        version, executable = _probe(by_hand, env)
        if executable is None or version not in wanted.versions:
            found = f"is Python {version}" if executable else "does not run, or has no venv and ensurepip"
            raise NoPython(f"{wanted.variable}={by_hand} {found}. {wanted.purpose}: correct or unset the variable.")
        return executable
    for version in wanted.versions:
        for candidate in _candidates(version, env):
            # A name on PATH proves nothing: pyenv's shims are there for versions that are switched off, and Debian
            # splits off venv. So each candidate is run.
            found_version, executable = _probe(candidate, env)
            if executable is not None and found_version == version:
                return executable
    raise NoPython(_ways_to_get(wanted))


def _candidates(version: str, env: Mapping[str, str]) -> Iterator[str]:
    path = env.get("PATH", "")
    for name in (f"python{version}", "python3", "python"):
        found = shutil.which(name, path=path)
        if found:
            yield found
    home = Path(env.get("HOME", "/"))
    pyenv = Path(env.get("PYENV_ROOT") or home / ".pyenv")
    for directory in sorted(pyenv.glob(f"versions/{version}*"), reverse=True):
        yield str(directory / "bin" / "python")
    uv = shutil.which("uv", path=path)
    if uv:
        answer = _run([uv, "python", "find", "--no-project", version], env)
        if answer:
            yield answer


def _probe(python: str, env: Mapping[str, str]) -> tuple[str, Path | None]:
    version, _, executable = _run([python, "-c", _PROBE], env).partition(" ")
    return version, Path(executable) if executable else None


def _run(command: list[str], env: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _ways_to_get(wanted: Wanted) -> str:
    version = wanted.versions[0]
    return "\n".join(
        [
            f"{wanted.purpose}, and none was found on PATH, under pyenv or through uv. Any one of these gives it:",
            f"  pyenv install {version}",
            f"  uv python install {version}",
            f"  sudo apt install python{version} python{version}-venv   (where the distribution has it)",
            f"  {wanted.variable}=/path/to/python{version} make …   (one that is somewhere else)",
            "Then run the same command again.",
        ]
    )
