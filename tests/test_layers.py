"""A file imports only from its own row or from those below; the ends are light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import seqtasks

# the top first; a name stands for a file of the package or for a folder
ROWS = (
    ("cli",),
    ("testing", "reports", "bench", "comparison", "verify", "selftest"),
    ("training",),
    ("tasks",),
    ("data", "metrics", "cells", "recurrence"),
    ("catalog", "store", "ledger"),
    (
        *("registry", "options", "task", "result", "errors"),
        *("atomic", "loading", "lock", "schema", "summary", "version"),
        *("files", "printable", "strict_json"),
    ),
)
LIGHT = {*ROWS[0], *ROWS[-2], *ROWS[-1]}
HEAVY = {"tensorflow", "keras", "jax", "torch", "tensorflow_datasets", "scipy"}

_PACKAGE = Path(seqtasks.__file__).parent
_TASKS = _PACKAGE.parent / "tasks"
FILES = {
    **{
        ".".join(("seqtasks", *path.relative_to(_PACKAGE).with_suffix("").parts)): path
        for path in sorted(_PACKAGE.rglob("*.py"))
    },
    **{f"seqtasks.tasks.{path.stem}": path for path in sorted(_TASKS.glob("*.py"))},
}


def _part(module: str) -> str:
    """What stands in ``ROWS``; the package itself, which imports lazily, is nothing."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


def _row(part: str) -> int:
    (row,) = (index for index, names in enumerate(ROWS) if part in names)
    return row


def _is_for_type_checkers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


def _imports(node: ast.AST, inside_functions: bool) -> Iterator[str]:
    """The modules, or names in them, that are imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            for alias in child.names:
                yield f"{child.module}.{alias.name}"
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            if inside_functions:
                yield from _imports(child, inside_functions)
        elif not _is_for_type_checkers(child):
            yield from _imports(child, inside_functions)


def _wrong_layers(module: str, tree: ast.AST) -> list[str]:
    own = _part(module)
    wrong = []
    for name in _imports(tree, inside_functions=True):
        if name.split(".")[0] != "seqtasks" or not _part(name):
            continue
        other = _part(name)
        if other not in {part for row in ROWS for part in row}:
            wrong.append(name)  # from seqtasks import run: the public, lazy names
        elif own and _row(other) < _row(own):
            wrong.append(name)
        elif own == other == "tasks":
            wrong.append(name)  # tasks are read one by one
    return wrong


def _heavy(module: str, tree: ast.AST) -> list[str]:
    if _part(module) not in {*LIGHT, ""}:
        return []
    names = _imports(tree, inside_functions=False)
    return [name for name in names if name.split(".")[0] in HEAVY]


@pytest.mark.parametrize("module", FILES)
def test_a_file_keeps_to_the_layers(module):
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    assert _wrong_layers(module, tree) == []
    assert _heavy(module, tree) == []


@pytest.mark.parametrize("module", FILES)
def test_every_file_has_a_row(module):
    assert not _part(module) or _row(_part(module)) >= 0


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("seqtasks.result", "from seqtasks.store import Store"),
        ("seqtasks.cells.gru", "from seqtasks import training"),
        ("seqtasks.training.run", "def f():\n    import seqtasks.reports.table"),
        ("seqtasks.tasks.adding", "from seqtasks.tasks.recall import recall"),
        ("seqtasks.tasks.adding", "from seqtasks import run"),
    ],
)
def test_the_walk_sees_an_import_from_above(module, text):
    assert len(_wrong_layers(module, ast.parse(text))) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import keras", 1),
        ("try:\n    from tensorflow import data\nfinally:\n    pass", 1),
        ("class A:\n    import jax.numpy", 1),
        ("def f():\n    import keras", 0),
        ("if TYPE_CHECKING:\n    import keras", 0),
    ],
)
def test_the_walk_sees_a_heavy_import(text, count):
    assert len(_heavy("seqtasks.task", ast.parse(text))) == count
    assert _heavy("seqtasks.training.run", ast.parse(text)) == []


_LIGHT_PROGRAM = """
import importlib, pkgutil, sys
import seqtasks, seqtasks.cli
for module in pkgutil.iter_modules(seqtasks.cli.__path__, "seqtasks.cli."):
    importlib.import_module(module.name)
from seqtasks.cli.list import command
command(["--json"], standalone_mode=False)
heavy = {"tensorflow", "keras", "jax", "torch", "tensorflow_datasets"} & {*sys.modules}
assert not heavy, heavy
"""


def test_the_command_line_and_its_list_import_no_backend():
    run = subprocess.run(
        [sys.executable, "-c", _LIGHT_PROGRAM], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert '"name": "gru"' in run.stdout
