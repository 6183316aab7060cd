"""Learning curves: the validation score of every run by epoch, beside the baselines."""

from collections.abc import Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element
from seqtasks.reports.page import marks
from seqtasks.reports.page.curve_chart import Curve, chart
from seqtasks.reports.page.frame import SIZES
from seqtasks.reports.page.history import history
from seqtasks.reports.page.marks import Mark
from seqtasks.reports.page.scale import Scale
from seqtasks.reports.page.series import Series
from seqtasks.reports.table import ARROWS

# the best rows come first; more lines show nothing
_MOST_RUNS = 300


def curves(series: Sequence[Series], group: Group, key: str) -> Element | None:
    """The figure, or nothing if no run has a history.

    Args:
        series: The rows, the best first.
        group: The group that they are of.
        key: The figure's name, which no other has.
    """
    found = [Curve(one, run, history(run)) for one in series for run in one.runs]
    with_points = [curve for curve in found if curve.history.pieces]
    drawn = with_points[:_MOST_RUNS]
    if not drawn:
        return None
    # what a run that diverged went through does not decide the scale
    steady = [curve for curve in drawn if curve.run.status == "finished"] or drawn
    values = [value for curve in steady for _, value in curve.history.points]
    baselines = marks.baselines(group)
    scale, near = marks.around(values, baselines, group)
    arrow, monitor = ARROWS[group.first.mode], group.first.monitor
    unit = group.first.metric_units.get(monitor)
    title = f"validation {monitor} {arrow}{f' ({unit})' if unit else ''}"
    charts = [chart(drawn, near, scale, title, key, kind) for kind in SIZES]
    return element(
        "figure",
        *charts,
        element(
            "figcaption",
            element("strong", "Learning curves."),
            " ",
            " ".join(_notes(drawn, near, scale)),
            " ",
            " ".join(_left_out(found, with_points, drawn, baselines, near)),
        ),
    )


def _notes(drawn: Sequence[Curve], near: Sequence[Mark], scale: Scale) -> list[str]:
    notes = ["One line a run; the dot is the epoch that validation chose."]
    if near:
        notes.append("Dashed: baselines, computed on the test split.")
    if any(curve.history.ends for curve in drawn):
        notes.append("A cross: the next value was not a finite number.")
    if any(curve.series.style.startswith("grey") for curve in drawn):
        notes.append("Grey: the rows after the eighth; point at a line for its name.")
    places = [scale.place(v) for c in drawn for _, v in c.history.points]
    beyond = sum(place is None or not 0 <= place <= 1 for place in places)
    if beyond:
        values = "1 value of a run" if beyond == 1 else f"{beyond:,} values of runs"
        notes.append(
            f"{values} that did not finish: beyond the axis, drawn at its end."
        )
    return notes


def _left_out(
    found: Sequence[Curve],
    with_points: Sequence[Curve],
    drawn: Sequence[Curve],
    baselines: Sequence[Mark],
    near: Sequence[Mark],
) -> list[str]:
    notes = []
    far = [str(mark) for mark in baselines if mark not in near]
    if far:
        names = ", ".join(far[:12]) + (", …" if len(far) > 12 else "")
        notes.append(f"Not in the chart, being far from it: {names}.")
    if len(drawn) < len(with_points):
        notes.append(
            f"Drawn are {len(drawn)} of {len(with_points):,} runs, of the best rows."
        )
    without = len(found) - len(with_points)
    if without:
        runs = "1 run has" if without == 1 else f"{without:,} runs have"
        notes.append(f"{runs} no history to draw.")
    return notes
