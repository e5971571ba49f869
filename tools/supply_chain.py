"""`python -m tools.supply_chain audit | sbom | secrets | hashes`: what Plainscan is made of, and whether that is sound.

    audit     known advisories of what is installed; exit code 1 for one that docs/security.md does not list, 2 when the
              advisory service can't be reached or a package was skipped: then nothing is said to be sound
    sbom      build/sbom-main.cdx.json and build/sbom-rasa.cdx.json: all packages and the model's weights, as CycloneDX
    secrets   looks for keys and passwords in the files of the repository; exit code 1 for one that
              is not in .secrets.baseline
    hashes    writes requirements/hashes/*.txt anew from the locks

The tools for it are in an environment of their own, .venv-audit.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.embedding import MINILM_SHA256, model_folder
from tools.build import ROOT

BIN = ROOT / ".venv-audit/bin"
LOCKS = ROOT / "requirements"
# Python of each lock: the one that it is compiled for.
PYTHON_OF = {"main": "3.11", "dev": "3.11", "rasa": "3.10", "audit": "3.11"}
# torch has another build, of another index, for machines without a graphics card: no list of hashes fits both.
UNHASHED = ("torch",)
AUDITED = ("main", "rasa")
SECURITY = ROOT / "docs/security.md"
BASELINE = ROOT / ".secrets.baseline"
# Made of hashes, or no text.
_NOT_SCANNED = re.compile(r"package-lock\.json|requirements/.*\.txt|\.secrets\.baseline|.*\.(png|woff2?)")


class CannotTell(Exception):
    """Nothing can be said; the message says why and what to do."""


@dataclass(frozen=True)
class Advisory:
    """A known weakness of a package. names: its id and aliases."""

    package: str
    version: str
    names: tuple[str, ...]
    fixed: tuple[str, ...]


def read_report(output: str, lock: Iterable[str]) -> list[Advisory]:
    """The advisories of pip-audit's JSON report on the pins of `lock`.

    Raises:
        CannotTell: it is no report, or a pin was skipped or is not in it.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, LookupError, TypeError):
        raise CannotTell("pip-audit gave no report") from None
    skipped = [row["name"] for row in rows if "skip_reason" in row]
    seen = {canonical(row["name"]) for row in rows}
    missing = sorted({canonical(name) for name in lock} - seen)
    if skipped or missing:
        raise CannotTell(f"not audited: {', '.join([*skipped, *missing])}")
    return [
        Advisory(row["name"], row["version"], (one["id"], *one.get("aliases", [])), tuple(one.get("fix_versions", [])))
        for row in rows
        for one in row.get("vulns", [])
    ]


def unlisted(advisories: Iterable[Advisory], security: str) -> list[Advisory]:
    """Those that the text of docs/security.md names by no id."""
    named = set(re.findall(r"(?:CVE|PYSEC)-\d{4}-\d+|GHSA(?:-\w{4}){3}", security))
    return [one for one in advisories if not named.intersection(one.names)]


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, str]:
    """Package -> version, of a lock or of a file of hashes."""
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s\\;]+)", lock.read_text(encoding="utf-8"), re.M)
    return {canonical(name): version for name, version in found}


