"""Marks: the values beside which runs are drawn, baselines first of all."""

import dataclasses
from collections.abc import Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number
from seqtasks.reports.page.scale import Scale, drawable, fit

# more lines across a chart hide what it is about
_MOST_BASELINES = 8


@dataclasses.dataclass(frozen=True)
class Mark:
    """A value of the monitored metric on the test split that no run of ours reached.

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

    def __str__(self) -> str:
        return f"{self.name} {number(self.value)}"


def baselines(group: Group) -> list[Mark]:
    """The baselines of the monitored metric, the best first."""
    mode = group.first.mode
    marks = [
        Mark("baseline", f"{baseline.name} (baseline)", value)
        for baseline in group.baselines
        if baseline.metric == group.first.monitor
        for value in (drawable(baseline.value),)
        if value is not None
    ]
    return sorted(marks, key=lambda m: -m.value if mode == "max" else m.value)


def optima(group: Group) -> list[Mark]:
    """The optimum of the monitored metric; several where runs disagree about it."""
    known = [run.optimum for run in group.runs if run.optimum is not None]
    values = (
        drawable(optimum.value)
        for optimum in known
        if optimum.metric == group.first.monitor
    )
    return [
        Mark("optimum", "optimum", value)
        for value in dict.fromkeys(values)
        if value is not None
    ]


def published(group: Group) -> list[Mark]:
    """The published values of the monitored metric."""
    marks = []
    for known in group.published:
        value = drawable(known.value)
        if known.metric != group.first.monitor or value is None:
            continue
        low, high = drawable(known.low), drawable(known.high)
        band = None if low is None or high is None else (low, high)
        marks.append(Mark("published", f"{known.name} (published)", value, band))
    return marks


def around(
    values: Sequence[float], marks: Sequence[Mark], group: Group
) -> tuple[Scale, list[Mark]]:
    """A scale for values, and those of the baselines that it has room for.

    The best baseline always is: without it, a chart of small differences misleads.
    Baselines that are far from all values would press these together.
    """
    best = [mark.value for mark in marks[:1]]
    scale = fit([*values, *best], group.first.mode)
    near = [
        mark
        for index, mark in enumerate(marks[:_MOST_BASELINES])
        for place in (scale.place(mark.value),)
        if place is not None and (index == 0 or -0.35 <= place <= 1.35)
    ]
    return fit([*values, *(m.value for m in near)], group.first.mode), near
