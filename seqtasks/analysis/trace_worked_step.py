"""One step of a recurrence, enlarged: each value with its name and its expression."""

import re
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqtasks.analysis.trace import Step, Trace, Value
from seqtasks.analysis.trace_canvas import (
    QUIET,
    TEXT,
    WIDTH,
    arrow,
    largest,
    matrix,
    short,
    shown,
    subscript,
    write,
)
from seqtasks.analysis.trace_weights import Arrows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# between these lines are the values, in pixels from the top
_TOP, _BOTTOM = 572, 822
_MIDDLE = (_TOP + _BOTTOM) / 2
_ROW = 32
# of a vector
_COLUMN = 60
# from here on it is the output
_OUTPUT = 1080
# rows of numbers that fit
_ROWS = 12


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
    gap = min(90.0, (_OUTPUT - 70 - left - sum(wide)) / max(1, len(blocks) - 1))
    if concatenated:
        _braces(axes, step, left, colours)
    x = left
    for block, width in zip(blocks, wide, strict=True):
        _draw(axes, block, x, width, gap)
        x += width + gap
    _output(axes, trace, step, colours["output"])


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
        return _COLUMN if values.size <= _ROWS else 44
    return min(44 * columns, 220)


def _draw(axes: "Axes", block: _Block, x: float, width: float, gap: float) -> None:
    """A block with its left edge at x; what leads to it stands in the gap before it."""
    rows = len(block.values) if block.values.ndim else 1
    high = min(_ROW * rows, _BOTTOM - _TOP)
    top = _MIDDLE - high / 2
    written = matrix(axes, x, top, width, high, block.values)
    middle = x + width / 2
    style = {"weight": "bold", "color": block.colour}
    wide = len(block.heading) > 8
    write(axes, middle, top - 14, block.heading, 13 if wide else 16, **style)
    if block.before in ("×", "="):
        write(axes, x - gap / 2, _MIDDLE, block.before, 24)
    elif block.before:
        arrow(
            axes,
            (x - gap + 8, _MIDDLE),
            (x - 8, _MIDDLE),
            QUIET,
            f"to-{x:.0f}",
            linewidth=1.6,
        )
        write(axes, x - gap / 2, _MIDDLE - 14, shown(block.before, 10), 14)
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
    high = min(_ROW * rows, _BOTTOM - _TOP)
    top, each = _MIDDLE - high / 2, high / rows
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


def _output(axes: "Axes", trace: Trace, step: Step, line: str) -> None:
    """The output layer: logits, the distribution with the true class, the loss."""
    axes.plot((_OUTPUT - 34, _OUTPUT - 34), (540, 885), color=line, linewidth=3)
    now = subscript(step.index)
    x = _OUTPUT
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
        high = min(_ROW * len(values), _BOTTOM - _TOP)
        write(axes, x + 60, _MIDDLE - high / 2 - 12, "prediction", 14)
        matrix(axes, x, _MIDDLE - high / 2, 120, high, values)
        for row, part in enumerate(textwrap.wrap(shown(step.target or "", 200), 40)):
            write(axes, x + 160, _MIDDLE + 18 * row, part, 14, ha="left")
        if step.target:
            write(axes, x + 160, _MIDDLE - 22, "target", 14, ha="left", weight="bold")
    else:
        write(
            axes,
            x,
            _MIDDLE,
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
    if len(rows) > _ROWS - 1:
        # the likeliest, and the true one
        rows = [int(i) for i in np.argsort(-p, kind="stable")[: _ROWS - 2]]
        if step.target_index is not None and step.target_index not in rows:
            rows[-1] = step.target_index
    high = min(_ROW - 4, (_BOTTOM - _TOP - 12) / len(rows))
    top = max(_TOP + 12, _MIDDLE - high * len(rows) / 2)
    x = _OUTPUT + 90
    write(axes, x + _COLUMN / 2, top - 12, "logits", 13, color=QUIET)
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
        matrix(axes, x, y, _COLUMN, high, logits[number : number + 1], scale)
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