def audit(words: Sequence[str]) -> int:
    """Audit both environments' locks; `words` go on to pip-audit."""
    unknown: list[Advisory] = []
    for name in AUDITED:
        lock = LOCKS / f"{name}.txt"
        command = [str(BIN / "pip-audit"), "--strict", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        ran = subprocess.run(
            [*command, "--format", "json", "-r", str(lock), *words], capture_output=True, text=True, check=False
        )
        try:
            found = read_report(ran.stdout, pins(lock))
        except CannotTell as error:
            said = [line for line in ran.stderr.splitlines() if "WARNING" not in line]
            print(f"{lock.name}: NOTHING WAS AUDITED: {error}.\n  {said[-1] if said else 'it said nothing'}")
            print(
                "  The advisory service has to be reached over HTTPS (api.osv.dev with ARGS='-s osv'); try again there."
            )
            return 2
        new = unlisted(found, SECURITY.read_text(encoding="utf-8"))
        unknown += new
        print(
            f"{lock.name}: {len(pins(lock))} packages, 0 skipped, {len(found)} advisories, "
            f"{len(new)} not in docs/security.md"
        )
        for one in found:
            mark = "NEW " if one in new else "    "
            print(
                f"  {mark}{one.package} {one.version}  {' '.join(one.names)}  fixed in {', '.join(one.fixed) or 'none'}"
            )
    return 1 if unknown else 0


def sbom() -> int:
    """Write what both environments hold."""
    (ROOT / "build").mkdir(exist_ok=True)
    for name, environment in (("main", ".venv"), ("rasa", ".venv-rasa")):
        file = ROOT / f"build/sbom-{name}.cdx.json"
        python = str(ROOT / environment / "bin/python")
        command = [str(BIN / "cyclonedx-py"), "environment", python, "--output-reproducible", "-o", str(file)]
        subprocess.run(command, check=True, capture_output=True)
        document = json.loads(file.read_text(encoding="utf-8"))
        if name == "main":
            document["components"].append(weights())
            file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(document['components'])} components")
    return 0


def weights() -> dict[str, Any]:
    """The sentence model as a component of the bill of materials.

    Raises:
        CannotTell: the weights are not the published ones.
    """
    digest = hashlib.sha256((model_folder() / "model.safetensors").read_bytes()).hexdigest()
    if digest != MINILM_SHA256:
        raise CannotTell(f"the weights of all-MiniLM-L6-v2 are not the published ones: sha256 {digest}")
    return {
        "type": "machine-learning-model",
        "bom-ref": "all-MiniLM-L6-v2",
        "name": "all-MiniLM-L6-v2",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def found_secrets(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    """File, kind and hash of each find of a detect-secrets report."""
    return {(file, one["type"], one["hashed_secret"]) for file, finds in report["results"].items() for one in finds}


def secrets(words: Sequence[str]) -> int:
    """Look through all files that git knows; --accept makes what is found the baseline, after a look at it."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    files = [file for file in listed if file and not _NOT_SCANNED.fullmatch(file)]
    ran = subprocess.run(
        [str(BIN / "detect-secrets"), "scan", *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    report = json.loads(ran.stdout)
    if "--accept" in words:
        BASELINE.write_text(ran.stdout, encoding="utf-8")
    new = found_secrets(report) - found_secrets(json.loads(BASELINE.read_text(encoding="utf-8")))
    print(f"{len(files)} files, {len(found_secrets(report))} known to be harmless, {len(new)} new")
    for file, kind, _ in sorted(new):
        lines = [str(one["line_number"]) for one in report["results"][file] if one["type"] == kind]
        print(f"  {file}:{','.join(lines)} {kind}")
    return 1 if new else 0


def hashes() -> int:
    """Write the SHA-256 of every file that the index has for each pin. Versions stay as they are locked."""
    for name, python in PYTHON_OF.items():
        target = LOCKS / f"hashes/{name}.txt"
        target.parent.mkdir(exist_ok=True)
        without = [word for package in UNHASHED for word in ("--no-emit-package", package)]
        command = [str(BIN / "uv"), "pip", "compile", "--quiet", "--no-deps", "--generate-hashes", "--no-header"]
        subprocess.run(
            [*command, "--no-annotate", "--python-version", python, *without, f"{name}.txt", "-o", str(target)],
            cwd=LOCKS,
            check=True,
        )
        print(f"{target.relative_to(ROOT)}: {len(pins(target))} packages")
    return 0


def main(argv: Sequence[str]) -> int:
    commands = {
        "audit": lambda: audit(argv[1:]),
        "sbom": sbom,
        "secrets": lambda: secrets(argv[1:]),
        "hashes": hashes,
    }
    if not argv or argv[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return commands[argv[0]]()
    except CannotTell as error:
        print(error, file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"{error.cmd[0]} failed: {error.stderr or error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
