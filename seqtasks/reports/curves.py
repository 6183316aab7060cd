"""The picture of ``seqtasks plot``: learning curves of runs, beside baselines."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.data.picture import COLOURS, new_figure, picture, plain, png
from seqtasks.errors import UsageError
from seqtasks.files import write_file
from seqtasks.folders import no_results
from seqtasks.registry import nearest
from seqtasks.reports.chart_data import Axis, Mark, drawable, fit, marks_of, visible
from seqtasks.reports.frames import read
from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number, setting
from seqtasks.reports.row import Row, model_names, rows
from seqtasks.reports.table import ARROWS
from seqtasks.result import Result
from seqtasks.store import named, reference_results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMS = ("png", "svg")

_WIDTH, _HEIGHT = 1200, 420
# more panels are no picture
_MOST_TASKS = 8
# rows of more than one colour's round differ in their dashes
_DASHES = ("-", "-.", (0, (1, 1)))
# what is further from the curves would press them flat
_NEAR = 1.0
# of a panel's height, for a line of text
_LINE = 0.045


class NoResultsError(UsageError):
    """There is nothing to draw yet."""


def plot(
    *runs: str | Result,
    results: str | Path | Sequence[str | Path] = "results",
    reference: bool = False,
    output: str | Path | None = None,
) -> Figure:
    """Draws learning curves: validation, train and loss by epoch, beside baselines.

    Each task has two panels, the monitored metric and the training loss. The runs of a
    row, which differ in their seed alone, have one colour: a thin line each and their
    mean. Notebooks show the figure.

    Args:
        *runs: Runs, or how their names begin: ``"char_lm-gru"`` draws all runs of it;
            all runs of the folder if there is none.
        results: Folder of results, or several.
        reference: Whether the results that come with the package are drawn, too; a
            folder need not be there, then.
        output: File to write, as PNG or SVG; ``None`` for none.

    Raises:
        UsageError: If there is no such run, none has trained an epoch, or the file is
            of another kind or cannot be written.
    """
    form = "png" if output is None else form_of(Path(output))
    folders = [results] if isinstance(results, str | Path) else results
    figure = draw(chosen(runs, [Path(one).expanduser() for one in folders], reference))
    if output is not None:
        path = Path(output).expanduser()
        write_file(path, picture(figure, form), "Name another file.")
    # without pyplot, notebooks do not know how a figure is shown
    figure._repr_png_ = lambda: png(figure)  # type: ignore[attr-defined]
    return figure


def form_of(path: Path) -> str:
    """The form of a picture by its file's name.

    Raises:
        UsageError: If it is none of ``FORMS``.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise UsageError(
            f"Expected a picture as FILE.png or FILE.svg; received {str(path)!r}."
        )
    return form


def chosen(
    runs: Sequence[str | Result], folders: Sequence[Path], reference: bool = False
) -> list[Result]:
    """The runs of these names or beginnings of names.

    Raises:
        UsageError: If there is no such run.
    """
    found = [run for run in runs if isinstance(run, Result)]
    names = [run for run in runs if isinstance(run, str)]
    if runs and not names:
        return found
    stored = reference_results() if reference else []
    if there := [one for one in folders if one.is_dir() or not reference]:
        stored += read(there)
    if not stored:
        raise NoResultsError(no_results(folders))
    place = ", ".join(map(str, folders))
    for name in names:
        begun = set(named(name, [run.run for run in stored]))
        if not begun:
            hint = nearest(name, [run.run for run in stored][-3:])
            raise UsageError(f"There is no run {name!r} in {place}. {hint}")
        found += [run for run in stored if run.run in begun]
    found = found or [r for r in stored if not (r.purpose or r.is_trial)]
    return list({run.run: run for run in found}.values())


def draw(runs: Sequence[Result]) -> Figure:
    """The figure of runs of one task or of several.

    Raises:
        UsageError: If no run has trained an epoch, or there are too many tasks.
    """
    groups: dict[tuple[str, ...], list[Result]] = {}
    for run in runs:
        if run.history:
            key = (run.task, run.fingerprint, run.monitor)
            groups.setdefault(key, []).append(run)
    if not groups:
        raise UsageError(
            f"Expected a run that has trained an epoch; none of the {len(runs)} has."
        )
    if len(groups) > _MOST_TASKS:
        raise UsageError(
            f"Expected runs of at most {_MOST_TASKS} tasks or data sets; received "
            f"{len(groups)}. Name runs, as in `seqtasks plot {runs[0].task}`."
        )
    figure = new_figure(_WIDTH, _HEIGHT * len(groups))
    panels = figure.subplots(len(groups), 2, squeeze=False)
    for (left, right), of_group in zip(panels, groups.values(), strict=True):
        _panels(left, right, Group(tuple(of_group), "", ""))
    return figure


