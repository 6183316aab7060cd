"""A strip plot: the test score of every seed, by row, beside what is known."""

import collections
import dataclasses
from collections.abc import Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element
from seqtasks.reports.layout import ARROWS
from seqtasks.reports.numbers import number
from seqtasks.reports.page import marks
from seqtasks.reports.page.frame import SIZES, Frame, line, path, room_for, text
from seqtasks.reports.page.labels import cut
from seqtasks.reports.page.marks import Mark
from seqtasks.reports.page.scale import Scale, drawable, fit
from seqtasks.reports.page.series import Series
from seqtasks.result import Result
from seqtasks.task import Floor, Reference

_MOST_ROWS = 60

# of the chart's width: names left of the data, what did not finish right of it
_NAMES = {"wide": 0.3, "narrow": 0.36}
_REST = {"wide": 0.25, "narrow": 0.2}

# a few rows share the height of the chart beside them, many need their own
_HEIGHT, _ROW_HEIGHT = 300.0, 22.0


@dataclasses.dataclass(frozen=True)
class _Strip:
    """One line of the plot: a row of the table, or a mark."""

    series: Series | None = None
    mark: Mark | None = None

    @property
    def name(self) -> str:
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


def strip_plot(series: Sequence[Series], group: Group, key: str) -> Element | None:
    """The figure, or nothing if no run has a score.

    Args:
        series: The rows, the best first.
        group: The group that they are of.
        key: The figure's name, which no other has.
    """
    strips = _strips(series, group)
    if not any(strip.scores for strip in strips):
        return None
    scale = _scale(strips, group)
    monitor, mode = group.first.monitor, group.first.mode
    unit = group.first.metric_units.get(monitor)
    title = f"test {monitor} {ARROWS[mode]}{f' ({unit})' if unit else ''}"
    better = "← better" if mode == "min" else "better →"
    titles = [title, f"log scale, {better}" if scale.log else better]
    notes = ["One dot a seed; the bar is the mean of the finished runs."]
    kinds = {strip.mark.kind for strip in strips if strip.mark is not None}
    if "floor" in kinds:
        notes.append("Dashed: floors.")
    if "optimum" in kinds:
        notes.append("Solid: the optimum, which nothing can beat.")
    if "published" in kinds:
        notes.append("Hollow: published by others, perhaps not comparable.")
    if len(series) > _MOST_ROWS:
        notes.append(f"The first {_MOST_ROWS} of {len(series):,} rows.")
    return element(
        "figure",
        [_chart(strips, scale, titles, key, kind) for kind in SIZES],
        element("figcaption", element("strong", "Test scores."), " ", " ".join(notes)),
    )


def _strips(series: Sequence[Series], group: Group) -> list[_Strip]:
    """In the order of the table, the optimum first."""
    strips = [_Strip(mark=mark) for mark in marks.optima(group)]
    known = {"floor": marks.floors(group), "published": marks.published(group)}
    by_name = {(m.kind, m.name, m.value): m for found in known.values() for m in found}
    rest = iter(series)
    for item in group.ranked():
        if isinstance(item, Floor | Reference):
            kind = "floor" if isinstance(item, Floor) else "published"
            place = (kind, f"{item.name} ({kind})", drawable(item.value))
            if item.metric == group.first.monitor and place in by_name:
                strips.append(_Strip(mark=by_name[place]))
        else:
            strips.append(_Strip(series=next(rest)))
    return [s for s in strips if s.series is None or s.series.index < _MOST_ROWS]


def _scale(strips: Sequence[_Strip], group: Group) -> Scale:
    values = [score for strip in strips for _, score in strip.scores]
    for strip in strips:
        if strip.mark is not None and strip.mark.kind != "optimum":
            values += [strip.mark.value, *(strip.mark.band or ())]
    scale = fit(values, group.first.mode)
    for mark in marks.optima(group):
        place = scale.place(mark.value)
        if place is not None and -0.6 <= place <= 1.6:
            values.append(mark.value)
    return fit(values, group.first.mode)


def _chart(
    strips: Sequence[_Strip], scale: Scale, titles: Sequence[str], key: str, kind: str
) -> Element:
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


def _row(strip: _Strip, y: float, frame: Frame, scale: Scale) -> Element:
    name = text(frame.left - 8, y + 4, cut(strip.name, frame.left - 10), anchor="end")
    if strip.mark is not None:
        about, style = str(strip.mark), f"mark {strip.mark.kind}"
        parts = _mark(strip.mark, y, frame, scale)
    elif strip.series is not None:
        about = ": ".join(filter(None, (strip.series.label, strip.rest)))
        style = f"run {strip.series.style}"
        parts = _dots(strip, y, frame, scale)
    return element("g", element("title", about), name, parts, class_=style)


def _dots(strip: _Strip, y: float, frame: Frame, scale: Scale) -> list[Element]:
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
