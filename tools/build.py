"""`python -m tools.build [target …]`: makes what Plainscan runs on, and only what is not there yet or has changed.

    main      .venv            Python 3.11+: knowledge, actions, gateway, shell       requirements/main.txt
    rasa      .venv-rasa       Python 3.10: the Rasa server                           requirements/rasa.txt
    dev       .venv            tests, lint, types                                     requirements/dev.txt
    bench     .venv-bench      what Plainscan is measured beside, on top of .venv     requirements/bench.txt
    audit     .venv-audit      audit, bill of materials, secrets, hashes              requirements/audit.txt
    index     models/index     the passages' embeddings                               knowledge/
    encoder   models/encoder   the same model for Rasa, as ONNX                       the embedding model
    dangers   models/danger_reader   the same, taught to read danger signs        knowledge/danger_adapter …
    train     models/rasa      the trained assistant                                  config.yml data/ bot/domain …
    widget    node_modules     its types, its build, axe (where there is npm)     package-lock.json
    intents   models/           what it reads in the questions that measure retrieval  tests/questions.yml

A target brings those it needs. Runs with any Python 3.9 or newer: it works before the environments exist.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tools import pythons
from tools.steps import Progress, Step, StepFailed, alone, content_hash, run_steps

ROOT = Path(__file__).resolve().parents[1]
NEEDS = {
    "main": (),
    "rasa": (),
    "dev": ("main",),
    "audit": (),
    "bench": ("main",),
    "index": ("main",),
    "encoder": ("main",),
    "dangers": ("main",),
    "train": ("rasa", "encoder"),
    "widget": (),
    "intents": ("train",),
}
# Gigabytes: what each environment was measured to take (2.2 and 2.8) and room for pip's own work.
DISK = {"main": 3.0, "rasa": 3.5}
# pip unpacks and builds in the temporary folder, which can be a small disk of its own.
TEMPORARY_DISK = 1.0

RASA_ENV = {
    "PYTHONPATH": str(ROOT),  # the components of bot/ and knowledge/
    "PYTHONWARNINGS": "ignore",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}

# Compares what is installed with a lock's pins. A local version (torch 2.13.0+cpu) is the pinned release.
_COMPARE = """
import importlib.metadata, sys
for lock in sys.argv[1:]:
    for line in open(lock):
        name, equals, version = line.split("#")[0].strip().partition("==")
        if equals and importlib.metadata.version(name).split("+")[0] != version.split("+")[0]:
            sys.exit(1)
