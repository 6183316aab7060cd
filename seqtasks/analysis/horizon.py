"""The horizon of a cell: the longest delay (or the like) with which it solves a task.

Trainings of a longer and a longer task, then halving between the last that was solved
and the first that was not. Each is an ordinary run, whose row has the purpose
``"horizon"``; one that is there already is not trained again.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seqtasks.analysis.horizon_record import HorizonRecord, Reach, Trial
from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Horizon
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import environment
from seqtasks.training.run import CHECKPOINT_EVERY, run
from seqtasks.training.sizing import sized

PURPOSE = "horizon"

# a run that failed shows nothing about the cell: the same command tries it again
_RETRY = ("failed", "out_of_memory", "timed_out")

# between a power of two and the next: 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, …
_PER_OCTAVE = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What is trained; the arguments are those of :func:`seqtasks.training.run.run`.

    Args:
        task: Name of the task, or path of a file that defines one.
        cell: Name or path of the cell.
        options: Values of the task's options.
        cell_options: Values of the cell's options.
        settings: Values of the settings.
        params: Number of parameters of each model; ``None`` for the units of the task
            or of ``settings``.
        seeds: Number of seeds, from 0.
        checkpoint_every: Interval between checkpoints.
        author: As in :func:`seqtasks.training.run.run`.
        most: Largest value that is tried; ``None`` for that of the task.
    """

    task: str
    cell: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    cell_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    params: int | None = None
    seeds: int = 3
    checkpoint_every: str | float = CHECKPOINT_EVERY
    author: str | None = None
    most: int | None = None


def grid(least: int, most: int) -> list[int]:
    """The values that may be tried: up to four from a power of two to the next.

    They are the same for every search, so that searches share their runs.
    """
    values = {
        (_PER_OCTAVE + quarter) * 2**power // _PER_OCTAVE
        for power in range(most.bit_length())
        for quarter in range(_PER_OCTAVE)
    }
    return sorted(value for value in values if least <= value <= most)


