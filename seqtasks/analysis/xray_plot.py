"""The picture of one X-ray, or of several on one task over each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqtasks.analysis.xray_record import Curve, XRay
from seqtasks.analysis.xray_table import labels
from seqtasks.analysis.xray_words import half_life
from seqtasks.data.picture import COLOURS, new_figure, picture, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 1500, 860

# what is below the largest by so much is not drawn
_DECADES = 6


def draw(xrays: Sequence[XRay], form: str) -> bytes:
    """The picture as a file.

    Args:
        xrays: X-rays of one task.
        form: ``"png"`` or ``"svg"``.
    """
    figure = new_figure(_WIDTH, _HEIGHT)
    panels = figure.subplots(2, 3)
    for axes, panel in zip(panels.flat, _PANELS, strict=True):
        panel(axes, xrays)
    first = xrays[0]
    head = first.run if len(xrays) == 1 else f"{len(xrays)} runs"
    figure.suptitle(
        plain(f"{first.task}: {head}, {first.examples} validation examples")
    )
    if len(xrays) > 1:
        handles, names = panels.flat[0].get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside lower center", ncols=min(4, len(xrays))
        )
    return picture(figure, form)


def _state_gradient(axes: Axes, xrays: Sequence[XRay]) -> None:
    values = []
    for xray, colour, name in _each(xrays):
        curve = xray.state_gradient.curve
        _band(axes, curve, colour, f"{name}, half-life {half_life(xray)}")
        values += curve.middle
    axes.axhline(0.5, color="0.6", linewidth=0.8, linestyle=":")
    _logarithmic(axes, values)
    _name(
        axes,
        "State gradient",
        "lag k (steps)",
        r"$\|\partial loss_T/\partial h_{T-k}\|$, relative to k = 1",
    )
    if len(xrays) == 1:
        axes.legend(loc="best", fontsize=8)


def _input_gradient(axes: Axes, xrays: Sequence[XRay]) -> None:
    values = []
    for xray, colour, name in _each(xrays):
        _band(axes, xray.influence.gradient, colour, name)
        values += xray.influence.gradient.middle
    _logarithmic(axes, values)
    _name(
        axes,
        "Input influence, by gradient",
        "lag k (steps)",
        r"$\|\partial y_T/\partial x_{T-k}\|$",
    )


def _swapped(axes: Axes, xrays: Sequence[XRay]) -> None:
    for xray, colour, _ in _each(xrays):
        curve = xray.influence.swap
        axes.plot(curve.at, curve.middle, color=colour, marker="o", markersize=3)
    axes.set_ylim(bottom=0)
    _name(
        axes,
        "Input influence, by swapped inputs",
        "lag k (steps)",
        "output moved (1: another example's)",
    )


def _radius(axes: Axes, xrays: Sequence[XRay]) -> None:
    for xray, colour, _ in _each(xrays):
        radius = xray.radius
        shares = [count / sum(radius.counts) for count in radius.counts]
        axes.stairs(shares, radius.edges, color=colour, linewidth=1.6)
        if len(xrays) == 1:
            axes.stairs(shares, radius.edges, color=colour, alpha=0.25, fill=True)
    axes.axvline(1.0, color="0.6", linewidth=0.8, linestyle=":")
    _name(
        axes,
        "Spectral radius of one step",
        r"radius of $\partial h_t/\partial h_{t-1}$",
        "share of steps",
    )


def _gates(axes: Axes, xrays: Sequence[XRay]) -> None:
    rows = [
        (xray, colour, gate if len(xrays) == 1 else f"{name}: {gate}", closed, open_)
        for xray, colour, name in _each(xrays)
        for gate, closed, open_ in _saturation(xray)
    ]
    for place, (_, colour, _, closed, open_) in enumerate(rows):
        axes.barh(place, -closed, color=colour, alpha=0.55)
        axes.barh(place, open_, color=colour)
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["1", "0.5", "0", "0.5", "1"])
    names = [plain(name) for _, _, name, _, _ in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.invert_yaxis()
    _name(axes, "Saturated gates", "share closed (< 0.1)  |  share open (> 0.9)", "")
    if not rows:
        text = axes.text(0.5, 0.5, "no gates", ha="center", va="center")
        text.set_transform(axes.transAxes)


def _saturation(xray: XRay) -> list[tuple[str, float, float]]:
    return [(gate.name, gate.closed, gate.open) for gate in xray.gates]


def _loss(axes: Axes, xrays: Sequence[XRay]) -> None:
    for xray, colour, name in _each(xrays):
        curve = xray.loss.curve
        at = [place * xray.loss.steps + 0.5 for place in curve.at]
        if len(xrays) == 1:
            _band(axes, Curve(at, curve.middle, curve.low, curve.high), colour, name)
        else:  # the spread over examples would cover the other lines
            axes.plot(at, curve.middle, color=colour, linewidth=1.8)
    what = "at each step" if xrays[0].loss.each_step else "if the sequence ended there"
    _name(axes, "Loss along the sequence", xrays[0].step_name, f"loss {what}")


_PANELS = (_state_gradient, _input_gradient, _swapped, _radius, _gates, _loss)


def _each(xrays: Sequence[XRay]) -> list[tuple[XRay, str, str]]:
    names = labels(xrays)
    return [
        (xray, COLOURS[place % len(COLOURS)], plain(name))
        for place, (xray, name) in enumerate(zip(xrays, names, strict=True))
    ]


def _band(axes: Axes, curve: Curve, colour: str, name: str) -> None:
    axes.plot(curve.at, curve.middle, color=colour, label=name, linewidth=1.8)
    axes.fill_between(curve.at, curve.low, curve.high, color=colour, alpha=0.15, lw=0)


def _logarithmic(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic axis where values span a decade, and not without end."""
    top = max(values)
    least = min((value for value in values if value > 0), default=top)
    if top <= 10 * least:
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    axes.set_ylim(max(least / 2, top / 10**_DECADES), top * 2)


def _name(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(plain(x) if "$" not in x else x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
