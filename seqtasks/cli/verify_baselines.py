"""What ``seqtasks verify --baselines`` prints."""

from collections.abc import Sequence
from pathlib import Path

import click

from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.registry import TASKS, Entry, nearest
from seqtasks.reports.row import file_name
from seqtasks.result import Result

_MARKS = {True: "✓", False: "✗", None: "–"}


def verify_baselines(
    results: Sequence[Result], tasks: Sequence[str], folder: Path
) -> int:
    """Checks the baselines of stored results, and prints a line for each.

    Args:
        results: The results.
        tasks: Names and files of the tasks to check; all, if there is none.
        folder: Where the results are from, for messages.

    Returns:
        The exit code.

    Raises:
        UsageError: If a task was named that has no result.
    """
    from seqtasks.verify.baselines import TOLERANCE, check_baselines

    chosen, files = _chosen(results, tasks, folder)
    if not chosen:
        click.echo(
            f"There are no results in {folder}: no baseline to verify.", err=True
        )
        return 0
    equal = different = untold = apart = 0
    for group, outcome in check_baselines(chosen, files):
        click.echo(group.title)
        if isinstance(outcome, str):
            click.echo(f"– not computed again: {outcome}\n")
            apart += 1
            continue
        width = max(len(check.name) for check in outcome)
        for check in outcome:
            click.echo(
                f"{_MARKS[check.equal]} {check.name:<{width}}  table {check.stored}  "
                f"computed {check.computed}"
            )
            equal += check.equal is True
            different += check.equal is False
            untold += check.equal is None
        click.echo()
    parts = [f"{equal} equal (to {TOLERANCE:g} of the value)", f"{different} different"]
    if untold:
        parts.append(f"{untold} that the results do not hold")
    if apart:
        parts.append(f"{apart} tables not computed again")
    click.echo(f"{', '.join(parts)}.")
    if different:
        return 1
    return 0 if equal else DataUnavailableError.exit_code


def _chosen(
    results: Sequence[Result], tasks: Sequence[str], folder: Path
) -> tuple[list[Result], dict[str, Entry]]:
    """The results of these tasks, and the tasks of files by ``"file.py:function"``."""
    files = {}
    names = set()
    for task in tasks:
        if ".py" in task:
            entry = TASKS.find(task)
            files[file_name(entry.reference)] = entry
        else:
            names.add(task)
    known = {run.task for run in results}
    for name in sorted(names - known):
        raise UsageError(
            f"There is no result of the task {name!r} in {folder}. "
            f"{nearest(name, known)}"
        )
    chosen = [
        run
        for run in results
        if not tasks or run.task in names or file_name(run.task_reference) in files
    ]
    return chosen, files
