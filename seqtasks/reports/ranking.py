"""Ranking: the same models over several tasks."""

import dataclasses
import math
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqtasks.reports import statistics as of_ranks

if TYPE_CHECKING:
    from seqtasks.reports.comparison import Model, TaskComparison


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Average ranks over tasks, with the tests of their differences.

    Args:
        names: The models by average rank, the best first.
        tasks: The names of the tasks.
        ranks: One row a task, in it one rank a model, in the order of ``names``.
        alpha: The level of the tests.
        chi_squared: Friedman's statistic, corrected for ties.
        p: The p value of Friedman's test, by permutation.
        critical_difference: The difference of average ranks that is significant.
        fewest_tasks: The number of tasks from which any ranks can be significant.
        failed: Number of tasks in which a model ranks last because it failed, by name.
        left_out: A few words on each task and model that is not in it.
        repeated: Tasks that are there more than once, with other options or versions.
    """

    names: tuple[str, ...]
    tasks: tuple[str, ...]
    ranks: tuple[tuple[float, ...], ...]
    alpha: float
    chi_squared: float
    p: float
    critical_difference: float
    fewest_tasks: int
    failed: dict[str, int]
    left_out: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def average(self) -> tuple[float, ...]:
        """The average ranks, in the order of ``names``."""
        return tuple(map(statistics.fmean, zip(*self.ranks, strict=True)))

    @property
    def rejects(self) -> bool:
        """Whether the ranks differ significantly, by Friedman's test."""
        return len(self.tasks) >= self.fewest_tasks and self.p <= self.alpha

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """The runs of models without a significant difference, by first and last place.

        If Friedman's test does not reject, that is all of them.
        """
        if not self.rejects:
            return ((0, len(self.names) - 1),)
        return of_ranks.bars(self.average, self.critical_difference)


def ranking(
    comparisons: "Sequence[TaskComparison]", alpha: float, seed: int
) -> Ranking | None:
    """The ranking over the tasks that share models; ``None`` if no two tasks do.

    Args:
        comparisons: The models of each task.
        alpha: The level of the tests.
        seed: The seed of Friedman's permutations.
    """
    tables = [
        {model.name: model for model in one.models if model.scores or model.failures}
        for one in comparisons
    ]
    names, chosen = _block([set(table) for table in tables])
    if not names:
        return None
    costs = []
    for i in chosen:
        sign = 1 if comparisons[i].first.mode == "min" else -1
        costs.append(
            [
                math.inf if one.failed or one.mean is None else sign * one.mean
                for one in (tables[i][name] for name in names)
            ]
        )
    failed = {
        name: sum(map(math.isinf, column))
        for name, column in zip(names, zip(*costs, strict=True), strict=True)
    }
    ranks = [of_ranks.ranked(row) for row in costs]
    average = [statistics.fmean(column) for column in zip(*ranks, strict=True)]
    order = sorted(range(len(names)), key=lambda i: (average[i], names[i]))
    chi_squared, p = of_ranks.friedman(ranks, seed)
    tasks = [comparisons[i].first.task for i in chosen]
    return Ranking(
        names=tuple(names[i] for i in order),
        tasks=tuple(comparisons[i].name for i in chosen),
        ranks=tuple(tuple(row[i] for i in order) for row in ranks),
        alpha=alpha,
        chi_squared=chi_squared,
        p=p,
        critical_difference=of_ranks.critical_difference(
            len(names), len(chosen), alpha
        ),
        fewest_tasks=of_ranks.fewest_tasks(len(names), alpha),
        failed={name: count for name, count in failed.items() if count},
        left_out=_left_out(comparisons, tables, names, chosen),
        repeated=tuple(sorted({task for task in tasks if tasks.count(task) > 1})),
    )


def _block(present: Sequence[set[str]]) -> tuple[list[str], list[int]]:
    """Models and tasks with none missing: the largest block that a task begins.

    Every model of it is in every task of it, and there are two or more of both.
    """
    best: tuple[list[str], list[int]] = [], []
    for names in [set.intersection(*present) if present else set(), *present]:
        tasks = [i for i, other in enumerate(present) if names <= other]
        size = len(names) * len(tasks)
        if len(names) > 1 and len(tasks) > 1 and size > len(best[0]) * len(best[1]):
            best = sorted(names), tasks
    return best


def _left_out(
    comparisons: "Sequence[TaskComparison]",
    tables: "Sequence[dict[str, Model]]",
    names: Sequence[str],
    chosen: Sequence[int],
) -> tuple[str, ...]:
    sentences = []
    for i, one in enumerate(comparisons):
        if i not in chosen:
            missing = [name for name in names if name not in tables[i]]
            sentences.append(f"{one.name} (no {', '.join(missing)})")
    others = dict.fromkeys(
        name for i in chosen for name in tables[i] if name not in names
    )
    return (*sentences, *(f"{name} (not in every task)" for name in others))
