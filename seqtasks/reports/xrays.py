"""The X-rays of a group's runs on the HTML page: a table, two charts, notes."""

from collections.abc import Sequence
from typing import Any

from seqtasks.analysis.xray_record import Curve, XRay
from seqtasks.analysis.xray_table import COLUMNS
from seqtasks.analysis.xray_words import CAUTIONS, MEANINGS
from seqtasks.reports.chart_data import DASHES, Axis, Series, drawable, fit, plain
from seqtasks.reports.charts import Figure, trace_of

# of the best rows; more lines show nothing
_MOST = 60

# what is below the largest by so much is beyond a logarithmic axis
_BELOW = 1e-6

_SWAPPED = (
    "How far the output at the last step moves if the input k steps before it is "
    "replaced by another example's; 1 is the distance between two examples' outputs."
)


def xray_section(
    xrays: Sequence[XRay], series: Sequence[Series], key: str
) -> tuple[dict[str, Any] | None, dict[str, Figure]]:
    """What the template shows of X-rays, and the figures by their id.

    Args:
        xrays: X-rays of any runs.
        series: The rows of a group.
        key: Name of the group, with which its ids begin.

    Returns:
        ``None`` and nothing if no run of the group has an X-ray.
    """
    by_run: dict[str, list[XRay]] = {}
    for xray in xrays:
        by_run.setdefault(xray.run, []).append(xray)
    found = [
        (one, xray)
        for one in series
        for run in one.runs
        for xray in by_run.get(run.run, [])
    ]
    if not found:
        return None, {}
    names = ("model", "seed", "layer", *(name for name, _ in COLUMNS))
    rows = [
        ("", one, [one.label, str(x.seed), str(x.layer), *(of(x) for _, of in COLUMNS)])
        for one, x in found
    ]
    drawn = found[:_MOST]
    states = [(one, x, x.state_gradient.curve) for one, x in drawn]
    swaps = [(one, x, x.influence.swap) for one, x in drawn]
    figures = {
        f"{key}-memory": _chart(
            states, "gradient of the last loss,<br>relative to k = 1", True
        ),
        f"{key}-influence": _chart(
            swaps, "output moved<br>(1: another example's)", False
        ),
    }
    captions = (
        ("Gradient by the state.", MEANINGS["state gradient"]),
        ("Swapped inputs.", _SWAPPED),
    )
    charts = [
        (name, heading, caption, figures[name]["layout"]["height"])
        for name, (heading, caption) in zip(figures, captions, strict=True)
    ]
    notes = [
        f"{name}: {meaning} {CAUTIONS.get(name, '')}"
        for name, meaning in MEANINGS.items()
    ]
    warnings = [
        f"{one.label}, seed {x.seed}, layer {x.layer}: {text}"
        for one, x in drawn
        for text in x.warnings
    ]
    columns = [(name, "left" if name == "model" else "right") for name in names]
    made = {
        "table": {"columns": columns, "rows": rows},
        "charts": charts,
        "notes": notes,
        "warnings": warnings,
    }
    return made, figures


def _chart(
    curves: Sequence[tuple[Series, XRay, Curve]], title: str, may_be_log: bool
) -> Figure:
    """One line an X-ray, against the lag."""
    values = [
        value
        for _, _, curve in curves
        for value in map(drawable, curve.middle)
        if value
    ]
    top = max(values, default=1.0)
    near = [value for value in values if value >= _BELOW * top]
    decades = may_be_log and min(near, default=top) <= top / 20
    axis = fit(near if decades else [0.0, top], "min")
    traces, shown = [], set()
    for one, xray, curve in curves:
        heights = [_height(value, axis) for value in curve.middle]
        label = f"{plain(one.label)}, seed {xray.seed}, layer {xray.layer}"
        trace = trace_of(
            one.colour, "lines", curve.at, heights, label, "<br>lag %{x}: %{y:.3~g}"
        )
        trace["name"] = plain(one.label, 40)
        trace["showlegend"] = one.label not in shown
        trace["legendgroup"] = plain(one.label, 200)
        trace["line"] = {"width": 1.7, "dash": DASHES[one.dash]}
        shown.add(one.label)
        traces.append(trace)
    layout = {
        "xaxis": {"title": {"text": "lag k (steps before the last)"}},
        "yaxis": axis.layout(title),
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        "height": 320,
    }
    return {"data": traces, "layout": layout}


def _height(value: float, axis: Axis) -> float | None:
    found = drawable(value)
    return None if found is None or (axis.log and found <= 0) else found