def _panels(left: Axes, right: Axes, group: Group) -> None:
    from matplotlib.ticker import FuncFormatter

    first = group.first
    every = rows(group.runs)
    names = model_names([every])[0]
    validation, train = (f"{s}_{first.monitor}" for s in ("validation", "train"))
    for place, (row, name) in enumerate(zip(every, names, strict=True)):
        style = {
            "color": COLOURS[place % len(COLOURS)],
            "linestyle": _DASHES[place // len(COLOURS) % len(_DASHES)],
        }
        label = plain(visible(name))
        if len(row.runs) > 1:
            label += f" (mean of {len(row.runs)} seeds)"
        _row(left, row, validation, style, label)
        _row(left, row, train, {**style, "linestyle": ":"}, "")
        _row(right, row, "loss", style, label)
    marks = _marks(left, group)
    levels = [mark.value for mark in marks]
    for axes, key, mode in ((left, validation, first.mode), (right, "loss", "min")):
        steady = [run for run in group.runs if run.status == "finished"] or group.runs
        keys = (key, train) if axes is left else (key,)
        values = [v for run in steady for k in keys for _, v in _points(run, k)]
        if values:
            axis = fit(values + (levels if axes is left else []), mode)
            axes.set_ylim(axis.low, axis.high)
            if axis.log:
                axes.set_yscale("log")
                # of few decades more than the powers of ten are named
                digits = "1" if axis.high > 1000 * axis.low else "125"
                form = FuncFormatter(functools.partial(tick_label, digits))
                axes.yaxis.set_major_formatter(form)
                axes.yaxis.set_minor_formatter(form)
            if axes is left:
                _name(left, marks, axis)
        axes.locator_params(axis="x", integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    unit = first.metric_units.get(first.monitor, "")
    metric = f"{first.monitor} {ARROWS[first.mode]}" + (f" ({unit})" if unit else "")
    left.set_ylabel(plain(visible(metric)))
    right.set_ylabel("training loss")
    has_train = any(_points(run, train) for run in group.runs)
    words = ["solid: validation"] + ["dotted: train"] * has_train
    words += ["dashed: baselines on test"] * bool(levels)
    dataset = first.options.get("dataset")
    title = first.task + ("" if dataset is None else f" · {setting(dataset)}")
    title += f" · data {first.fingerprint[:8]}"
    title += " · overfit on purpose" if first.is_overfit else ""
    left.set_title(plain(visible(title)), loc="left", fontsize=10)
    left.set_xlabel(f"epoch ({'; '.join(words)})", fontsize=9)
    right.set_xlabel("epoch", fontsize=9)
    if len(every) > 1 or len(group.runs) > 1:
        right.legend(fontsize=8, loc="best")
    else:
        right.set_title(plain(visible(first.run)), loc="right", fontsize=9)


def _row(axes: Axes, row: Row, key: str, style: dict[str, Any], label: str) -> None:
    """The curves of a row's runs; with several of them their mean over it."""
    curves = [(run, _points(run, key)) for run in row.runs]
    several = len(curves) > 1
    own = {**style, "linewidth": 1.8}
    if several:
        own |= {"linewidth": 0.8, "alpha": 0.45}
    for run, points in curves:
        if not points:
            continue
        x, y = zip(*points, strict=True)
        dot = "o" if len(points) == 1 else ""
        axes.plot(x, y, **own, marker=dot, label="" if several else label)
        best = dict(points).get(float(run.best_epoch))
        if not several and key.startswith("validation") and best is not None:
            axes.plot(run.best_epoch, best, "o", color=style["color"], markersize=5)
    if several:
        by_epoch: dict[float, list[float]] = {}
        for _, points in curves:
            for epoch, value in points:
                by_epoch.setdefault(epoch, []).append(value)
        # where a run has ended, the mean of the others would jump
        most = max((len(values) for values in by_epoch.values()), default=0)
        mean = [
            (epoch, statistics.fmean(values))
            for epoch, values in sorted(by_epoch.items())
            if len(values) == most
        ]
        if mean:
            x, y = zip(*mean, strict=True)
            axes.plot(x, y, **style, linewidth=2.0, label=label)


def _marks(axes: Axes, group: Group) -> list[Mark]:
    """Lines at baselines and the optimum; those far from the curves in words.

    Returns:
        Those that have a line.
    """
    validation = f"validation_{group.first.monitor}"
    values = [v for run in group.runs for _, v in _points(run, validation)]
    if not values:
        return []
    low, high = min(values), max(values)
    room = _NEAR * (high - low or abs(high) or 1.0)
    far, near = [], []
    for mark in marks_of(group):
        if mark.kind == "published":
            continue
        if not low - room <= mark.value <= high + room:
            far.append(f"{mark.name} {number(mark.value)}")
            continue
        near.append(mark)
        dotted = ":" if mark.kind == "optimum" else "--"
        axes.axhline(mark.value, color="0.45", linestyle=dotted, linewidth=1.0)
    if far:
        text = plain(visible(f"not drawn, being far: {', '.join(far)}"))
        axes.text(
            *(0.0, -0.16, text),
            fontsize=8,
            color="0.35",
            transform=axes.transAxes,
            va="top",
        )
    return near


def _name(axes: Axes, marks: Sequence[Mark], axis: Axis) -> None:
    """Names of the marks, above their lines from the right; no two over each other."""
    last, x = -1.0, 1.0
    for mark in sorted(marks, key=lambda mark: mark.value):
        place = axis.place(mark.value)
        if place is None:
            continue
        x = max(x - 0.25, 0.25) if place - last < _LINE else 1.0
        last = place
        axes.annotate(
            plain(visible(mark.name)),
            (x, mark.value),
            xycoords=("axes fraction", "data"),
            xytext=(-2, 2),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color="0.35",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
        )


def tick_label(digits: str, value: float, _: Any) -> str:
    """The number at a tick whose first digit is one of these; else nothing."""
    return f"{value:g}" if f"{value:e}"[0] in digits else ""


def _points(run: Result, key: str) -> list[tuple[float, float]]:
    """Epochs and values that can be drawn."""
    points = []
    for index, entry in enumerate(run.history, start=1):
        epoch, value = drawable(entry.get("epoch", index)), drawable(entry.get(key))
        if epoch is not None and value is not None:
            points.append((epoch, value))
    return points
