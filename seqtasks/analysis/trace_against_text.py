"""Two traces side by side, as text of 80 columns."""

from collections.abc import Iterator

import numpy as np

from seqtasks.analysis.trace import Trace
from seqtasks.analysis.trace_against import (
    Difference,
    SharedWeights,
    common_values,
    differ,
)
from seqtasks.analysis.trace_text import shown
from seqtasks.analysis.vector_text import number_in_text, tagged, vector_in_text

_MOST = 16


def against_in_text(
    first: Trace,
    second: Trace,
    difference: Difference | None,
    shared: SharedWeights | None,
    step: int | None = None,
) -> str:
    """Where two cells differ, a line a step, and one step of both in full.

    Args:
        first: The first trace.
        second: The second trace, of the same example.
        difference: The first difference; ``None`` if there is none.
        shared: Weights that the second cell was given; ``None`` for two runs, of which
            each has its own.
        step: Number of the step to write in full; ``None`` for that of the difference.
    """
    lines = [*tagged(f"1  {first.title}", "", indent=0)]
    lines += tagged(f"2  {second.title}", "", indent=0)
    lines += ["", *_weights(shared), "", *_table(first, second, difference), ""]
    lines += _verdict(first, second, difference, shared)
    if step is None and difference is not None:
        step = difference.step
    if step is not None:
        lines += _side_by_side(first, second, difference, step)
    return "\n".join(line.rstrip() for line in lines)


def _weights(shared: SharedWeights | None) -> Iterator[str]:
    if shared is None:
        yield "Each run has its own weights."
        return
    for name, origin in shared.given:
        yield from tagged(f"{name} of 2 = {origin} of 1", "the same weights", indent=0)
    for name in shared.own:
        text = f"{name} of 2 has no counterpart in 1: it is drawn by the seed"
        yield from tagged(text, "", indent=0)


def _table(first: Trace, second: Trace, difference: Difference | None) -> Iterator[str]:
    yield (
        f"  {'step':>4}  {'input':<14}{'target':<14}{'largest difference':>19}"
        f"{'loss of 1':>12}{'loss of 2':>12}"
    )
    for left, right in zip(first.steps, second.steps, strict=True):
        apart = float(np.abs(left.output - right.output).max())
        mark = difference is not None and difference.step == left.index
        losses = (
            "" if one.loss is None else number_in_text(one.loss)
            for one in (left, right)
        )
        target = "" if left.target is None else shown(left.target)[:13]
        yield (
            f"{'→' if mark else ' '} {left.index:>4}  {shown(left.label)[:13]:<14}"
            f"{target:<14}{number_in_text(apart) + ' of h_t':>19}"
            + "".join(f"{loss:>12}" for loss in losses)
        )


def _verdict(
    first: Trace,
    second: Trace,
    difference: Difference | None,
    shared: SharedWeights | None,
) -> Iterator[str]:
    if difference is None:
        yield "No difference: outputs, states and predictions are equal to rounding."
        return
    before = "no step before it differs"
    if difference.step == 0:
        before = "it is the first step"
    yield from tagged(
        f"First difference: {difference.quantity} of step {difference.step}; {before}.",
        "",
        indent=0,
    )
    if shared is not None and shared.own:
        yield from tagged(
            f"That may come from weights that were not the same: "
            f"{', '.join(shared.own)}.",
            "",
            indent=0,
        )


def _side_by_side(
    first: Trace, second: Trace, difference: Difference | None, step: int
) -> Iterator[str]:
    yield ""
    yield f"step {step}; ≠ marks what differs; 1 above 2"
    left, right = first.steps[step], second.steps[step]
    for name, (one, other) in common_values(left, right, first, second).items():
        apart = differ(one, other)
        is_first = difference is not None and (
            difference.step,
            difference.quantity,
        ) == (step, name)
        tag = ""
        if apart:
            largest = number_in_text(float(np.nanmax(np.abs(one - other))))
            tag = f"{'the first, ' if is_first else ''}by up to {largest}"
        yield from tagged(f"{'≠' if apart else '='} {name}", tag)
        for value in (one, other) if apart else (one,):
            yield from vector_in_text(value, _MOST)
    known = common_values(left, right, first, second)
    for number, trace in ((1, first), (2, second)):
        alone = [
            value.name
            for value in trace.steps[step].values
            if value.name and value.name not in known
        ]
        if alone:
            yield from tagged(f"only {number} names: {', '.join(alone)}", "")
