"""The drawing of learning curves: lines, baselines, names at the ends of lines."""

import dataclasses
import functools
from collections.abc import Sequence

from seqtasks.reports.html import Element, element
from seqtasks.reports.numbers import number
from seqtasks.reports.page import labels
from seqtasks.reports.page.frame import (
    LINE_HEIGHT,
    SIZES,
    Frame,
    line,
    path,
    room_for,
    text,
)
from seqtasks.reports.page.history import History, Point
from seqtasks.reports.page.marks import Mark
from seqtasks.reports.page.scale import Scale
from seqtasks.reports.page.series import Series
from seqtasks.result import Result

# the points of all runs of a chart together, and of one run
_MOST_POINTS = 24000
_MOST_OF_ONE = 200

_MOST_LABELS = 32

# the room for them, of the chart's width
_LABELS = {"wide": 0.27, "narrow": 0.3}


@dataclasses.dataclass(frozen=True)
class Curve:
    """A run that is drawn.

    Args:
        series: Its row.
        run: The run.
        history: Its epochs.
    """

    series: Series
    run: Result
    history: History

    @functools.cached_property
    def chosen(self) -> Point | None:
        """The epoch whose weights were scored."""
        return self.history.at(self.run.best_epoch)

    @functools.cached_property
    def short(self) -> History:
        """The epochs, thinned."""
        return self.history.thinned(_MOST_OF_ONE)

    @property
    def about(self) -> str:
        """The words that a browser shows where the line is pointed at."""
        run = self.run
        if self.chosen is None:
            return f"{self.series.label}, seed {run.seed}: {run.status}"
        score = f"{number(self.chosen[1])} in epoch {run.best_epoch}"
        return f"{self.series.label}, seed {run.seed}: {score}"


def chart(
    drawn: Sequence[Curve],
    baselines: Sequence[Mark],
    scale: Scale,
    title: str,
    key: str,
    kind: str,
) -> Element:
    """One drawing of the chart.

    Args:
        drawn: The runs, those of the best row first.
        baselines: The baselines that the scale has room for.
        scale: The scale of the values.
        title: The name of the values' axis.
        key: The figure's name.
        kind: A key of ``SIZES``.
    """
    rows = {curve.series.index: curve.series for curve in drawn}
    names = list(rows.values())[: max(_MOST_LABELS - len(baselines), 0)]
    width = SIZES[kind]
    height = max(300.0, 84 + LINE_HEIGHT * (len(names) + len(baselines)))
    most = _LABELS[kind] * width
    room = room_for([one.label for one in names] + [m.name for m in baselines], most)
    ticks = scale.ticks(6)
    left = room_for([label for _, label in ticks], width / 4) + 8
    frame = Frame(width, height, left, 26.0, width - room - 26, height - 42)
    epochs = [epoch for curve in drawn for epoch, _ in curve.history.points]
    across = Scale(min(epochs), max(max(epochs), min(epochs) + 1))
    per_run = max(12, min(_MOST_OF_ONE, _MOST_POINTS // len(drawn)))
    lines = [_line(curve, frame, across, scale, per_run) for curve in reversed(drawn)]
    levels = [
        line("baseline", frame.left, y, frame.right, y)
        for mark in baselines
        for y in (frame.y(scale, mark.value),)
        if y is not None
    ]
    return frame.svg(
        key,
        kind,
        "Learning curves",
        f"{len(drawn)} runs of {len(rows)} rows, "
        f"{title}, by epoch; the table above has the scores.",
        frame.y_axis(ticks, scale, title, ", log scale" if scale.log else ""),
        frame.x_axis(across, ["epoch →"], grid=False, whole=True),
        levels,
        lines,
        _labels(names, drawn, baselines, frame, scale),
    )


def _line(
    curve: Curve, frame: Frame, across: Scale, scale: Scale, most: int
) -> Element:
    """A run: its line, a dot at the epoch that was chosen, a cross where it broke."""

    def place(point: Point) -> Point:
        x, y = frame.x(across, point[0]), frame.y(scale, point[1])
        # a log scale has no place for 0: it is beyond the lower end
        return (frame.left if x is None else x), (frame.bottom if y is None else y)

    pieces = [
        [place(point) for point in piece] for piece in curve.short.thinned(most).pieces
    ]
    dots = [piece[0] for piece in pieces if len(piece) == 1]
    if curve.chosen is not None and curve.run.status == "finished":
        dots.append(place(curve.chosen))
    return element(
        "g",
        element("title", curve.about),
        [element("path", d=path(p), class_="stroke") for p in pieces if len(p) > 1],
        [element("circle", cx=x, cy=y, r=2.6, class_="dot") for x, y in dots],
        [_cross(*place(point)) for point in curve.history.ends],
        class_=f"run {curve.series.style}",
    )


def _cross(x: float, y: float) -> Element:
    a, b = 4.0, -4.0
    strokes = path([(x + a, y + a), (x + b, y + b)]) + path(
        [(x + a, y + b), (x + b, y + a)]
    )
    return element("path", d=strokes, class_="cross")


def _labels(
    names: Sequence[Series],
    drawn: Sequence[Curve],
    baselines: Sequence[Mark],
    frame: Frame,
    scale: Scale,
) -> list[Element]:
    """Names right of the lines' ends, moved apart, with a stroke from end to name."""
    wanted = []
    for one in names:
        its = [curve for curve in drawn if curve.series.index == one.index]
        whole = [curve for curve in its if curve.run.status == "finished"] or its
        ends = [curve.history.points[-1][1] for curve in whole]
        heights = [frame.y(scale, end) for end in ends]
        known = [frame.bottom if height is None else height for height in heights]
        wanted.append((sum(known) / len(known), one.label, f"leader {one.style}"))
    for mark in baselines:
        level = frame.y(scale, mark.value)
        wanted.append(
            (frame.bottom if level is None else level, mark.name, "leader grey")
        )
    places = labels.spread(
        [y for y, _, _ in wanted], LINE_HEIGHT, frame.top, frame.bottom
    )
    room = frame.width - frame.right - 24
    parts = []
    for (target, name, style), y in zip(wanted, places, strict=True):
        x = frame.right
        leader = [(x + 2, target), (x + 8, target), (x + 15, y), (x + 20, y)]
        parts.append(
            element(
                "g",
                element("path", d=path(leader), class_="stroke"),
                text(x + 24, y + 4, labels.cut(name, room)),
                class_=style,
            )
        )
    return parts
