"""Published values of a task: the stored runs that repeat them, the runs that would."""

import collections
import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.errors import DataUnavailableError
from seqtasks.options import options_of, resolve_options
from seqtasks.registry import Entry
from seqtasks.reports.group import groups
from seqtasks.reports.row import Row, file_name, rows
from seqtasks.reports.verdict import Verdict, mismatch, no_verdict, verdict_on
from seqtasks.result import Result
from seqtasks.task import Mode, PublishedResult
from seqtasks.training.experiment import Experiment, build_task, find_task
from seqtasks.training.sizing import sized


@dataclasses.dataclass(frozen=True)
class Claim:
    """A published value of a task, and what would repeat it.

    Args:
        published: The published value.
        entry: The task's entry in the registry.
        options: Its options: those that the protocol needs, over those given.
        version: The task's version.
        unit: The unit of the value.
        mode: ``"min"`` if a small value is good, ``"max"`` if a large one.
        excluded: Why no run can be compared with it, or empty.
    """

    published: PublishedResult
    entry: Entry
    options: dict[str, Any]
    version: int
    unit: str
    mode: Mode
    excluded: str


@dataclasses.dataclass(frozen=True)
class Evidence:
    """The stored runs that bear on a claim.

    Args:
        rows: The rows that repeat its protocol, each with its verdict.
        seeds: The seeds of their runs.
        others: Why other runs of the same cell do not, with how many.
    """

    rows: tuple[tuple[Row, Verdict], ...]
    seeds: frozenset[int]
    others: Mapping[str, int]


def claims(
    name: str, given: Mapping[str, Any]
) -> tuple[list[Claim], list[PublishedResult], str]:
    """The published values of a task.

    Args:
        name: The task's name or path.
        given: Values of its options that a person chose.

    Returns:
        The claims that go with these options, the published values that need others,
        and a sentence if the chosen data is not available, else an empty text.

    Raises:
        UsageError: If there is no such task or option.
    """
    entry, values = find_task(name, given)
    missing = ""
    try:
        task = build_task(entry, values, seed=0)
    except DataUnavailableError as error:
        # the defaults are always there
        defaults = resolve_options(entry.load(), {}, entry.name)
        task, missing = build_task(entry, defaults, seed=0), str(error)
    chosen = {option: values[option] for option in given}
    found: list[Claim] = []
    others: list[PublishedResult] = []
    for known in task.published:
        if any(
            known.options.get(option, value) != value
            for option, value in chosen.items()
        ):
            others.append(known)
            continue
        options = resolve_options(
            entry.load(), {**chosen, **known.options}, f"the task {entry.name}"
        )
        found.append(
            Claim(
                known,
                entry,
                options,
                task.version,
                task.metric_units[known.metric],
                task.mode,
                no_verdict(known, task.monitor),
            )
        )
    return found, others, missing


def evidence(
    claim: Claim, chosen: Sequence[str], results: Sequence[Result]
) -> Evidence:
    """The stored runs that bear on a claim.

    Args:
        claim: The claim.
        chosen: The options that a person chose: a run must have their values too.
        results: Stored results, of any task.
    """
    matching: list[Result] = []
    others: collections.Counter[str] = collections.Counter()
    same_file = file_name(claim.entry.reference)
    for run in results:
        if run.task != claim.entry.name or run.cell != claim.published.cell:
            continue
        if file_name(run.task_reference) != same_file:
            continue
        if reason := _mismatch(claim, chosen, run):
            others[reason] += 1
        else:
            matching.append(run)
    judged = [
        (row, verdict)
        for group in groups(matching)
        for row in rows(group.runs)
        if (verdict := verdict_on(claim.published, row, group))
    ]
    seeds = frozenset(run.seed for row, _ in judged for run in row.finished)
    return Evidence(tuple(judged), seeds, dict(others))


def _mismatch(claim: Claim, chosen: Sequence[str], run: Result) -> str:
    if reason := mismatch(claim.published, run):
        return reason
    if run.task_version != claim.version:
        return f"its task has version {run.task_version}, not {claim.version}"
    for option in chosen:
        if run.options.get(option) != claim.options[option]:
            return f"its option {option} is {run.options.get(option)}"
    if run.status != "finished":
        return f"it is {run.status}"
    return ""


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
    """The run that repeats a published value once. The data is read for it.

    Args:
        claim: The claim.
        options: The options to name in the command.

    Raises:
        UsageError: If the cell cannot have the published size.
        DataUnavailableError: If the data is not available.
    """
    known = claim.published
    experiment = Experiment.resolve(
        task_argument(claim), known.cell, options=claim.options, settings=known.settings
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
    words = ["seqtasks", "run", task_argument(claim), "--cell", claim.published.cell]
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
        The speed and the run's name, or ``None`` if there is no such run.
    """
    alike = [
        run
        for run in results
        if run.task == claim.entry.name
        and run.cell == claim.published.cell
        and run.time_steps_per_second > 0
        and run.limit is None
        and not run.is_overfit
    ]
    if not alike:
        return None
    size = claim.published.num_params
    nearest = min(alike, key=lambda run: abs(run.num_params - size))
    return nearest.time_steps_per_second, nearest.run
