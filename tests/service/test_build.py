"""What the build depends on, and what it says when it cannot begin."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from tools import build, pythons
from tools.steps import StepFailed

ROOT = Path(__file__).resolve().parents[2]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_python_3_10_the_ways_to_get_it_are_told(tmp_path: Path) -> None:
    with pytest.raises(pythons.NoPython) as missing:
        pythons.find_python(pythons.RASA, {"PATH": "", "HOME": str(tmp_path)})
    assert str(missing.value).splitlines() == [
        "Rasa 3.6 needs Python 3.10 exactly, and none was found on PATH, under pyenv or through uv. "
        "Any one of these gives it:",
        "  pyenv install 3.10",
        "  uv python install 3.10",
        "  sudo apt install python3.10 python3.10-venv   (where the distribution has it)",
        "  PLAINSCAN_RASA_PYTHON=/path/to/python3.10 make …   (one that is somewhere else)",
        "Then run the same command again.",
    ]


def fake_python(path: Path, version: str, works: bool = True) -> Path:
    write(path, f"#!/bin/sh\necho {version} {path}\n" if works else "#!/bin/sh\nexit 127\n").chmod(0o755)
    return path


def test_a_python_is_found_under_pyenv_when_the_one_on_path_is_a_dead_shim(tmp_path: Path) -> None:
    fake_python(tmp_path / "shims/python3.10", "3.10", works=False)
    fake_python(tmp_path / "shims/python3", "3.11")
    good = fake_python(tmp_path / ".pyenv/versions/3.10.13/bin/python", "3.10")
    env = {"PATH": str(tmp_path / "shims"), "HOME": str(tmp_path)}
    assert pythons.find_python(pythons.RASA, env) == good


def test_a_python_is_found_through_uv(tmp_path: Path) -> None:
    good = fake_python(tmp_path / "managed/python3.10", "3.10")
    write(tmp_path / "bin/uv", f'#!/bin/sh\n[ "$*" = "python find --no-project 3.10" ] && echo {good}\n').chmod(0o755)
    assert pythons.find_python(pythons.RASA, {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}) == good


def test_a_python_given_by_hand_must_fit(tmp_path: Path) -> None:
    wrong = fake_python(tmp_path / "python", "3.12")
    with pytest.raises(pythons.NoPython, match=r"PLAINSCAN_RASA_PYTHON=.* is Python 3\.12\. Rasa 3\.6 needs"):
        pythons.find_python(pythons.RASA, {"PATH": "", "PLAINSCAN_RASA_PYTHON": str(wrong)})


def test_a_full_disk_is_noticed_before_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10e9, 8e9, 2.04e9))
    with pytest.raises(StepFailed) as full:
        build.check_disk(tmp_path, ["main", "rasa", "index"])
    assert str(full.value) == (
        f"Not enough disk space in {tmp_path}: 6.5 GB needed, 2.0 GB free. Free some, then run the same command again."
    )
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv-rasa").mkdir()
    build.check_disk(tmp_path, ["main", "rasa", "index"])  # nothing big is left to install


def test_an_environment_is_not_given_up_because_no_python_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PATH": "", "HOME": str(tmp_path), "PYENV_ROOT": ""}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(pythons.NoPython):
        list(build.environment(tmp_path, ".venv-rasa", pythons.RASA, tmp_path / "rasa.txt", []))
    assert list(tmp_path.rglob("*")) == []  # no mark that would have it made anew


def test_only_what_rasa_reads_makes_it_train_again(tmp_path: Path) -> None:
    write(tmp_path / "bot/components/names.py", "from knowledge.names import find\n")
    write(tmp_path / "knowledge/names.py", "import knowledge.passages\n")
    write(tmp_path / "knowledge/passages.py", "")
    write(tmp_path / "knowledge/retrieval.py", "")
    finding = write(
        tmp_path / "knowledge/findings/bone-bruise.md", "---\nid: bone-bruise\n---\n# What it is\nA bruise.\n"
    )
    before = build.component_hash(tmp_path)

    write(tmp_path / "knowledge/retrieval.py", "changed = True\n")
    write(tmp_path / "knowledge/decision.yml", "thresholds: {}\n")
    finding.write_text(finding.read_text().replace("A bruise.", "A bruise inside the bone."))
    assert build.component_hash(tmp_path) == before

    write(tmp_path / "knowledge/passages.py", "changed = True\n")  # imported by what a component imports
    changed_code = build.component_hash(tmp_path)
    finding.write_text(finding.read_text().replace("id: bone-bruise", "id: bone-bruise\nalso_called: [contusion]"))
    assert len({before, changed_code, build.component_hash(tmp_path)}) == 3


def test_an_environment_is_left_alone_when_it_has_what_its_lock_pins(tmp_path: Path) -> None:
    python = Path(sys.executable)
    pytest_pin = f"pytest=={importlib.metadata.version('pytest')}"
    assert build.satisfied(python, [write(tmp_path / "a.txt", f"# comment\n{pytest_pin}  # via us\n    # via x\n")])
    assert not build.satisfied(python, [write(tmp_path / "b.txt", "pytest==0.0.1\n")])
    assert not build.satisfied(python, [write(tmp_path / "c.txt", "no-such-package==1.0\n")])
    assert not build.satisfied(tmp_path / "no/bin/python", [tmp_path / "a.txt"])


def test_the_set_up_speaks_the_oldest_python_it_may_meet() -> None:
    for file in ("tools/pythons.py", "tools/steps.py", "tools/build.py", "bot/service/bound.py"):
        ast.parse((ROOT / file).read_text(), feature_version=(3, 9))


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [line.split("#")[0].strip().partition("==") for line in lines if line and line[0] not in " #-"]
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, _, version in pins}


@pytest.mark.parametrize("name", ["main", "dev", "rasa"])
def test_locks_pin_every_line_and_name_no_host_or_path(name: str) -> None:
    assert all(locked(name).values())
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if "+cpu" in line or "://" in line or " @ " in line or line.startswith("-")] == []


def test_locks_agree_where_an_environment_takes_both() -> None:
    main, dev = locked("main"), locked("dev")
    assert {package for package in main.keys() & dev.keys() if main[package] != dev[package]} == set()


@pytest.mark.parametrize("name", ["main", "dev", "rasa"])
def test_locks_hold_what_their_source_asks_for(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    asked = {re.split(r"[=<>~ ]", line)[0] for line in lines if line and not line.startswith(("#", "-"))}
    assert {package for package in asked if re.sub(r"[-_.]+", "-", package).lower() not in locked(name)} == set()


def test_rasas_environment_has_no_torch() -> None:
    assert not {"torch", "sentence-transformers", "transformers"} & locked("rasa").keys()


OURS = {"actions", "bot", "knowledge", "tests", "tools"}


def imports(files: set[Path]) -> set[str]:
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return {name for name in found if name not in sys.stdlib_module_names and name not in OURS}


INSIDE_RASA = {
    *(ROOT / "bot/components").glob("*.py"),
    ROOT / "bot/channels/rasa_channel.py",
    ROOT / "tools/confusion.py",
    ROOT / "tools/read_intents.py",
}


# Runs in the benchmarks' environment, on top of the main one.
BESIDE = ROOT / "tools/bench/peers.py"


def test_all_that_is_imported_is_locked() -> None:
    """Whoever imports a new package has to name it in requirements/, or a fresh clone would miss it."""
    code = {file for folder in OURS - {"tests"} for file in (ROOT / folder).rglob("*.py")} - INSIDE_RASA - {BESIDE}
    packages = importlib.metadata.packages_distributions()
    main = locked("main")
    missing = {
        name
        for name in imports(code)
        if not any(re.sub(r"[-_.]+", "-", package).lower() in main for package in packages.get(name, []))
    }
    assert missing == set()


def test_all_that_is_imported_inside_rasa_is_locked_there() -> None:
    rasa = locked("rasa")
    by_module = {
        "yaml": "pyyaml",
        "ruamel": "ruamel-yaml",
        "sklearn": "scikit-learn",
        "pythonjsonlogger": "python-json-logger",
    }
    names = imports(build.imported_files(ROOT, INSIDE_RASA))
    assert {name for name in names if by_module.get(name, name).replace("_", "-") not in rasa} == set()


def test_all_that_is_imported_for_benchmarks_is_locked_there() -> None:
    locks = locked("main") | locked("bench")
    by_module = {"haystack": "haystack-ai", "haystack_integrations": "sentence-transformers-haystack"}
    assert {n for n in imports({BESIDE}) if by_module.get(n, n).replace("_", "-") not in locks} == set()
    assert not locked("main").keys() & locked("bench").keys()


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = {line.split()[0] for line in done.stdout.splitlines()[1:]}
    wanted = "chat serve test train index check evaluate validate lint clean help"
    assert set(wanted.split()) <= targets
