"""The gradients of a trace as text: back-propagation through time."""

from collections.abc import Iterator, Sequence

import numpy as np

from seqtasks.analysis.trace import StepGradient, Trace
from seqtasks.analysis.vector_text import (
    WIDTH,
    matrix_in_text,
    number_in_text,
    strip,
    tagged,
    vector_in_text,
)

# so many steps fit side by side
_MOST_COLUMNS = 8


def backwards_in_text(trace: Trace, whole: Sequence[int], most: int) -> Iterator[str]:
    """The gradients, from the last step to the first.

    Args:
        trace: The trace.
        whole: Numbers of the steps of which all is written.
        most: The largest number of numbers of a vector that are all written.
    """
    yield ""
    alone = len(whole) == 1 and len(trace.steps) > 1
    if np.isnan(trace.loss):
        yield "BACKWARDS; without a target there is no loss L, and its gradient is 0"
    else:
        yield "BACKWARDS, through time; L is the loss of the whole example"
    if not alone:
        yield from _by_loss(trace)
    for index in reversed(whole):
        yield from _step(trace, trace.gradients[index], most)
    if alone:
        yield from _terms(trace, trace.gradients[whole[0]], most)
    else:
        yield from _sums(trace, most)


def _by_loss(trace: Trace) -> Iterator[str]:
    """Which loss reaches which state, in numbers or as a strip a step."""
    steps = len(trace.steps)
    yield ""
    if steps <= _MOST_COLUMNS:
        yield from tagged(
            "norm of d(loss of step s)/dh_t: a row for each t, a column for each s", ""
        )
        yield "   t \\ s " + "".join(f"{s:>8}" for s in range(steps))
        for gradient in trace.gradients:
            cells = (
                number_in_text(value) if s >= gradient.index else ""
                for s, value in enumerate(gradient.by_loss)
            )
            row = "".join(f"{cell:>8}" for cell in cells)
            yield f"  {gradient.index:>6} {row}"
        return
    yield "‖∂L/∂h_t‖; norm and spectral radius of ∂h_t/∂h_{t-1}; the strip:"
    yield "norm of d(loss of step s)/dh_t for s from t to the last step, from 0"
    yield f"{'step':>4} {'‖∂L/∂h_t‖':>10} {'norm':>8} {'radius':>8}  losses"
    for gradient in trace.gradients:
        total = float(np.linalg.norm(np.concatenate(gradient.state)))
        yield (
            f"{gradient.index:4} {number_in_text(total):>10} "
            f"{number_in_text(gradient.norm):>8} {number_in_text(gradient.radius):>8}  "
            f"{strip(gradient.by_loss[gradient.index :], WIDTH - 36, least=0)}"
        )


def _step(trace: Trace, gradient: StepGradient, most: int) -> Iterator[str]:
    yield ""
    yield f"step {gradient.index}, backwards"
    for name, state in zip(trace.state_names, gradient.state, strict=True):
        yield from tagged(f"∂L/∂{name}_t", "from its own loss and all later ones")
        yield from vector_in_text(state, most)
    names = "h" if len(trace.state_names) == 1 else "states"
    yield from tagged(
        f"∂{names}_t/∂{names}_{{t-1}}: spectral norm {number_in_text(gradient.norm)}, "
        f"spectral radius {number_in_text(gradient.radius)}",
        "Jacobian",
    )
    yield from matrix_in_text(gradient.jacobian, most * most)


def _terms(trace: Trace, gradient: StepGradient, most: int) -> Iterator[str]:
    """One step's term of the gradient of each weight."""
    for name, term in gradient.weights.items():
        yield from tagged(f"∂L/∂{name}, the term of this step", "")
        yield from matrix_in_text(term, most * 4)


def _sums(trace: Trace, most: int) -> Iterator[str]:
    """The gradient of each weight as a sum over steps."""
    few = len(trace.steps) <= _MOST_COLUMNS
    yield ""
    yield "the gradient of a weight is the sum of the terms of all steps; their norms,"
    yield "from step 0 on, and the sum:"
    for name in trace.weights:
        terms = np.array([np.linalg.norm(g.weights[name]) for g in trace.gradients])
        total = np.sum([g.weights[name] for g in trace.gradients], axis=0)
        norm = number_in_text(float(np.linalg.norm(total)))
        yield from tagged(f"∂L/∂{name}", f"norm {norm}")
        if few:
            yield "  terms " + "".join(f"{number_in_text(term):>8}" for term in terms)
            yield from matrix_in_text(total, most * most)
        else:
            yield f"  terms   {strip(terms, WIDTH - 16, least=0)}"
