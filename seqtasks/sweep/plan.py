"""The plan of a sweep: what its runs will take, what fits, and what it really took."""

import dataclasses
import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from seqtasks.errors import UsageError, printable
from seqtasks.sweep.grid import Run
from seqtasks.sweep.measurement import Ended, Prediction

_LIMIT = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?")
# what a run that is done already takes: the start of a process that finds its row
_FOUND_SECONDS = 10.0
# of the time that is left for a run, what a budget of training seconds may be
_TRAINING_SHARE = 0.8
# budgets that are proposed are whole numbers of so many seconds
_BUDGET_STEP = 10


def parse_limit(text: str) -> float:
    """The seconds of ``2h``, ``90m``, ``1h30m`` or ``1.5d``.

    Raises:
        UsageError: If it is something else.
    """
    found = _LIMIT.fullmatch(text.strip())
    parts = [float(part or 0) for part in found.groups()] if found else []
    seconds = sum(
        part * unit for part, unit in zip(parts, (86400, 3600, 60), strict=False)
    )
    if not seconds:
        raise UsageError(
            f"Expected --fit-in to be a time, as in 2h, 90m, 1h30m or 1.5d; received "
            f"{text!r}."
        )
    return seconds


def configuration(run: Run) -> Run:
    """What runs of all seeds share: the run of seed 0."""
    return dataclasses.replace(run, seed=0)


