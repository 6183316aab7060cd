"""The words of an X-ray: what each quantity means, and how its value is written."""

import textwrap

from seqtasks.analysis.xray_record import XRay
from seqtasks.reports.numbers import counted, rounded

# one plain sentence a quantity, for the terminal and for the report
MEANINGS = {
    "state gradient": "How much a small change of the state k steps before the last "
    "would change the loss at the last step; 1 is the change at k = 1.",
    "input influence": "How much the output at the last step depends on the input k "
    "steps before it: by the gradient, and by how far the output moves if that input "
    "is replaced by another example's, where 1 is the distance between the outputs of "
    "two examples.",
    "spectral radius": "The factor a step by which one step, repeated for ever, would "
    "stretch the state: below 1 it forgets, at 1 it keeps, above 1 it explodes.",
    "gates": "How often a gate is nearly closed (below 0.1) or nearly open (above "
    "0.9): there its gradient is small, and it acts as a switch.",
    "units": "A dead unit hardly varies, and a duplicate repeats another (correlation "
    "beyond ±0.99): on these examples the layer could do without them.",
    "dimension": "Number of directions in which the states really vary: by the "
    "participation ratio of their principal components, and as the number of "
    "components that hold 90 % of the variance.",
    "loss": "Where along the sequence the loss is high, and where it falls.",
}

# where each misleads, whatever the run
CAUTIONS = {
    "state gradient": "A gradient of 0 through a saturated unit is not a memory of 0; "
    "compare the swapped inputs.",
    "input influence": "Swapping an input that is the same in all examples moves "
    "nothing, however well it is remembered; the gradient also counts directions that "
    "no input takes.",
    "spectral radius": "It counts directions that the output never reads, and single "
    "steps: a delay line has the radius 0 and remembers for its whole length.",
    "dimension": "Directions of small variance may hold what matters.",
}

_WIDTH = 79


def half_life(xray: XRay) -> str:
    """The half-life in steps, as in ``12.3``, ``~32.0`` where it is that of a fit."""
    gradient = xray.state_gradient
    if gradient.norm == 0:
        return "not known"
    if gradient.half_life is None:
        return "infinite" if gradient.growth <= 1 else "none, grows"
    return f"{'' if gradient.measured else '~'}{rounded(gradient.half_life)}"


def half_way(xray: XRay) -> str:
    """The step by which half of the loss has fallen, as in ``5 of 40``."""
    if xray.loss.half_way is None:
        return "no fall"
    return f"{step_of(xray, xray.loss.half_way)} of {xray.loss.steps}"


def step_of(xray: XRay, place: float) -> int:
    """The step, from 1, at a position of the longest example."""
    return min(xray.loss.steps, int(place * xray.loss.steps) + 1)


def dimension(xray: XRay) -> str:
    """The participation ratio, as in ``2.5 of 64``."""
    return f"{xray.states.participation:.1f} of {xray.states.size}"


def steps(xray: XRay) -> str:
    """The lengths of the examples, as in ``17 to 25 words``."""
    name = xray.step_name
    if xray.shortest == xray.longest:
        return counted(xray.longest, name)
    return f"{xray.shortest} to {counted(xray.longest, name)}"


def short(value: float) -> str:
    """Two significant digits."""
    return "0" if value == 0 else f"{value:.2g}"


def wrapped(text: str, indent: str = "") -> list[str]:
    """The lines of a sentence in a terminal of 80 columns."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent or "  "
    )
