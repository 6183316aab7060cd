"""``seqtasks ablate``: a cell without each of its gates, beside the whole."""

from typing import Any

import click

from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.parameters import (
    CELL,
    TASK,
    echo,
    one_size,
)
from seqtasks.cli.run import RunOptions
from seqtasks.cli.run import command as run_command
from seqtasks.cli.selection import Selection, chosen
from seqtasks.errors import UsageError
from seqtasks.store import Store

# of the options of `seqtasks run`, those that ablate has in another form or not at all
_OWN = ("task", "cell", "seed", "as_json", "resume", "tensorboard", "overfit")


@click.command("ablate", cls=GroupedCommand)
@click.argument("cell", type=CELL, required=False, metavar="[CELL|FILE.py]")
@click.option("--task", type=TASK, metavar="TASK|FILE.py", help="The task to solve.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1, max=1_000),
    default=3,
    show_default=True,
    help="Number of seeds of each model, from 0.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="Format of the comparison.",
)
@click.option(
    "--resume/--no-resume",
    default=None,
    help="Take finished runs as they are and go on with one that was cut off, or train "
    "all anew.  [default: resume]",
)
@click.pass_context
def command(context, cell, task, seeds, form, **values) -> None:
    """Train a cell whole and without each of its gates, and compare.

    \b
    seqtasks ablate gru --task adding
    seqtasks ablate lstm --task copy_memory --params 20k --seeds 5
    seqtasks ablate                         the ablations of the results folder

    All models have the same number of parameters (that of --params, or of the whole
    cell), the same seeds and settings. A removed gate is a constant: an LSTM's forget
    gate 1, a GRU's update gate 0, where its state is the candidate; its weights are not
    counted. The runs are ordinary ones, as by `seqtasks run adding --cell gru
    --cell-set without=reset`: those that are finished are not trained again, and one
    that was cut off goes on when the same command is typed again.
    """  # noqa: D301 (click reads the backspace)
    options = RunOptions(
        task=task,
        cell=cell,
        seed=0,
        as_json=False,
        tensorboard=None,
        overfit=None,
        config=values.pop("config"),
        **values,
    )
    if cell is None:
        if task is not None:
            raise UsageError(
                f"Expected a cell to take gates from, as in `seqtasks ablate gru "
                f"--task {task}`; received none."
            )
        results = chosen(Selection(folders=(options.results,)))
    elif task is None:
        raise UsageError(
            f"Expected a task, as in `seqtasks ablate {cell} --task adding`; received "
            f"none."
        )
    else:
        results = _trained(context, options, seeds)

    from seqtasks.reports.ablations import ablations, format_ablations
    from seqtasks.reports.leaderboard import smoke_note

    text = format_ablations(ablations(results), form, smoke_note(results))
    echo(text, nl=False)


def _trained(context: click.Context, options: RunOptions, seeds: int) -> list[Any]:
    """The results of all runs; a run that was stopped ends the program."""
    from seqtasks.training.machine import start

    start(options.device)  # type: ignore[arg-type]

    from rich.console import Console

    from seqtasks.analysis.ablation import Ablation, ablate
    from seqtasks.training.progress import TerminalDisplay
    from seqtasks.training.run import Terminated

    settings = one_size(context, options.settings())
    what = Ablation(
        task=options.task,
        cell=options.cell or "",
        options=options.task_options(),
        cell_options=options.cell_options(),
        params=settings.pop("params"),
        settings=settings,
        seeds=seeds,
        resume=options.resume,
        checkpoint_every=options.checkpoint_every,
        author=options.author,
    )
    results = []
    try:
        for result in ablate(
            what, Store(options.results), TerminalDisplay(Console(stderr=True))
        ):
            results.append(result)
            if result.status == "interrupted":
                raise click.exceptions.Exit(130)
    except Terminated as end:
        raise click.exceptions.Exit(int(end.code or 1)) from end
    return results


command.params += [p for p in run_command.params if p.name not in _OWN]
