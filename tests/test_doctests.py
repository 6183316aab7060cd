"""Every example in a docstring gives what it shows."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# an example that trains a cell takes seconds
SLOW = {"seqtasks.testing.cell_checks": pytest.mark.slow}


def _modules():
    for package, name in (
        (ROOT / "seqtasks", "seqtasks"),
        (ROOT / "tasks", "seqtasks.tasks"),
    ):
        for path in sorted(package.rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                parts = path.relative_to(package).with_suffix("").parts
                module = ".".join((name, *parts))
                yield pytest.param(module, marks=SLOW.get(module, ()))


@pytest.mark.parametrize("module", list(_modules()))
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0
