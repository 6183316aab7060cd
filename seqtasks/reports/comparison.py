"""Models against each other: means with intervals, paired tests, ranks over tasks."""

import collections
import dataclasses
import itertools
import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Literal

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.reports.group import Group, groups
from seqtasks.reports.numbers import counted
from seqtasks.reports.on_examples import ExampleTest, OnExamples, example_tests
from seqtasks.reports.ranking import Ranking, ranking
from seqtasks.reports.row import Row, differing_settings, model_names, rows
from seqtasks.reports.statistics import (
    MOST_SEEDS,
    bootstrap_interval,
    deviation,
    differences,
    holm,
    more_seeds,
    paired_p,
    t_interval,
)
from seqtasks.reports.units import cut_to_range
from seqtasks.result import Result
from seqtasks.task import Mode, better

# how a run ends by its own fault; one that is running or was interrupted may yet finish
FAILURES = ("diverged", "failed", "out_of_memory", "timed_out", "killed")


@dataclasses.dataclass(frozen=True)
class Model:
    """The runs of one cell, with one set of options and settings, in one group.

    Args:
        name: The cell's name, with the options and settings that distinguish it.
        row: The runs.
        scores: The monitored metric on the test split by seed, where it is finite.
        unfinished: How the newest run ended, by each other seed.
    """

    name: str
    row: Row
    scores: dict[int, float]
    unfinished: dict[int, str]

    @property
    def mean(self) -> float | None:
        """The mean score of the seeds that have one."""
        return statistics.fmean(self.scores.values()) if self.scores else None

    @property
    def failures(self) -> int:
        """The number of seeds that failed, by whatever cause."""
        return sum(status in FAILURES for status in self.unfinished.values())

    @property
    def failed(self) -> bool:
        """Whether no fewer seeds failed than finished.

        The mean of the survivors would then rank what most often does not work.
        """
        return self.failures > 0 and self.failures >= len(self.scores)

    @property
    def status(self) -> str:
        """How the seeds ended that are not in the mean, and which were repeated."""
        seeds = len(self.scores) + len(self.unfinished)
        counts = collections.Counter(self.unfinished.values())
        parts = [f"{count} of {seeds} {what}" for what, count in counts.items()]
        finished = sum(run.status == "finished" for run in self.row.runs)
        of = len(self.row.finished)
        if finished > of:
            parts.append(f"newest of {finished} runs of {counted(of, 'seed')}")
        # to run a seed until it finishes is to choose
        again = {run.seed for run in self.row.runs if run.status == "diverged"}
        for seed in sorted(again & self.scores.keys()):
            parts.append(f"seed {seed} also diverged")
        return ", ".join(parts).replace("_", " ")

    def interval(self, confidence: float) -> tuple[float, float] | None:
        """Of the mean, by Student's t over the seeds, within the unit's range.

        ``None`` of fewer than two seeds.
        """
        if len(self.scores) < 2:
            return None
        first = self.row.runs[0]
        interval = t_interval([*self.scores.values()], confidence)
        return cut_to_range(interval, first.metric_units.get(first.monitor))


@dataclasses.dataclass(frozen=True)
class TTest:
    """The outcome of a paired t test, as one of a family of tests.

    The t interval decides, not the bootstrap's: at a few seeds only it can hold the
    mean as often as it states (``bootstrap_interval``), if the differences are normal.

    Args:
        p: The p value of the test alone.
        corrected: Its p value by Holm's correction, for the family's level.
        level: The level at which Holm's procedure tests it.
        interval: The t interval of the mean difference at 1 - ``level``.
        bootstrap: The bootstrap interval at the same level; ``None`` of too few seeds.
        verdict: Of the first model, better or worse; ``"tie"`` if they are not
            significantly different, which is where the interval includes 0.
        more_seeds: For a tie, how many seeds more would make the difference
            significant; ``None`` if there is none or if it is more than ``MOST_SEEDS``.
    """

    p: float
    corrected: float
    level: float
    interval: tuple[float, float]
    bootstrap: tuple[float, float] | None
    verdict: Literal["better", "worse", "tie"]
    more_seeds: int | None


