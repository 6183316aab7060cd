"""Field: the contenders of one group of comparable runs."""

import dataclasses
from collections.abc import Sequence

from seqtasks.comparison.contender import Contender, contender, in_order
from seqtasks.comparison.names import differing_settings, names
from seqtasks.reports.group import Group, groups
from seqtasks.reports.row import rows
from seqtasks.result import Result
from seqtasks.task import Baseline, better


@dataclasses.dataclass(frozen=True)
class Field:
    """Who competes in one task, with one version, on one data set.

    Args:
        group: The comparable runs.
        name: The task, with the options by which it differs from other fields.
        contenders: The best first, those that failed last.
        differing: Settings that differ between the contenders, apart from units.
    """

    group: Group
    name: str
    contenders: tuple[Contender, ...]
    differing: tuple[str, ...]

    @property
    def first(self) -> Result:
        """Any of the runs, for what they all share."""
        return self.group.first

    @property
    def baseline(self) -> Baseline | None:
        """The best that was reached without a recurrent state."""
        best: Baseline | None = None
        for baseline in self.group.baselines:
            if baseline.metric == self.first.monitor and (
                best is None or better(baseline.value, best.value, self.first.mode)
            ):
                best = baseline
        return best


def fields(results: Sequence[Result]) -> tuple[Field, ...]:
    """The contenders of each group of full runs."""
    found = groups([run for run in results if run.limit is None])
    of_groups = [rows(group.runs) for group in found]
    short = [group.title.rpartition(" · data ")[0] or group.title for group in found]
    return tuple(
        Field(
            group,
            name if short.count(name) == 1 else group.title,
            in_order(map(contender, its_names, its_rows), group.first.mode),
            tuple(differing_settings(its_rows)),
        )
        for group, name, its_names, its_rows in zip(
            found, short, names(of_groups), of_groups, strict=True
        )
    )
