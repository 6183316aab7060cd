"""The contracts of a task and of a cell, as checks that anyone can run.

The names below are imported on first use: ``seqtasks selftest`` needs no library that
trains.
"""

import importlib
from typing import Any

_PUBLIC = {
    "CheckError": "seqtasks.testing.checking",
    "Outcome": "seqtasks.testing.checking",
    "cell_outcomes": "seqtasks.testing.cell_checks",
    "check_cell": "seqtasks.testing.cell_checks",
    "check_task": "seqtasks.testing.task_checks",
    "task_outcomes": "seqtasks.testing.task_checks",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'seqtasks.testing' has no attribute {name!r}")
