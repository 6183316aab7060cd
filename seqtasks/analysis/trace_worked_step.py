"""One step of a recurrence, enlarged: each value with its name and its expression."""

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqtasks.analysis.trace import Step, Trace, Value
from seqtasks.analysis.trace_canvas import (
    QUIET,
    TEXT,
    arrow,
    matrix,
    short,
    shown,
    subscript,
    write,
)
from seqtasks.analysis.trace_output_layer import (
    BOTTOM,
    COLUMN,
    LEFT,
    MIDDLE,
    ROW,
    ROWS,
    TOP,
    output_layer,
)
from seqtasks.analysis.trace_weights import Arrows

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class _Block(NamedTuple):
    """A vector or a matrix, what stands above and below it, and before it."""

    heading: str
    source: str
    values: np.ndarray
    before: str = ""
    colour: str = TEXT


def worked_step(
    axes: "Axes", trace: Trace, step: Step, found: Arrows, colours: dict[str, str]
) -> None:
    """Draws a step in the lower half of the picture.

    Args:
        axes: The axes, in pixels.
        trace: The trace.
        step: The step.
        found: Weights at each arrow.
        colours: Colour of each arrow.
    """
    number = subscript(step.index)
    title = f"Step {step.index} enlarged:  x{number} is {_quoted(step.label, step)}"
    if step.target is not None:
        title += f",  the target is {_quoted(step.target, step)}"
    write(axes, 40, 512, title, 20, ha="left", weight="bold")
    concatenated = found.joint and [v.kind for v in step.values[:2]] == [
        *("concatenation", "product")
    ]
    blocks = (
        _concatenated(trace, step, found, colours)
        if concatenated
        else _general(trace, step, colours)
    )
    wide = [_width(block.values) for block in blocks]
    left = 56.0 + (90 if concatenated else 0)
    gap = min(90.0, (LEFT - 70 - left - sum(wide)) / max(1, len(blocks) - 1))
    if concatenated:
        _braces(axes, step, left, colours)
    x = left
    for block, width in zip(blocks, wide, strict=True):
        _draw(axes, block, x, width, gap)
        x += width + gap
    output_layer(axes, trace, step, colours["output"])


def _quoted(label: str, step: Step) -> str:
    """A label, in quotes where it is a symbol of a vocabulary."""
    return shown(label) if step.number is None else f'"{shown(label)}"'


def _concatenated(
    trace: Trace, step: Step, found: Arrows, colours: dict[str, str]
) -> list[_Block]:
    """The lecture's step: concatenate, multiply, add, φ."""
    both, *rest = step.values
    kernel = next(n for n in found.input if trace.weights[n].ndim > 1)
    blocks = [
        _block(both),
        _Block(
            shown(kernel, 16),
            "the same at every step",
            trace.weights[kernel],
            "×",
            colours["input"],
        ),
    ]
    previous = ""
    for value in rest:
        block = _block(value)
        blocks.append(block._replace(before=_operation(value, previous)))
        previous = value.source
    return blocks


def _operation(value: Value, previous: str) -> str:
    """What leads to a value from the one before it: ``=``, ``+ bias``, ``tanh``."""
    if value.kind == "product":
        return "="
    if value.source.startswith(previous) and value.kind == "sum":
        return plain_source(value.source.removeprefix(previous)).strip()
    if value.kind == "activation":
        function = plain_source(value.source).partition("(")[0]
        return "φ" if function == "activation" else function
    return ""


def _general(trace: Trace, step: Step, colours: dict[str, str]) -> list[_Block]:
    """The inputs of a step, and those of its values that have a name of their own."""
    now, before = subscript(step.index), subscript(step.index - 1)
    blocks = [_Block(f"x{now}", "input", step.input, colour=colours["input"])]
    blocks += [
        _Block(
            f"{shown(name, 8)}{before}",
            "state before",
            state,
            colour=colours["recurrent"],
        )
        for name, state in zip(trace.state_names, step.states_before, strict=True)
    ]
    widest = max(state.size for state in step.states)
    named = [v for v in step.values if v.name and v.value.size <= widest]
    # of a part and what a gate makes of it under the same name, the latter
    later = [v.name for v in named if v.kind != "split"]
    named = [v for v in named if v.kind != "split" or v.name not in later]
    most = 11 - len(blocks)
    if len(named) > most:
        named = [v for v in named if v.kind != "split"] or named
    return blocks + [_block(value) for value in named[-most:]]


