"""Sizing: the number of units with which a model has a number of parameters."""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.training.experiment import Experiment, build_task, count_params
from seqtasks.training.model import build_model, own_randomness

# how far the number of parameters may be off, as a share of what was asked for
TOLERANCE = 0.05

# ten times as many do not fit into the memory of a large machine
_MOST = 10**10

# the most models that are built to find the number of units; most cells need 6 to 12
_MOST_TRIALS = 60

# how far beside a number of units another is tried, where a cell refuses some
_WIDEST_GAP = 64


@dataclasses.dataclass(frozen=True)
class _Size:
    """A number of units, and the size of the model that it gives.

    Args:
        units: Width of the state.
        num_params: Number of trainable parameters of the whole model.
    """

    units: int
    num_params: int


def sized(
    experiment: Experiment, num_params: int, tolerance: float = TOLERANCE
) -> tuple[Experiment, str]:
    """The experiment with the number of units that comes nearest to a size.

    Small models of the task are built, on one example, until the next smaller and the
    next larger one are known. The random generators go on as if none had been built.

    Args:
        experiment: The experiment; its number of units does not matter.
        num_params: Number of trainable parameters that is wanted.
        tolerance: How far off the nearest may be, as a share of it.

    Returns:
        The experiment, and a line with the wanted and the chosen size.

    Raises:
        UsageError: If no number of units comes near enough; the message lists the
            sizes that there are.
    """
    if num_params < 1:
        raise UsageError(
            f"Expected --params to be a number of parameters of at least 1; received "
            f"{num_params}."
        )
    if num_params > _MOST:
        raise UsageError(
            f"Expected --params to be at most {_MOST:,} parameters; received "
            f"{num_params:.2e}."
            if num_params < 10**300
            else f"Expected --params to be at most {_MOST:,} parameters; received more."
        )
    sizes = _Sizes(_counter(experiment))
    with own_randomness(experiment.seed, "sizing"):
        below, above = _around(sizes, num_params)
    near = [size for size in (below, above) if size is not None]
    best = min(near, key=lambda size: abs(size.num_params - num_params))
    if abs(best.num_params - num_params) > tolerance * num_params:
        possible = " or ".join(
            f"{size.num_params:,} parameters ({_units(size.units)})" for size in near
        )
        raise UsageError(
            f"No {experiment.task_entry.name} with the cell "
            f"{experiment.cell_entry.name} has {num_params:,} parameters or one within "
            f"{tolerance:.0%} of it. "
            f"{'The least is' if below is None else 'The nearest are'} {possible}."
        )
    return (
        experiment.with_units(best.units),
        f"--params {num_params}: {_units(best.units)}, {best.num_params:,} parameters",
    )


def size_of(experiment: Experiment) -> int:
    """Number of trainable parameters of an experiment's model, which is not kept."""
    with own_randomness(experiment.seed, "sizing"):
        return _counter(experiment)(experiment.settings.units)


class _Sizes:
    """The sizes that were measured, each once; a refused number of units has none."""

    def __init__(self, count: Callable[[int], int]):
        self._count = count
        self._known: dict[int, int | None] = {}
        self.refusal: UsageError | None = None

    def of(self, units: int) -> _Size | None:
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
        return None if num_params is None else _Size(units, num_params)

    def nearest(self, units: int, low: int, high: float) -> _Size | None:
        """The size with this number of units between two bounds, or the next to it."""
        for distance in range(_WIDEST_GAP + 1):
            for other in dict.fromkeys((units - distance, units + distance)):
                if low < other < high and (found := self.of(other)):
                    return found
        return None

    @property
    def measured(self) -> list[_Size]:
        """All sizes that are known, the smallest first."""
        return [
            _Size(units, count)
            for units, count in sorted(self._known.items())
            if count is not None
        ]


def _around(sizes: _Sizes, wanted: int) -> tuple[_Size | None, _Size | None]:
    """The largest model that is not larger, and the smallest that is larger."""
    below = sizes.nearest(1, 0, math.inf)
    if below is None:
        assert sizes.refusal is not None
        raise sizes.refusal
    if below.num_params > wanted:
        return None, below
    above: _Size | None = None
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
    measured: list[_Size], below: _Size, above: _Size | None, wanted: int
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


def _counter(experiment: Experiment) -> Callable[[int], int]:
    """A function that counts the parameters of the model with a number of units."""
    features, _, _ = experiment.first_batch
    one = tf.nest.map_structure(lambda part: part[:1], features)  # (1, T, …)

    def count(units: int) -> int:
        # a layer is built once: each model needs an encoder and a head of its own
        task = build_task(experiment.task_entry, experiment.options, seed=0)
        settings = dataclasses.replace(experiment.settings, units=units)
        return count_params(build_model(task, experiment.make_cell, settings, one))

    return count


def _units(units: int) -> str:
    return "1 unit" if units == 1 else f"{units:,} units"
