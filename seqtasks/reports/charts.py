"""Charts of a group: learning curves and test scores, as figures for plotly.js.

A figure is plain data. Colours are names (``"c0"``, ``"mark"``) that the page's script
replaces by those of its style sheet, in light and in dark.
"""

import collections
import dataclasses
import html
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number, setting
from seqtasks.reports.row import Row, differing
from seqtasks.reports.table import ARROWS, Table
from seqtasks.result import Result
from seqtasks.task import Baseline, Mode

Figure = dict[str, Any]
Point = tuple[float, float]

# more colours cannot be distinguished; page.css names them c0 to c7
COLOURS = 8
_DASHES = ("solid", "dash", "dot", "dashdot")

# the best rows come first; more lines or rows show nothing, and all are in the table
_MOST_RUNS = 300
_MOST_ROWS = 60
_MOST_IN_LEGEND = 32
# more lines across a chart hide what it is about
_MOST_BASELINES = 8

# the points of all runs of a chart together, and of one run
_MOST_POINTS = 24000
_MOST_OF_ONE = 200

_AT_EPOCH = "<br>epoch %{x}: %{y:.4~g}<extra></extra>"

# beyond it a value is as good as infinite, and squares would be
_LARGEST = 1e100
_MOST_EPOCHS = 1e9

# the largest value is so many times the smallest where an axis is logarithmic
_DECADES = 20.0

# a cell of a table is a sentence; what is longer was not written to be read
LONGEST = 2000


def visible(text: str) -> str:
    """One line in which every character can be seen.

    Characters that control a terminal or the direction of the text (U+202E), join
    invisibly or are none at all become U+FFFD; marks are not stacked higher than two.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    if text.isascii() and text.isprintable():
        return text
    spaced = re.sub(r"[\n\r\t\u00a0\u2002-\u200a\u202f\u3000]", " ", text)
    shown = "".join(c if c.isprintable() else "\ufffd" for c in spaced)
    marks = [unicodedata.category(c) in ("Mn", "Me") for c in shown]
    return "".join(
        c for i, c in enumerate(shown) if not all(marks[max(0, i - 2) : i + 1])
    )


def plain(text: str, most: int = 60) -> str:
    """A text for plotly.js, which takes a subset of HTML in every label.

    Args:
        text: Any text.
        most: The number of characters that there is room for.

    Example:
        >>> plain("<b>gru</b>")
        '&lt;b&gt;gru&lt;/b&gt;'
    """
    shown = visible(text)
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    # these would begin a field of a hover text, and a formula
    escaped = html.escape(shown, quote=False)
    return escaped.replace("%", "&#37;").replace("$", "&#36;")


def drawable(value: Any) -> float | None:
    """The number that a chart can show, ``None`` if this is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not abs(found) <= _LARGEST:
        return None
    return float(f"{found:.6g}") if abs(found) >= 1 / _LARGEST else 0.0


