"""Where the numbers of an X-ray mislead in this run."""

import numpy as np

from seqtasks.analysis.xray_record import XRay
from seqtasks.reports.numbers import counted

# a gradient so far below its largest, and a swap that still moves the output so much
_NO_GRADIENT, _STILL_MOVES = 0.01, 0.05

_MANY = 0.25

# outputs that differ by less than this share of their norm
_ALIKE = 0.05


def warnings_of(xray: XRay, stateful: bool, overflow: int | None) -> list[str]:
    """Sentences for the person who reads the numbers.

    Args:
        xray: The X-ray.
        stateful: True if the state is carried from window to window.
        overflow: First lag at which a gradient overflowed; ``None`` for none.
    """
    return [
        *_of_gradients(xray, overflow),
        *_of_saturation(xray),
        *_of_examples(xray, stateful),
    ]


def _of_gradients(xray: XRay, overflow: int | None) -> list[str]:
    found = []
    gradient = xray.state_gradient
    if gradient.without:
        found.append(
            f"The gradient of {counted(gradient.without, 'sequence')} is exactly 0 at "
            f"lag 1: the loss is saturated there, or the last state is. They are left "
            f"out of the curve, which knows nothing of their memory."
        )
    if overflow is not None:
        found.append(
            f"The gradient overflows from lag {overflow} on: it explodes, and the "
            f"curve is cut there."
        )
    # what one step's largest eigenvalue would leave, against what is left
    back = max(gradient.reach - 1, 0)
    if back > 1 and min(xray.radius.median, 1.0) ** back < 1e-4:
        found.append(
            f"By the spectral radius alone, {xray.radius.median:.3f}, next to nothing "
            f"would be left at lag {gradient.reach}, where 1 % of the gradient is: "
            f"steps hand on from direction to direction. Trust the gradient."
        )
    if xray.influence.distance < _ALIKE:
        found.append(
            f"The outputs at the last step hardly depend on the example: two differ by "
            f"{xray.influence.distance:.1%} of their size. What a swapped input moves "
            f"is a share of that."
        )
    elif lags := hidden_lags(xray):
        found.append(
            f"At lag {_listed(lags)} the gradient is below 1 % of its largest, but "
            f"another input there still moves the output: the cell remembers through "
            f"saturation, where gradients are near 0. Trust the swapped inputs."
        )
    return found


def hidden_lags(xray: XRay) -> list[int]:
    """Lags of inputs that have next to no gradient and move the output all the same."""
    influence = xray.influence
    largest = max(influence.gradient.middle)
    lags, norms = influence.gradient.at, influence.gradient.middle
    return [
        int(lag)
        for lag, moved in zip(influence.swap.at, influence.swap.middle, strict=True)
        if lag <= lags[-1]
        and moved > _STILL_MOVES
        and np.interp(lag, lags, norms) <= _NO_GRADIENT * largest
    ]


def _of_saturation(xray: XRay) -> list[str]:
    saturated = xray.states.saturated
    if saturated is None or saturated < _MANY:
        return []
    return [
        f"{saturated:.0%} of the outputs are beyond ±0.97, where tanh is flat: a small "
        f"gradient through them is not a small memory."
    ]


def _of_examples(xray: XRay, stateful: bool) -> list[str]:
    found = []
    if stateful:
        found.append(
            f"The state is carried from window to window: what is older than the "
            f"{xray.longest} steps of a window is remembered too, and not measured."
        )
    if not xray.loss.each_step:
        found.append(
            "The task has one target, at the end: the loss at earlier steps is that "
            "of the head if the sequence ended there, for which it was not trained."
        )
    if xray.shortest < xray.longest:
        found.append(
            f"The examples have {xray.shortest} to {xray.longest} steps: padding does "
            f"not count, lags are as far as half of the examples reach, and positions "
            f"are shares of each example's own length."
        )
    if xray.examples < 8:
        found.append(
            f"Only {xray.examples} examples: quartiles over so few mean little."
        )
    return found


def _listed(lags: list[int]) -> str:
    shown = ", ".join(map(str, lags[:6]))
    return f"{shown} and {len(lags) - 6} more" if len(lags) > 6 else shown
