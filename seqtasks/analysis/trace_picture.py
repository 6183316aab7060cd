"""The picture of a trace: with its cycle, unfolded in time, and one step worked.

For a slide or a page: SVG, in which text is text, or PNG.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.analysis.trace import Trace
from seqtasks.analysis.trace_canvas import (
    HEIGHT,
    QUIET,
    RULE,
    WIDTH,
    arrow,
    box,
    shown,
    width_of,
    write,
)
from seqtasks.analysis.trace_unfolded import BELOW, CELL, HALF, OUTPUT, STEP, unfolded
from seqtasks.analysis.trace_weights import Arrows, arrows
from seqtasks.analysis.trace_worked_step import worked_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# of page.css, in its light form; different for the colour-blind too
COLOURS = {"input": "#25998f", "recurrent": "#792c5b", "output": "#6c652a"}
_NO_WEIGHT = "#5a626d"


def draw(trace: Trace, path: Path, step: int | None = None) -> None:
    """Draws a trace as an SVG or a PNG file.

    Args:
        trace: The trace.
        path: Path of the file; its ending names the format, ``.svg`` or ``.png``.
        step: Number of the step that is worked below, from 0; the third that has a
            target if not given, or else the last.
    """
    import matplotlib as mpl

    # text stays text, and equal traces give equal files
    options: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "seqtasks"}
    # else the file would name the day and the version of Matplotlib
    svg = path.suffix.lower() == ".svg"
    metadata = {"Date": None, "Creator": None} if svg else {"Software": None}
    with mpl.rc_context(options), warnings.catch_warnings():
        # a browser has the characters that Matplotlib's own font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        make_figure(trace, step).savefig(path, metadata=metadata)


def make_figure(trace: Trace, step: int | None = None) -> "Figure":
    """The picture, before it is a file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    step = _default_step(trace) if step is None else step
    figure = Figure((WIDTH / 100, HEIGHT / 100), dpi=150)
    # measures texts
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    write(axes, 40, 36, shown(trace.title, 90), 24, ha="left", weight="bold")
    found = arrows(trace)
    colours = _colours(found)
    _legend(axes, trace, found, colours)
    _cycle(axes, trace, colours)
    unfolded(axes, trace, colours, step)
    axes.plot((40, WIDTH - 40), (484, 484), color=RULE, linewidth=1)
    worked_step(axes, trace, trace.steps[step], found, colours)
    return figure


def _default_step(trace: Trace) -> int:
    """The third step that has a target, or the last that has one, or the last."""
    with_target = [step.index for step in trace.steps if step.target is not None]
    return [len(trace.steps) - 1, *with_target[:3]][-1]


def _colours(found: Arrows) -> dict[str, str]:
    """A colour for each arrow: one matrix at two arrows has one colour."""
    colours = {
        name: colour if getattr(found, name) else _NO_WEIGHT
        for name, colour in COLOURS.items()
    }
    if found.joint:
        colours["recurrent"] = colours["input"]
    return colours


def _legend(axes: "Axes", trace: Trace, found: Arrows, colours: dict[str, str]) -> None:
    """The names of the shared weights in their colours, to the right of the title."""
    groups = {"input": "xₜ →", "recurrent": "hₜ₋₁ →", "output": "hₜ →"}
    if found.joint:
        groups = {"input": "[xₜ; hₜ₋₁] →", "output": "hₜ →"}
    x = WIDTH - 40.0
    for group, what in reversed(groups.items()):
        text = f"{what} {_matrices(trace, getattr(found, group))}"
        line = colours[group]
        written = write(axes, x, 66, text, 15, ha="right", color=line, weight="bold")
        x -= width_of(written) + 10
        axes.plot((x - 24, x), (66, 66), color=line, linewidth=4)
        x -= 50
    if x > 300:
        text = "the same weights at every step:"
        write(axes, x, 66, text, 15, ha="right", color=QUIET)


def _matrices(trace: Trace, names: tuple[str, ...]) -> str:
    """The matrices among some weights: one with its shape, of several the first two."""
    shapes = {name: trace.weights[name].shape for name in names}
    matrices = [name for name, shape in shapes.items() if len(shape) > 1]
    if len(matrices) == 1:
        shape = " × ".join(map(str, shapes[matrices[0]]))
        return f"{shown(matrices[0], 24)} ({shape})"
    more = [f"{len(matrices) - 2} more"] if len(matrices) > 2 else []
    return ", ".join([shown(name, 18) for name in matrices[:2]] + more) or "no matrix"


def _cycle(axes: "Axes", trace: Trace, colours: dict[str, str]) -> None:
    """The network with its cycle, on the left."""
    x = 150
    box(axes, x, CELL, 130, 2 * HALF)
    write(axes, x, CELL - 8, shown(trace.cell, 12), 19, weight="bold")
    write(axes, x, CELL + 15, "hₜ = f(xₜ, hₜ₋₁)", 13, color=QUIET)
    arrow(axes, (x, BELOW + 12), (x, CELL + HALF), colours["input"], "input-cycle")
    write(axes, x, BELOW + 26, "xₜ", 22)
    top = CELL - HALF
    arrow(axes, (x, top), (x, OUTPUT - 18), colours["output"], "output-cycle")
    write(axes, x, OUTPUT - 38, "output", 18)
    write(axes, x + 12, OUTPUT + 10, "hₜ", 16, ha="left", color=colours["output"])
    right = x + 65
    arrow(
        axes,
        (right, CELL - 18),
        (right, CELL + 18),
        colours["recurrent"],
        "recurrent-cycle",
        connectionstyle="arc3,rad=-2.2",
    )
    write(axes, right + 50, CELL, "hₜ₋₁", 20, ha="left", color=colours["recurrent"])
    write(axes, x, STEP, "with its cycle", 14, color=QUIET)
    arrow(
        axes,
        (340, CELL),
        (392, CELL),
        QUIET,
        "unfold",
        linewidth=5,
        mutation_scale=28,
    )
    write(axes, 366, CELL - 28, "unfolded", 14, color=QUIET)
    write(axes, 366, CELL + 28, "in time", 14, color=QUIET)