def search(
    solved: Callable[[int], bool], start: int, least: int, most: int
) -> tuple[int, int | None]:
    """The largest value that is solved, if all above it are not.

    From ``start`` by doubling, or by halving where that is not solved; then by
    bisection over :func:`grid`.

    Returns:
        The value, 0 if the least is not solved, and the next larger one, which is not;
        ``None`` for it if the largest is solved.
    """
    if solved(start):
        low, high = start, None
        while high is None and low < most:
            value = min(2 * low, most)
            if solved(value):
                low = value
            else:
                high = value
        if high is None:
            return low, None
    else:
        low, high = 0, start
        while not low and high > least:
            value = max(high // 2, least)
            if solved(value):
                low = value
            else:
                high = value
        if not low:
            return 0, high
    between = [value for value in grid(least, most) if low < value < high]
    while between:
        middle = between[len(between) // 2]
        if solved(middle):
            low = middle
        else:
            high = middle
        between = [value for value in between if low < value < high]
    return low, high


def horizon(asked: Asked, store: Store, display: Display) -> Iterator[HorizonRecord]:
    """Searches seed by seed, and yields what is known after each.

    Args:
        asked: The cell, the task, the size and the budget.
        store: Folder of the results.
        display: Receives the events of the runs.

    Raises:
        UsageError: If the task has no such option, or what was asked for cannot be.
        BusyError: If another process trains one of the runs.
        RunFailedError: If training raised an error.
        KeyboardInterrupt: If a run was interrupted; its checkpoint is written.
    """
    first = Experiment.resolve(
        asked.task,
        asked.cell,
        options=asked.options,
        cell_options=asked.cell_options,
        settings=asked.settings,
    )
    rule = _rule(first, asked)
    units: dict[int, int] = {}
    reaches: list[Reach] = []
    for seed in range(asked.seeds):
        trials: list[Trial] = []

        def solved(value: int, seed=seed, trials=trials) -> bool:
            if value not in units:
                units[value] = _units(asked, rule, value, display)
            display.message(
                f"{first.cell_entry.name}, {rule.option} {value}, seed {seed}"
            )
            row = run(
                asked.task,
                asked.cell,
                options=_options(asked, rule, value),
                cell_options=asked.cell_options,
                seed=seed,
                author=asked.author,
                store=store,
                display=display,
                checkpoint_every=asked.checkpoint_every,
                once=True,
                retry=_RETRY,
                purpose=PURPOSE,
                **{**asked.settings, "units": units[value]},
            )
            if row.status == "interrupted":
                raise KeyboardInterrupt
            trials.append(_trial(row, rule, value))
            display.message(_line(trials[-1], rule))
            return trials[-1].solved

        longest, unsolved = search(solved, rule.start, rule.least, rule.most)
        reaches.append(
            Reach(seed=seed, longest=longest, unsolved=unsolved, trials=tuple(trials))
        )
        yield _record(first, asked, rule, reaches)


def _rule(experiment: Experiment, asked: Asked) -> Horizon:
    """How the task gets longer, and when it is solved."""
    name, rule = experiment.task_entry.name, experiment.task.horizon
    if rule is None:
        raise UsageError(
            f"Expected a task that states how its memory is made longer, as "
            f"copy_memory, adding and associative_recall do; {name} states none. A "
            f"task of your own states it by horizon=seqtasks.Horizon(...)."
        )
    grown = {rule.option, *(rule.options(rule.start) if rule.options else ())}
    for option in asked.options:
        if option in grown:
            raise UsageError(
                f"Expected options of {name} other than {', '.join(sorted(grown))}, "
                f"which the search sets; received --set {option}="
                f"{asked.options[option]}. Leave it out."
            )
    settings = experiment.settings
    for setting in ("limit", "overfit"):
        if getattr(settings, setting) is not None:
            raise UsageError(
                f"Expected a budget by --seconds or --epochs; received --{setting}, "
                f"with which nothing is learnt. Leave it out."
            )
    if asked.most is None:
        return rule
    if not rule.start <= asked.most <= rule.most:
        raise UsageError(
            f"Expected --most to be a {rule.option} from {rule.start} to {rule.most}, "
            f"as {name} has it; received {asked.most}."
        )
    return dataclasses.replace(rule, most=asked.most)


def _options(asked: Asked, rule: Horizon, value: int) -> dict[str, Any]:
    others = rule.options(value) if rule.options else {}
    return {**asked.options, **others, rule.option: value}


def _units(asked: Asked, rule: Horizon, value: int, display: Display) -> int:
    """The units with which the model has the size that was asked for."""
    experiment = Experiment.resolve(
        asked.task,
        asked.cell,
        options=_options(asked, rule, value),
        cell_options=asked.cell_options,
        settings=asked.settings,
    )
    if asked.params is None:
        return experiment.settings.units
    experiment, message = sized(experiment, asked.params)
    display.message(message)
    return experiment.settings.units


def _trial(row: Result, rule: Horizon, value: int) -> Trial:
    metric = rule.metric.replace("{value}", str(value))
    score = row.metrics.get("validation", {}).get(metric)
    if row.status != "finished" or score is None or not math.isfinite(score):
        score = None
    solved = score is not None and (
        score >= rule.threshold if rule.mode == "max" else score <= rule.threshold
    )
    return Trial(
        value=value,
        score=score,
        solved=solved,
        run=row.run,
        status=row.status,
        units=row.settings["units"],
        num_params=row.num_params,
        steps=row.steps,
        seconds=row.seconds,
    )


def _line(trial: Trial, rule: Horizon) -> str:
    metric = rule.metric.replace("{value}", str(trial.value))
    shown = "the run diverged" if trial.score is None else f"{metric} {trial.score:.4g}"
    word = "solved" if trial.solved else "not solved"
    return f"{rule.option} {trial.value}: {word} ({shown})"


def _record(
    first: Experiment, asked: Asked, rule: Horizon, reaches: list[Reach]
) -> HorizonRecord:
    settings = dataclasses.asdict(first.settings)
    # its units follow from the size; the others change no number
    units = settings.pop("units")
    for name in ("limit", "overfit", "memory_budget"):
        del settings[name]
    grown = {rule.option, *(rule.options(rule.start) if rule.options else ())}
    return HorizonRecord(
        task=first.task_entry.name,
        task_reference=first.task_entry.reference,
        task_version=first.task.version,
        task_options={n: v for n, v in first.options.items() if n not in grown},
        cell=first.cell_entry.name,
        cell_reference=first.cell_entry.reference,
        cell_options=first.cell_options,
        settings=settings,
        params=asked.params,
        units=None if asked.params else units,
        option=rule.option,
        title=rule.title,
        unit=rule.unit,
        metric=rule.metric,
        threshold=rule.threshold,
        mode=rule.mode,
        how=rule.how,
        least=rule.least,
        most=rule.most,
        reaches=tuple(reaches),
        **environment(),
    )
