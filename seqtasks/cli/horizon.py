"""seqtasks horizon: the longest delay with which a cell solves a task."""

from pathlib import Path
from typing import Any

import click

from seqtasks.analysis.horizon_record import HorizonRecord, read_records, write_record
from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.parameters import CELL, TASK, echo, one_size
from seqtasks.cli.parameters import typed_words as words_of
from seqtasks.cli.run import RunOptions
from seqtasks.cli.run import command as run_command
from seqtasks.cli.stopping import stopping
from seqtasks.errors import UsageError
from seqtasks.registry import CELLS, nearest
from seqtasks.store import Store
from seqtasks.sweep.grid import Run
from seqtasks.sweep.pool import run_all
from seqtasks.sweep.process import Process, threads_each

# of the options of `seqtasks run`, those that horizon has in another form or not at all
_OWN = (
    *("task", "cell", "seed", "as_json", "resume", "once", "retry", "tensorboard"),
    *("overfit", "limit", "save_predictions", "init_from"),
)
# of its own options, those that are no business of a process for one cell
_OF_ALL = ("cells", "jobs", "form", "output")


@click.command("horizon", cls=GroupedCommand)
@click.argument("cells", type=CELL, nargs=-1, metavar="[CELL|FILE.py|all]...")
@click.option(
    "--task",
    type=TASK,
    default="copy_memory",
    show_default=True,
    metavar="TASK|FILE.py",
    help="copy_memory (the longest delay), adding (sequence), associative_recall (the "
    "most pairs), or a task that states a horizon.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1, max=1_000),
    default=3,
    show_default=True,
    help="Number of seeds of each cell, from 0.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1, max=1_048_576),
    metavar="N",
    help="Largest delay, length or number of pairs that is tried.  [default: that of "
    "the task]",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    default=1,
    show_default=True,
    help="Number of cells at once, each a process.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="Format of the table.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png|FILE.svg",
    help="The plot's file.  [default: plots/horizon-TASK.png in the folder of results]",
)
@click.pass_context
def command(context, cells, task, seeds, most, jobs, form, output, **values) -> None:
    """Find the longest delay, sequence or number of pairs that a cell solves.

    \b
    seqtasks horizon lstm gru --params 16k --seconds 120
    seqtasks horizon all --task adding --params 16k --epochs 10 --jobs 2
    seqtasks horizon                        the horizons of the results folder

    The budget of each training is --seconds or, the same on every machine, --epochs.
    The task is made longer by doubling until it is no more solved, then halved between;
    each seed is searched by itself, and the horizon is the median over the seeds. What
    counts as solved is part of the task, and is decided on the validation split; no
    test split is scored. The trainings are ordinary runs, which no other table shows:
    the same command again trains none twice.
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.reports.curves import form_of

    names = _cells_of(cells)
    folder = values["results"]
    if output is not None:
        form_of(output)
    complete = True
    if len(names) == 1:
        _search(context, names[0], task, seeds, most, values)
    elif names:
        complete = _each_in_a_process(context, names, task, seeds, jobs)

    from seqtasks.reports.horizons import format_horizons, plot_horizons

    records, damaged = read_records([folder])
    for sentence in damaged:
        echo(sentence, err=True)
    echo(format_horizons(records, form), nl=False)
    if records:
        for path in plot_horizons(records, output, folder / "plots"):
            echo(f"written  {path}", err=True)
    raise click.exceptions.Exit(0 if complete else 1)


def _cells_of(given: tuple[str, ...]) -> list[str]:
    """The cells that are meant, each once; ``all`` stands for those of the suite."""
    known = CELLS.entries()
    found: list[str] = []
    for name in given:
        is_file = name.endswith(".py") or ".py:" in name
        if name == "all":
            found += known
        elif name in known or is_file:
            found.append(name)
        else:
            raise UsageError(f"There is no cell {name!r}. {nearest(name, known)}")
        if name.endswith(".py") and not Path(name).is_file():
            raise UsageError(f"Expected a file of a cell; there is none at {name}.")
    return list(dict.fromkeys(found))


def _search(
    context: click.Context,
    cell: str,
    task: str,
    seeds: int,
    most: int | None,
    values: dict[str, Any],
) -> None:
    """Searches one cell in this process; what each seed adds is written at once."""
    options = RunOptions(
        task=task,
        cell=cell,
        seed=0,
        as_json=False,
        resume=None,
        once=True,
        retry=(),
        tensorboard=None,
        overfit=None,
        limit=None,
        save_predictions=False,
        init_from=None,
        **values,
    )
    store = Store(options.results)
    store.check_writable()

    from seqtasks.training.machine import start

    start(options.device)  # type: ignore[arg-type]

    from rich.console import Console

    from seqtasks.analysis.horizon import Asked, horizon
    from seqtasks.training.progress import TerminalDisplay
    from seqtasks.training.run import Terminated

    settings = one_size(context, options.settings())
    asked = Asked(
        task=task,
        cell=cell,
        options=options.task_options(),
        cell_options=options.cell_options(),
        params=settings.pop("params"),
        settings={name: v for name, v in settings.items() if v is not None},
        seeds=seeds,
        checkpoint_every=options.checkpoint_every,
        author=options.author,
        most=most,
    )
    display = TerminalDisplay(Console(stderr=True))
    try:
        for record in horizon(asked, store, display):
            write_record(store.folder, record)
            echo(_so_far(record), err=True)
    except Terminated as end:
        raise click.exceptions.Exit(int(end.code or 1)) from end


def _so_far(record: HorizonRecord) -> str:
    last = record.reaches[-1]
    shown = last.longest or f"below {record.least}"
    return f"{record.cell}, seed {last.seed}: {record.title} {shown}"


def _each_in_a_process(
    context: click.Context, names: list[str], task: str, seeds: int, jobs: int
) -> bool:
    """Searches each cell in a process of its own; whether all came to their end."""
    words = words_of(context, without=_OF_ALL, with_defaults=True)[2:]
    searches = [Run(task, name, 0, ()) for name in names]
    threads = threads_each(jobs)
    with stopping():
        outcomes = run_all(
            searches,
            jobs,
            lambda one: Process(["horizon", one.cell, *words], threads),
            # a run of the pool has one seed, and a search all of them
            lambda line: echo(line.replace(" seed 0", f", {seeds} seed(s)"), err=True),
        )
    for one in outcomes:
        if one.how != "finished":
            echo(f"Without a horizon: {one.run.cell}: {one.reason}", err=True)
    return all(one.how == "finished" for one in outcomes)


command.params += [p for p in run_command.params if p.name not in _OWN]
