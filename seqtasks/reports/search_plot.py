"""The picture of ``seqtasks plot --search``: how searches of settings went."""

from __future__ import annotations

import collections
import functools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.data.picture import COLOURS, new_figure, picture, plain
from seqtasks.errors import UsageError
from seqtasks.files import write_file
from seqtasks.folders import read_folders
from seqtasks.registry import nearest
from seqtasks.reports.chart_data import Axis, fit, visible
from seqtasks.reports.curves import form_of, tick_label
from seqtasks.reports.table import ARROWS
from seqtasks.result import Result
from seqtasks.task import better

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 420, 380
# more panels are no picture
_MOST_STUDIES, _MOST_PANELS = 8, 5

# trials that have not ended
_GOING_ON = ("running", "interrupted", "killed")


def plot_searches(
    names: Sequence[str], folders: Sequence[Path], output: Path
) -> Figure:
    """Draws searches: the best value so far by trial, and each setting against value.

    A point is a trial: filled if it finished, hollow if it was pruned. A line is a
    cell's best value so far, of those that finished.

    Args:
        names: Names of studies, or how they begin; all if there is none.
        folders: Folders of results.
        output: File to write, as PNG or SVG.

    Raises:
        UsageError: If there is no such study, or the file cannot be written.
    """
    form = form_of(output)
    trials = [run for run in read_folders(folders)[0] if run.is_trial]
    figure = draw_searches(_chosen(names, trials, ", ".join(map(str, folders))))
    write_file(output, picture(figure, form), "Name another file.")
    return figure


def _chosen(names: Sequence[str], trials: Sequence[Result], place: str) -> list[Result]:
    """The trials of the studies of these names or beginnings of names."""
    if not trials:
        raise UsageError(
            f"There are no trials of a search in {place}; `seqtasks tune TASK` makes "
            f"them."
        )
    known = sorted({_study(run) for run in trials})
    for name in names:
        if not any(study.startswith(name) for study in known):
            raise UsageError(
                f"There is no study {name!r} in {place}. {nearest(name, known)}"
            )
    begun = tuple(names) or ("",)
    return [run for run in trials if _study(run).startswith(begun)]


def _study(run: Result) -> str:
    return run.search.study if run.search else ""


def draw_searches(trials: Sequence[Result]) -> Figure:
    """The figure of trials of one study or of several, a row of panels each.

    Raises:
        UsageError: If there are too many studies.
    """
    studies: dict[str, list[Result]] = {}
    for run in trials:
        studies.setdefault(_study(run), []).append(run)
    if len(studies) > _MOST_STUDIES:
        raise UsageError(
            f"Expected at most {_MOST_STUDIES} studies; received {len(studies)}. Name "
            f"some, as in `seqtasks plot --search {next(iter(studies))}`."
        )
    spaces = [
        runs[0].search.space if runs[0].search else {} for runs in studies.values()
    ]
    columns = 1 + min(_MOST_PANELS, max(map(len, spaces)))
    figure = new_figure(_WIDTH * columns, _HEIGHT * len(studies))
    panels = figure.subplots(len(studies), columns, squeeze=False)
    for row, space, (name, runs) in zip(panels, spaces, studies.items(), strict=True):
        _draw_study(row, space, name, runs)
    return figure


def _draw_study(
    panels: Sequence[Axes], space: dict[str, str], name: str, runs: Sequence[Result]
) -> None:
    first, *others = panels
    run = runs[0]
    cells: dict[str, list[Result]] = {}
    for one in sorted(runs, key=lambda one: one.search.trial if one.search else 0):
        cells.setdefault(one.cell, []).append(one)
    known = [value for one in runs if (value := _value(one)) is not None]
    axis = fit(known, run.mode) if known else None
    for place, (cell, trials) in enumerate(sorted(cells.items())):
        colour = COLOURS[place % len(COLOURS)]
        _best_so_far(first, trials, colour, plain(visible(_label(cell, trials))))
        for axes, parameter in zip(others, space, strict=False):
            _points(axes, [(_setting(t, parameter), t) for t in trials], colour)
    unit = run.metric_units.get(run.monitor, "")
    metric = f"{run.monitor} {ARROWS[run.mode]}" + (f" ({unit})" if unit else "")
    first.set_ylabel(plain(visible(f"validation {metric}")), fontsize=9)
    first.set_xlabel("trial (line: best so far; hollow: pruned)", fontsize=9)
    first.set_title(plain(visible(f"{run.task} · {name}")), loc="left", fontsize=10)
    first.locator_params(axis="x", integer=True)
    first.legend(fontsize=8, loc="best")
    for axes in panels:
        _scale(axes, axis)
    for axes, (parameter, text) in zip(others, space.items(), strict=False):
        axes.set_xlabel(plain(visible(parameter)), fontsize=9)
        _range(axes, text)
    for axes in others[len(space) :]:
        axes.set_axis_off()


