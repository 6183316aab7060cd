"""A strip plot: the test score of every seed, by row, beside what is known."""

from collections.abc import Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element
from seqtasks.reports.page import marks
from seqtasks.reports.page.frame import SIZES
from seqtasks.reports.page.scale import Scale, drawable, fit
from seqtasks.reports.page.series import Series
from seqtasks.reports.page.strip_chart import Strip, chart
from seqtasks.reports.table import ARROWS
from seqtasks.task import Baseline, PublishedResult

# the best rows come first; all are in the table
_MOST_ROWS = 60


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
    if "baseline" in kinds:
        notes.append("Dashed: baselines.")
    if "optimum" in kinds:
        notes.append("Solid: the optimum, which nothing can beat.")
    if "published" in kinds:
        notes.append("Hollow: published by others, perhaps not comparable.")
    if len(series) > _MOST_ROWS:
        notes.append(f"The first {_MOST_ROWS} of {len(series):,} rows.")
    return element(
        "figure",
        [chart(strips, scale, titles, key, kind) for kind in SIZES],
        element("figcaption", element("strong", "Test scores."), " ", " ".join(notes)),
    )


def _strips(series: Sequence[Series], group: Group) -> list[Strip]:
    """In the order of the table, the optimum first."""
    strips = [Strip(mark=mark) for mark in marks.optima(group)]
    known = {"baseline": marks.baselines(group), "published": marks.published(group)}
    by_name = {(m.kind, m.name, m.value): m for found in known.values() for m in found}
    rest = iter(series)
    for item in group.ranked():
        if isinstance(item, Baseline | PublishedResult):
            kind = "baseline" if isinstance(item, Baseline) else "published"
            place = (kind, f"{item.name} ({kind})", drawable(item.value))
            if item.metric == group.first.monitor and place in by_name:
                strips.append(Strip(mark=by_name[place]))
        else:
            strips.append(Strip(series=next(rest)))
    return [s for s in strips if s.series is None or s.series.index < _MOST_ROWS]


def _scale(strips: Sequence[Strip], group: Group) -> Scale:
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
