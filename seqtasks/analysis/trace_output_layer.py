"""The output layer of an enlarged step: logits, the distribution, the loss."""

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.analysis.trace import Step, Trace
from seqtasks.analysis.trace_canvas import (
    QUIET,
    TEXT,
    WIDTH,
    largest,
    matrix,
    short,
    shown,
    subscript,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# between these lines are the values of a step, in pixels from the top
TOP, BOTTOM = 572, 822
MIDDLE = (TOP + BOTTOM) / 2
ROW = 32
# width of a vector
COLUMN = 60
# from here on it is the output
LEFT = 1080
# rows of numbers that fit
ROWS = 12


def output_layer(axes: "Axes", trace: Trace, step: Step, line: str) -> None:
    """Draws what a step makes of its h_t, with the true class marked.

    Args:
        axes: The axes, in pixels.
        trace: The trace.
        step: The step.
        line: Colour of the arrow to the output.
    """
    axes.plot((LEFT - 34, LEFT - 34), (540, 885), color=line, linewidth=3)
    now = subscript(step.index)
    x = LEFT
    write(
        axes,
        x,
        530,
        f"output layer of h{now}",
        16,
        ha="left",
        weight="bold",
        color=line,
    )
    if step.distribution is not None and step.logits is not None:
        _classes(axes, trace, step)
    elif step.prediction is not None:
        values = np.ravel(step.prediction)
        high = min(ROW * len(values), BOTTOM - TOP)
        write(axes, x + 60, MIDDLE - high / 2 - 12, "prediction", 14)
        matrix(axes, x, MIDDLE - high / 2, 120, high, values)
        for row, part in enumerate(textwrap.wrap(shown(step.target or "", 200), 40)):
            write(axes, x + 160, MIDDLE + 18 * row, part, 14, ha="left")
        if step.target:
            write(axes, x + 160, MIDDLE - 22, "target", 14, ha="left", weight="bold")
    else:
        write(
            axes,
            x,
            MIDDLE,
            "This task has no output at this step.",
            16,
            ha="left",
            color=QUIET,
        )
    if step.loss is None:
        return
    unit = shown(trace.loss_unit, 24)
    text = f"loss = {short(step.loss)} {unit}"
    if step.target_index is not None and step.distribution is not None:
        share = f"{step.distribution[step.target_index]:.3g}".replace("-", "−")
        text = f"loss = −ln p(target) = −ln {share} = {short(step.loss)} {unit}"
    write(axes, x, 860, text, 18, ha="left", weight="bold")
    if step.perplexity is not None:
        text = f"perplexity of the steps so far: {short(step.perplexity)}"
        write(axes, x, 882, text, 14, ha="left", color=QUIET)


def _classes(axes: "Axes", trace: Trace, step: Step) -> None:
    """A row for each class: label, logit, probability; the true one marked."""
    from matplotlib.patches import Rectangle

    assert step.distribution is not None
    assert step.logits is not None
    p, logits = np.ravel(step.distribution), np.ravel(step.logits)
    rows = list(range(len(p)))
    if len(rows) > ROWS - 1:
        # the likeliest, and the true one
        rows = [int(i) for i in np.argsort(-p, kind="stable")[: ROWS - 2]]
        if step.target_index is not None and step.target_index not in rows:
            rows[-1] = step.target_index
    high = min(ROW - 4, (BOTTOM - TOP - 12) / len(rows))
    top = max(TOP + 12, MIDDLE - high * len(rows) / 2)
    x = LEFT + 90
    write(axes, x + COLUMN / 2, top - 12, "logits", 13, color=QUIET)
    kind = "softmax" if abs(p.sum() - 1) < 1e-3 else "sigmoid"
    write(axes, x + 100, top - 12, kind, 13, ha="left", color=QUIET)
    scale, most = largest(logits), max(largest(p), 1e-9)
    room = WIDTH - 40 - 150 - (x + 100)
    for row, number in enumerate(rows):
        y = top + row * high
        true = number == step.target_index
        weight = "bold" if true else "normal"
        label = trace.classes[number] if number < len(trace.classes) else str(number)
        label, size = shown(label, 13), 15 if len(label) < 9 else 12
        write(axes, x - 12, y + high / 2, label, size, ha="right", weight=weight)
        matrix(axes, x, y, COLUMN, high, logits[number : number + 1], scale)
        long = room * max(float(p[number]), 0) / most
        bar = Rectangle(
            (x + 100, y + 3), long, high - 6, facecolor=TEXT if true else "#a7aeb8"
        )
        if true:
            bar.set_gid("true-worked")
        axes.add_patch(bar)
        text = short(float(p[number])) + ("  ← target" if true else "")
        write(axes, x + 108 + long, y + high / 2, text, 14, ha="left", weight=weight)
    if len(rows) < len(p):
        text = f"and {len(p) - len(rows)} less likely classes"
        y = top + len(rows) * high + 12
        write(axes, x + 100, y, text, 13, ha="left", color=QUIET)
