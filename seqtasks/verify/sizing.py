"""How many units a cell needs for a model of a given size."""

import dataclasses
import functools
import math

import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.training.model import build_model
from seqtasks.training.plan import CellPlan, TaskPlan
from seqtasks.training.settings import Settings

_MOST_UNITS = 1 << 14


def units_for(
    task_plan: TaskPlan, cell_plan: CellPlan, settings: Settings, num_params: int
) -> int:
    """The units with which the whole model comes nearest to a number of parameters.

    Models are built and counted; a larger state is taken to need no fewer parameters.

    Args:
        task_plan: The task.
        cell_plan: The cell.
        settings: The settings; their ``units`` are not looked at.
        num_params: The wanted number of trainable parameters.

    Raises:
        UsageError: If the smallest model is larger by far, or the largest smaller.
    """
    example = next(iter(task_plan.build(seed=0).load("train").take(1).batch(1)))
    # weights do not depend on how long a sequence is, and two steps are soon run
    inputs = tf.nest.map_structure(lambda part: part[:, :2], example[0])

    @functools.cache
    def count(units: int) -> int:
        model = build_model(
            task_plan.build(seed=0),
            cell_plan.build,
            # the same weights, and nothing to compile
            dataclasses.replace(settings, units=units, loop="keras"),
            {"inputs": inputs},
        )
        return sum(math.prod(v.shape) for v in model.trainable_variables)

    high = 1
    while count(high) < num_params and high < _MOST_UNITS:
        high *= 2
    low = max(1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        if count(middle) < num_params:
            low = middle
        else:
            high = middle
    best = min((low, high), key=lambda units: abs(count(units) - num_params))
    if abs(count(best) - num_params) > num_params / 2:
        raise UsageError(
            f"Expected a size that a model of {task_plan.entry.name} with "
            f"{cell_plan.entry.name} can have; {num_params:,} parameters are far from "
            f"the nearest, {count(best):,} with {best} units."
        )
    return best
