"""Sequence-modelling tasks for recurrent cells.

The names below are imported on first use, so that ``import seqtasks`` costs nothing.
"""

import importlib
from typing import Any

_PUBLIC = {
    "Cell": "seqtasks.cells.base",
    "Conversion": "seqtasks.task",
    "Baseline": "seqtasks.task",
    "Labels": "seqtasks.task",
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
    "recurrent_matmul": "seqtasks.recurrence.recurrent_matmul",
    "run": "seqtasks.training.run",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("seqtasks")
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'seqtasks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
