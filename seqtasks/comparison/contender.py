"""Contender: what is compared, a cell as it was trained in one group of runs."""

import collections
import dataclasses
import math
import statistics
from collections.abc import Iterable

from seqtasks.reports.interval import t_interval
from seqtasks.reports.row import Row
from seqtasks.task import Mode

# how a run ends by its own fault; one that is running or was interrupted may yet finish
FAILURES = ("diverged", "failed", "out_of_memory", "timed_out", "killed")


@dataclasses.dataclass(frozen=True)
class Contender:
    """The runs of one cell, with one set of options and settings, in one group.

    Args:
        name: The cell's name, with those of its options and settings that tell it from
            others.
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
        """What became of the seeds that are not in the mean, and of repeated ones."""
        seeds = len(self.scores) + len(self.unfinished)
        counts = collections.Counter(self.unfinished.values())
        parts = [f"{count} of {seeds} {what}" for what, count in counts.items()]
        finished = sum(run.status == "finished" for run in self.row.runs)
        of = len(self.row.finished)
        if finished > of:
            parts.append(
                f"newest of {finished} runs of {of} seed{'' if of == 1 else 's'}"
            )
        # to run a seed until it finishes is to choose
        again = {run.seed for run in self.row.runs if run.status == "diverged"}
        for seed in sorted(again & self.scores.keys()):
            parts.append(f"seed {seed} also diverged")
        return ", ".join(parts).replace("_", " ")

    def interval(self, confidence: float) -> tuple[float, float] | None:
        """Of the mean, by Student's t over the seeds; ``None`` of fewer than two."""
        if len(self.scores) < 2:
            return None
        return t_interval([*self.scores.values()], confidence)


def contender(name: str, row: Row) -> Contender:
    """The scores of a row by seed, and what became of the other seeds."""
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
    return Contender(name, row, scores, unfinished)


def in_order(contenders: Iterable[Contender], mode: Mode) -> tuple[Contender, ...]:
    """The best first, what failed after that, what never finished last."""
    sign = 1.0 if mode == "min" else -1.0

    def place(one: Contender) -> tuple[int, float]:
        return (2, 0.0) if one.mean is None else (one.failed, sign * one.mean)

    return tuple(sorted(contenders, key=place))
