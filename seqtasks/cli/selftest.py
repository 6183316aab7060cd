"""seqtasks selftest: whether exact resume holds here, of runs and of sweeps."""

import secrets
import tempfile
from pathlib import Path

import click

from seqtasks.cli.parameters import (
    CELL,
    TASK,
    dataset_option,
    echo,
    set_option,
    task_options,
)


@click.group("selftest")
def command() -> None:
    """Show on this machine that a killed run resumes to the same bits."""


@command.command("resume")
@click.option(
    "--kills",
    type=click.IntRange(min=1, max=10_000),
    default=10,
    show_default=True,
    help="Number of kills.",
)
@click.option(
    "--task",
    type=TASK,
    metavar="TASK|FILE.py",
    default="adding",
    show_default=True,
    help="The task of the run.",
)
@click.option("--cell", type=CELL, metavar="CELL|FILE.py", help="Its cell.")
@dataset_option
@set_option
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="STEPS",
    help="Steps from checkpoint to checkpoint.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Random seed of the moments of the kills.  [default: another each time]",
)
@click.pass_context
def resume(context, kills, task, cell, dataset, assignments, every, seed) -> None:
    """Kill a small run at random moments, and compare its end bit by bit.

    A run is trained to its end. Then it is trained again, by a process that is sent
    SIGKILL at a random moment, by another that goes on and is killed in its turn, until
    there were enough kills; the last one finishes. Weights, metrics and history must be
    those of the first run, bit by bit. A checkpoint is written after every step, so
    that many kills hit one half written.
    """
    from seqtasks.testing.resume import KilledRun, kill_and_resume

    seed = secrets.randbelow(10**6) if seed is None else seed
    options = task_options(assignments, dataset)
    run = KilledRun(task=task, cell=cell, options=options, every=every)
    echo(f"seed {seed}", err=True)
    with tempfile.TemporaryDirectory(prefix="seqtasks-selftest-") as folder:
        tally = kill_and_resume(
            run, kills, seed, Path(folder), lambda text: echo(text, err=True)
        )
    same = ", bit-equal" if not tally.problems else ""
    echo(
        f"{tally.survived} of {tally.tried} kills survived{same}; {tally.writing} of "
        f"them hit a file half written"
    )
    for problem in tally.problems:
        echo(problem)
    if tally.problems:
        context.exit(1)


@command.command("sweep")
@click.option(
    "--kills",
    type=click.IntRange(min=1, max=10_000),
    default=10,
    show_default=True,
    help="Number of kills.",
)
@click.option(
    "--task",
    type=TASK,
    metavar="TASK|FILE.py",
    default="adding",
    show_default=True,
    help="The task of the runs.",
)
@click.option(
    "--cell",
    "cells",
    default="elman,gru",
    show_default=True,
    metavar="CELL,FILE.py,…",
    help="Their cells.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=64),
    default=2,
    show_default=True,
    help="Number of runs at once.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Random seed of the moments of the kills.  [default: another each time]",
)
@click.pass_context
def sweep(context, kills, task, cells, jobs, seed) -> None:
    """Kill a small sweep and its runs at random moments, and compare all rows.

    A grid of two seeds is swept to its end. Then it is swept again; the sweep or one
    of its runs is sent SIGKILL at a random moment, and the same command is called
    again, until there were enough kills. Each run must have one row at the end, none
    two, and weights, metrics and history must be those of the first sweep, bit by bit.
    """
    from seqtasks.training.machine import start

    start()  # without the lines that TensorFlow prints

    from seqtasks.testing.sweep_kills import KilledSweep, kill_sweeps

    seed = secrets.randbelow(10**6) if seed is None else seed
    names = tuple(name.strip() for name in cells.split(","))
    killed = KilledSweep(task=task, cells=names, jobs=jobs)
    echo(f"seed {seed}", err=True)
    with tempfile.TemporaryDirectory(prefix="seqtasks-selftest-") as folder:
        tally = kill_sweeps(
            killed, kills, seed, Path(folder), lambda text: echo(text, err=True)
        )
    same = f"{tally.rows} rows, each there once and bit-equal"
    echo(
        f"{tally.kills} kills, {tally.sweeps} of the sweep and {tally.runs} of a run: "
        f"{'not all is as it should be' if tally.problems else same}"
    )
    for problem in tally.problems:
        echo(problem)
    if tally.problems:
        context.exit(1)