@dataclasses.dataclass(frozen=True)
class PairedTest:
    """Two models at the seeds that both have.

    Args:
        first: The one.
        second: The one that it is compared with.
        seeds: The seeds at which both have a score.
        differences: First minus second, by seed.
        outcome: Of the test, or ``None`` where too few seeds give no test.
    """

    first: Model
    second: Model
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    outcome: TTest | None = None

    @property
    def mean(self) -> float | None:
        """The mean difference."""
        return statistics.fmean(self.differences) if self.differences else None

    @property
    def survivors(self) -> bool:
        """Whether a model has failed at other seeds."""
        return self.first.failures > 0 or self.second.failures > 0

    @property
    def remark(self) -> str:
        """Why there is no verdict, or how many seeds a tie lacks."""
        n = len(self.seeds)
        if self.outcome is None:
            if n == 2:
                return "the same difference at both seeds has no spread"
            return "one shared seed" if n == 1 else "no shared seed"
        if self.outcome.verdict != "tie" or self.mean == 0:
            return ""
        more = self.outcome.more_seeds
        if more is None:
            return f"more than {MOST_SEEDS} more seeds"
        return f"~{counted(more, 'more seed')}"


@dataclasses.dataclass(frozen=True)
class TaskComparison:
    """The models of one task, with one version, on one data set.

    Args:
        group: The comparable runs.
        name: The task, with the options by which it differs from other comparisons.
        models: The best first, those that failed last.
        differing: Settings that differ between the models, apart from units.
        tests: The paired tests, which are one family.
        on_examples: Tests on the same test examples, of pairs whose runs have saved
            their predictions; a family of their own.
    """

    group: Group
    name: str
    models: tuple[Model, ...]
    differing: tuple[str, ...]
    tests: tuple[PairedTest, ...] = ()
    on_examples: tuple[ExampleTest, ...] = ()

    @property
    def first(self) -> Result:
        """Any of the runs, for what they all share."""
        return self.group.first


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Models over seeds and over tasks.

    Args:
        confidence: Of all intervals; one minus it is the level of all tests.
        seed: The seed of what is resampled.
        reference: The model that the others are compared with; empty for all pairs.
        tasks: The models of each task with their paired tests.
        ranking: Over tasks; ``None`` if no two tasks share two models.
    """

    confidence: float
    seed: int
    reference: str
    tasks: tuple[TaskComparison, ...]
    ranking: Ranking | None


def compare(
    results: Sequence[Result],
    confidence: float = 0.95,
    seed: int = 0,
    reference: str = "",
    on_examples: OnExamples | None = None,
) -> Comparison:
    """Compares what is comparable. The same results and seed give the same numbers.

    Args:
        results: The results; smoke runs are left out.
        confidence: Of all intervals; one minus it is the level of all tests.
        seed: The seed of what is resampled.
        reference: The name of a cell or of a model that the others are compared with;
            empty for all pairs.
        on_examples: What each test example adds to the scores, by run, of runs that
            have saved their predictions.

    Raises:
        UsageError: If nothing has the reference's name, or several models of a task.
    """
    found = comparable_models(results)
    bases = [_reference(one, reference) for one in found]
    if reference and found and not any(bases):
        known = {model.name for one in found for model in one.models}
        raise UsageError(
            f"There is no full run of the reference {reference!r}. "
            f"{nearest(reference, known)}"
        )
    alpha = 1 - confidence
    tested = []
    for one, base in zip(found, bases, strict=True):
        which = [(m, base) for m in one.models if base and m is not base]
        if not reference:
            which = list(itertools.combinations(one.models, 2))
        tests = paired_tests(which, one.first.mode, alpha, seed)
        one = dataclasses.replace(one, tests=tests)
        same = example_tests(one, on_examples, alpha) if on_examples else ()
        tested.append(dataclasses.replace(one, on_examples=same))
    return Comparison(
        confidence, seed, reference, tuple(tested), ranking(tested, alpha, seed)
    )


def comparable_models(results: Sequence[Result]) -> tuple[TaskComparison, ...]:
    """The models of each group of full runs, not tested yet."""
    found = groups([run for run in results if run.limit is None])
    of_groups = [rows(group.runs) for group in found]
    short = [group.title.rpartition(" · data ")[0] or group.title for group in found]
    return tuple(
        TaskComparison(
            group,
            name if short.count(name) == 1 else group.title,
            in_order(map(model_of, its_names, its_rows), group.first.mode),
            tuple(differing_settings(its_rows)),
        )
        for group, name, its_names, its_rows in zip(
            found, short, model_names(of_groups), of_groups, strict=True
        )
    )


def model_of(name: str, row: Row) -> Model:
    """The scores of a row by seed, and how the other seeds ended."""
    scores = {
        run.seed: run.score
        for run in row.finished
        if run.score is not None and math.isfinite(run.score)
    }
    newest = {run.seed: run for run in row.runs}
    unfinished: dict[int, str] = {
        # a run can end well and have a metric that is no number
        seed: "diverged" if run.status == "finished" else run.status
        for seed, run in sorted(newest.items())
        if seed not in scores
    }
    return Model(name, row, scores, unfinished)


def in_order(models: Iterable[Model], mode: Mode) -> tuple[Model, ...]:
    """The best first, what failed after that, what never finished last."""
    sign = 1.0 if mode == "min" else -1.0

    def place(one: Model) -> tuple[int, float]:
        return (2, 0.0) if one.mean is None else (one.failed, sign * one.mean)

    return tuple(sorted(models, key=place))


def paired_tests(
    which: Sequence[tuple[Model, Model]], mode: Mode, alpha: float, seed: int
) -> tuple[PairedTest, ...]:
    """The paired tests of one family, with Holm's correction.

    Args:
        which: The first and the second model of each.
        mode: ``"min"`` if a small score is good, ``"max"`` if a large one.
        alpha: The level of the family.
        seed: The seed of the bootstrap.
    """
    untested = []
    for first, second in which:
        seeds = sorted(first.scores.keys() & second.scores.keys())
        found = differences(
            [first.scores[s] for s in seeds], [second.scores[s] for s in seeds]
        )
        untested.append(PairedTest(first, second, tuple(seeds), tuple(found)))
    p_values = [paired_p(test.differences) for test in untested]
    corrections = iter(holm([p for p in p_values if p is not None], alpha))
    return tuple(
        test
        if p is None
        else dataclasses.replace(
            test, outcome=_outcome(test, p, *next(corrections), mode, seed)
        )
        for test, p in zip(untested, p_values, strict=True)
    )


def _outcome(
    test: PairedTest, p: float, corrected: float, level: float, mode: Mode, seed: int
) -> TTest:
    found, mean = test.differences, statistics.fmean(test.differences)
    verdict: Literal["better", "worse", "tie"] = "tie"
    needed = None
    if p <= level:
        verdict = "better" if better(mean, 0.0, mode) else "worse"
    elif mean != 0:
        effect = mean / deviation(found)
        needed = more_seeds(effect, len(found), level)
    interval = t_interval(found, 1 - level)
    bootstrap = bootstrap_interval(found, level, seed)
    return TTest(p, corrected, level, interval, bootstrap, verdict, needed)


def _reference(one: TaskComparison, name: str) -> Model | None:
    """The model of this name, else the only one of this cell."""
    exact = [model for model in one.models if model.name == name]
    found = exact or [model for model in one.models if model.row.cell == name]
    if len(found) > 1:
        names = ", ".join(repr(model.name) for model in found)
        raise UsageError(
            f"Expected a --reference that is one model of {one.name}; {name!r} is "
            f"{len(found)}. Give one of {names}."
        )
    return found[0] if found else None