@dataclasses.dataclass(frozen=True)
class Axis:
    """A range of values.

    Args:
        low: The value at its beginning.
        high: The value at its end.
        log: Whether equal lengths are equal ratios.
    """

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float | None:
        """0 at the beginning, 1 at the end; ``None`` if the axis cannot show it."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return None
        return math.log(value / self.low) / math.log(self.high / self.low)

    def layout(self, title: str) -> Figure:
        """The axis for plotly.js; it takes the ends of a logarithmic one as powers."""
        ends = [self.low, self.high]
        return {
            "title": {"text": title},
            "type": "log" if self.log else "linear",
            "range": [math.log10(end) for end in ends] if self.log else ends,
        }


def fit(values: Sequence[float], mode: Mode) -> Axis:
    """The axis of these values, with a little room at both ends.

    It is logarithmic where the values span decades; not for a proportion of which a
    large value is good, since all that matters there is near 1.
    """
    low, high = min(values), max(values)
    proportion = mode == "max" and high <= 1
    if low > 0 and high / low >= _DECADES and not proportion:
        room = (high / low) ** 0.04
        return Axis(low / room, high * room, log=True)
    span = high - low
    if span <= 1e-9 * abs(high):
        span = abs(high) / 5 or 1.0
    return Axis(
        low - span / 20 if low < 0 or low > span / 20 else 0.0, high + span / 20
    )


@dataclasses.dataclass(frozen=True)
class Series:
    """One row of the table, as the charts show it.

    Args:
        row: The row.
        label: Its name in the table, with what else distinguishes it from other rows.
        colour: ``"c0"`` to ``"c7"``, or ``"grey"``.
        dash: The number of its pattern of dashes, from 0.
    """

    row: Row
    label: str
    colour: str
    dash: int

    @property
    def runs(self) -> tuple[Result, ...]:
        """The runs that the table counts, and those that did not finish."""
        unfinished = [run for run in self.row.runs if run.status != "finished"]
        return (*self.row.finished, *unfinished)

    @property
    def scores(self) -> list[tuple[Result, float]]:
        """The finished runs with a test score that can be drawn."""
        scored = ((run, drawable(run.score)) for run in self.row.finished)
        return [(run, score) for run, score in scored if score is not None]

    @property
    def rest(self) -> str:
        """How the other runs ended, in a few words."""
        count = collections.Counter(
            run.status.replace("_", " ")
            for run in self.row.runs
            if run.status != "finished"
        )
        if unscored := len(self.row.finished) - len(self.scores):
            count["without a score"] = unscored
        return ", ".join(f"{n} {status}" for status, n in count.items())


def series_of(group: Group, table: Table, cells: Sequence[str]) -> tuple[Series, ...]:
    """The rows of a group, the best first.

    The first eight have colours. A cell has the same colour on the whole page as long
    as it is one of the page's first eight; rows of one cell differ in their dashes.

    Args:
        group: The group.
        table: Its leaderboard, which has a line for each row.
        cells: The cells of the whole page.
    """
    rows = [item for item in group.ranked() if isinstance(item, Row)]
    names = [ln.cells[0] for ln in table.lines if ln.kind in ("run", "unfinished")]
    bright = rows[:COLOURS]
    order = {cell: index for index, cell in enumerate(cells)}
    shown = list(dict.fromkeys(row.cell for row in bright))
    own = {cell: order[cell] for cell in shown if order[cell] < COLOURS}
    free = (colour for colour in range(COLOURS) if colour not in own.values())
    colours = own | {cell: next(free) for cell in shown if cell not in own}
    taken: collections.Counter[str] = collections.Counter()
    found = []
    for index, (row, name) in enumerate(zip(rows, names, strict=True)):
        same = [r for r, other in zip(rows, names, strict=True) if other == name]
        told_by = differing(r.settings for r in same)
        label = " · ".join(
            (name, *(f"{k} {setting(row.settings.get(k))}" for k in told_by))
        )
        if index < COLOURS:
            dash = taken[row.cell] % len(_DASHES)
            found.append(Series(row, label, f"c{colours[row.cell]}", dash))
            taken[row.cell] += 1
        else:
            found.append(Series(row, label, "grey", 0))
    return tuple(found)


def by_use(results: Sequence[Result]) -> list[str]:
    """The names of the cells, those of most tasks first."""
    tasks = collections.defaultdict(set)
    for run in results:
        tasks[run.cell].add(run.task)
    return sorted(tasks, key=lambda cell: (-len(tasks[cell]), cell))


@dataclasses.dataclass(frozen=True)
class Mark:
    """A value of the monitored metric on the test split that is no run's.

    Args:
        kind: ``"baseline"``, ``"optimum"`` or ``"published"``.
        name: Its name, with its kind.
        value: The value.
        band: The values that agree with a published one, where it has a band.
    """

    kind: str
    name: str
    value: float
    band: tuple[float, float] | None = None


def marks_of(group: Group) -> list[Mark]:
    """The optimum, then baselines and published values in the order of the table.

    There are several optima where runs disagree about it.
    """
    metric = group.first.monitor
    optima = dict.fromkeys(
        drawable(run.optimum.value)
        for run in group.runs
        if run.optimum is not None and run.optimum.metric == metric
    )
    found = [Mark("optimum", "Bayes-optimal value", v) for v in optima if v is not None]
    for item in group.ranked():
        if isinstance(item, Row) or item.metric != metric:
            continue
        value = drawable(item.value)
        if value is None:
            continue
        if isinstance(item, Baseline):
            found.append(Mark("baseline", f"{item.name} (baseline)", value))
        else:
            low, high = drawable(item.low), drawable(item.high)
            band = None if low is None or high is None else (low, high)
            found.append(Mark("published", f"{item.name} (published)", value, band))
    return found


@dataclasses.dataclass(frozen=True)
class Curve:
    """The validation scores of a run by epoch.

    Args:
        series: The run's row.
        run: The run.
        pieces: Points of an epoch and a value, apart where values between them are
            no finite numbers.
        ends: The last points before values that are no finite numbers.
    """

    series: Series
    run: Result
    pieces: tuple[tuple[Point, ...], ...]
    ends: tuple[Point, ...]

    @property
    def points(self) -> list[Point]:
        """All points."""
        return [point for piece in self.pieces for point in piece]

    @property
    def chosen(self) -> Point | None:
        """The point of the epoch whose weights were scored."""
        if self.run.status != "finished":
            return None
        at = self.run.best_epoch
        return next((point for point in self.points if point[0] == at), None)

    @property
    def name(self) -> str:
        """The row and the seed; for a run that did not finish, how it ended."""
        status = self.run.status.replace("_", " ")
        ended = "" if status == "finished" else f", {status}"
        return f"{plain(self.series.label)}, seed {self.run.seed}{ended}"


def curve_of(series: Series, run: Result) -> Curve:
    """The monitored metric of a run on the validation split."""
    name = f"validation_{run.monitor}"
    pieces: list[list[Point]] = [[]]
    ends = []
    for index, entry in enumerate(run.history, start=1):
        if name not in entry:
            continue
        epoch = drawable(entry.get("epoch"))
        if epoch is None or not 0 <= epoch <= _MOST_EPOCHS:
            epoch = float(index)
        value = drawable(entry[name])
        if value is not None:
            pieces[-1].append((epoch, value))
        elif pieces[-1]:
            ends.append(pieces[-1][-1])
            pieces.append([])
    return Curve(series, run, tuple(tuple(p) for p in pieces if p), tuple(ends))


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Ends, and the least and the largest value of each stretch: no spike is lost."""
    if len(points) <= most:
        return list(points)
    stretches = max(1, (most - 2) // 2)
    bounds = [1 + (len(points) - 2) * i // stretches for i in range(stretches + 1)]
    kept = {0, len(points) - 1}
    for start, end in itertools.pairwise(bounds):
        inside = range(start, end)
        if inside:
            kept.add(min(inside, key=lambda index: points[index][1]))
            kept.add(max(inside, key=lambda index: points[index][1]))
    return [points[index] for index in sorted(kept)]


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
        traces += _row_of_curves(list(its), per_run, index < _MOST_IN_LEGEND)
    traces += [_level(mark, across) for mark in near]
    room = (across[1] - across[0]) / 40
    layout = {
        "xaxis": {
            "title": {"text": "epoch"},
            "range": [across[0] - room, across[1] + room],
            # no tick between two epochs
            "dtick": 1 if across[1] - across[0] < 10 else None,
        },
        "yaxis": axis.layout("<br>".join(_title("validation", group, axis))),
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        "height": 360,
    }
    notes = _curve_notes(found, with_points, drawn, near, axis)
    far = [f"{m.name} {number(m.value)}" for m in baselines if m not in near]
    if far:
        names = ", ".join(far[:12]) + (", …" if len(far) > 12 else "")
        notes.append(f"Not in the chart, being far from it: {names}.")
    return {"data": traces, "layout": layout}, notes


def _row_of_curves(curves: Sequence[Curve], most: int, in_legend: bool) -> list[Figure]:
    """The lines of a row, dots at the epochs that were chosen, crosses at ends."""
    one = curves[0].series
    shared = {"type": "scatter", "legendgroup": plain(one.label, 200)}
    lines = []
    dots: list[tuple[Point, str]] = []
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
        lines.append(
            {
                **shared,
                "mode": "lines",
                "name": plain(one.label, 40),
                "showlegend": in_legend and index == 0,
                "x": [epoch for epoch, _ in points[:-1]],
                "y": [value for _, value in points[:-1]],
                "line": {"width": 1.7, "dash": _DASHES[one.dash]},
                "meta": {"colour": one.colour, "label": curve.name},
                "hovertemplate": "%{meta.label}" + _AT_EPOCH,
            }
        )
    crosses = [
        (end, f"{c.name}, not finite after it") for c in curves for end in c.ends
    ]
    for points_of, symbol in ((dots, "circle"), (crosses, "x-thin")):
        if points_of:
            lines.append(
                {
                    **shared,
                    "mode": "markers",
                    "showlegend": False,
                    "x": [x for (x, _), _ in points_of],
                    "y": [y for (_, y), _ in points_of],
                    "text": [text for _, text in points_of],
                    "marker": {"size": 7, "symbol": symbol, "line": {"width": 1.5}},
                    "meta": {"colour": one.colour},
                    "hovertemplate": "%{text}" + _AT_EPOCH,
                }
            )
    return lines


def _level(mark: Mark, across: Sequence[float]) -> Figure:
    """A dashed line at a baseline; more points than two, to be pointed at."""
    step = (across[1] - across[0]) / 20
    return {
        "type": "scatter",
        "mode": "lines",
        "name": plain(mark.name, 40),
        "x": [across[0] + step * index for index in range(21)],
        "y": [mark.value] * 21,
        "line": {"width": 1.2, "dash": "5px,4px"},
        "meta": {"colour": "mark", "label": plain(mark.name)},
        "hovertemplate": "%{meta.label}: %{y:.4~g}<extra></extra>",
    }


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
    places = [axis.place(v) for c in drawn for _, v in c.points]
    beyond = sum(place is None or not 0 <= place <= 1 for place in places)
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
    values = [
        score for one in lines if isinstance(one, Series) for _, score in one.scores
    ]
    if not values:
        return None
    mode = group.first.mode
    for one in lines:
        if isinstance(one, Mark) and one.kind != "optimum":
            values += [one.value, *(one.band or ())]
    axis = fit(values, mode)
    optima = [
        one.value for one in lines if isinstance(one, Mark) and one.kind == "optimum"
    ]
    near = [
        v
        for v in optima
        if -0.6 <= (p if (p := axis.place(v)) is not None else 9) <= 1.6
    ]
    axis = fit([*values, *near], mode)
    traces: list[Figure] = []
    shapes: list[Figure] = []
    for y, one in enumerate(lines):
        if isinstance(one, Series):
            traces += _dots(one, y)
            continue
        traces += _mark(one, y, axis)
        if one.kind != "published" and _within(axis, one.value):
            dash = "dot" if one.kind == "baseline" else "solid"
            ends = {"x0": one.value, "x1": one.value, "y0": 0, "y1": 1}
            line = {"width": 1, "dash": dash}
            shapes.append({"type": "line", "yref": "paper", "line": line, **ends})
    name, *rest_of_title = _title("test", group, axis)
    better = "← better" if mode == "min" else "better →"
    rest = any(isinstance(one, Series) and one.rest for one in lines)
    layout = {
        "xaxis": axis.layout(f"{name}<br>{', '.join((*rest_of_title, better))}"),
        "yaxis": {
            "range": [len(lines) - 0.5, -0.5],
            "tickvals": list(range(len(lines))),
            "ticktext": [_name(one) for one in lines],
            "fixedrange": True,
        },
        "shapes": shapes,
        "showlegend": False,
        "height": max(300, 100 + len(lines) * (32 if rest else 24)),
    }
    return {"data": traces, "layout": layout}, _score_notes(series, lines)


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


def _name(one: Series | Mark) -> str:
    if isinstance(one, Mark):
        return plain(one.name, 34)
    rest = f"<br>{plain(one.rest, 34)}" if one.rest else ""
    return f"{plain(one.label, 34)}{rest}"


def _dots(one: Series, y: int) -> list[Figure]:
    """A dot a seed, and the mean with its interval where there are several."""
    scores = one.scores
    if not scores:
        return []
    # seeds of one score stand above each other
    step = min(0.2, 0.6 / len(scores))
    middle = (len(scores) - 1) / 2
    label = plain(one.label)
    shared = {"type": "scatter", "legendgroup": plain(one.label, 200)}
    traces: list[Figure] = []
    mean = sum(score for _, score in scores) / len(scores)
    if len(scores) > 1:
        low, high = one.row.interval or (mean, mean)
        ends = [drawable(high - mean), drawable(mean - low)]
        above, below = (end if end is not None and end > 0 else 0.0 for end in ends)
        traces.append(
            {
                **shared,
                "mode": "markers",
                "x": [mean],
                "y": [y],
                "marker": {"symbol": "line-ns", "size": 17, "line": {"width": 2}},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "thickness": 1,
                    "width": 3,
                    "array": [above],
                    "arrayminus": [below],
                },
                "meta": {"colour": one.colour, "label": label, "n": len(scores)},
                "hovertemplate": "%{meta.label}, mean of %{meta.n} seeds: "
                "%{x:.4~g}<extra></extra>",
            }
        )
    traces.append(
        {
            **shared,
            "mode": "markers",
            "x": [score for _, score in scores],
            "y": [y + (index - middle) * step for index in range(len(scores))],
            "text": [f"{label}, seed {run.seed}" for run, _ in scores],
            "marker": {"size": 8, "line": {"width": 0.8}},
            "meta": {"colour": one.colour},
            "hovertemplate": "%{text}: %{x:.4~g}<extra></extra>",
        }
    )
    return traces


def _mark(mark: Mark, y: int, axis: Axis) -> list[Figure]:
    """A diamond at the value and a bar for its band, or an arrow to where it is."""
    shared = {"type": "scatter", "y": [y], "meta": {"colour": "mark"}}
    about = f"{plain(mark.name)}: {number(mark.value)}"
    shared |= {"hovertext": [about], "hoverinfo": "text"}
    if not _within(axis, mark.value):
        place = axis.place(mark.value)
        right = place is not None and place > 1
        text = f"{number(mark.value)} →" if right else f"← {number(mark.value)}"
        side = "middle left" if right else "middle right"
        at = axis.high if right else axis.low
        return [
            {**shared, "mode": "text", "x": [at], "text": [text], "textposition": side}
        ]
    traces: list[Figure] = []
    if mark.band and all(_within(axis, end) for end in mark.band):
        band = {"width": 5, "dash": "solid"}
        traces.append(
            {
                **shared,
                "mode": "lines",
                "x": list(mark.band),
                "y": [y, y],
                "line": band,
                "opacity": 0.35,
            }
        )
    symbol = "diamond-open" if mark.kind == "published" else "diamond"
    marker = {"symbol": symbol, "size": 9}
    traces.append({**shared, "mode": "markers", "x": [mark.value], "marker": marker})
    return traces


def _within(axis: Axis, value: float) -> bool:
    place = axis.place(value)
    return place is not None and 0 <= place <= 1


def _score_notes(series: Sequence[Series], lines: Iterable[Series | Mark]) -> list[str]:
    notes = ["One dot a seed; the bar is the mean of the finished runs"]
    several = any(isinstance(one, Series) and len(one.scores) > 1 for one in lines)
    notes[0] += ", the line its 95 % interval." if several else "."
    kinds = {one.kind for one in lines if isinstance(one, Mark)}
    if "baseline" in kinds:
        notes.append("Dotted: baselines.")
    if "optimum" in kinds:
        notes.append("Solid: the Bayes-optimal value, which nothing can beat.")
    if "published" in kinds:
        notes.append("Hollow: published by others, perhaps not comparable.")
    if len(series) > _MOST_ROWS:
        notes.append(f"The first {_MOST_ROWS} of {len(series):,} rows.")
    return notes


def _title(split: str, group: Group, axis: Axis) -> tuple[str, ...]:
    """The title of an axis: the metric with its arrow, then unit and scale."""
    first = group.first
    metric = f"{plain(f'{split} {first.monitor}')} {ARROWS[first.mode]}"
    unit = first.metric_units.get(first.monitor)
    unit_and_scale = [f"({plain(unit, 40)})"] if unit else []
    unit_and_scale += ["log scale"] if axis.log else []
    return (metric, ", ".join(unit_and_scale)) if unit_and_scale else (metric,)
