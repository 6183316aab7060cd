"""Numbers over rounds, and the machine they were measured on, in words."""

import dataclasses
import statistics
from collections.abc import Sequence

from seqtasks.bench.report import Report
from seqtasks.reports.numbers import rounded


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over rounds: the median, and the ends."""

    median: float
    minimum: float
    maximum: float

    def text(self, scale: float = 1.0) -> str:
        """Median, and in brackets the smallest and the largest."""
        middle, low, high = (
            rounded(value * scale)
            for value in (self.median, self.minimum, self.maximum)
        )
        return f"{middle} ({low} to {high})"


def spread(values: Sequence[float]) -> Spread:
    """Median and ends.

    >>> spread([3.0, 1.0, 2.0, 10.0])
    Spread(median=2.5, minimum=1.0, maximum=10.0)
    """
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], references: Sequence[float]) -> Spread:
    """Of the quotients within each round, so that a slow minute slows both parts.

    >>> ratios([2.0, 6.0, 3.0], [1.0, 4.0, 1.0])
    Spread(median=2.0, minimum=1.5, maximum=3.0)
    """
    return spread([a / b for a, b in zip(values, references, strict=True)])


def machine_and_versions(report: Report) -> str:
    """Processor, cores and versions on one line."""
    shown = ("tensorflow", "keras", "jax", "torch", "torchrecurrent", "ncps")
    versions = report.environment.versions
    known = [f"{name} {versions[name]}" for name in shown if name in versions]
    return f"{report.environment.device or 'unknown'} · {', '.join(known)}"


def environment_note(report: Report) -> str:
    """What else was going on, and with which code."""
    environment = report.environment
    python = environment.versions.get("python", "unknown")
    return (
        f"Load average {environment.load_at_start:.2f} before, "
        f"{environment.load_at_end:.2f} after; Python {python}, "
        f"commit {environment.commit or 'unknown'}, {report.created}."
    )
