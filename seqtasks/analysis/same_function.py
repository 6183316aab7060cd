"""Whether two cells are one function: on the same weights and inputs, every number.

What ``seqtasks trace --against`` shows step by step, as one answer. The weights are
moved away from their initial values first: of a bias of zero nothing could be seen.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqtasks.analysis.rollout import to_numpy
from seqtasks.analysis.trace_against import (
    cell_weights,
    first_difference,
    share_weights,
)
from seqtasks.analysis.tracing import trace
from seqtasks.analysis.word import word_subject
from seqtasks.training.experiment import build_cell, find_cell

# letters come again, so that equal inputs meet other states
_TEXT, _UNITS, _SEED = "recurrences", 4, 0
_NOISE = 0.3


def same_function(
    cell: str, options: Mapping[str, Any], against: str
) -> tuple[bool, list[str]]:
    """Compares two cells over a few steps.

    Args:
        cell: Name of the one, or path of a file that defines it.
        options: Values of its options.
        against: Name or path of the other, which is given the weights of the first.

    Returns:
        Whether they are the same function, and sentences for it: of those that cannot
        be given the same weights, that they were not compared.

    Raises:
        UsageError: If there is no such cell, or one of them cannot run.
    """
    cells = [find_cell(cell, options), find_cell(against, {})]
    first, second = (entry.name for entry, _ in cells)
    widths = [build_cell(*one, _UNITS).output_size for one in cells]
    if widths[0] != widths[1]:
        return False, [
            f"{first} and {second} are not the same function: with {_UNITS} units the "
            f"output of {first} is {widths[0]} wide, that of {second} {widths[1]}."
        ]
    subject = word_subject(_TEXT, cell, options, _UNITS, _SEED)
    noise = np.random.default_rng(_SEED)
    for variable in cell_weights(subject).values():
        value = to_numpy(variable)
        variable.assign(value + noise.uniform(-_NOISE, _NOISE, value.shape))
    other = subject.with_cell(against, {})
    shared = share_weights(subject, other)
    if cell_weights(other) and not shared.given:
        return False, [
            f"{first} and {second} were not compared, as they cannot be given the same "
            f"weights: none of {second} ({_shapes(other)}) has the shape of one of "
            f"{first} ({_shapes(subject)}). Compare with a cell of the same weights."
        ]
    ours, theirs = trace(subject), trace(other)
    steps = len(ours.steps)
    given = ", ".join(f"{name} = {origin}" for name, origin in shared.given)
    lines = [f"{second} was given the weights of {first}: {given}."] if given else []
    difference = first_difference(ours, theirs)
    own = ", ".join(shared.own)
    if difference is None:
        only = f", as long as {own} of {second} has its initial value" if own else ""
        lines.append(
            f"{first} and {second} are the same function, given the same weights"
            f"{only}: outputs and states of {steps} steps are equal to rounding."
        )
        return True, lines
    if own:
        lines.append(
            f"{own} of {second} has no counterpart in {first}, and keeps a value of "
            f"its own: the difference may come from that."
        )
    one, two = difference.values
    lines.append(
        f"{first} and {second} are not the same function: they differ first in "
        f"{difference.quantity} of step {difference.step} (of 0 to {steps - 1}), by up "
        f"to {float(np.max(np.abs(one - two))):.2g}. `seqtasks trace machine --cell "
        f"{cell} --against {against}` shows a step of both in full."
    )
    return False, lines


def _shapes(subject) -> str:
    weights = cell_weights(subject).items()
    return ", ".join(f"{name} {tuple(one.shape)}" for name, one in weights) or "none"