"""


def steps(root: Path = ROOT) -> dict[str, Step]:
    """All build steps of the project in `root`, by name."""
    models, locks = root / "models", root / "requirements"
    python, rasa = root / ".venv/bin/python", root / ".venv-rasa/bin/rasa"
    knowledge, embedding = root / "knowledge", root / "knowledge/embedding.py"
    intent_adapter, danger_adapter = (knowledge / f"{name}_adapter.safetensors" for name in ("intent", "danger"))

    questions, read_intents = root / "tests/questions.yml", root / "tools/read_intents.py"
    intents = models / "intents.json"
    npm = shutil.which("npm")  # only tests need it; without it theirs are skipped

    def main_lock() -> str:
        return content_hash(root, [locks / "main.txt"])

    def index_inputs() -> str:
        content = [*knowledge.rglob("*.md"), knowledge / "aspects.yml", knowledge / "finding_adapter.safetensors"]
        content += [root / "data/nlu/out_of_scope.yml", root / "data/nlu/labelled"]
        code = imported_files(root, [knowledge / "index.py"])
        return content_hash(root, [*content, *code], [main_lock(), model_hash()])

    def train_inputs() -> str:
        ours = [root / "config.yml", root / "bot/domain", root / "data", models / "encoder"]
        return content_hash(root, ours, [content_hash(root, [locks / "rasa.txt"]), component_hash(root)])

    def train() -> Iterator[Sequence[str]]:
        # Rasa keeps the parts of earlier trainings, but does not see what our components read. So each state of them
        # gets a cache of its own: a new sentence in bot/domain trains for seconds, and no stale part is ever used.
        caches = models / "rasa-cache"
        cache = caches / component_hash(root)[:16]
        for old in caches.glob("*"):
            if old != cache:
                shutil.rmtree(old, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        # `make validate` and the tests validate; here it would read all the data once more
        yield ["env", f"RASA_CACHE_DIRECTORY={cache}", str(rasa), "train", "--config", "config.yml", "--domain",
               "bot/domain", "--data", "data", "--out", "models/rasa", "--fixed-model-name", "plainscan",
               "--skip-validation"]  # fmt: skip

    def step(name: str, title: str, **rest: object) -> Step:
        files = {"record": models / f"build/{name}.json", "log": models / f"logs/{name}.log", "after": NEEDS[name]}
        return Step(name=name, title=title, **{**files, **rest})  # type: ignore[arg-type]

    reach = "Check that Python packages can be reached, then run the same command again."
    made = [  # in the order in which they are begun, where there is a choice: the long way first
        step("main", "main environment",
             inputs=main_lock, outputs=[python], advice=reach,
             commands=lambda: environment(root, ".venv", pythons.MAIN, locks / "main.txt", ["wheel"])),
        step("rasa", "Rasa environment",
             inputs=lambda: content_hash(root, [locks / "rasa.txt"]), outputs=[root / ".venv-rasa/bin/python"],
             # Some of Rasa's old pins are built from source, which newer setuptools refuse.
             commands=lambda: environment(root, ".venv-rasa", pythons.RASA, locks / "rasa.txt",
                                          ["wheel", "setuptools<70"]), advice=reach),
        step("dev", "test tools",
             inputs=lambda: content_hash(root, [locks / "main.txt", locks / "dev.txt"]),
             outputs=[root / ".venv/bin/pytest"], advice=reach,  # made anew with the environment
             commands=lambda: install(python, [locks / "main.txt", locks / "dev.txt"])),
        step("audit", "audit tools",
             inputs=lambda: content_hash(root, [locks / "audit.txt"]), outputs=[root / ".venv-audit/bin/python"],
             commands=lambda: environment(root, ".venv-audit", pythons.MAIN, locks / "audit.txt", []), advice=reach),
        step("bench", "what it is measured beside",
             inputs=lambda: content_hash(root, [locks / "main.txt", locks / "bench.txt"]),
             commands=lambda: bench_environment(root, locks / "bench.txt"),
             outputs=[root / ".venv-bench/bin/python"], advice=reach),
        step("widget", "widget tools" if npm else "widget tools (no npm)",
             inputs=lambda: content_hash(root, [root / "package-lock.json"], [npm or "none"]),
             commands=lambda: [[npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]] if npm else [],
             outputs=[root / "node_modules/.package-lock.json"] if npm else [],
             advice="Check that npm's packages can be reached, then run the same command again."),
        step("encoder", "sentence encoder",
             inputs=lambda: content_hash(root, [*imported_files(root, [embedding]), intent_adapter],
                                         [main_lock(), model_hash()]),
             commands=lambda: [[str(python), "-m", "knowledge", "export-encoder", "models/encoder"]],
             outputs=[models / "encoder"], advice="Check PLAINSCAN_EMBEDDING_MODEL, if it is set."),
        step("dangers", "reader of danger signs",
             inputs=lambda: content_hash(root, [*imported_files(root, [embedding]), danger_adapter],
                                         [main_lock(), model_hash()]),
             commands=lambda: [[str(python), "-m", "knowledge", "export-danger-reader", "models/danger_reader"]],
             outputs=[models / "danger_reader"], advice="Check that knowledge/danger_adapter.safetensors is whole."),
        step("train", "training",
             inputs=train_inputs, commands=train, outputs=[models / "rasa/plainscan.tar.gz"], env=RASA_ENV,
             advice="`make validate` names what is wrong in config.yml, data/ or bot/domain/."),
        step("index", "index",
             inputs=index_inputs,
             commands=lambda: [[str(python), "-m", "knowledge", "build"]], outputs=[models / "index"],
             advice="`make check` names what is wrong in knowledge/."),
        step("intents", "intents of the questions",
             inputs=lambda: content_hash(root, [questions, read_intents, models / "rasa"]), env=RASA_ENV,
             commands=lambda: [[str(root / ".venv-rasa/bin/python"), str(read_intents), str(questions), str(intents)]],
             outputs=[intents], advice="Check tests/questions.yml."),
    ]  # fmt: skip
    return {one.name: one for one in made}


def environment(
    root: Path, name: str, wanted: pythons.Wanted, lock: Path, first: Sequence[str]
) -> Iterator[Sequence[str]]:
    """The commands that bring an environment to its lock; from nothing when it is missing, unfinished or misfits.

    first: what pip has to install beside itself before the lock.
    """
    folder = root / name
    python = folder / "bin/python"
    unfinished = root / "models/build" / f"{name}.unfinished"
    whole = not unfinished.exists() and version_of(python) in wanted.versions
    if whole and satisfied(python, [lock]):
        return
    found = None if whole else pythons.find_python(wanted)  # when there is none, nothing has been touched
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    if found:
        yield [str(found), "-m", "venv", "--clear", str(folder)]
        yield [str(python), "-m", "pip", "install", "--upgrade", "pip", *first]
    yield from install(python, [lock])
    unfinished.unlink()


def bench_environment(root: Path, lock: Path) -> Iterator[Sequence[str]]:
    """The commands that make the environment of the benchmarks: its own packages, and below them those of .venv."""
    folder = root / ".venv-bench"
    python = folder / "bin/python"
    if satisfied(python, [lock]):
        return
    yield [str(root / ".venv/bin/python"), "-m", "venv", "--clear", str(folder)]
    main, own = (next((root / name / "lib").glob("python3.*/site-packages")) for name in (".venv", ".venv-bench"))
    (own / "main.pth").write_text(f"{main.resolve()}\n", encoding="utf-8")
    yield [str(python), "-m", "pip", "install", "--no-compile", "--no-deps", "-r", str(lock)]


def install(python: Path, locks: Sequence[Path]) -> Iterator[Sequence[str]]:
    """The commands that install what locks pin, or none when it is there already.

    First everything whose hashes are known: pip refuses a file that was changed. Then what is left, which is torch.
    """
    if not satisfied(python, locks):
        for hashed in (lock.parent / "hashes" / lock.name for lock in locks):
            if hashed.exists():
                words = ["--no-compile", "--no-deps", "--require-hashes", "-r", str(hashed)]
                yield [str(python), "-m", "pip", "install", *words]
        # Compiling every module ahead takes as long as all the rest of the installation; most are never imported.
        locked = (word for lock in locks for word in ("-r", str(lock)))
        yield [str(python), "-m", "pip", "install", "--no-compile", *locked]


def satisfied(python: Path, locks: Sequence[Path]) -> bool:
    """Whether every pin of the locks is installed in the environment of `python`, which may not be there yet."""
    if not python.exists():
        return False
    command = [str(python), "-c", _COMPARE, *map(str, locks)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def version_of(python: Path) -> str:
    """The minor version ("3.11") of an interpreter, empty when it does not run."""
    command = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def model_hash() -> str:
    """What tells one embedding model from another, beside the lock, which pins the packaged one."""
    folder = os.environ.get("PLAINSCAN_EMBEDDING_MODEL")
    return content_hash(Path(folder), [Path(folder)]) if folder else "packaged"


def component_hash(root: Path) -> str:
    """Hash of our Rasa components and all that they read: their imports, names of findings and body parts, the encoder.

    Of a finding only the front matter counts, where its names are: a better worded passage needs no training.
    """
    digest = hashlib.sha256()
    for finding in sorted((root / "knowledge/findings").glob("*.md")):
        front_matter = finding.read_bytes().split(b"\n---", 1)[0]
        digest.update(finding.name.encode() + hashlib.sha256(front_matter).digest())
    code = imported_files(root, (root / "bot/components").glob("*.py"))
    return content_hash(root, [*code, root / "knowledge/body_parts.yml", root / "models/encoder"], [digest.hexdigest()])


def imported_files(root: Path, entries: Iterable[Path]) -> set[Path]:
    """The given Python files and all of the project's own files that they import, directly or not."""
    found: set[Path] = set()
    waiting = list(entries)
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        names: set[str] = set()
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update({node.module}, (f"{node.module}.{alias.name}" for alias in node.names))
        for name in names:
            module = root.joinpath(*name.split("."))
            waiting += [path for path in (module.with_suffix(".py"), module / "__init__.py") if path.is_file()]
    return found


