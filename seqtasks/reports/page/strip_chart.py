"""The drawing of a strip plot: a line of dots for each row, a diamond for each mark."""

import collections
import dataclasses
from collections.abc import Sequence

from seqtasks.reports.html import Element, element
from seqtasks.reports.numbers import number
from seqtasks.reports.page.frame import SIZES, Frame, line, path, room_for, text
from seqtasks.reports.page.labels import cut
from seqtasks.reports.page.marks import Mark
from seqtasks.reports.page.scale import Scale, drawable
from seqtasks.reports.page.series import Series
from seqtasks.result import Result

# of the chart's width: names left of the data, what did not finish right of it
_NAMES = {"wide": 0.3, "narrow": 0.36}
_REST = {"wide": 0.25, "narrow": 0.2}

# a few rows share the height of the chart beside them, many need their own
_HEIGHT, _ROW_HEIGHT = 300.0, 22.0


@dataclasses.dataclass(frozen=True)
class Strip:
    """One line of the plot: a row of the table, or a mark.

    Args:
        series: The row.
        mark: The mark.
    """

    series: Series | None = None
    mark: Mark | None = None

    @property
    def name(self) -> str:
        """What stands left of it."""
        if self.series is not None:
            return self.series.label
        return self.mark.name if self.mark is not None else ""

    @property
    def scores(self) -> list[tuple[Result, float]]:
        """The finished runs with a score that can be drawn."""
        runs = self.series.row.finished if self.series is not None else ()
        scored = ((run, drawable(run.score)) for run in runs)
        return [(run, score) for run, score in scored if score is not None]

    @property
    def rest(self) -> str:
        """What became of the other runs, in a few words."""
        if self.series is None:
            return ""
        count = collections.Counter(
            run.status.replace("_", " ")
            for run in self.series.runs
            if run.status != "finished"
        )
        unscored = len(self.series.row.finished) - len(self.scores)
        if unscored:
            count["without a score"] = unscored
        return ", ".join(f"{n} {status}" for status, n in count.items())


def chart(
    strips: Sequence[Strip], scale: Scale, titles: Sequence[str], key: str, kind: str
) -> Element:
    """One drawing of the chart.

    Args:
        strips: Its lines, from the top.
        scale: The scale of the scores.
        titles: The lines of the axis' title.
        key: The figure's name.
        kind: A key of ``SIZES``.
    """
    width = SIZES[kind]
    left = room_for([strip.name for strip in strips], _NAMES[kind] * width) + 10
    rest = room_for([strip.rest for strip in strips], _REST[kind] * width)
    row_height = max(_ROW_HEIGHT, min(40.0, (_HEIGHT - 65) / len(strips)))
    height = row_height * len(strips) + 65
    right = width - (rest + 8 if rest else 16)
    frame = Frame(width, height, left, 8.0, right, height - 57)
    across = [
        line(strip.mark.kind, x, frame.top, x, frame.bottom)
        for strip in strips
        if strip.mark is not None and strip.mark.kind != "published"
        for x in (_within(frame, scale, strip.mark.value),)
        if x is not None
    ]
    rows = [
        _row(strip, frame.top + row_height * (index + 0.5), frame, scale)
        for index, strip in enumerate(strips)
    ]
    return frame.svg(
        key,
        kind,
        "Test scores",
        f"The {titles[0]} of every seed of {sum(s.series is not None for s in strips)} "
        f"rows; the table above has the means.",
        frame.x_axis(scale, titles, grid=True, whole=False),
        across,
        rows,
    )


def _row(strip: Strip, y: float, frame: Frame, scale: Scale) -> Element:
    name = text(frame.left - 8, y + 4, cut(strip.name, frame.left - 10), anchor="end")
    if strip.mark is not None:
        about, style = str(strip.mark), f"mark {strip.mark.kind}"
        parts = _mark(strip.mark, y, frame, scale)
    elif strip.series is not None:
        about = ": ".join(filter(None, (strip.series.label, strip.rest)))
        style = f"run {strip.series.style}"
        parts = _dots(strip, y, frame, scale)
    return element("g", element("title", about), name, parts, class_=style)


def _dots(strip: Strip, y: float, frame: Frame, scale: Scale) -> list[Element]:
    scores = strip.scores
    step = min(4.5, 14.0 / max(1, len(scores)))
    parts = []
    mean = sum(score for _, score in scores) / max(1, len(scores))
    middle = frame.x(scale, mean) if scores else None
    if middle is not None and len(scores) > 1:
        parts.append(line("mean", middle, y - 8, middle, y + 8))
    for index, (run, score) in enumerate(scores):
        x = frame.x(scale, score)
        if x is None:
            continue
        # seeds of one score stand above each other
        shift = (index - (len(scores) - 1) / 2) * step
        about = element("title", f"seed {run.seed}: {number(score)}")
        parts.append(element("circle", about, cx=x, cy=y + shift, r=3.4, class_="dot"))
    if strip.rest:
        room = frame.width - frame.right - 8
        parts.append(text(frame.right + 8, y + 4, cut(strip.rest, room), "failed"))
    return parts


def _mark(mark: Mark, y: float, frame: Frame, scale: Scale) -> list[Element]:
    """A diamond at the value, or an arrow to where it is."""
    place, x = scale.place(mark.value), _within(frame, scale, mark.value)
    if x is None:
        if place is not None and place > 1:
            return [
                text(frame.right - 4, y + 4, f"{number(mark.value)} →", anchor="end")
            ]
        return [text(frame.left + 4, y + 4, f"← {number(mark.value)}")]
    parts = []
    ends = [_within(frame, scale, value) for value in mark.band or ()]
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
        parts.append(line("band", ends[0], y, ends[1], y))
    corners = [(x - 4.5, y), (x, y - 4.5), (x + 4.5, y), (x, y + 4.5)]
    return [*parts, element("path", d=f"{path(corners)}Z", class_="diamond")]


def _within(frame: Frame, scale: Scale, value: float) -> float | None:
    place = scale.place(value)
    return frame.x(scale, value) if place is not None and 0 <= place <= 1 else None
