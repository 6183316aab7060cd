"""Pairs of contenders of one group, and what may be said of each."""

import dataclasses
import statistics
from collections.abc import Sequence
from typing import Literal

from seqtasks.comparison.bootstrap import bootstrap_interval
from seqtasks.comparison.contender import Contender
from seqtasks.comparison.paired import differences, holm, paired_p
from seqtasks.comparison.power import MOST, more_seeds
from seqtasks.reports.interval import t_interval
from seqtasks.task import Mode, better

Verdict = Literal["better", "worse", "tie", ""]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a paired t test says, as one of a family of tests.

    The t interval decides, not the bootstrap's: at a few seeds only it can hold the
    mean as often as it says (``bootstrap_interval``), if the differences are normal.

    Args:
        p: The p of the test alone.
        corrected: Its p by Holm's correction, to be held against the family's level.
        level: The level at which Holm's procedure tests it.
        interval: The t interval of the mean difference at 1 - ``level``.
        bootstrap: The bootstrap interval at the same level; ``None`` of too few seeds.
        verdict: Whether the first contender is better or worse; ``"tie"`` if the
            interval includes 0.
        more_seeds: For a tie, how many seeds more would show the difference; ``None``
            if there is none or if it is more than ``MOST``.
    """

    p: float
    corrected: float
    level: float
    interval: tuple[float, float]
    bootstrap: tuple[float, float] | None
    verdict: Verdict
    more_seeds: int | None


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two contenders at the seeds that both have.

    Args:
        first: The one.
        second: The one that it is held against.
        seeds: The seeds at which both have a score.
        differences: First minus second, by seed.
        answer: What the test says, or ``None`` where nothing can be said.
    """

    first: Contender
    second: Contender
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    answer: Answer | None = None

    @property
    def mean(self) -> float | None:
        """The mean difference."""
        return statistics.fmean(self.differences) if self.differences else None

    @property
    def survivors(self) -> bool:
        """Whether a contender has failed at other seeds."""
        return self.first.failures > 0 or self.second.failures > 0

    @property
    def remark(self) -> str:
        """Why there is no verdict, or how far a tie is from one."""
        n = len(self.seeds)
        if self.answer is None:
            if n == 2:
                return "the same difference at both seeds tells no spread"
            return "one shared seed" if n == 1 else "no shared seed"
        if self.answer.verdict != "tie" or self.mean == 0:
            return ""
        more = self.answer.more_seeds
        if more is None:
            return f"more than {MOST} more seeds"
        return f"~{more} more seed{'' if more == 1 else 's'}"


def pairs(
    which: Sequence[tuple[Contender, Contender]], mode: Mode, alpha: float, seed: int
) -> tuple[Pair, ...]:
    """The pairs, tested as one family.

    Args:
        which: The first and the second contender of each.
        mode: Whether a small or a large score is good.
        alpha: The level of the family.
        seed: The seed of the bootstrap.
    """
    untested = [_pair(first, second) for first, second in which]
    p_values = [paired_p(pair.differences) for pair in untested]
    levels = iter(holm([p for p in p_values if p is not None], alpha))
    tested = []
    for pair, p in zip(untested, p_values, strict=True):
        if p is not None:
            answer = _answer(pair, p, *next(levels), mode, seed)
            pair = dataclasses.replace(pair, answer=answer)
        tested.append(pair)
    return tuple(tested)


def _pair(first: Contender, second: Contender) -> Pair:
    seeds = sorted(first.scores.keys() & second.scores.keys())
    found = differences(
        [first.scores[seed] for seed in seeds], [second.scores[seed] for seed in seeds]
    )
    return Pair(first, second, tuple(seeds), tuple(found))


def _answer(
    pair: Pair, p: float, corrected: float, level: float, mode: Mode, seed: int
) -> Answer:
    found, mean = pair.differences, statistics.fmean(pair.differences)
    verdict: Verdict = "tie"
    needed = None
    if p <= level:
        verdict = "better" if better(mean, 0.0, mode) else "worse"
    elif mean != 0:
        effect = mean / statistics.stdev(found)
        needed = more_seeds(effect, len(found), level)
    interval = t_interval(found, 1 - level)
    bootstrap = bootstrap_interval(found, level, seed)
    return Answer(p, corrected, level, interval, bootstrap, verdict, needed)
