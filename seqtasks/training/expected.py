"""What to expect on the way: the validation scores of reference runs, by epoch.

They are read from the results that come with the package, of runs of the same task,
cell, options, settings and data, and of the same version of the code; of others nothing
is expected. Where there is none of the same number of units, those of the nearest
number show roughly what to expect, and nothing is called far off.
"""

import dataclasses
import math
import statistics
from collections.abc import Iterator

from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import reference_results
from seqtasks.training.experiment import Experiment, find_cell
from seqtasks.training.settings import Settings, stored_settings
from seqtasks.upgrade import TASKS as EARLIER

# they change the speed and no number
_OF_SPEED = ("implementation", "gradient_checkpoint_every", "memory_budget")

# A new run is far off if it lies outside the interval that holds one more run in 99 of
# 100 cases, and by this share of the expected value: three runs may by chance be alike.
_CONFIDENCE, _LEAST = 0.99, 0.05

# of more than so many times the units, or of fewer than their part, nothing is expected
_SIMILAR = 2.0


@dataclasses.dataclass(frozen=True)
class Expected:
    """The validation scores of reference runs.

    Args:
        cell: Name of the cell.
        metric: Name of the monitored metric.
        unit: Its unit.
        courses: Values after each epoch, one row a run: ``(runs, epochs)``.
        units: Number of units of the reference runs, if it is another.
    """

    cell: str
    metric: str
    unit: str
    courses: tuple[tuple[float, ...], ...]
    units: int | None = None

    def after(self, epoch: int) -> tuple[float, float]:
        """The mean over runs after an epoch, counted from 1, and the deviation."""
        values = [course[epoch - 1] for course in self.courses]
        return statistics.fmean(values), statistics.stdev(values)

    @property
    def epochs(self) -> int:
        """Number of epochs that all runs have."""
        return min(map(len, self.courses))

    def __str__(self) -> str:
        shown = sorted({1, 2, -(-self.epochs // 2), self.epochs} & {*self._all})
        parts = (
            f"{_written(*self.after(epoch))} after epoch {epoch}" for epoch in shown
        )
        size = "" if self.units is None else f" of {self.units} units"
        return (
            f"{self.cell}{size}, {len(self.courses)} reference runs: validation "
            f"{self.metric} {', '.join(parts)} ({self.unit})"
        )

    @property
    def _all(self) -> range:
        return range(1, self.epochs + 1)

    def far_off(self, epoch: int, value: float) -> str:
        """A sentence if a value after an epoch is not one to expect; else empty."""
        if self.units is not None or epoch not in self._all:
            return ""
        from scipy.special import stdtrit

        mean, deviation = self.after(epoch)
        n = len(self.courses)
        quantile = float(stdtrit(n - 1, (1 + _CONFIDENCE) / 2))
        # of one more run: its own spread, and that of the mean
        bound = quantile * deviation * math.sqrt(1 + 1 / n)
        if not abs(value - mean) > max(bound, _LEAST * abs(mean)):
            return ""
        return (
            f"After epoch {epoch} the validation {self.metric} is {value:.4g}, far "
            f"from the {_written(mean, deviation)} of {n} reference runs of this very "
            f"task, cell and settings: something else differs, as the versions of "
            f"libraries, the device or the code."
        )


def expected_of(experiment: Experiment) -> Expected | None:
    """What reference runs lead one to expect of an experiment; ``None`` for nothing."""
    of_units: dict[int, dict[int, tuple[float, ...]]] = {}
    for result, units in _reference_runs(experiment):
        name = f"validation_{result.monitor}"
        course = tuple(epoch[name] for epoch in result.history if name in epoch)
        if course and all(map(math.isfinite, course)):
            # of a seed the last, as results are by name
            of_units.setdefault(units, {})[result.seed] = course
    own = experiment.settings.units

    def distance(units: int) -> float:
        return abs(math.log(units / own))

    enough = [units for units, runs in of_units.items() if len(runs) > 1]
    nearest = min(enough, key=distance, default=None)
    if nearest is None or distance(nearest) > math.log(_SIMILAR):
        return None
    runs = of_units[nearest]
    task = experiment.task
    return Expected(
        experiment.cell_entry.name,
        task.monitor,
        task.metric_units[task.monitor],
        tuple(runs.values()),
        None if nearest == own else nearest,
    )


def _reference_runs(experiment: Experiment) -> Iterator[tuple[Result, int]]:
    """Finished reference runs of other seeds and units alone, with their units."""
    task, cell = experiment.task_entry, experiment.cell_entry
    names = (task.name, *(old for old, new in EARLIER.items() if new == task.name))
    found = reference_results(tuple(f"{name}-{cell.name}-s" for name in names))
    wanted = _deciding(experiment.settings)
    for result in found:
        same = (
            result.status == "finished"
            and result.monitor == experiment.task.monitor
            and result.task_version == experiment.task.version
            and result.task_reference == task.reference
            and result.cell_reference == cell.reference
            and result.options == experiment.options
            and _codes(result) == experiment.code
        )
        # the data is read last
        if same and result.fingerprint == experiment.pipeline.fingerprint:
            try:
                settings = stored_settings(result)
                options = find_cell(result.cell, result.cell_options)[1]
            except UsageError:
                continue  # of a setting that is no more
            if _deciding(settings) == wanted and options == experiment.cell_options:
                yield result, settings.units


def _codes(result: Result) -> dict[str, str]:
    """The code of task and cell; earlier schemas have the version of the package."""
    package = f"seqtasks {result.versions.get('seqtasks', '')}"
    return {"task": result.task_code or package, "cell": result.cell_code or package}


def _deciding(settings: Settings) -> dict[str, object]:
    fields = dataclasses.asdict(settings)
    left_out = (*_OF_SPEED, "units")
    return {name: value for name, value in fields.items() if name not in left_out}


def _written(mean: float, deviation: float) -> str:
    """A mean with its deviation, both to the same digit."""
    if not deviation:
        return f"{mean:.4g}"
    digits = max(0, 1 - math.floor(math.log10(deviation)))
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"
