"""Skill score: where a row is between the best baseline and the best known value."""

import dataclasses
import math
from typing import Any

from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number
from seqtasks.reports.row import Row, over_seeds
from seqtasks.task import Baseline, Optimum, PublishedResult, better

_PERFECT = Optimum("", 1.0, "a share of all")


@dataclasses.dataclass(frozen=True)
class Scale:
    """Where 0 % and 100 % are, in the unit that the metric was measured in.

    Args:
        baseline: The value of the best baseline.
        target: The Bayes-optimal value, or else the best published value, or else the
            perfect score of a share.
        note: One sentence on what they are.
    """

    baseline: float
    target: float
    note: str

    def percent(self, value: float) -> float:
        """Where a value is; below 0 if it is worse than the baseline."""
        # + 0: a baseline is at 0 and not at -0
        return 100 * (value - self.baseline) / (self.target - self.baseline) + 0.0


def scale_of(group: Group) -> Scale | str:
    """The scale of a group's monitored metric, or a sentence why there is none."""
    metric, mode = group.first.monitor, group.first.mode
    baseline = group.best_baseline
    if baseline is None:
        return f"No skill score: no baseline of {metric} is known."
    sign = 1 if mode == "min" else -1
    published = [known for known in group.published if known.metric == metric]
    if group.optimum is not None and group.optimum.metric == metric:
        target: Any = group.optimum
        is_target = f"the Bayes-optimal value ({target.value:.4g}): {target.how}"
    elif published:
        target = min(published, key=lambda one: sign * one.value)
        is_target = (
            f"the best published value, {target.name} ({number(target.value)}): no "
            f"Bayes-optimal value is known"
        )
    elif mode == "max" and group.first.metric_units.get(metric) == "fraction":
        target = _PERFECT
        is_target = (
            "the perfect score (1): no Bayes-optimal and no published value is known, "
            "and what in the data is left to chance may keep it out of reach"
        )
    else:
        return (
            f"No skill score: no Bayes-optimal and no published value of {metric} is "
            f"known."
        )
    if not better(target.value, baseline.value, mode):
        return (
            f"No skill score: the baseline {baseline.name} ({number(baseline.value)}) "
            f"is no worse than {is_target.partition(' (')[0]}."
        )
    return Scale(
        group.measured(baseline.value),
        group.measured(target.value),
        f"Skill score: 0 % is the best baseline, {baseline.name} "
        f"({number(baseline.value)}), 100 % {is_target}.",
    )


def skill_of(item: Row | Baseline | PublishedResult, group: Group) -> float | None:
    """The skill score of a row, a baseline or a published value in percent.

    ``None`` if it has no value of the monitored metric, or the group no scale. In
    another unit it stays what it is in the unit that was measured.
    """
    scale, metric = scale_of(group), group.first.monitor
    if isinstance(scale, str):
        return None
    if isinstance(item, Row):
        scores = over_seeds([group.measured(v) for v in item.values("test", metric)])
        value = scores.mean if scores else math.nan
    else:
        value = group.measured(item.value) if item.metric == metric else math.nan
    return scale.percent(value) if math.isfinite(value) else None
