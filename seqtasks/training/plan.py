"""A task and a cell, found and with all their options, before anything is built."""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import keras

from seqtasks.catalog import CELLS, TASKS
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.registry import Entry
from seqtasks.result import Result
from seqtasks.task import Task

# of every Keras layer, and no part of what a cell computes
_LAYER_OPTIONS = ("name", "dtype", "trainable", "units")


@dataclasses.dataclass(frozen=True)
class TaskPlan:
    """A task's function and the values of all its options."""

    entry: Entry
    options: dict[str, Any]

    def build(self, seed: int) -> Task:
        """Seeds all random generators, then calls the task's function.

        Raises:
            UsageError: If the function does not return a task.
        """
        keras.utils.set_random_seed(seed)
        task = self.entry.load()(**self.options)
        if not isinstance(task, Task):
            raise UsageError(
                f"Expected the function {self.entry.name} in {self.entry.reference} to "
                f"return a seqtasks.Task; it returned {type(task).__name__}."
            )
        return task


@dataclasses.dataclass(frozen=True)
class CellPlan:
    """A cell's class and the values of all its options but ``units``."""

    entry: Entry
    options: dict[str, Any]

    def build(self, units: int) -> keras.Layer:
        """A new cell.

        Raises:
            UsageError: If the class cannot be constructed so.
        """
        try:
            return self.entry.load()(units, **self.options)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"Could not construct the cell {self.entry.name}({units}, ...): {error}"
            ) from error


def plan_task(name: str, options: Mapping[str, Any]) -> TaskPlan:
    """Finds a task by name or path and resolves its options.

    Raises:
        UsageError: If there is no such task or option, or a value is of another type.
    """
    entry = TASKS.find(name)
    return TaskPlan(
        entry, resolve_options(entry.load(), options, f"the task {entry.name}")
    )


def plan_cell(name: str, options: Mapping[str, Any]) -> CellPlan:
    """Finds a cell by name or path and resolves its options.

    Raises:
        UsageError: If there is no such cell or option, or a value is of another type.
    """
    entry = CELLS.find(name)
    cell_class = entry.load()
    if not inspect.isclass(cell_class):
        raise UsageError(
            f"Expected {entry.reference} to be a class of cells; "
            f"it is {type(cell_class).__name__}."
        )
    values = resolve_options(cell_class, options, f"the cell {entry.name}")
    return CellPlan(
        entry,
        {key: value for key, value in values.items() if key not in _LAYER_OPTIONS},
    )


def plans_of(result: Result) -> tuple[TaskPlan, CellPlan]:
    """The task and the cell of a stored run, found again."""
    return (
        plan_task(_findable(result.task, result.task_reference), result.options),
        plan_cell(_findable(result.cell, result.cell_reference), result.cell_options),
    )


def _findable(name: str, reference: str) -> str:
    """A file's path for what came from a file, else the registered name."""
    return reference if reference.partition(":")[0].endswith(".py") else name
