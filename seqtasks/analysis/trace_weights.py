"""Which arrow of a recurrent network a weight belongs to, by its name and shape."""

import dataclasses

import numpy as np

from seqtasks.analysis.trace import Trace

# what the cells call the matrices that multiply a state
_OF_STATES = ("recurrent", "hidden", "memory")


@dataclasses.dataclass(frozen=True)
class Arrows:
    """The names of the weights at the three arrows of a recurrent network.

    One matrix that multiplies [x_t; h_{t-1}] is at two of them.

    Args:
        input: Weights between x_t and the cell.
        recurrent: Weights between h_{t-1} and the cell.
        output: Weights between h_t and the output.
        inside: The cell's other weights, as biases.
    """

    input: tuple[str, ...]
    recurrent: tuple[str, ...]
    output: tuple[str, ...]
    inside: tuple[str, ...]

    @property
    def joint(self) -> bool:
        """Is one matrix at the arrows of x_t and of h_{t-1}?"""
        return bool(self.input) and self.input == self.recurrent


def arrows(trace: Trace) -> Arrows:
    """The weights at each arrow.

    Args:
        trace: The trace.
    """
    first = trace.steps[0]
    features = len(np.ravel(first.input))
    width = features + len(np.ravel(first.states_before[0]))
    states = {len(np.ravel(state)) for state in first.states_before}
    found: dict[str, list[str]] = {"input": [], "recurrent": [], "output": []}
    inside = []
    for name, weight in trace.weights.items():
        matrix = weight.ndim > 1 and "bias" not in name
        if name.startswith("output."):
            found["output"].append(name)
        elif matrix and any(part in name for part in _OF_STATES):
            found["recurrent"].append(name)
        elif matrix and len(weight) == width:
            found["input"].append(name)
            found["recurrent"].append(name)
        elif matrix and len(weight) in states and _is_without_state(trace, name):
            found["recurrent"].append(name)
        elif matrix and len(weight) == features:
            found["input"].append(name)
        else:
            inside.append(name)
    return Arrows(**{k: tuple(v) for k, v in found.items()}, inside=tuple(inside))


def _is_without_state(trace: Trace, name: str) -> bool:
    """Is a weight without a gradient at the first step, whose state is zero?

    Nothing else shows what a matrix of a person's own cell multiplies, if it has as
    many rows as there are units.
    """
    if any(state.any() for state in trace.steps[0].states_before):
        return False
    first, *later = (gradient.weights[name] for gradient in trace.gradients)
    return not first.any() and any(term.any() for term in later)
