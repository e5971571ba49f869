"""Who may import whom (docs/architecture.md), and that an import is nothing but an import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("knowledge", "actions", "bot", "tools")
# What runs inside Rasa, in an environment of its own.
IN_RASA = ("bot/components/", "bot/channels/rasa_channel.py", "tools/read_intents.py")

# (the files it holds for, what they must not import, except)
RULES = [
    ("knowledge/", ("rasa", "rasa_sdk", "actions", "bot", "tools"), ()),
    ("actions/", ("rasa", "bot", "tools"), ()),
    ("bot/", ("actions", "rasa_sdk"), ()),
    (
        "bot/channels/",
        ("knowledge",),
        ("knowledge.red_flags", "knowledge.danger_reader", "knowledge.reports", "knowledge.passages"),
    ),
    ("bot/channels/gateway/", ("rasa", "bot.channels.shell", "bot.service"), ()),
    ("bot/channels/shell/", ("rasa", "bot.channels.gateway", "bot.service"), ()),
    ("bot/components/", ("bot.channels", "bot.service"), ()),
]


def modules() -> dict[str, ast.Module]:
    """Path below the project -> syntax tree, of every module of ours."""
    paths = [path for folder in OURS for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="module", name="trees")
def _trees() -> dict[str, ast.Module]:
    return modules()


def imports(tree: ast.Module) -> set[str]:
    """Every name that a module imports, wherever in it: `a.b` and, for `from a import b`, also `a.b`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def below(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def broken(trees: dict[str, ast.Module]) -> list[tuple[str, str]]:
    return [
        (path, name)
        for where, forbidden, allowed in RULES
        for path, tree in trees.items()
        if path.startswith(where)
        for name in sorted(imports(tree))
        if any(below(name, f) for f in forbidden) and not any(below(name, a) for a in allowed)
    ]


def test_each_part_imports_only_what_it_may(trees: dict[str, ast.Module]) -> None:
    assert len(trees) > 40
    assert broken(trees) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("knowledge/x.py", "import rasa"),
        ("knowledge/x.py", "def f():\n    from rasa_sdk import Tracker"),
        ("knowledge/x.py", "from actions.messages import choices"),
        ("actions/x.py", "import rasa.core.agent"),
        ("bot/channels/gateway/x.py", "from knowledge import retrieval"),
        ("bot/channels/shell/x.py", "import actions"),
    ],
)
def test_a_forbidden_import_would_be_seen(path: str, source: str) -> None:
    assert len(broken({path: ast.parse(source)})) == 1


def test_what_is_allowed_is_not_taken_for_forbidden() -> None:
    allowed = {"bot/channels/gateway/x.py": "from knowledge.red_flags import find", "actions/x.py": "import rasa_sdk"}
    assert broken({path: ast.parse(source) for path, source in allowed.items()}) == []


def test_no_action_imports_another(trees: dict[str, ast.Module]) -> None:
    action_modules = [
        path.removesuffix(".py").replace("/", ".")
        for path, tree in trees.items()
        if path.startswith("actions/")
        and any(isinstance(n, ast.ClassDef) and n.name.startswith("Action") for n in tree.body)
    ]
    assert len(action_modules) >= 3
    assert [
        (path, name)
        for path, tree in trees.items()
        if path != "actions/__main__.py" and not path.startswith("tools/")  # which measure them
        for name in imports(tree)
        if any(below(name, module) for module in action_modules)
    ] == []


def test_an_action_stands_in_the_module_that_bears_its_name(trees: dict[str, ast.Module]) -> None:
    names = {
        path: [
            returned.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == "name"
            for returned in ast.walk(node)
            if isinstance(returned, ast.Return) and isinstance(returned.value, ast.Constant)
        ]
        for path, tree in trees.items()
        if path.startswith("actions/")
    }
    assert {path: found for path, found in names.items() if found} == {
        path: [f"action_{Path(path).stem}"] for path, found in names.items() if found
    }


def test_no_module_is_a_drawer_for_odds_and_ends(trees: dict[str, ast.Module]) -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "actions"}
    tests = [p.relative_to(ROOT).as_posix() for p in (ROOT / "tests").rglob("*.py")]
    assert [path for path in [*trees, *tests] if Path(path).stem in drawers] == []


WATCHED_IMPORTS = """
import importlib, os, sys

root = sys.argv[1] + os.sep
opened = []


def watch(event, arguments):
    if event not in ("open", "socket.connect", "socket.bind", "subprocess.Popen"):
        return
    frame = sys._getframe(1)
    while frame and not frame.f_code.co_filename.startswith("<frozen importlib"):
        name = frame.f_code.co_filename
        # an import in between means that somebody else's module did it
        if name.startswith(root) and frame.f_code.co_name == "<module>" and os.sep + "." not in name[len(root) - 1:]:
            opened.append(f"{name[len(root):]}: {event} {str(arguments[0])[:80]}")
        frame = frame.f_back


sys.addaudithook(watch)
for module in sys.argv[2:]:
    importlib.import_module(module)
print("\\n".join(dict.fromkeys(opened)))
"""


def opened_by(root: Path, names: list[str]) -> list[str]:
    """What the modules below `root` open, connect or start while they are imported in a fresh process."""
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED_IMPORTS, str(root), *names],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("\n")[:-1] if ran.stdout.strip() else []


def test_no_module_opens_a_file_a_model_or_a_socket_at_import(trees: dict[str, ast.Module]) -> None:
    names = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in trees
        if not path.startswith(IN_RASA)
    ]
    assert opened_by(ROOT, names) == []


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("WORDS = open('words.txt').read()", "open words.txt"),
        ("import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
        ("from pathlib import Path\nclass Clinic:\n    text = Path('words.txt').read_text()", "open words.txt"),
    ],
)
def test_what_is_opened_at_import_would_be_seen(tmp_path: Path, source: str, event: str) -> None:
    (tmp_path / "words.txt").write_text("words", encoding="utf-8")
    (tmp_path / "opens.py").write_text(source, encoding="utf-8")
    (found,) = opened_by(tmp_path, ["opens"])
    assert found.startswith(f"opens.py: {event}")


# What Rasa's environment imports cannot be imported here, so the calls that run at import are read instead.
HARMLESS = {"logging.getLogger", "re.compile", "ContextVar", "DefaultV1Recipe.register", "Path"}


def calls_at_import(node: ast.AST) -> Iterator[str]:
    """The calls that run when a module is imported: all outside functions, and those in decorators and defaults."""
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        children = [*node.decorator_list, *defaults]
    elif isinstance(node, ast.Lambda) or (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)):
        children = []
    elif isinstance(node, ast.Call):
        yield ast.unparse(node.func)
    for child in children:
        yield from calls_at_import(child)


def test_what_runs_inside_rasa_calls_nothing_at_import_that_could_open_something(trees: dict[str, ast.Module]) -> None:
    inside = {path: set(calls_at_import(tree)) for path, tree in trees.items() if path.startswith(IN_RASA)}
    assert len(inside) >= 5
    assert {path: calls - HARMLESS for path, calls in inside.items() if calls - HARMLESS} == {}


def test_a_call_at_import_would_be_seen() -> None:
    source = "MODEL = load('x')\ndef f(a=open('y')):\n    g()\nclass C:\n    d = h()\n"
    source += "if __name__ == '__main__':\n    main()\n"
    assert list(calls_at_import(ast.parse(source))) == ["load", "open", "h"]