@dataclasses.dataclass(frozen=True)
class Plan:
    """The runs of a sweep with what each will take.

    Args:
        runs: The runs.
        jobs: Number of runs at once.
        predictions: Predictions by configuration, for those that have one.
        done: Runs whose row is there.
        failures: Reasons by configuration why nothing could be measured.
        machines: Number of machines that the runs are shared out among.
    """

    runs: Sequence[Run]
    jobs: int
    predictions: Mapping[Run, Prediction]
    done: frozenset[Run] = frozenset()
    failures: Mapping[Run, str] = dataclasses.field(default_factory=dict)
    machines: int = 1

    def on(self, machines: int, places: int) -> "Plan":
        """The plan on a cluster of machines like this one.

        Args:
            machines: Number of machines.
            places: Number of runs at once on all of them.
        """
        return dataclasses.replace(self, jobs=max(1, places), machines=machines)

    def cost(self, run: Run) -> float:
        """The seconds that a run will take; those of the longest if it is not known."""
        if run in self.done:
            return _FOUND_SECONDS
        found = self.predictions.get(configuration(run))
        if found is not None:
            return found.seconds
        return max((one.seconds for one in self.predictions.values()), default=0.0)

    @property
    def left(self) -> list[Run]:
        """The runs that are not done."""
        return [run for run in self.runs if run not in self.done]

    @property
    def unknown(self) -> list[Run]:
        """The configurations that are left and have no prediction."""
        every = dict.fromkeys(map(configuration, self.left))
        return [one for one in every if one not in self.predictions]

    def seconds(self) -> tuple[float, float, float]:
        """The seconds until all runs have ended, and the interval of these."""
        costs = [self.cost(run) for run in self.runs]
        whole = makespan(costs, self.jobs)
        # runs of one configuration are wrong together
        known = [
            one
            for run in self.left
            if (one := self.predictions.get(configuration(run))) is not None
        ]
        total = sum(one.seconds for one in known) or 1.0
        low = sum(one.low for one in known) / total
        high = sum(one.high for one in known) / total
        return whole, whole * low, whole * high

    @property
    def memory(self) -> int:
        """The peak memory in bytes, of the largest runs at once."""
        largest = [
            self.predictions[one].memory
            for run in self.left
            if (one := configuration(run)) in self.predictions
        ]
        return sum(sorted(largest)[-self.jobs :])

    def memory_of(self, run: Run) -> int:
        """The peak memory of a run in bytes; 0 where it is not known."""
        known = self.predictions.get(configuration(run))
        return known.memory if known else 0

    def without(self, runs: Iterable[Run]) -> "Plan":
        """The plan of the others."""
        left_out = {*runs}
        kept = [run for run in self.runs if run not in left_out]
        return dataclasses.replace(self, runs=kept)

    def lines(self) -> Iterator[str]:
        """The plan as a table, and the time and the memory of the whole."""
        from tabulate import tabulate

        table = []
        for one in dict.fromkeys(map(configuration, self.runs)):
            runs = [run for run in self.runs if configuration(run) == one]
            done = sum(run in self.done for run in runs)
            found = self.predictions.get(one)
            row = [printable(label(one)), len(runs), done or ""]
            if found is not None:
                left = len(runs) - done
                row += [
                    duration(found.seconds),
                    f"{duration(found.low)} – {duration(found.high)}",
                    duration(found.seconds * left) if left else "",
                    f"{found.memory / 2**20:,.0f} MB",
                    f"by {found.basis}",
                ]
            else:
                why = self.failures.get(one, "")
                row += ["?", "", "", "", printable(f"failed: {why}" if why else "")]
            table.append(row)
        headings = ["configuration", "runs", "done", "a run", "", "all", "memory", ""]
        aligned = ("left", "right", "right", "right", "left", "right", "right", "left")
        text = tabulate(
            table, headings, disable_numparse=True, colalign=aligned, tablefmt="simple"
        )
        yield from (line.rstrip() for line in text.splitlines())
        yield ""
        yield self.sentence()

    def sentence(self) -> str:
        """What is left to do, how long it takes, and the memory that it needs."""
        count = len(self.left)
        shown = f"{count} run{'' if count == 1 else 's'} to train"
        if len(self.runs) > count:
            shown += f", {len(self.runs) - count} done already"
        unknown = len(self.unknown)
        if not self.predictions or not count:
            return f"{shown}."
        whole, low, high = self.seconds()
        at_once = f", {self.jobs} at once" if self.jobs > 1 else ""
        at_once += f" on {self.machines} machines" if self.machines > 1 else ""
        shown += (
            f"{at_once}: about {duration(whole)} "
            f"({duration(low)} to {duration(high)}), "
            f"{self.memory / 2**30:.1f} GB of memory"
        )
        # a cluster finds a place by the memory that a run asks for
        free = _free_bytes() if self.machines == 1 else 0
        if free and self.memory > free:
            shown += f", and {free / 2**30:.1f} GB are free: lower --jobs"
        if unknown:
            are = "configuration is" if unknown == 1 else "configurations are"
            shown += f". {unknown} {are} not measured and counted as the longest"
        return f"{shown}."


def makespan(costs: Iterable[float], jobs: int) -> float:
    """The seconds until all have ended, the longest being started first.

    >>> makespan([3, 1, 2], 2)
    3.0
    """
    ends = [0.0] * jobs
    for cost in sorted(costs, reverse=True):
        heapq.heappush(ends, heapq.heappop(ends) + cost)
    return max(ends)


@dataclasses.dataclass(frozen=True)
class Cut:
    """A smaller sweep that fits.

    Args:
        words: Words that replace those that were typed, as in ``--seeds 2``.
        seconds: Seconds that it takes.
    """

    words: str
    seconds: float


