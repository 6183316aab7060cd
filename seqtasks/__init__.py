"""Sequence-modelling tasks for recurrent cells.

The names below are imported on first use, so that ``import seqtasks`` costs nothing.
"""

import importlib
from typing import Any

from seqtasks.version import __version__

_PUBLIC = {
    "Cell": "seqtasks.cells.base",
    "Conversion": "seqtasks.task",
    "Baseline": "seqtasks.task",
    "Optimum": "seqtasks.task",
    "RNN": "seqtasks.recurrence.rnn",
    "PublishedResult": "seqtasks.task",
    "Result": "seqtasks.result",
    "Sample": "seqtasks.task",
    "Source": "seqtasks.task",
    "Store": "seqtasks.store",
    "Task": "seqtasks.task",
    "check_cell": "seqtasks.testing",
    "check_task": "seqtasks.testing",
    "load_model": "seqtasks.training.load_model",
    "recurrent_matmul": "seqtasks.recurrence.product",
    "run": "seqtasks.training.run",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'seqtasks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
