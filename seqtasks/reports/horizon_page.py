"""The horizons of cells on the HTML page: a row among the tasks, a table, a chart."""

import math
from collections.abc import Sequence
from typing import Any

from seqtasks.analysis.horizon_record import HorizonRecord
from seqtasks.reports.chart_data import plain
from seqtasks.reports.charts import Figure, trace_of
from seqtasks.reports.horizons import (
    by_conditions,
    label,
    notes_of,
    spread,
    table_of,
    title_of,
    value,
)


def horizon_sections(
    records: Sequence[HorizonRecord],
) -> tuple[list[dict[str, Any]], dict[str, Figure]]:
    """What the template shows of horizons, and the figures by their id.

    Args:
        records: The horizons of any cells and tasks.
    """
    sections, figures = [], {}
    for index, group in enumerate(by_conditions(records), start=1):
        key = f"h{index}"
        table = table_of(group)
        columns = [(c.header, "right" if c.right else "left") for c in table.columns]
        chart = _chart(group)
        figures[f"{key}-chart"] = chart
        sections.append(
            {
                "key": key,
                "title": title_of(group[0]),
                "table": {
                    "columns": columns,
                    "rows": [("", None, line.cells) for line in table.lines],
                },
                "chart": (f"{key}-chart", chart["layout"]["height"]),
                "notes": notes_of(group),
                "row": _matrix_row(group),
            }
        )
    return sections, figures


def _matrix_row(group: Sequence[HorizonRecord]) -> dict[str, Any]:
    """The row of the table over all tasks: what a cell reaches, by its name."""
    first = group[0]
    unit = f"{first.title} ({first.unit}) ↑"
    entries = {
        label(one, group): value(one.median, one)
        + (f" ({spread(one)})" if spread(one) else "")
        for one in group
    }
    return {"name": title_of(first), "metric": unit, "entries": entries}


def _chart(group: Sequence[HorizonRecord]) -> Figure:
    """A dot a seed and a bar at their median, by cell, the longest first."""
    first = group[0]
    below = first.least / 2  # where not even the least was solved
    traces = []
    for y, one in enumerate(group):
        name = plain(label(one, group))
        about = f"{name}, median of {len(one.reaches)}: {plain(value(one.median, one))}"
        bar = trace_of("c0", "markers", [one.median or below], [y], about)
        bar["marker"] = {"symbol": "line-ns", "size": 17, "line": {"width": 2}}
        # seeds of one value stand above each other
        step = min(0.2, 0.6 / len(one.reaches))
        middle = (len(one.reaches) - 1) / 2
        dots = trace_of(
            "c0",
            "markers",
            [reach.longest or below for reach in one.reaches],
            [y + (place - middle) * step for place in range(len(one.reaches))],
            [
                f"{name}, seed {reach.seed}: {plain(value(reach.longest, one))}"
                for reach in one.reaches
            ],
        )
        dots["marker"] = {"size": 8, "line": {"width": 0.8}}
        traces += [bar, dots]
    highest = max(max(one.range[1] for one in group), 2 * first.least)
    powers = [2**power for power in range(32)]
    ticks = [tick for tick in powers if first.least <= tick <= 2 * highest]
    layout = {
        "xaxis": {
            "title": {"text": f"{plain(first.title)} ({plain(first.unit, 40)})"},
            "type": "log",
            # as powers of ten, with room beside the dots at both ends
            "range": [math.log10(below / 1.3), math.log10(2 * highest)],
            "tickvals": [below, *ticks],
            "ticktext": [f"&lt; {first.least}", *map(str, ticks)],
        },
        "yaxis": {
            "range": [len(group) - 0.5, -0.5],
            "tickvals": list(range(len(group))),
            "ticktext": [plain(label(one, group), 34) for one in group],
            "fixedrange": True,
        },
        "showlegend": False,
        "height": max(220, 100 + len(group) * 24),
    }
    return {"data": traces, "layout": layout}