def cuts(plan: Plan, limit: float) -> Iterator[Cut]:
    """Smaller sweeps that fit into a time: fewer seeds, then less of all the rest.

    Args:
        plan: A plan that does not fit.
        limit: Seconds that there are.
    """
    seeds = sorted({run.seed for run in plan.runs})
    for count in range(len(seeds) - 1, 0, -1):
        plan = plan.without(run for run in plan.runs if run.seed >= seeds[count])
        if plan.seconds()[0] <= limit:
            yield Cut(f"--seeds {count}", plan.seconds()[0])
            return
    few = "--seeds 1 and " if len(seeds) > 1 else ""
    for name in ("task", "cell"):
        if (kept := _without_the_longest(plan, name, limit)) is not None:
            left = dict.fromkeys(getattr(run, name) for run in kept.runs)
            words = f"--cell {','.join(left)}" if name == "cell" else " ".join(left)
            yield Cut(f"{few}{words}", kept.seconds()[0])
    known = [
        found
        for run in plan.left
        if (found := plan.predictions.get(configuration(run))) is not None
    ]
    if known:
        share = limit * plan.jobs / len(plan.left)
        rest = sum(one.fixed for one in known) / len(known)
        # validation is not counted in a budget
        budget = int(_TRAINING_SHARE * (share - rest) // _BUDGET_STEP) * _BUDGET_STEP
        if budget > 0:
            yield Cut(f"{few}--seconds {budget}", limit)


def _without_the_longest(plan: Plan, name: str, limit: float) -> Plan | None:
    """Without the tasks, or cells, that take the most, as few as possible."""
    costs: dict[str, float] = {}
    for run in plan.left:
        one = getattr(run, name)
        costs[one] = costs.get(one, 0.0) + plan.cost(run)
    for longest in sorted(costs, key=lambda one: -costs[one])[:-1]:
        plan = plan.without(run for run in plan.runs if getattr(run, name) == longest)
        if plan.seconds()[0] <= limit:
            return plan
    return None


def fit_lines(plan: Plan, limit: float) -> Iterator[str]:
    """Whether a plan fits into a time; if not, what would, for a person to choose."""
    whole, _, high = plan.seconds()
    if whole <= limit:
        sure = "" if high <= limit else f", but may take {duration(high)}"
        yield f"It fits into {duration(limit)}{sure}."
        return
    yield f"It does not fit into {duration(limit)}."
    proposed = list(cuts(plan, limit))
    if proposed:
        yield "What would, each by itself:"
    for cut in proposed:
        yield f"  {cut.words}  ({duration(cut.seconds)})"


def predicted_and_real(
    ended: Mapping[Run, Sequence[Ended]], took: float, predicted: float
) -> Iterator[str]:
    """What runs were predicted to take and what they took, side by side.

    Args:
        ended: Runs of this sweep that finished, by configuration.
        took: Seconds of the whole sweep.
        predicted: Seconds that were predicted for it; 0 for none.
    """
    from tabulate import tabulate

    table = []
    for one, runs in ended.items():
        before = sum(run.predicted for run in runs) / len(runs)
        real = sum(run.seconds for run in runs) / len(runs)
        table.append(
            [
                printable(label(one)),
                len(runs),
                duration(before),
                duration(real),
                _difference(before, real),
                f"{max(run.predicted_bytes for run in runs) / 2**20:,.0f} MB",
                f"{max(run.peak_memory_bytes for run in runs) / 2**20:,.0f} MB",
            ]
        )
    if not table:
        return
    headings = ["configuration", "runs", "predicted", "took", "", "predicted", "peak"]
    yield from tabulate(
        table,
        headings,
        disable_numparse=True,
        colalign=("left", *["right"] * 6),
        tablefmt="simple",
    ).splitlines()
    if predicted:
        yield (
            f"The sweep took {duration(took)}; {duration(predicted)} were predicted "
            f"({_difference(predicted, took)})."
        )


def label(one: Run) -> str:
    """The name of a configuration in a table."""
    return one.label.removesuffix(f" seed {one.seed}")


def duration(seconds: float) -> str:
    """A time in two units at most, as in ``45 s``, ``3 min`` or ``2 h 05 min``.

    >>> duration(7500), duration(200), duration(45.2)
    ('2 h 05 min', '3 min 20 s', '45 s')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _difference(before: float, real: float) -> str:
    return f"{(real - before) / before:+.0%}" if before else ""


def _free_bytes() -> int:
    """The memory that programs can have, where Linux names it; else 0."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return 0
    found = re.search(r"MemAvailable: +(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0
