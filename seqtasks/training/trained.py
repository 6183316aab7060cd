"""The trained model of a stored run, made anew from a result that may be anyone's."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.npz import read_headers
from seqtasks.training.plan import plans_of
from seqtasks.training.settings import Settings, stored_settings
from seqtasks.training.weights import check_there, load_weights

# a task's option may be larger than its model: a length, a number of examples
_LARGEST_OPTION = 10**6


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained model and its task.

    Args:
        task: The task.
        model: The model, with the weights of the run's best epoch.
        batch: The inputs of the batch on which it was made.
        settings: The settings of the run.
        make_cell: Gives a new cell of a number of units.
    """

    task: Task
    model: SequenceModel
    batch: dict[str, Any]
    settings: Settings
    make_cell: Callable[[int], keras.Layer]


def trained_model(
    result: Result,
    store: Store,
    batch_of: Callable[[Task, Settings], dict[str, Any]],
    allow_code: bool = False,
) -> Trained:
    """The task and the model of a run, with the weights of its best epoch.

    Args:
        result: The run.
        store: Where its weights are.
        batch_of: Gives the inputs of one batch, by whose shapes the model is made.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the weights are not there or not those of this model, or the
            result names code and that is not allowed.
    """
    path = store.weights_file(result.run)
    check_there(path)
    settings = stored_settings(result)
    _check_sizes(result, settings, path)
    task_plan, cell_plan = plans_of(result, allow_code)
    task = task_plan.build(result.seed)
    batch = batch_of(task, settings)
    model = build_model(task, cell_plan.build, settings, batch)
    load_weights(path, model)
    model.reset_carried_state()
    return Trained(task, model, batch, settings, cell_plan.build)


def _check_sizes(result: Result, settings: Settings, path: Path) -> None:
    """Refuses sizes that the weights cannot have before room is made for them."""
    held = sum(math.prod(header.shape) for header in read_headers(path))
    declared = {"units": settings.units, "layers": settings.layers}
    for name, value in {**result.cell_options, **declared}.items():
        _check_size(name, value, held, path)
    for name, value in result.options.items():
        _check_size(name, value, max(held, _LARGEST_OPTION), path)


def _check_size(name: str, value: Any, largest: int, path: Path) -> None:
    is_size = isinstance(value, int) and "seed" not in name
    if is_size and abs(value) > largest:
        raise UsageError(
            f"The run has {name}={value}, which no model has whose weights are those "
            f"in {path}: the result is damaged, or made to fill the memory."
        )
