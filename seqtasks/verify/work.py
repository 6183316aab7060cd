"""Work: the run that would repeat a published value, and how long it takes."""

import dataclasses
import shlex
from collections.abc import Sequence
from typing import Any

from seqtasks.options import options_of
from seqtasks.result import Result
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.plan import plan_cell
from seqtasks.training.settings import resolve_settings
from seqtasks.training.sizing import units_for
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
    known, plan = claim.known, claim.plan
    task = plan.build(seed=0)
    cell_plan = plan_cell(known.cell, {})
    settings = resolve_settings(task, plan.entry.name, known.settings)
    given = dict(known.settings)
    if known.num_params and "units" not in given:
        given["units"] = units_for(plan, cell_plan, settings, known.num_params).units
    pipeline = Pipeline(task, settings.batch_size, seed=0)
    # none only with a budget in seconds, which no published value has
    assert settings.epochs is not None
    return Work(
        given,
        options,
        settings.epochs * pipeline.steps,
        settings.epochs * int(pipeline.lengths["train"].sum()),
    )


def needs_other_data(claim: Claim) -> bool:
    """Whether it needs a data set that the task does not read by default."""
    options = options_of(claim.plan.entry.load())
    if "dataset" not in options:
        return False
    return claim.plan.options["dataset"] != options["dataset"].default


def command_of(claim: Claim, work: Work, seed: int, results: str) -> str:
    """The command line of the run."""
    entry = claim.plan.entry
    from_file = entry.reference.partition(":")[0].endswith(".py")
    words = ["seqtasks", "run", entry.reference if from_file else entry.name]
    words += ["--cell", claim.known.cell]
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
        if run.task == claim.plan.entry.name
        and run.cell == claim.known.cell
        and run.time_steps_per_second > 0
        and run.limit is None
    ]
    if not alike:
        return None
    size = claim.known.num_params
    nearest = min(alike, key=lambda run: abs(run.num_params - size))
    return nearest.time_steps_per_second, nearest.run