def check_disk(root: Path, chosen: Iterable[str]) -> None:
    """Raises StepFailed when there is no room for the environments that are still to be made."""
    folders = {"main": ".venv", "rasa": ".venv-rasa"}
    missing = [name for name in chosen if name in folders and not (root / folders[name]).exists()]
    if missing:
        temporary = Path(tempfile.gettempdir())
        _room(root, sum(DISK[name] for name in missing), "Free some, then run the same command again.")
        _room(temporary, TEMPORARY_DISK, "Free some or set TMPDIR elsewhere, then run the same command again.")


def _room(folder: Path, needed: float, advice: str) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise StepFailed(f"Not enough disk space in {folder}: {needed:.1f} GB needed, {free:.1f} GB free. {advice}")


def lock(root: Path) -> None:
    """Compiles requirements/*.in to *.txt anew, each with its own Python, keeping the pins that still fit."""
    pip_compile = [str(root / ".venv/bin/pip-compile")]
    flags = ["--quiet", "--strip-extras", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    with tempfile.TemporaryDirectory() as folder:
        # Rasa's own environment stays free of pip-tools.
        subprocess.run([str(root / ".venv-rasa/bin/python"), "-m", "venv", folder], check=True)
        pip = f"{folder}/bin/pip"
        subprocess.run([pip, "install", "--quiet", "--upgrade", "pip", "wheel", "pip-tools"], check=True)
        compilers = dict.fromkeys(("main", "dev", "audit", "bench"), pip_compile)
        for name, compiler in {**compilers, "rasa": [f"{folder}/bin/pip-compile"]}.items():
            unsafe = [] if name in ("dev", "bench") else ["--allow-unsafe"]  # setuptools is pinned too
            notes = ["--no-annotate"] if name == "bench" else []
            command = [*compiler, *flags, *unsafe, *notes, f"{name}.in", "--output-file", f"{name}.txt"]
            subprocess.run(command, cwd=root / "requirements", check=True)
            # torch 2.13.0+cpu is this machine's build of the release; the lock pins the release.
            file = root / "requirements" / f"{name}.txt"
            file.write_text(file.read_text().replace("+cpu", ""))
        # The benchmarks' environment stands on the main one; what that has is not installed again.
        main = set((root / "requirements/main.txt").read_text().splitlines())
        file = root / "requirements/bench.txt"
        kept = [line for line in file.read_text().splitlines(keepends=True) if line.strip() not in main]
        file.write_text("".join(kept))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=(__doc__ or "").split("\n")[0])
    known = [*NEEDS, "lock"]
    parser.add_argument("targets", nargs="+", choices=known, metavar="target", help=", ".join(known) + " (alone)")
    targets = parser.parse_args(argv).targets
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    if targets == ["lock"]:
        lock(ROOT)
        return 0
    chosen: set[str] = set()
    while targets:
        target = targets.pop()
        chosen.add(target)
        targets += NEEDS[target]
    say = Progress()
    try:
        check_disk(ROOT, chosen)
        with alone(ROOT / "models/build/lock"):
            run_steps([step for name, step in steps().items() if name in chosen], ROOT, say)
        return 0
    except (StepFailed, pythons.NoPython) as error:
        say.clear()
        print(f"\n{error}", file=sys.stderr)
    except OSError as error:
        say.clear()
        advice = "Free or repair it, then run the same command again."
        print(f"\n{error.strerror}: {error.filename}. {advice}", file=sys.stderr)
    except KeyboardInterrupt:
        say.clear()
        print("\nStopped. What is done stays done; the same command goes on from there.", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
