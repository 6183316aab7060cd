"""Ranking: the same contenders over several tasks."""

import dataclasses
import math
from collections.abc import Sequence

from seqtasks.comparison import ranks as of_ranks
from seqtasks.comparison.contender import Contender
from seqtasks.comparison.field import Field


@dataclasses.dataclass(frozen=True)
class Ranking:
    """Average ranks over tasks, and what may be said of them.

    Args:
        names: The contenders by average rank, the best first.
        tasks: The names of the tasks.
        ranks: One row a task, in it one rank a contender, in the order of ``names``.
        alpha: The level of the tests.
        chi_squared: Friedman's statistic, corrected for ties.
        p: How often ranks by chance are as far apart.
        critical_difference: How far apart average ranks are that are told apart.
        fewest_tasks: How many tasks there must be for any ranks to be told apart.
        failed: In how many tasks a contender ranks last because it failed, by name.
        left_out: A few words for each task and contender that is not in it.
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
        return of_ranks.averages(self.ranks)

    @property
    def rejects(self) -> bool:
        """Whether the ranks differ by more than chance, by Friedman's test."""
        return len(self.tasks) >= self.fewest_tasks and self.p <= self.alpha

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """The runs of contenders that are not told apart, by first and last place.

        If Friedman's test does not reject, none is told from another.
        """
        if not self.rejects:
            return ((0, len(self.names) - 1),)
        return of_ranks.bars(self.average, self.critical_difference)


def ranking(fields: Sequence[Field], alpha: float, seed: int) -> Ranking | None:
    """The ranking over the tasks that share contenders; ``None`` if no two tasks do.

    Args:
        fields: The contenders of each task.
        alpha: The level of the tests.
        seed: The seed of Friedman's permutations.
    """
    tables = [
        {one.name: one for one in field.contenders if one.scores or one.failures}
        for field in fields
    ]
    names, chosen = _block([set(table) for table in tables])
    if not names:
        return None
    costs = [[_cost(tables[i][name], fields[i]) for name in names] for i in chosen]
    failed = {
        name: sum(map(math.isinf, column))
        for name, column in zip(names, zip(*costs, strict=True), strict=True)
    }
    ranks = [of_ranks.ranked(row) for row in costs]
    average = of_ranks.averages(ranks)
    order = sorted(range(len(names)), key=lambda i: (average[i], names[i]))
    chi_squared, p = of_ranks.friedman(ranks, seed)
    tasks = [fields[i].first.task for i in chosen]
    return Ranking(
        names=tuple(names[i] for i in order),
        tasks=tuple(fields[i].name for i in chosen),
        ranks=tuple(tuple(row[i] for i in order) for row in ranks),
        alpha=alpha,
        chi_squared=chi_squared,
        p=p,
        critical_difference=of_ranks.critical_difference(
            len(names), len(chosen), alpha
        ),
        fewest_tasks=of_ranks.fewest_tasks(len(names), alpha),
        failed={name: count for name, count in failed.items() if count},
        left_out=_left_out(fields, tables, names, chosen),
        repeated=tuple(sorted({task for task in tasks if tasks.count(task) > 1})),
    )


def _cost(one: Contender, field: Field) -> float:
    if one.failed or one.mean is None:
        return math.inf
    return one.mean if field.first.mode == "min" else -one.mean


def _block(present: Sequence[set[str]]) -> tuple[list[str], list[int]]:
    """Contenders and tasks with none missing: the largest block that a task begins.

    Every contender of it is in every task of it, and there are two or more of both.
    """
    best: tuple[list[str], list[int]] = [], []
    for names in [set.intersection(*present) if present else set(), *present]:
        tasks = [i for i, other in enumerate(present) if names <= other]
        size = len(names) * len(tasks)
        if len(names) > 1 and len(tasks) > 1 and size > len(best[0]) * len(best[1]):
            best = sorted(names), tasks
    return best


def _left_out(
    fields: Sequence[Field],
    tables: Sequence[dict[str, Contender]],
    names: Sequence[str],
    chosen: Sequence[int],
) -> tuple[str, ...]:
    sentences = []
    for i, field in enumerate(fields):
        if i not in chosen:
            missing = [name for name in names if name not in tables[i]]
            sentences.append(f"{field.name} (no {', '.join(missing)})")
    others = dict.fromkeys(
        name for i in chosen for name in tables[i] if name not in names
    )
    return (*sentences, *(f"{name} (not in every task)" for name in others))
