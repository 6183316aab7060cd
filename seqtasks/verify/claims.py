"""Claims: a task's published values, and which stored runs bear on each."""

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.errors import DataUnavailableError
from seqtasks.options import resolve_options
from seqtasks.registry import Entry
from seqtasks.reports.group import groups
from seqtasks.reports.row import Row, file_name, rows
from seqtasks.reports.verdict import Verdict, mismatch, no_verdict, verdict_on
from seqtasks.result import Result
from seqtasks.task import Mode, PublishedResult, Task
from seqtasks.training.experiment import build_task, find_task


@dataclasses.dataclass(frozen=True)
class Claim:
    """A published value of a task, and what would repeat it.

    Args:
        known: The published value.
        entry: The task's entry in the registry.
        options: Its options: those that the protocol needs, over those given.
        version: The task's version.
        unit: The unit of the value.
        mode: Whether a small or a large value is good.
        excluded: Why no run can be held against it, or empty.
    """

    known: PublishedResult
    entry: Entry
    options: dict[str, Any]
    version: int
    unit: str
    mode: Mode
    excluded: str


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What stored runs say of a claim.

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
        and, where the chosen data is not to be had, a sentence that says so.

    Raises:
        UsageError: If there is no such task or option.
    """
    entry, values = find_task(name, given)
    task, missing = _built(entry, values)
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


def _built(entry: Entry, options: dict[str, Any]) -> tuple[Task, str]:
    """The task; with its defaults, which are always there, if the data is not."""
    try:
        return build_task(entry, options, seed=0), ""
    except DataUnavailableError as error:
        defaults = resolve_options(entry.load(), {}, entry.name)
        return build_task(entry, defaults, seed=0), str(error)


def evidence(
    claim: Claim, chosen: Sequence[str], results: Sequence[Result]
) -> Evidence:
    """What stored runs say of a claim.

    Args:
        claim: The claim.
        chosen: The options that a person chose: a run must have their values too.
        results: Stored results, of any task.
    """
    matching: list[Result] = []
    others: collections.Counter[str] = collections.Counter()
    same_file = file_name(claim.entry.reference)
    for run in results:
        if run.task != claim.entry.name or run.cell != claim.known.cell:
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
        if (verdict := verdict_on(claim.known, row, group))
    ]
    seeds = frozenset(run.seed for row, _ in judged for run in row.finished)
    return Evidence(tuple(judged), seeds, dict(others))


def _mismatch(claim: Claim, chosen: Sequence[str], run: Result) -> str:
    if reason := mismatch(claim.known, run):
        return reason
    if run.task_version != claim.version:
        return f"its task has version {run.task_version}, not {claim.version}"
    for option in chosen:
        if run.options.get(option) != claim.options[option]:
            return f"its option {option} is {run.options.get(option)}"
    if run.status != "finished":
        return f"it is {run.status}"
    return ""
