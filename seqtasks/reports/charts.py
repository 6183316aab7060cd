"""Charts of a group: learning curves and test scores, as figures for plotly.js.

A figure is plain data. Colours are names (``"c0"``, ``"mark"``) that the page's script
replaces by those of its style sheet, in light and in dark.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from seqtasks.reports.chart_data import (
    DASHES,
    Axis,
    Curve,
    Mark,
    Series,
    curve_of,
    drawable,
    fit,
    marks_of,
    plain,
    thinned,
)
from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number
from seqtasks.reports.row import Row
from seqtasks.reports.table import ARROWS
from seqtasks.task import Mode

Figure = dict[str, Any]

# the best rows come first; more lines or rows show nothing, and all are in the table
_MOST_RUNS = 300
_MOST_ROWS = 60
_MOST_IN_LEGEND = 32
# more lines across a chart hide what it is about
_MOST_BASELINES = 8

# the points of all runs of a chart together, and of one run
_MOST_POINTS = 24000
_MOST_OF_ONE = 200

_AT_EPOCH = "<br>epoch %{x}: %{y:.4~g}"


def curves_chart(
    series: Sequence[Series], group: Group
) -> tuple[Figure, list[str]] | None:
    """Learning curves: one line a run, beside the baselines.

    Returns:
        The figure and the sentences of its caption, or ``None`` if no run has a
        history.
    """
    found = [curve_of(one, run) for one in series for run in one.runs]
    with_points = [curve for curve in found if curve.pieces]
    drawn = with_points[:_MOST_RUNS]
    if not drawn:
        return None
    # a run that diverged does not decide the axis
    steady = [curve for curve in drawn if curve.run.status == "finished"] or drawn
    values = [value for curve in steady for _, value in curve.points]
    baselines = [mark for mark in marks_of(group) if mark.kind == "baseline"]
    axis, near = _around(values, baselines, group.first.mode)
    epochs = [epoch for curve in drawn for epoch, _ in curve.points]
    across = [min(epochs), max(max(epochs), min(epochs) + 1)]
    per_run = max(12, min(_MOST_OF_ONE, _MOST_POINTS // len(drawn)))
    traces: list[Figure] = []
    of_rows = itertools.groupby(drawn, key=lambda curve: curve.series.label)
    for index, (_, its) in enumerate(of_rows):
        of_row = _row_of_curves(list(its), per_run, index < _MOST_IN_LEGEND)
        # the best row is drawn over the others
        traces += [trace | {"zorder": -index} for trace in of_row]
    traces += [_level(mark, across) for mark in near]
    room = (across[1] - across[0]) / 40
    layout = {
        "xaxis": {
            "title": {"text": "epoch"},
            "range": [across[0] - room, across[1] + room],
            # no tick between two epochs
            "dtick": 1 if across[1] - across[0] < 10 else None,
        },
        "yaxis": axis.layout("<br>".join(title_of("validation", group, axis))),
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        "height": 360,
    }
    notes = _curve_notes(found, with_points, drawn, near, axis)
    far = [f"{m.name} {number(m.value)}" for m in baselines if m not in near]
    if far:
        names = ", ".join(far[:12]) + (", …" if len(far) > 12 else "")
        notes.append(f"Not in the chart, being far from it: {names}.")
    return {"data": traces, "layout": layout}, notes


def trace_of(
    colour: str,
    mode: str,
    x: Sequence[float],
    y: Sequence[float | None],
    label: str | list[str],
    hover: str = "",
) -> Figure:
    """A trace with a label, or one for each point; it begins the text of a hover.

    Args:
        colour: Name of a colour of the style sheet, as in ``"c0"``.
        mode: ``"lines"``, ``"markers"`` or ``"text"``, as plotly.js has it.
        x: Places on the x axis.
        y: Places on the y axis; ``None`` for a gap.
        label: Text that is shown at a point, escaped for plotly.js.
        hover: Template of the text after it.
    """
    each = isinstance(label, list)
    return {
        "type": "scatter",
        "mode": mode,
        "x": list(x),
        "y": list(y),
        **({"text": label} if each else {}),
        "meta": {"colour": colour, "label": "" if each else label},
        "hovertemplate": f"%{{{'text' if each else 'meta.label'}}}{hover}"
        "<extra></extra>",
    }


def _row_of_curves(curves: Sequence[Curve], most: int, in_legend: bool) -> list[Figure]:
    """The lines of a row, dots at the epochs that were chosen, crosses at ends."""
    one = curves[0].series
    shared = {"legendgroup": plain(one.label, 200)}
    traces = []
    dots = []
    for index, curve in enumerate(curves):
        points: list[tuple[float, float | None]] = []
        share = most / max(1, len(curve.points))
        for piece in curve.pieces:
            if len(piece) == 1:
                dots.append((piece[0], curve.name))
            kept = len(piece) if share >= 1 else max(4, round(share * len(piece)))
            # a gap before the next piece
            points += [*thinned(piece, kept), (piece[-1][0], None)]
        if curve.chosen is not None:
            dots.append((curve.chosen, f"{curve.name}, the epoch chosen"))
        x, y = zip(*points[:-1], strict=True)
        trace = trace_of(one.colour, "lines", x, y, curve.name, _AT_EPOCH)
        trace["name"] = plain(one.label, 40)
        trace["showlegend"] = in_legend and index == 0
        trace["line"] = {"width": 1.7, "dash": DASHES[one.dash]}
        traces.append(trace | shared)
    ends = [(end, f"{c.name}, not finite after it") for c in curves for end in c.ends]
    for labelled, symbol in ((dots, "circle"), (ends, "x-thin")):
        if labelled:
            x, y = zip(*(point for point, _ in labelled), strict=True)
            labels = [label for _, label in labelled]
            trace = trace_of(one.colour, "markers", x, y, labels, _AT_EPOCH)
            trace["showlegend"] = False
            trace["marker"] = {"size": 7, "symbol": symbol, "line": {"width": 1.5}}
            traces.append(trace | shared)
    return traces


def _level(mark: Mark, across: Sequence[float]) -> Figure:
    """A dashed line at a baseline; more points than two, to be pointed at."""
    x = [across[0] + (across[1] - across[0]) * index / 20 for index in range(21)]
    y = [mark.value] * len(x)
    trace = trace_of("mark", "lines", x, y, plain(mark.name), ": %{y:.4~g}")
    trace["name"] = plain(mark.name, 40)
    trace["line"] = {"width": 1.2, "dash": "5px,4px"}
    return trace


def _curve_notes(
    found: Sequence[Curve],
    with_points: Sequence[Curve],
    drawn: Sequence[Curve],
    near: Sequence[Mark],
    axis: Axis,
) -> list[str]:
    notes = ["One line a run; the dot is the epoch that validation chose."]
    if near:
        notes.append("Dashed: baselines, computed on the test split.")
    if any(curve.ends for curve in drawn):
        notes.append("A cross: the next value was not a finite number.")
    if any(curve.series.colour == "grey" for curve in drawn):
        notes.append("Grey: the rows after the eighth; point at a line for its name.")
    beyond = sum(not axis.holds(v) for c in drawn for _, v in c.points)
    if beyond:
        values = "1 value of a run" if beyond == 1 else f"{beyond:,} values of runs"
        notes.append(f"{values} that did not finish: beyond the axis.")
    if len(drawn) < len(with_points):
        notes.append(
            f"Drawn are {len(drawn)} of {len(with_points):,} runs, of the best rows."
        )
    if without := len(found) - len(with_points):
        runs = "1 run has" if without == 1 else f"{without:,} runs have"
        notes.append(f"{runs} no history to draw.")
    return notes


def _around(
    values: Sequence[float], baselines: Sequence[Mark], mode: Mode
) -> tuple[Axis, list[Mark]]:
    """An axis for values, and those of the baselines that it has room for.

    The best baseline always is: without it, a chart of small differences misleads.
    Baselines that are far from all values would press these together.
    """
    axis = fit([*values, *(mark.value for mark in baselines[:1])], mode)
    near = [
        mark
        for index, mark in enumerate(baselines[:_MOST_BASELINES])
        for place in (axis.place(mark.value),)
        if place is not None and (index == 0 or -0.35 <= place <= 1.35)
    ]
    return fit([*values, *(mark.value for mark in near)], mode), near


def scores_chart(
    series: Sequence[Series], group: Group
) -> tuple[Figure, list[str]] | None:
    """A dot plot: the test score of every seed, by row, beside the marks.

    Returns:
        The figure and the sentences of its caption, or ``None`` if no run has a score.
    """
    lines = _in_order(series, group)
    rows = [one for one in lines if isinstance(one, Series)]
    marks = [one for one in lines if isinstance(one, Mark)]
    values = [score for one in rows for _, score in one.scores]
    if not values:
        return None
    mode = group.first.mode
    for mark in marks:
        if mark.kind != "optimum":
            values += [mark.value, *(mark.band or ())]
    axis = fit(values, mode)
    for mark in marks:
        place = axis.place(mark.value)
        # an optimum that is far would press the scores together
        if mark.kind == "optimum" and place is not None and -0.6 <= place <= 1.6:
            values.append(mark.value)
    axis = fit(values, mode)
    traces: list[Figure] = []
    shapes: list[Figure] = []
    for y, one in enumerate(lines):
        if isinstance(one, Series):
            traces += _dots(one, y)
            continue
        traces += _mark(one, y, axis)
        if one.kind != "published" and axis.holds(one.value):
            dash = "dot" if one.kind == "baseline" else "solid"
            ends = {"x0": one.value, "x1": one.value, "y0": 0, "y1": 1}
            line = {"width": 1, "dash": dash}
            shapes.append({"type": "line", "yref": "paper", "line": line, **ends})
    name, *rest_of_title = title_of("test", group, axis)
    better = "← better" if mode == "min" else "better →"
    per_line = 32 if any(one.rest for one in rows) else 24
    layout = {
        "xaxis": axis.layout(f"{name}<br>{', '.join((*rest_of_title, better))}"),
        "yaxis": {
            "range": [len(lines) - 0.5, -0.5],
            "tickvals": list(range(len(lines))),
            "ticktext": [
                plain(one.name, 34)
                if isinstance(one, Mark)
                else "<br>".join(
                    plain(text, 34) for text in (one.label, *filter(None, [one.rest]))
                )
                for one in lines
            ],
            "fixedrange": True,
        },
        "shapes": shapes,
        "showlegend": False,
        "height": max(300, 100 + len(lines) * per_line),
    }
    return {"data": traces, "layout": layout}, _score_notes(len(series), rows, marks)


def _in_order(series: Sequence[Series], group: Group) -> list[Series | Mark]:
    """Rows and marks in the order of the table, the optimum first."""
    marks = marks_of(group)
    lines: list[Series | Mark] = [mark for mark in marks if mark.kind == "optimum"]
    rest_of_marks = iter(marks[len(lines) :])
    rest_of_rows = iter(series[:_MOST_ROWS])
    for item in group.ranked():
        if isinstance(item, Row):
            lines += itertools.islice(rest_of_rows, 1)
        elif item.metric == group.first.monitor and drawable(item.value) is not None:
            lines.append(next(rest_of_marks))
    return lines


def _dots(one: Series, y: int) -> list[Figure]:
    """A dot a seed, and the mean with its interval where there are several."""
    scores = one.scores
    if not scores:
        return []
    # seeds of one score stand above each other
    step = min(0.2, 0.6 / len(scores))
    middle = (len(scores) - 1) / 2
    label = plain(one.label)
    shared = {"legendgroup": plain(one.label, 200)}
    traces = []
    mean = sum(score for _, score in scores) / len(scores)
    if len(scores) > 1:
        low, high = one.row.interval or (mean, mean)
        above, below = (drawable(end) or 0.0 for end in (high - mean, mean - low))
        about = f"{label}, mean of {len(scores)} seeds"
        trace = trace_of(one.colour, "markers", [mean], [y], about, ": %{x:.4~g}")
        trace["marker"] = {"symbol": "line-ns", "size": 17, "line": {"width": 2}}
        ends = {"symmetric": False, "array": [above], "arrayminus": [below]}
        trace["error_x"] = {"type": "data", "thickness": 1, "width": 3} | ends
        traces.append(trace | shared)
    places = [y + (index - middle) * step for index in range(len(scores))]
    labels = [f"{label}, seed {run.seed}" for run, _ in scores]
    marker = {"size": 8, "line": {"width": 0.8}}
    x = [score for _, score in scores]
    dots = trace_of(one.colour, "markers", x, places, labels, ": %{x:.4~g}")
    return [*traces, dots | shared | {"marker": marker}]


def _mark(mark: Mark, y: int, axis: Axis) -> list[Figure]:
    """A diamond at the value and a bar for its band, or an arrow to where it is."""
    value = number(mark.value)
    about = f"{plain(mark.name)}: {value}"
    if not axis.holds(mark.value):
        place = axis.place(mark.value)
        right = place is not None and place > 1
        text = {
            "text": [f"{value} →" if right else f"← {value}"],
            "textposition": "middle left" if right else "middle right",
        }
        return [
            trace_of("mark", "text", [axis.high if right else axis.low], [y], about)
            | text
        ]
    traces = []
    if mark.band and all(axis.holds(end) for end in mark.band):
        bar = {"line": {"width": 5}, "opacity": 0.35}
        traces.append(trace_of("mark", "lines", mark.band, [y, y], about) | bar)
    symbol = "diamond-open" if mark.kind == "published" else "diamond"
    marker = {"marker": {"symbol": symbol, "size": 9}}
    return [*traces, trace_of("mark", "markers", [mark.value], [y], about) | marker]


def _score_notes(
    count: int, rows: Sequence[Series], marks: Sequence[Mark]
) -> list[str]:
    several = any(len(one.scores) > 1 for one in rows)
    interval = ", the line its 95 % interval" if several else ""
    notes = [f"One dot a seed; the bar is the mean of the finished runs{interval}."]
    about = {
        "baseline": "Dotted: baselines.",
        "optimum": "Solid: the Bayes-optimal value, which nothing can beat.",
        "published": "Hollow: published by others, perhaps not comparable.",
    }
    kinds = {mark.kind for mark in marks}
    notes += [sentence for kind, sentence in about.items() if kind in kinds]
    if count > _MOST_ROWS:
        notes.append(f"The first {_MOST_ROWS} of {count:,} rows.")
    return notes


def title_of(split: str, group: Group, axis: Axis) -> tuple[str, ...]:
    """The title of an axis: the metric with its arrow, then unit and scale."""
    first = group.first
    metric = f"{plain(f'{split} {first.monitor}')} {ARROWS[first.mode]}"
    unit = first.metric_units.get(first.monitor)
    unit_and_scale = [f"({plain(unit, 40)})"] if unit else []
    unit_and_scale += ["log scale"] if axis.log else []
    return (metric, ", ".join(unit_and_scale)) if unit_and_scale else (metric,)
