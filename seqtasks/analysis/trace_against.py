"""Two cells on one example, side by side: the same weights, and where they differ."""

import dataclasses
from collections import Counter
from typing import Any

import keras
import numpy as np

from seqtasks.analysis.subject import Subject
from seqtasks.analysis.trace import Step, Trace

# rounding of float32, over a few steps
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5


@dataclasses.dataclass(frozen=True)
class Difference:
    """The first quantity in which two traces differ by more than rounding.

    Args:
        step: Time step.
        quantity: Name of the quantity, as in ``"candidate"`` or ``"h_t"``.
        values: Its values in the first and in the second trace.
    """

    step: int
    quantity: str
    values: tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class SharedWeights:
    """The weights that a second cell was given.

    Args:
        given: Pairs of a weight of the second cell and where its value is from, as in
            ``("W_x", "kernel, rows 0 to 6")``.
        own: Weights of the second cell that were drawn by its own initializers.
    """

    given: tuple[tuple[str, str], ...]
    own: tuple[str, ...]


def share_weights(first: Subject, second: Subject) -> SharedWeights:
    """Gives the second subject's cell the weights of the first's.

    A weight goes to one of the same name and shape; else to the one that alone has the
    same shape. A kernel over x_t and h_{t-1}, ``(features + units, width)``, is cut for
    a cell that has two, or put together from two.

    Args:
        first: The subject whose weights are read.
        second: The subject whose cell's weights are set.
    """
    source, target = cell_weights(first), cell_weights(second)
    given: list[tuple[str, str]] = []

    def give(name: str, value: np.ndarray, origin: str, *used: str) -> None:
        target.pop(name).assign(value)
        given.append((name, origin))
        for one in used:
            del source[one]

    for name in [n for n in target if n in source]:
        if source[name].shape == target[name].shape:
            give(name, source[name].numpy(), name, name)
    for name in [*target]:
        shape = target[name].shape
        alike = [n for n in source if source[n].shape == shape]
        if len(alike) == 1 == _count(target, shape):
            give(name, source[alike[0]].numpy(), alike[0], alike[0])
    for name in [n for n in source if len(source[n].shape) == 2]:
        parts = _stacked(tuple(source[name].shape), target, second.settings.units)
        if parts:
            value, rows = source[name].numpy(), target[parts[0]].shape[0]
            above, below = parts
            give(above, value[:rows], f"{name}, rows 0 to {rows - 1}")
            last = value.shape[0] - 1
            give(below, value[rows:], f"{name}, rows {rows} to {last}", name)
    for name in [n for n in target if len(target[n].shape) == 2]:
        parts = _stacked(tuple(target[name].shape), source, second.settings.units)
        if parts:
            value = np.concatenate([source[one].numpy() for one in parts])
            give(name, value, f"{parts[0]} above {parts[1]}", *parts)
    return SharedWeights(tuple(given), tuple(target))


def first_difference(first: Trace, second: Trace) -> Difference | None:
    """The first step after which outputs, states or predictions differ.

    Within it, the first intermediate value that both cells name and that differs is the
    quantity; if they share none that does, it is the state or the output itself.
    """
    for left, right in zip(first.steps, second.steps, strict=False):
        results = _results(first, left), _results(second, right)
        common = [n for n in results[0] if n in results[1]]
        if not any(_differ(results[0][n], results[1][n]) for n in common):
            continue
        named = _named_values(left), _named_values(right)
        quantities = [(n, named) for n in named[0] if n in named[1]]
        quantities += [(n, results) for n in common]
        for name, (of_left, of_right) in quantities:
            if _differ(of_left[name], of_right[name]):
                return Difference(left.index, name, (of_left[name], of_right[name]))
    return None


def common_values(
    left: Step, right: Step, first: Trace, second: Trace
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The quantities of a step that both traces have by one name and shape."""
    named = _named_values(left) | _results(first, left)
    others = _named_values(right) | _results(second, right)
    return {
        name: (value, others[name])
        for name, value in named.items()
        if name in others and others[name].shape == value.shape
    }


def differ(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays differ by more than rounding; NaN equals NaN."""
    return not np.allclose(left, right, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)


def _differ(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and differ(left, right)


def _named_values(step: Step) -> dict[str, np.ndarray]:
    """The values that have names; of a name that comes again, each by its count."""
    counts: Counter[str] = Counter()
    found = {}
    for value in step.values:
        if value.name:
            counts[value.name] += 1
            count = counts[value.name]
            found[value.name if count == 1 else f"{value.name} ({count})"] = value.value
    return found


def _results(trace: Trace, step: Step) -> dict[str, np.ndarray]:
    """What a step hands on, by name."""
    found = {"h_t": step.output}
    for name, state in zip(trace.state_names, step.states, strict=True):
        found.setdefault(f"{name}_t", state)
    for name, value in (("logits", step.logits), ("prediction", step.prediction)):
        if value is not None:
            found[name] = value
    return found


def cell_weights(subject: Subject) -> dict[str, Any]:
    """The trainable variables of the cell that is traced, by name."""
    layer: Any = subject.model.recurrence[subject.layer]
    if isinstance(layer, keras.layers.Bidirectional):
        layer = layer.forward_layer
    found: dict[str, Any] = {}
    for variable in layer.cell.trainable_variables:
        name, count = variable.name, 2
        while name in found:
            name, count = f"{variable.name}_{count}", count + 1
        found[name] = variable
    return found


def _count(weights: dict[str, Any], shape: Any) -> int:
    return sum(one.shape == shape for one in weights.values())


def _stacked(
    shape: tuple[int, ...], weights: dict[str, Any], units: int
) -> tuple[str, str] | None:
    """The two weights that, one above the other, have a shape; x_t's is the upper."""
    upper = [
        n for n in weights if tuple(weights[n].shape) == (shape[0] - units, shape[1])
    ]
    lower = [n for n in weights if tuple(weights[n].shape) == (units, shape[1])]
    pairs = {(a, b) for a in upper for b in lower if a != b}
    if upper == lower and len(upper) == 2:  # as many features as units: in their order
        return upper[0], upper[1]
    return pairs.pop() if len(pairs) == 1 else None
