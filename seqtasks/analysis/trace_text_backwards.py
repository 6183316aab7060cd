"""The gradients of a trace as text: back-propagation through time."""

from collections.abc import Iterable, Iterator, Sequence

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
# of a strip or a bar beside numbers
_ROOM = WIDTH - 36


def backwards_in_text(trace: Trace, whole: Sequence[int], most: int) -> Iterator[str]:
    """The gradients, from the last step to the first.

    Args:
        trace: The trace.
        whole: Numbers of the steps of which all is written.
        most: The largest number of numbers of a vector that are all written.
    """
    yield ""
    alone = len(whole) == 1 and len(trace.steps) > 1
    if trace.has_loss:
        yield "BACKWARDS, through time; L is the loss of the whole example"
    else:
        yield "BACKWARDS; without a target there is no loss L to take the gradient of"
    if not alone:
        yield ""
        few = len(trace.steps) <= _MOST_COLUMNS
        yield from _by_loss(trace) if few else _by_step(trace)
        if any(g.by_loss[: g.index].any() for g in trace.gradients):
            yield "Losses of s < t count too: a layer above reads backwards."
    for index in reversed(whole):
        yield from _step(trace, trace.gradients[index], most)
    if trace.has_loss and alone:
        yield from _terms(trace, trace.gradients[whole[0]], most)
    elif trace.has_loss:
        yield from _sums(trace, most)


def _by_loss(trace: Trace) -> Iterator[str]:
    """Which loss reaches which state, and the norms of the Jacobians, in numbers."""

    def row(label: str, values: Iterable[float], blank: int = 0) -> str:
        cells = (number_in_text(value) for value in values)
        return f"{label:>8} {' ' * 8 * blank}" + "".join(f"{one:>8}" for one in cells)

    steps = range(len(trace.steps))
    if trace.has_loss:
        yield "norm of d(loss of step s)/dh_t: a row for each t, a column for each s"
        yield row("t \\ s", steps)
        for t, gradient in enumerate(trace.gradients):
            yield row(str(t), gradient.by_loss[t:], blank=t)
        yield ""
    yield "∂h_t/∂h_{t-1}: spectral norm and spectral radius of each t"
    yield row("t", steps)
    yield row("norm", (gradient.norm for gradient in trace.gradients))
    yield row("radius", (gradient.radius for gradient in trace.gradients))


def _by_step(trace: Trace) -> Iterator[str]:
    """The same, a line a step, with a strip or a bar."""
    totals = [
        float(np.linalg.norm(np.concatenate(gradient.state)))
        for gradient in trace.gradients
    ]
    losses = sum(step.loss is not None for step in trace.steps)
    yield "‖∂L/∂h_t‖; norm and spectral radius of ∂h_t/∂h_{t-1};"
    if losses > 1:
        yield "a strip: norm of d(loss of step s)/dh_t for s from t to the last step"
    else:
        yield "a bar as long as ‖∂L/∂h_t‖"
    yield f"{'step':>4} {'‖∂L/∂h_t‖':>10} {'norm':>8} {'radius':>8}"
    for total, gradient in zip(totals, trace.gradients, strict=True):
        drawn = strip(gradient.by_loss[gradient.index :], _ROOM, least=0)
        if losses <= 1:
            share = total / max(totals) if max(totals) > 0 else 0.0
            drawn = "█" * round(_ROOM * share)
        yield (
            f"{gradient.index:4} {number_in_text(total):>10} "
            f"{number_in_text(gradient.norm):>8} {number_in_text(gradient.radius):>8}  "
            f"{drawn}"
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