def _label(cell: str, trials: Sequence[Result]) -> str:
    """A cell's name, with the number of its trials that ended without a value."""
    ended = [
        t.status for t in trials if _value(t) is None and t.status not in _GOING_ON
    ]
    counts = collections.Counter(ended).most_common()
    shown = ", ".join(f"{count} {status}" for status, count in counts)
    return f"{cell} ({shown.replace('_', ' ')})" if shown else cell


def _best_so_far(axes: Axes, trials: Sequence[Result], colour: str, label: str) -> None:
    numbers: list[int] = []
    best: list[float] = []
    for one in trials:
        value = _value(one)
        if one.status != "finished" or value is None or one.search is None:
            continue
        if not best or better(value, best[-1], one.mode):
            best.append(value)
        else:
            best.append(best[-1])
        numbers.append(one.search.trial)
    # to the last trial that has ended, of whatever status
    ended = [t.search.trial for t in trials if t.search and t.status not in _GOING_ON]
    if numbers and ended:
        numbers.append(ended[-1])
        best.append(best[-1])
    axes.plot(numbers, best, color=colour, drawstyle="steps-post", label=label)
    _points(axes, [(t.search.trial if t.search else 0, t) for t in trials], colour)


def _points(axes: Axes, pairs: Sequence[tuple[Any, Result]], colour: str) -> None:
    """A point for each trial that has a value, at a number or a word."""
    for finished in (True, False):
        found = [
            (x if isinstance(x, int | float) else str(x), value)
            for x, one in pairs
            if (value := _value(one)) is not None
            and (one.status == "finished") == finished
        ]
        if found:
            x, y = zip(*found, strict=True)
            face = colour if finished else "none"
            axes.scatter(x, y, s=18, facecolors=face, edgecolors=colour, alpha=0.8)


def _range(axes: Axes, text: str) -> None:
    """The axis of a range as it was searched; of choices as it is."""
    from matplotlib.ticker import FuncFormatter

    ends = text.split(":")
    try:
        low, high = float(ends[0]), float(ends[1])
    except (ValueError, IndexError):  # choices
        return
    if ends[2:] == ["log"] and low > 0:
        axes.set_xscale("log")
        room = (high / low) ** 0.03
        axes.set_xlim(low / room, high * room)
        # of many decades the powers of ten are named
        digits = "1" if high > 1000 * low else "125"
        form = FuncFormatter(functools.partial(tick_label, digits))
        axes.xaxis.set_major_formatter(form)
        axes.xaxis.set_minor_formatter(form)
        axes.tick_params(axis="x", which="both", labelsize=8)
    else:
        room = 0.03 * (high - low)
        axes.set_xlim(low - room, high + room)


def _scale(axes: Axes, axis: Axis | None) -> None:
    if axis is not None:
        axes.set_ylim(axis.low, axis.high)
        if axis.log:
            axes.set_yscale("log")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def _value(run: Result) -> float | None:
    """The best validation score of a trial; ``None`` if it has none."""
    value = run.metrics.get("validation", {}).get(run.monitor)
    usable = value is not None and math.isfinite(value)
    return value if usable and run.status in ("finished", "pruned") else None


def _setting(run: Result, name: str) -> Any:
    """The value that a trial has of what was searched."""
    option = name.removeprefix("cell.")
    if option != name:
        return run.cell_options.get(option)
    return run.settings.get(name, run.options.get(name))
