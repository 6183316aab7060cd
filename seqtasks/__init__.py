"""Sequence-modelling tasks for recurrent cells.

The names below are imported on first use, so that ``import seqtasks`` costs nothing. In
a program that imports Keras, before or after it, ``keras.saving.load_model`` finds the
classes of the package; the command line, which has no use for that, switches it off.
"""

import importlib
import importlib.abc
import importlib.util
import sys
from typing import Any

_PUBLIC = {
    "Cell": "seqtasks.cells.base",
    "Conversion": "seqtasks.task",
    "DamagedError": "seqtasks.data.damage",
    "Baseline": "seqtasks.task",
    "Groups": "seqtasks.task",
    "Horizon": "seqtasks.task",
    "Labels": "seqtasks.task",
    "NewExample": "seqtasks.processor",
    "Optimum": "seqtasks.task",
    "RNN": "seqtasks.recurrence.rnn",
    "PublishedResult": "seqtasks.task",
    "Result": "seqtasks.result",
    "Sample": "seqtasks.task",
    "Source": "seqtasks.task",
    "Store": "seqtasks.store",
    "SummedScore": "seqtasks.task",
    "Task": "seqtasks.task",
    "UsageError": "seqtasks.errors",
    "check_cell": "seqtasks.testing",
    "check_task": "seqtasks.testing",
    "compare": "seqtasks.reports.frames",
    "export": "seqtasks.training.export",
    "histories": "seqtasks.reports.frames",
    "list_cells": "seqtasks.reports.frames",
    "list_tasks": "seqtasks.reports.frames",
    "label_row": "seqtasks.processor",
    "load_model": "seqtasks.training.load_model",
    "plot": "seqtasks.reports.curves",
    "predictor": "seqtasks.training.predictor",
    "Processor": "seqtasks.processor",
    "recurrent_matmul": "seqtasks.recurrence.recurrent_matmul",
    "results": "seqtasks.reports.frames",
    "run": "seqtasks.training.run",
    "sample": "seqtasks.training.predict",
    "table": "seqtasks.reports.frames",
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


class _ClassesAfterKeras(importlib.abc.MetaPathFinder):
    """Registers the package's classes with Keras once Keras is imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        self.remove()
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            imports = spec.loader.exec_module

            def imports_and_registers(module):
                imports(module)
                _register()

            spec.loader.exec_module = imports_and_registers  # type: ignore[method-assign]
        return spec

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def _register() -> None:
    from seqtasks.registry import register_classes

    register_classes()


_classes_after_keras = _ClassesAfterKeras()
if "keras" in sys.modules:
    _register()
else:
    sys.meta_path.insert(0, _classes_after_keras)
