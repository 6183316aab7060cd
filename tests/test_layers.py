"""A file imports only from its own row or from those below; the ends are light."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sources import sources

# the top first; a name stands for a file of the package or for a folder
ROWS = (
    ("cli",),
    ("testing", "reports", "bench", "analysis", "course", "sweep", "tuning"),
    ("training",),
    ("tasks",),
    ("data", "baselines", "cells", "recurrence"),
    ("store", "claims", "evaluations", "folders", "heartbeat", "merge", "predictions"),
    (
        *("registry", "loading", "options", "task", "result", "upgrade"),
        *("processor", "declared"),
        *("author", "errors", "files"),
    ),
)
LIGHT = {*ROWS[0], *ROWS[-2], *ROWS[-1]}
HEAVY = {
    *("tensorflow", "keras", "jax", "torch", "tensorflow_datasets"),
    *("scipy", "sklearn", "pandas", "matplotlib", "plotly"),
}


def _part(module: str) -> str:
    """What stands in ``ROWS``; the package itself, which imports lazily, is nothing."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


def _row(part: str) -> int | None:
    """The number of the row that names a part, ``None`` if none does."""
    return next((i for i, names in enumerate(ROWS) if part in names), None)


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
    """The imports of a file from rows above it, or from another task."""
    own = _row(_part(module)) if _part(module) else -1
    if own is None:
        return [f"{module} has no row"]
    wrong = []
    for name in _imports(tree, inside_functions=True):
        if name.split(".")[0] != "seqtasks" or not _part(name):
            continue
        other = _row(_part(name))
        # none: `from seqtasks import run`, the public names, which import lazily
        above = other is None or own > other
        another_task = (
            _part(name) == _part(module) == "tasks"
            and name.split(".")[2] != module.split(".")[2]
        )
        if above or another_task:
            wrong.append(f"{module} imports {name}")
    return wrong


def _heavy(module: str, tree: ast.AST) -> list[str]:
    """The imports of heavy packages at the top of a file that must be light."""
    if _part(module) not in {*LIGHT, ""}:
        return []
    names = _imports(tree, inside_functions=False)
    return [f"{module} imports {name}" for name in names if name.split(".")[0] in HEAVY]


def test_every_file_imports_from_its_own_row_or_from_below():
    trees = sources().items()
    assert [one for name, (_, tree) in trees for one in _wrong_layers(name, tree)] == []


def test_the_command_line_and_the_lowest_rows_import_nothing_heavy():
    trees = sources().items()
    assert [one for name, (_, tree) in trees for one in _heavy(name, tree)] == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("seqtasks.result", "from seqtasks.store import Store"),
        ("seqtasks.cells.gru", "from seqtasks import training"),
        ("seqtasks.training.run", "def f():\n    import seqtasks.reports.leaderboard"),
        ("seqtasks.tasks.adding", "from seqtasks.tasks.list_ops.task import list_ops"),
        ("seqtasks.tasks.a.task", "from seqtasks.tasks.b.words import words"),
        ("seqtasks.tasks.adding", "from seqtasks import run"),
        ("seqtasks.nowhere", "import math"),
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


_LIGHT_PROGRAM = f"""
import importlib, pkgutil, sys
import seqtasks, seqtasks.cli
for module in pkgutil.iter_modules(seqtasks.cli.__path__, "seqtasks.cli."):
    importlib.import_module(module.name)
from seqtasks.cli.list import command
command(["--json"], standalone_mode=False)
heavy = {HEAVY!r} & {{*sys.modules}}
assert not heavy, heavy
"""


def test_the_command_line_and_its_list_import_no_backend():
    run = subprocess.run(
        [sys.executable, "-c", _LIGHT_PROGRAM], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert '"name": "gru"' in run.stdout


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def test_all_that_is_printed_is_escaped_in_one_place():
    printing = set()
    ways = ("print", "click.echo", "click.secho", "sys.stdout.write")
    for module, (_, tree) in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _dotted(node.func) in (
                *ways,
                "sys.stderr.write",
            ):
                printing.add(module)
    # what the last two write are tables, whose cells are cleaned
    assert printing == {
        *("seqtasks.errors", "seqtasks.cli.parameters"),
        *("seqtasks.reports.leaderboard", "seqtasks.bench.tables"),
    }
