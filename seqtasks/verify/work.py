"""Work: the run that would repeat a published value, and how long it takes."""

import dataclasses
import shlex
from collections.abc import Sequence
from typing import Any

from seqtasks.options import options_of
from seqtasks.result import Result
from seqtasks.training.experiment import Experiment
from seqtasks.training.sizing import sized
from seqtasks.verify.claims import Claim


@dataclasses.dataclass(frozen=True)
class Work:
    """A run that is still to be made, for any seed.

    Args:
        settings: Those that are not the task's defaults.
        options: The task's options that are not its defaults.
        steps: Training steps.
        time_steps: Time steps of training, padding not counted.
    """

    settings: dict[str, Any]
    options: dict[str, Any]
    steps: int
    time_steps: int


def work_of(claim: Claim, options: dict[str, Any]) -> Work:
    """What it takes to repeat a published value once. The data is read for it.

    Args:
        claim: The claim.
        options: The options to name in the command.

    Raises:
        UsageError: If the cell cannot have the published size.
        DataUnavailableError: If the data is not to be had.
    """
    known = claim.known
    experiment = Experiment.resolve(
        task_argument(claim),
        known.cell,
        options=claim.options,
        settings=known.settings,
    )
    given = dict(known.settings)
    if known.num_params and "units" not in given:
        experiment, _ = sized(experiment, known.num_params)
        given["units"] = experiment.settings.units
    epochs, pipeline = experiment.settings.epochs, experiment.pipeline
    # none only with a budget in seconds, which no published value has
    assert epochs is not None
    return Work(
        given,
        options,
        epochs * pipeline.steps,
        epochs * int(pipeline.lengths["train"].sum()),
    )


def needs_other_data(claim: Claim) -> bool:
    """Whether it needs a data set that the task does not read by default."""
    options = options_of(claim.entry.load())
    if "dataset" not in options:
        return False
    return claim.options["dataset"] != options["dataset"].default


def task_argument(claim: Claim) -> str:
    """The task as it is typed: the path of a file of one's own, or the name."""
    entry = claim.entry
    from_file = entry.reference.partition(":")[0].endswith(".py")
    return entry.reference if from_file else entry.name


def command_of(claim: Claim, work: Work, seed: int, results: str) -> str:
    """The command line of the run."""
    words = ["seqtasks", "run", task_argument(claim), "--cell", claim.known.cell]
    for name, value in work.options.items():
        words += ["--set", f"{name}={'none' if value is None else value}"]
    for name, value in work.settings.items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [flag] if value else []
        else:
            words += [flag, str(value)]
    words += ["--seed", str(seed)]
    if results != "results":
        words += ["--results", results]
    return shlex.join(words)


def speed_of(claim: Claim, results: Sequence[Result]) -> tuple[float, str] | None:
    """Time steps a second of a stored run of this task and cell, the nearest in size.

    Returns:
        The speed and the run's name, or ``None`` if no run tells.
    """
    alike = [
        run
        for run in results
        if run.task == claim.entry.name
        and run.cell == claim.known.cell
        and run.time_steps_per_second > 0
        and run.limit is None
    ]
    if not alike:
        return None
    size = claim.known.num_params
    nearest = min(alike, key=lambda run: abs(run.num_params - size))
    return nearest.time_steps_per_second, nearest.run
