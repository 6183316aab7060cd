"""Charts of quality against cost: parameters, seconds, time steps a second."""

import dataclasses
from collections.abc import Callable, Sequence

from seqtasks.reports.chart_data import DASHES, Series, drawable, fit, plain
from seqtasks.reports.charts import Figure, title_of, trace_of
from seqtasks.reports.group import Group
from seqtasks.reports.row import Row
from seqtasks.task import Mode

_MOST_ROWS = 60


@dataclasses.dataclass(frozen=True)
class Cost:
    """One of the costs of a row.

    Args:
        name: What the axis is called, and the button that shows it.
        of_row: The cost of a row; ``None`` if it has none.
        mode: ``"min"`` or ``"max"``, the better direction.
    """

    name: str
    of_row: Callable[[Row], float | None]
    mode: Mode


def cost_charts(
    series: Sequence[Series], group: Group
) -> tuple[list[tuple[str, Figure]], list[str]] | None:
    """A figure for each cost, with one dot a row and the Pareto front.

    Returns:
        The name of each cost with its figure, and the sentences of the caption; or
        ``None`` if there are no two rows to compare.
    """
    costs = (
        Cost("parameters", lambda row: float(row.num_params), "min"),
        Cost("seconds of training", lambda row: row.mean("seconds"), "min"),
        Cost(
            f"{group.first.step_name}s/second",
            lambda row: row.mean("time_steps_per_second"),
            "max",
        ),
    )
    figures = []
    for cost in costs:
        points = []
        for one in series[:_MOST_ROWS]:
            score = one.row.score
            x, y = drawable(cost.of_row(one.row)), drawable(score and score.mean)
            if x is not None and y is not None and x > 0:
                points.append((x, y, one))
        if len(points) > 1:
            figures.append((cost.name, _figure(points, cost, group)))
    if not figures:
        return None
    notes = [
        "One dot a row, the mean over its seeds. The line is the Pareto front: no "
        "other row is both cheaper and better than a row on it.",
    ]
    if len({run.device for run in group.runs}) > 1:
        notes.append("Seconds and speeds are of different machines.")
    return figures, notes


def pareto(
    points: Sequence[tuple[float, float]], cost: Mode, quality: Mode
) -> list[tuple[float, float]]:
    """The points that no other point beats in both, the cheapest first.

    Args:
        points: Cost and quality of each.
        cost: The better direction of the cost.
        quality: The better direction of the quality.
    """
    by_cost, by_quality = (1 if mode == "min" else -1 for mode in (cost, quality))
    front: list[tuple[float, float]] = []
    for x, y in sorted(points, key=lambda p: (by_cost * p[0], by_quality * p[1])):
        if not front or by_quality * y < by_quality * front[-1][1]:
            front.append((x, y))
    return front


def _figure(
    points: Sequence[tuple[float, float, Series]], cost: Cost, group: Group
) -> Figure:
    mode = group.first.mode
    traces = []
    for x, y, one in points:
        about = f": %{{y:.4~g}}, {plain(cost.name)} %{{x:,.4~r}}"
        trace = trace_of(one.colour, "markers", [x], [y], plain(one.label), about)
        trace["name"] = plain(one.label, 40)
        trace["legendgroup"] = plain(one.label, 200)
        trace["marker"] = {"size": 11, "symbol": _SYMBOLS[one.dash]}
        traces.append(trace)
    front = pareto([(x, y) for x, y, _ in points], cost.mode, mode)
    line = trace_of(
        "mark", "lines", [x for x, _ in front], [y for _, y in front], "Pareto front"
    )
    line["name"] = "Pareto front"
    line["line"] = {"width": 1.2, "dash": DASHES[1], "shape": "hv"}
    across = fit([x for x, _, _ in points], "min")
    up = fit([y for _, y, _ in points], mode)
    better = "← cheaper" if cost.mode == "min" else "faster →"
    return {
        "data": [line, *traces],
        "layout": {
            "xaxis": across.layout(f"{plain(cost.name)}<br>{better}"),
            "yaxis": up.layout("<br>".join(title_of("test", group, up))),
            "legend": {"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0},
            "height": 360,
            # a zoom is of one cost
            "uirevision": plain(cost.name),
        },
    }


# of the rows of one cell, as its dashes in the learning curves
_SYMBOLS = ("circle", "square", "triangle-up", "cross")
