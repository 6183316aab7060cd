"""seqtasks check: the contract of a task or a cell."""

from pathlib import Path

import click

from seqtasks.cli.parameters import (
    TASK_OR_CELL,
    dataset_option,
    echo,
    set_option,
    task_options,
)
from seqtasks.errors import UsageError
from seqtasks.files import nearest_files
from seqtasks.options import resolve_options
from seqtasks.registry import CELLS, TASKS, Entry, file_hint, nearest


@click.command("check")
@click.argument("subject", type=TASK_OR_CELL, metavar="TASK|CELL|FILE.py[:NAME]")
@dataset_option
@set_option
@click.option(
    "--max-examples",
    type=click.IntRange(min=1, max=1_000_000_000),
    help="Read so many examples of each split, and compute no baselines.  "
    "[default: all]",
)
@click.option(
    "--against",
    metavar="CELL|FILE.py",
    help="Also compare a cell with this one, number by number, given the same weights.",
)
@click.pass_context
def command(context, subject, dataset, assignments, max_examples, against) -> None:
    """Check that a task or a cell keeps its contract.

    Prints one line for each check, and ends with the exit code 0 if all of them hold,
    else 1. With --against it also tests whether two cells are the same function.

    With --dataset it also reports what the data is: examples and classes of
    each split, what repeats within a split and in two, contradicting targets, order.
    """
    kind, entry = find(subject)
    given = task_options(assignments, dataset)
    if kind == "cell" and max_examples is not None:
        raise UsageError("--max-examples is for tasks; a cell has no examples.")
    if kind == "task" and against is not None:
        raise UsageError("--against is for cells: two cells are compared, no tasks.")
    from seqtasks.training.machine import start

    start()

    from seqtasks.testing import cell_outcomes
    from seqtasks.testing.task_checks import READABLE, subject_outcomes
    from seqtasks.testing.task_data_report import data_report
    from seqtasks.testing.task_subject import TaskSubject

    checked = entry.load()
    values = resolve_options(checked, given, f"the {kind} {entry.name}")
    options = {name: values[name] for name in given}
    task = TaskSubject(checked, options, max_examples) if kind == "task" else None
    passed = failed = left_out = 0
    for name, sentence, not_applicable in (
        subject_outcomes(task) if task else cell_outcomes(checked, **options)
    ):
        if not_applicable:
            echo(f"– {name}: not applicable, {not_applicable}")
            left_out += 1
            continue
        mark = f"✓ {name}" if sentence is None else f"✗ {name}: {sentence}"
        echo(mark)
        passed += sentence is None
        failed += sentence is not None
        if task and "dataset" in given and name == READABLE and sentence is None:
            for line in data_report(task):
                echo(f"  {line}")
    is_same = True
    if against is not None:
        from seqtasks.analysis.same_function import same_function

        is_same, sentences = same_function(subject, options, against)
        for line in ("", *sentences):
            echo(line)
    if failed:
        echo(
            f"The {kind} {entry.name} fails {failed} of {passed + failed} checks: "
            f"fix what the lines marked ✗ describe, and run this again.",
            err=True,
        )
        context.exit(1)
    others = f", {left_out} not applicable" if left_out else ""
    echo(f"The {kind} {entry.name} keeps its contract: {passed} checks passed{others}.")
    if not is_same:
        context.exit(1)


def find(subject: str) -> tuple[str, Entry]:
    """The kind of what a name or a file stands for, and its entry.

    Returns:
        ``"task"`` or ``"cell"``, and the entry.

    Raises:
        UsageError: If it stands for neither, or for one of each.
    """
    path = subject if subject.endswith(".py") else subject.rpartition(":")[0]
    if path.endswith(".py"):
        return _find_in_file(subject, path)
    tasks, cells = TASKS.entries(), CELLS.entries()
    if subject in tasks:
        return "task", tasks[subject]
    if subject in cells:
        return "cell", cells[subject]
    raise UsageError(
        f"There is no task or cell named {subject!r}. "
        f"{file_hint(subject) or nearest(subject, tasks | cells)} "
        f"A file of your own is given by its path, as in ./my_task.py."
    )


def _find_in_file(subject: str, path: str) -> tuple[str, Entry]:
    if not Path(path).is_file():
        raise UsageError(
            f"Expected a Python file that defines a task or a cell; there is no file "
            f"{path!r}.{nearest_files(Path(path))} Begin one with "
            f"`seqtasks new task NAME`."
        )
    from seqtasks.training.machine import start

    start()  # before the file itself imports the libraries
    found, errors = {}, []
    for registry in (TASKS, CELLS):
        try:
            found[registry.kind] = registry.find(subject)
        except UsageError as error:
            if error.__cause__ is not None:
                raise  # the file does not import
            errors.append(error)
    if len(found) == 2:
        # the one that bears the file's name, if either does
        found = {k: e for k, e in found.items() if e.name == Path(path).stem} or found
    if len(found) == 2:
        raise UsageError(
            f"{path} defines a task, {found['task'].name}, and a cell, "
            f"{found['cell'].name}. Name one, as in {path}:{found['task'].name}."
        )
    if not found:
        raise UsageError(
            f"Expected {path} to define a task (a function) or a cell (a class with "
            f"call). {errors[0]}"
        )
    ((kind, entry),) = found.items()
    return kind, entry
