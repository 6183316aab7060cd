"""A recurrent network unfolded over the steps of a trace, with values at the arrows."""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from seqtasks.analysis.trace import Step, Trace
from seqtasks.analysis.trace_canvas import (
    QUIET,
    TEXT,
    WIDTH,
    arrow,
    bars,
    box,
    fixed,
    frame,
    largest,
    scaled,
    short,
    show,
    shown,
    strip,
    subscript,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# steps that fit beside each other
_MOST = 12
# numbers of h_t that are written at its arrow
_WRITTEN = 4
# series that are drawn as lines; wider vectors are columns of an image
_LINES = 8

# the rows, in pixels from the top
_TARGET, _PROBABILITY, _LOSS, _BARS, _CLASSES = 100, 122, 142, 212, 223
OUTPUT, CELL, BELOW, _INPUT = 240, 306, 372, 396
_LABEL, _VECTOR, STEP, _GRADIENT = 419, 431, 449, 468
HALF = 33
# where frames, spectra and series are drawn
_PICTURE, _TALL = 387, 48
# room for the names of the rows, and for h_0 before the first cell
_LEFT, _FIRST, _RIGHT = 506, 530, WIDTH - 60


@dataclasses.dataclass(frozen=True)
class _Column:
    """The place of a step; a column without one stands for those left out."""

    step: Step | None
    x: float
    width: float

    @property
    def half(self) -> float:
        """Half the width of the cell's box, or of the dots."""
        return 18 if self.step is None else min(42.0, self.width * 0.22)


def unfolded(axes: "Axes", trace: Trace, colours: dict[str, str], worked: int) -> None:
    """Draws the upper right part of the picture.

    Args:
        axes: The axes, in pixels.
        trace: The trace.
        colours: Colour of each arrow.
        worked: Number of the step that is worked below.
    """
    columns = _columns(trace, worked)
    _names(axes, trace)
    _first_state(axes, trace, columns[0], colours["recurrent"])
    for column, following in zip(columns, [*columns[1:], None], strict=True):
        end = column.x + column.width - (following or column).half
        if column.step is None:
            write(axes, column.x, CELL, "…", 30, color=QUIET)
        else:
            _cell(axes, trace, column, column.step, worked)
            _output(axes, trace, column, column.step, colours["output"])
        _states(axes, column, end, colours["recurrent"])
    _inputs(axes, columns, colours["input"])


def _columns(trace: Trace, worked: int) -> list[_Column]:
    """The steps to draw: all, or the first, those around the worked one, the last."""
    count = len(trace.steps)
    chosen = list(range(count))
    if count > _MOST:
        near = range(max(0, worked - 1), min(count, worked + 2))
        chosen = sorted({*range(4), *near, *range(count - 3, count)})
    steps: list[Step | None] = []
    for place, index in enumerate(chosen):
        if place and index - chosen[place - 1] > 1:
            steps.append(None)
        steps.append(trace.steps[index])
    width = min(260.0, (_RIGHT - _FIRST) / len(steps))
    return [
        _Column(step, _FIRST + (place + 0.5) * width, width)
        for place, step in enumerate(steps)
    ]


def _names(axes: "Axes", trace: Trace) -> None:
    """The names of the rows, in front of them."""
    rows = {_INPUT: "input", _VECTOR: "vector xₜ", _GRADIENT: "‖∂L/∂hₜ‖"}
    if any(step.target is not None for step in trace.steps):
        rows[_TARGET] = "target"
        rows[_LOSS] = f"loss, {shown(trace.loss_unit, 24)}"
    if any(step.target_index is not None for step in trace.steps):
        rows[_PROBABILITY] = "p(target)"
    if trace.steps[0].output.size > _WRITTEN:
        rows[CELL + 14] = "‖hₜ‖"
    if len(trace.state_names) > 1:
        others = enumerate(trace.state_names[1:3])
        rows |= {CELL + 30 + 14 * row: f"{shown(name, 3)}ₜ" for row, name in others}
    for y, name in rows.items():
        write(axes, _LEFT, y, name, 13, ha="right", color=QUIET)


def _first_state(axes: "Axes", trace: Trace, first: _Column, line: str) -> None:
    """The arrow of h_0 into the first cell."""
    states = trace.steps[0].states_before
    end = first.x - first.half
    arrow(axes, (_FIRST - 66, CELL), (end, CELL), line, "recurrent-0")
    name = f"{shown(trace.state_names[0], 3)}{subscript(trace.steps[0].index - 1)}"
    zero = not any(state.any() for state in states)
    write(axes, (_FIRST - 76 + end) / 2, CELL - 14, f"{name} = 0" if zero else name, 14)


def _cell(axes: "Axes", trace: Trace, column: _Column, step: Step, worked: int) -> None:
    """The box of a step, and the norm of the gradient of its state."""
    bold = step.index == worked
    box(axes, column.x, CELL, 2 * column.half, 2 * HALF, linewidth=3.4 if bold else 1.4)
    name = f"h{subscript(step.index)}"
    write(axes, column.x, CELL, name, 18 if column.half > 22 else 15)
    gradient = next(g.state for g in trace.gradients if g.index == step.index)
    norm = float(np.linalg.norm(np.concatenate([np.ravel(g) for g in gradient])))
    write(axes, column.x, STEP, f"t = {step.index}", 13, color=QUIET)
    write(axes, column.x, _GRADIENT, short(norm), 13, color=QUIET)


def _states(axes: "Axes", column: _Column, end: float, line: str) -> None:
    """The arrow to the next cell with h_t at it: its numbers, or colours and norm.

    The cell's other states, as c_t, are colours below it.
    """
    start, step = column.x + column.half, column.step
    name = f"recurrent-{column.x:.0f}" if step is None else f"recurrent-{step.index}"
    arrow(axes, (start, CELL), (end, CELL), line, name)
    if step is None:
        return
    middle, wide = (start + end) / 2 - 3, min(end - start - 10, 80)
    if step.output.size <= _WRITTEN:
        scale = largest(step.output)
        for row, value in enumerate(np.ravel(step.output)[::-1]):
            text = fixed(float(value), scale)
            write(axes, middle, CELL - 13 - 14 * row, text, 12.5)
    else:
        strip(axes, middle - wide / 2, CELL - 22, wide, 12, step.output)
        norm = float(np.linalg.norm(step.output))
        write(axes, middle, CELL + 14, short(norm), 12.5)
    for row, state in enumerate(step.states[1:3]):
        strip(axes, middle - wide / 2, CELL + 25 + 14 * row, wide, 9, state)


def _inputs(axes: "Axes", columns: list[_Column], line: str) -> None:
    """What goes into the cells, drawn as what it is, and its vectors."""
    given = [(column, column.step) for column in columns if column.step is not None]
    raws = [np.ravel(step.raw) for _, step in given if step.raw is not None]
    every = np.concatenate(raws) if raws else np.zeros(0)
    points: list[tuple[float, np.ndarray]] = []
    for column, step in given:
        start = BELOW + 4 if step.raw is None else _PICTURE - _TALL / 2
        name = f"input-{step.index}"
        arrow(axes, (column.x, start), (column.x, CELL + HALF), line, name)
        left, wide = column.x - column.width / 2, column.width
        raw = step.raw
        if raw is not None and raw.ndim > 2:
            frame(axes, column.x, _PICTURE, wide * 0.76, _TALL, raw)
        elif raw is not None and raw.size and raw.shape[-1:] <= (_LINES,):
            # numbers of a series, or some steps of it, ``(steps, series)``
            values = scaled(raw.reshape(-1, raw.shape[-1] if raw.ndim else 1), every)
            if step.index and columns[columns.index(column) - 1].step is None:
                points.append((left, np.full(values.shape[1], np.nan)))
            points += [
                (left + (place + 0.5) * wide / len(values), row)
                for place, row in enumerate(values)
            ]
        elif raw is not None:
            # as a column of a spectrum or of a piano roll, the last feature on top
            pixels = 1 - scaled(np.atleast_2d(raw).T[::-1], every)
            show(axes, left, _PICTURE - _TALL / 2, wide, _TALL, pixels)
        _label(axes, column, step, alone=raw is None)
        narrow = min(wide * 0.76, 120)
        strip(axes, column.x - narrow / 2, _VECTOR - 4, narrow, 8, step.input)
    for series in range(len(points[0][1]) if points else 0):
        axes.plot(
            [x for x, _ in points],
            [_PICTURE + _TALL * (0.4 - 0.8 * values[series]) for _, values in points],
            color=TEXT,
            linewidth=1.2,
            marker="o",
            markersize=2.5,
        )


def _label(axes: "Axes", column: _Column, step: Step, alone: bool) -> None:
    """The input as a person reads it: large if nothing else shows it."""
    label = shown(step.label, max(2, int(column.width / (9 if alone else 7))))
    if alone:
        size = 21 if len(label) < 4 else 14
        write(axes, column.x, _INPUT + 6, label, size, weight="bold")
    else:
        write(axes, column.x, _LABEL, label, 11)


def _output(axes: "Axes", trace: Trace, column: _Column, step: Step, line: str) -> None:
    """What comes out of a cell: a distribution with the true class marked, the loss."""
    x, number = column.x, step.index
    if step.target is not None:
        target = shown(step.target, max(2, int(column.width / 9)))
        write(axes, x, _TARGET, target, 19 if len(target) < 4 else 14, weight="bold")
    if step.loss is not None:
        write(axes, x, _LOSS, short(step.loss), 14)
    values = step.distribution if step.prediction is None else step.prediction
    if values is None:
        return
    arrow(axes, (x, CELL - HALF), (x, OUTPUT - 8), line, f"output-{number}")
    wide = min(column.width * 0.78, 150)
    left = x - wide / 2
    if step.distribution is None:
        strip(axes, left, _BARS - 30, wide, 20, values)
        return
    p = np.ravel(step.distribution)
    bars(axes, left, _BARS, wide, 54, p, step.target_index, f"true-{number}")
    if wide / len(p) > 7 and max(map(len, trace.classes), default=3) < 3:
        for place, label in enumerate(trace.classes):
            middle = left + (place + 0.4) * wide / len(p)
            write(axes, middle, _CLASSES, shown(label, 2), 10, color=QUIET)
    if step.target_index is not None:
        write(axes, x, _PROBABILITY, short(float(p[step.target_index])), 14)
