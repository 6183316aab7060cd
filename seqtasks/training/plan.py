"""A task and a cell, found and with all their options, before anything is built."""

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

import keras

from seqtasks.errors import UsageError
from seqtasks.options import require, resolve_options
from seqtasks.registry import CELLS, TASKS, Entry, Registry, nearest
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
            UsageError: If the function does not return a task, or the seed is none.
        """
        require(0 <= seed < 2**32, "seed", seed, "an integer from 0 to 2**32 - 1")
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


def names_of(result: Result, allow_code: bool = False) -> tuple[str, str]:
    """What a person would type for the task and for the cell of a stored run.

    Args:
        result: The run. It may come from anyone, so that what it says is not trusted.
        allow_code: Whether a Python file that it names may be run.

    Raises:
        UsageError: If it names a file and that is not allowed, or a name that is not
            installed here.
    """
    return (
        _findable(TASKS, result.task, result.task_reference, allow_code),
        _findable(CELLS, result.cell, result.cell_reference, allow_code),
    )


def plans_of(result: Result, allow_code: bool = False) -> tuple[TaskPlan, CellPlan]:
    """The task and the cell of a stored run, found again.

    Args:
        result: The run.
        allow_code: Whether a Python file that it names may be run.

    Raises:
        UsageError: If :func:`names_of` refuses it, or if its options are none of the
            task or the cell, or no plain values.
    """
    task, cell = names_of(result, allow_code)
    for options in (result.options, result.cell_options):
        _check_plain(options)
    return plan_task(task, result.options), plan_cell(cell, result.cell_options)


def _findable(registry: Registry, name: str, reference: str, allow_code: bool) -> str:
    """A file's path for what came from a file, else the registered name."""
    if not (reference.endswith(".py") or reference.rpartition(":")[0].endswith(".py")):
        # not by find: it would take a name that looks like a path for a file
        if name not in registry.entries():
            raise UsageError(
                f"The run's {registry.kind} is named {name!r}, and no {registry.kind} "
                f"of that name is installed here. {nearest(name, registry.entries())}"
            )
        return name
    if not allow_code:
        raise UsageError(
            f"The {registry.kind} of this run is code in the file {reference!r}, and a "
            f"results file may come from anyone. Read that file, and give "
            f"--allow-code if you trust it."
        )
    return reference


def _check_plain(options: Any) -> None:
    """Refuses options that describe an object: Keras would construct it from them."""
    if isinstance(options, dict):
        if "class_name" in options:
            raise UsageError(
                f"Expected options of a stored run to be plain values; received the "
                f"description of an object of the class {options['class_name']!r}."
            )
        options = list(options.values())
    if isinstance(options, list):
        for option in options:
            _check_plain(option)
