"""Trained models against each other on the same test examples.

The tests over seeds ask whether a cell is better, whatever its seed. These ask whether
the models that were trained are better on other examples like those of the test split.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from seqtasks.errors import UsageError
from seqtasks.predictions import ExampleScores, read_example_scores
from seqtasks.reports.numbers import counted
from seqtasks.reports.statistics import holm
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Mode, better

if TYPE_CHECKING:
    from seqtasks.reports.comparison import Model, PairedTest, TaskComparison

# what each test example adds to a score, by the name of the run
OnExamples = Mapping[str, ExampleScores]


@dataclasses.dataclass(frozen=True)
class ExampleTest:
    """Two models on the examples of one test split.

    Args:
        first: Name of the one.
        second: Name of the one that it is compared with.
        seeds: Seeds at which both have predictions; of each example the mean over them
            counts.
        test: Name of the test.
        count: Number of examples or groups that were resampled.
        unit: Name of one of them.
        difference: Score of the first minus that of the second.
        error: Standard error of the difference over resamples.
        df: Degrees of freedom of that error.
        p: The p value of the test alone.
        only: Number of examples that only the first and only the second has right, in
            McNemar's test.
        corrected: Its p value by Holm's correction.
        level: The level at which Holm's procedure tests it; 0, at which nothing is
            significant, before the correction.
        verdict: Of the first; ``"tie"`` if they are not significantly different.
        interval: Interval of the difference at 1 - ``level``.
    """

    first: str
    second: str
    seeds: tuple[int, ...]
    test: Literal["McNemar", "paired bootstrap"]
    count: int
    unit: str
    difference: float
    error: float
    df: int
    p: float
    only: tuple[int, int] | None = None
    corrected: float = 1.0
    level: float = 0.0
    verdict: Literal["better", "worse", "tie"] = "tie"
    interval: tuple[float, float] = (-math.inf, math.inf)

    @property
    def sentence(self) -> str:
        """What the test found, in plain words."""
        if self.verdict == "tie":
            what = f"{self.first} and {self.second} are not significantly different"
        else:
            what = f"{self.first} is significantly {self.verdict} than {self.second}"
        over = counted(self.count, self.unit)
        text = f"On the same {over}, {what} ({self.test})"
        if self.only:
            one, other = self.only
            text += (
                f": {one:,} of them {self.first} alone has right, {other:,} "
                f"{self.second} alone"
            )
        return f"{text}."


def read_on_examples(
    results: Iterable[Result], folders: Iterable[Path]
) -> tuple[dict[str, ExampleScores], list[str]]:
    """The saved predictions of runs, and a sentence for each file that is damaged.

    Args:
        results: The runs.
        folders: Folders that may have their files.
    """
    stores = [Store(folder) for folder in folders]
    found: dict[str, ExampleScores] = {}
    damaged = []
    for run in results:
        for store in stores:
            path = store.predictions_path(run.run)
            if not path.is_file():
                continue
            try:
                scores = read_example_scores(path)
            except UsageError as error:
                damaged.append(str(error))
                continue
            if scores is not None:
                found[run.run] = scores
            break
    return found, damaged


def example_tests(
    one: "TaskComparison", known: OnExamples, alpha: float
) -> tuple["ExampleTest", ...]:
    """The tests of a task's pairs on the same examples, with Holm's correction.

    Args:
        one: The models of the task with their paired tests over seeds.
        known: What each example adds, by run.
        alpha: The level of the family.
    """
    alone = [
        found for test in one.tests if (found := _compared(test, known)) is not None
    ]
    corrections = holm([test.p for test in alone], alpha)
    return tuple(
        _at_level(test, corrected, level, one.first.mode)
        for test, (corrected, level) in zip(alone, corrections, strict=True)
    )


def _compared(test: "PairedTest", known: OnExamples) -> ExampleTest | None:
    """A pair on the examples of the seeds at which both have predictions."""
    ours, theirs = (_by_seed(model, known) for model in (test.first, test.second))
    seeds = tuple(sorted(ours.keys() & theirs.keys()))
    if not seeds:
        return None
    pairs = [(ours[seed], theirs[seed]) for seed in seeds]
    every = [scores for pair in pairs for scores in pair]
    # the fingerprint is the same: other lengths or groups come from a damaged file
    if len({(len(s.parts), s.groups, s.unit) for s in every}) > 1:
        return None
    import numpy as np
    from scipy import stats

    from seqtasks.training.resampling import in_blocks, in_groups, resampled

    weights = every[0].parts[:, 1]
    if not weights.any():
        return None
    difference = np.mean([a.parts[:, 0] - b.parts[:, 0] for a, b in pairs], axis=0)
    rows = in_groups(np.stack([difference, weights], axis=1), every[0].groups)
    count, value = len(rows), float(difference.sum() / weights.sum())
    if count < 2:
        return None
    blocks = in_blocks(rows)
    sums = resampled(blocks, 2_000)
    sums = sums[sums[:, 1] > 0]
    # resamples vary as if a sample's variance had the divisor n
    few = math.sqrt(len(blocks) / (len(blocks) - 1))
    error = float((sums[:, 0] / sums[:, 1]).std(ddof=1)) * few
    df = len(blocks) - 1
    only = _right_alone(pairs, every)
    if only is not None:
        p = float(stats.binomtest(only[0], sum(only)).pvalue) if sum(only) else 1.0
    elif error > 0:
        p = float(2 * stats.t.sf(abs(value) / error, df))
    else:
        p = 1.0 if value == 0 else 0.0
    return ExampleTest(
        first=test.first.name,
        second=test.second.name,
        seeds=seeds,
        test="McNemar" if only else "paired bootstrap",
        count=count,
        unit=every[0].unit,
        difference=value,
        error=error,
        df=df,
        p=p,
        only=only,
    )


def _right_alone(
    pairs: Sequence[tuple[ExampleScores, ExampleScores]],
    every: Sequence[ExampleScores],
) -> tuple[int, int] | None:
    """How many examples only one of two models has right; ``None`` if not countable.

    That is where each example is right or wrong, independent of the others, and each
    model is one run.
    """
    import numpy as np

    if len(pairs) > 1 or every[0].groups is not None:
        return None
    if any(not np.isin(s.parts[:, 0], (0, 1)).all() for s in every):
        return None
    if any((s.parts[:, 1] != 1).any() for s in every):
        return None
    ours, theirs = (scores.parts[:, 0] for scores in pairs[0])
    return int((ours > theirs).sum()), int((theirs > ours).sum())


def _by_seed(model: "Model", known: OnExamples) -> dict[int, ExampleScores]:
    return {run.seed: known[run.run] for run in model.row.finished if run.run in known}


def _at_level(
    test: ExampleTest, corrected: float, level: float, mode: Mode
) -> ExampleTest:
    """The test with what it finds at the level that Holm's procedure gives it."""
    from scipy import stats

    verdict: Literal["better", "worse", "tie"] = "tie"
    if test.p <= level:
        verdict = "better" if better(test.difference, 0.0, mode) else "worse"
    half = float(stats.t.isf(level / 2, test.df)) * test.error
    return dataclasses.replace(
        test,
        corrected=corrected,
        level=level,
        verdict=verdict,
        interval=(test.difference - half, test.difference + half),
    )