def _block(value: Value) -> _Block:
    return _Block(shown(value.name, 12) or value.kind, value.source, value.value)


def plain_source(source: str) -> str:
    """An expression without the names of modules and of the cell itself.

    >>> plain_source("ops.sigmoid(x_z + self.bias)")
    'sigmoid(x_z + bias)'
    """
    return re.sub(r"\b(?:keras\.|ops\.|self\.)+", "", shown(source, 200))


def _width(values: np.ndarray) -> float:
    columns = values.shape[1] if values.ndim > 1 else 1
    if columns == 1:
        return COLUMN if values.size <= ROWS else 44
    return min(44 * columns, 220)


def _draw(axes: "Axes", block: _Block, x: float, width: float, gap: float) -> None:
    """A block with its left edge at x; what leads to it stands in the gap before it."""
    rows = len(block.values) if block.values.ndim else 1
    high = min(ROW * rows, BOTTOM - TOP)
    top = MIDDLE - high / 2
    written = matrix(axes, x, top, width, high, block.values)
    middle = x + width / 2
    style = {"weight": "bold", "color": block.colour}
    wide = len(block.heading) > 8
    write(axes, middle, top - 14, block.heading, 13 if wide else 16, **style)
    if block.before in ("×", "="):
        write(axes, x - gap / 2, MIDDLE, block.before, 24)
    elif block.before:
        arrow(
            axes,
            (x - gap + 8, MIDDLE),
            (x - 8, MIDDLE),
            QUIET,
            f"to-{x:.0f}",
            linewidth=1.6,
        )
        write(axes, x - gap / 2, MIDDLE - 14, shown(block.before, 10), 14)
    below = plain_source(block.source)
    if not written:
        size = " × ".join(map(str, block.values.shape))
        norm = short(float(np.linalg.norm(block.values)))
        below = f"({size}) ‖·‖ {norm}\n{below}"
    room = max(9, int((width + gap - 12) / 7.4))
    lines = [line for part in below.splitlines() for line in wrapped(part, room)]
    for row, line in enumerate(lines[:4]):
        if row == 3 and len(lines) > 4:
            line = f"{line[: room - 1]}…"
        write(
            axes,
            middle,
            top + high + 14 + 14 * row,
            line,
            12,
            color=QUIET,
            family="monospace",
        )


def wrapped(source: str, most: int) -> list[str]:
    """An expression in lines of so many characters, cut between names.

    >>> wrapped("tanh(x_h + r * (h_h + bias))", 12)
    ['tanh(x_h + r', '* (h_h +', 'bias))']
    """
    lines = [""]
    for part in re.findall(r"[^\s(_]*[_(\[]*\s*", source):
        if len(lines[-1]) + len(part.rstrip()) > most and lines[-1]:
            lines.append("")
        lines[-1] += part
    return [line.strip() for line in lines]


def _braces(axes: "Axes", step: Step, left: float, colours: dict[str, str]) -> None:
    """Which rows of the concatenated vector are the input's and which the state's."""
    features, rows = step.input.size, step.values[0].value.size
    high = min(ROW * rows, BOTTOM - TOP)
    top, each = MIDDLE - high / 2, high / rows
    parts = (
        (f"x{subscript(step.index)}", 0, features),
        (f"h{subscript(step.index - 1)}", features, rows),
    )
    for name, first, last in parts:
        start, end = top + first * each + 2, top + last * each - 2
        axes.plot(
            (left - 8, left - 14, left - 14, left - 8),
            (start, start, end, end),
            color=colours["input"],
            linewidth=2,
        )
        write(axes, left - 24, (start + end) / 2, name, 20, ha="right")
