"""Sizing: the number of units with which a model has a number of parameters."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.task import Task
from seqtasks.training.model import build_model
from seqtasks.training.plan import CellPlan, TaskPlan
from seqtasks.training.settings import Settings

# how far the number of parameters may be off, as a share of what was asked for
TOLERANCE = 0.05

# the most models that are built to find the number of units; most cells need 6 to 12
_MOST_TRIALS = 60

# how far beside a number of units another is looked for, where a cell refuses some
_WIDEST_GAP = 64


@dataclasses.dataclass(frozen=True)
class Sizing:
    """A number of units, and the size of the model that it gives.

    Args:
        units: The width of the state.
        num_params: The number of trainable parameters of the whole model.
    """

    units: int
    num_params: int


def units_for(
    task_plan: TaskPlan,
    cell_plan: CellPlan,
    settings: Settings,
    num_params: int,
    tolerance: float = TOLERANCE,
) -> Sizing:
    """The number of units with which the whole model comes nearest to a size.

    Small models of the task are built, on one example, until the next smaller and the
    next larger one are known. It seeds the random generators: a task that is to be
    trained is built after it, not before.

    Args:
        task_plan: The task and its options.
        cell_plan: The cell and its options.
        settings: Resolved settings; their number of units does not matter.
        num_params: The number of trainable parameters that is wanted.
        tolerance: How far off the nearest may be, as a share of it.

    Raises:
        UsageError: If no number of units comes near enough; the message says which
            sizes there are.
    """
    if num_params < 1:
        raise UsageError(
            f"Expected --params to be a number of parameters of at least 1; received "
            f"{num_params}."
        )
    sizes = _Sizes(_counter(task_plan, cell_plan, settings))
    below, above = _around(sizes, num_params)
    near = [sizing for sizing in (below, above) if sizing is not None]
    best = min(near, key=lambda sizing: abs(sizing.num_params - num_params))
    if abs(best.num_params - num_params) > tolerance * num_params:
        possible = " or ".join(
            f"{sizing.num_params:,} parameters ({_units(sizing.units)})"
            for sizing in near
        )
        raise UsageError(
            f"No {task_plan.entry.name} with the cell {cell_plan.entry.name} has "
            f"{num_params:,} parameters or one within {tolerance:.0%} of it. "
            f"{'The least is' if below is None else 'The nearest are'} {possible}."
        )
    return best


def check_one_size(settings: Mapping[str, Any]) -> None:
    """Refuses a number of units beside a number of parameters.

    Raises:
        UsageError: If the settings say units.
    """
    if settings.get("units") is not None:
        raise UsageError(
            f"Expected the size as --params or as --units; received both, --units "
            f"being {settings['units']}. Leave one out."
        )


def sizing_line(num_params: int, found: Sizing) -> str:
    """What was asked for and what was chosen, on one line."""
    return (
        f"--params {num_params}: {_units(found.units)}, {found.num_params:,} parameters"
    )


class _Sizes:
    """The sizes that were measured, each once; a refused number of units has none."""

    def __init__(self, count: Callable[[int], int]):
        self._count = count
        self._known: dict[int, int | None] = {}
        self.refusal: UsageError | None = None

    def of(self, units: int) -> Sizing | None:
        """The size with this number of units, or ``None`` if the cell refuses it."""
        if units not in self._known:
            if len(self.measured) >= _MOST_TRIALS:
                raise UsageError(
                    f"Tried {_MOST_TRIALS} numbers of units and found none that gives "
                    f"the number of parameters. Give --units in place of --params."
                )
            try:
                self._known[units] = self._count(units)
            except UsageError as error:
                self._known[units] = None
                self.refusal = error
        num_params = self._known[units]
        return None if num_params is None else Sizing(units, num_params)

    def nearest(self, units: int, low: int, high: float) -> Sizing | None:
        """The size with this number of units between two bounds, or the next to it."""
        for distance in range(_WIDEST_GAP + 1):
            for other in dict.fromkeys((units - distance, units + distance)):
                if low < other < high and (found := self.of(other)):
                    return found
        return None

    @property
    def measured(self) -> list[Sizing]:
        """All sizes that are known, the smallest first."""
        return [
            Sizing(units, count)
            for units, count in sorted(self._known.items())
            if count is not None
        ]


def _around(sizes: _Sizes, wanted: int) -> tuple[Sizing | None, Sizing | None]:
    """The largest model that is not larger, and the smallest that is larger."""
    below = sizes.nearest(1, 0, math.inf)
    if below is None:
        assert sizes.refusal is not None
        raise sizes.refusal
    if below.num_params > wanted:
        return None, below
    above: Sizing | None = None
    while above is None or above.units - below.units > 1:
        guess = _guess(sizes.measured, below, above, wanted)
        high = math.inf if above is None else above.units
        found = sizes.nearest(guess, below.units, high)
        if found is None:
            break
        if found.num_params <= wanted:
            below = found
        else:
            above = found
    return below, above


def _guess(
    measured: list[Sizing], below: Sizing, above: Sizing | None, wanted: int
) -> int:
    """Where the wanted size should be: on the parabola through three that are near.

    The number of parameters of nearly all cells is a polynomial of degree two.
    """
    near = sorted(measured, key=lambda known: abs(known.num_params - wanted))[:3]
    largest = 4 * below.units if above is None else above.units - 1
    if len(near) < 3:
        return largest
    curve = np.polyfit(
        [known.units for known in near], [known.num_params for known in near], 2
    )
    roots = np.roots([*curve[:2], curve[2] - wanted])
    real = [root.real for root in roots if abs(root.imag) < 1e-6 and root.real > 0]
    if not real:
        return largest if above is None else (below.units + above.units) // 2
    # the parabola is not exact to the last digit, and the wanted size lies between
    nearest = min(real, key=lambda root: abs(root - below.units))
    guess = math.floor(nearest + 1e-6)
    if guess <= below.units:
        guess = below.units + 1
    return min(guess, largest)


def _counter(
    task_plan: TaskPlan, cell_plan: CellPlan, settings: Settings
) -> Callable[[int], int]:
    """A function that counts the parameters of the model with a number of units."""
    batch = _one_example(task_plan.build(0))

    def count(units: int) -> int:
        model = build_model(
            # its layers have no weights yet, and can be built once only
            task_plan.build(0),
            cell_plan.build,
            dataclasses.replace(settings, units=units),
            batch,
        )
        return sum(math.prod(v.shape) for v in model.trainable_variables)

    return count


def _one_example(task: Task) -> dict[str, Any]:
    """A batch of one training example."""
    examples = task.load("train")
    first = next(iter(examples.take(1).batch(1)), None)
    if first is None:
        raise UsageError("Expected at least one example in each split; train has none.")
    batch = {"inputs": first[0]}
    if tf.nest.flatten(examples.element_spec[0])[0].shape[0] is None:
        time = tf.shape(tf.nest.flatten(first[0])[0])[1]
        batch["mask"] = tf.ones((1, time), tf.bool)
    return batch


def _units(units: int) -> str:
    return "1 unit" if units == 1 else f"{units:,} units"
