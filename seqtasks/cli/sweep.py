"""seqtasks sweep: many runs, each a process of its own, none of them twice."""

import dataclasses
import functools
import os
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.on_ray import check_ray_options, ray_cluster, ray_options
from seqtasks.cli.parameters import echo, results_option, retry_option, typed_words
from seqtasks.cli.stopping import stopping
from seqtasks.cli.sweep_end import summary
from seqtasks.cli.sweep_grid import (
    Study,
    digest_of,
    options_of_run,
    read_study,
    runs_of,
)
from seqtasks.files import write_file
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.calibrate import Calibration
from seqtasks.sweep.cluster import RayRun
from seqtasks.sweep.gpus import Shares, gpus
from seqtasks.sweep.grid import Run
from seqtasks.sweep.local import Local
from seqtasks.sweep.plan import Plan, fit_lines, parse_limit
from seqtasks.sweep.pool import Outcome, run_all
from seqtasks.sweep.process import PROGRAM, threads_each
from seqtasks.sweep.slurm import MOST_RUNS, script


@dataclasses.dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """The command line of ``seqtasks sweep``; ``of_run`` are the options of a run."""

    tasks: tuple[str, ...]
    cells: str
    seeds: int | None
    study: Path | None
    jobs: int | None
    retry: tuple[str, ...]
    results: Path
    with_plan: bool | None
    fit_in: str | None
    dry_run: bool
    print_commands: bool
    sbatch: Path | None
    on: str
    address: str | None
    store: str | None
    of_run: dict[str, Any]

    @property
    def again(self) -> list[str]:
        """Words of what is run again."""
        return ["--retry", ",".join(self.retry)] if self.retry else []

    @property
    def folder(self) -> list[str]:
        """Words of the folder of results, which a run may take by itself."""
        usual = os.environ.get("SEQTASKS_RESULTS") or "results"
        return [] if str(self.results) == usual else ["--results", str(self.results)]


@click.command("sweep", cls=GroupedCommand)
@click.argument("tasks", nargs=-1, metavar="TASK|FILE.py|@GROUP|all...")
@click.option(
    "--cell",
    "cells",
    default="",
    metavar="CELL,FILE.py,…",
    help="The cells.  [default: that of each task]",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1, max=1000),
    help="Number of seeds, from 0 on.  [default: 1]",
)
@click.option(
    "--grid",
    "study",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="A study's file: tasks, cells, seeds, options, groups; what is typed besides "
    "wins (seqtasks/sweep/README.md).",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    help="Number of runs at once, among which the processor's cores are shared out, "
    "and the GPUs.  [default: 1, or one a GPU]",
)
@retry_option
@results_option
@click.option(
    "--plan/--no-plan",
    "with_plan",
    default=None,
    help="Measure a few steps of each configuration first, and predict minutes and "
    "memory.  [default: with two seeds or more]",
)
@click.option(
    "--fit-in",
    metavar="TIME",
    help="Begin only if all is predicted to take at most so long, as in 2h or 90m; "
    "else print what would fit.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print the plan, and start no run; with --plan, measure what is not known.",
)
@click.option(
    "--print-commands",
    is_flag=True,
    help="Print a command line for each run, as for xargs or GNU parallel.",
)
@click.option(
    "--sbatch",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write a script for Slurm, a job array with one index per run; --jobs is then "
    "the number of them at once.",
)
@ray_options
@click.pass_context
def command(context, **values) -> None:
    """Train many cells on many tasks: one process per run, no run twice.

    \b
    seqtasks sweep adding copy_memory --cell lstm,gru,./my_cell.py --seeds 3
    seqtasks sweep @memory --cell gru --params 16k --jobs 2
    seqtasks sweep adding --set sequence_length=50,100 --learning-rate 1e-3,3e-3
    seqtasks sweep --grid study.toml --fit-in 2h

    Options are those of seqtasks run; several values of one are written with commas,
    and all combinations are run. Groups are tags: @memory, @text, @speech, @music,
    @video, @series, @quick, @lecture; with --params task each task has the size that it
    declares for comparisons. The same command again runs only what lacks, and goes on
    with what was cut off; several sweeps on one folder share the work.

    Exit code 0 if all runs have finished, 1 if one has not.
    """  # noqa: D301 (click reads the backspace)
    own = {field.name for field in dataclasses.fields(SweepOptions)} & values.keys()
    of_run = {name: value for name, value in values.items() if name not in own}
    options = SweepOptions(of_run=of_run, **{name: values[name] for name in own})
    check_ray_options(options.on, options.address, options.store)
    study = read_study(options.study) if options.study else Study()
    runs = runs_of(study, options.tasks, options.cells, options.seeds, of_run)
    commands = [run.words(*options.folder, *options.again) for run in runs]
    if options.print_commands:
        for words in commands:
            echo(shlex.join(["seqtasks", *words]))
    elif (path := options.sbatch) is not None:
        text = script(commands, PROGRAM, Path.cwd(), path.name, options.jobs)
        write_file(path, text, "Name another path with --sbatch.")
        for line in _submitted(path, len(runs)):
            echo(line)
    else:
        outcomes, rows = sweep(options, runs)
        for line in summary(outcomes, rows, options.results, typed_words(context)):
            echo(line)
        whole = all(one.how == "finished" for one in outcomes)
        raise click.exceptions.Exit(0 if whole else 1)


def sweep(options: SweepOptions, runs: list[Run]) -> tuple[list[Outcome], list[Result]]:
    """Trains what is not done of a grid; how each run ended, and the rows.

    Raises:
        Exit: If it is not to begin, or was stopped.
    """
    limit = parse_limit(options.fit_in) if options.fit_in else None
    with_plan, dry_run = options.with_plan, options.dry_run
    if with_plan is None:
        several = len({run.seed for run in runs}) > 1
        with_plan = limit is not None or (several and not dry_run)
    store, retry, on = Store(options.results), options.retry, options.on
    # on the processor alone there are no GPUs to share
    found = () if all("cpu" in run.options for run in runs) else gpus()
    jobs = options.jobs or len(found) or 1
    threads = threads_each(jobs)

    def on_cluster(run: Run) -> RayRun:
        assert cluster is not None
        return cluster.start(run, plan.memory_of(run))

    # the same grid is asked for its digests again and again
    digests = functools.cache(digest_of)
    local = Local(
        store,
        (*options.folder, *options.again),
        digests,
        retry,
        threads,
        Shares(found, jobs),
        on_cluster if on == "ray" else None,
    )
    done = local.done(runs)
    for run, row in done.items():
        echo(f"{'done':<9} {run.label} already: {row.status}", err=True)
    calibration = Calibration(store, digests, threads, jobs, retry)
    with (
        stopping() as receive,
        ray_cluster(
            on,
            options.address,
            options.store,
            store,
            jobs=jobs,
            digest_of=digests,
            more=options.again,
            device=options.of_run.get("device"),
            receive=receive,
        ) as cluster,
    ):
        plan = (
            calibration.measured(runs, done, local.process, _log)
            if with_plan
            else calibration.plan(runs, done)
        )
        if cluster is not None:
            plan = plan.on(cluster.machines, cluster.places)
        if not _begins(plan, limit, dry_run, with_plan):
            raise click.exceptions.Exit(0 if dry_run else 2)
        from rich.console import Console

        from seqtasks.sweep.board import Board

        # of each seed the longest first, so that none is left at the end
        left = sorted(
            (run for run in runs if run not in done),
            key=lambda run: (run.seed, -plan.cost(run)),
        )
        console = Console(stderr=True)
        board = Board(store, local.sweep, left, plan, digests, console)
        began, clock = time.time(), time.monotonic()
        with local.going():
            if cluster is not None:
                # what waits for a place waits there, so that a cluster grows on demand
                jobs = max(1, len(left))
            elif local.left():
                echo(
                    f"{_count(local.left())} of a sweep that was killed still "
                    f"{'goes' if local.left() == 1 else 'go'} on here, and "
                    f"{'counts' if local.left() == 1 else 'count'} as "
                    f"{local.left()} of --jobs {jobs}.",
                    err=True,
                )
            with board.shown():
                outcomes = run_all(
                    left,
                    jobs,
                    local.start,
                    lambda line: board.line(line, _log),
                    taken=lambda: 0 if cluster else local.left(),
                    watcher=board,
                )
    took = time.monotonic() - clock
    for line in calibration.note(plan, outcomes, took, began):
        echo(line, err=True)
    outcomes += [Outcome(run, row.status, row.reason, 0.0) for run, row in done.items()]
    return outcomes, local.rows(runs)


def _submitted(path: Path, count: int) -> Iterator[str]:
    """What to type next of a script for Slurm."""
    yield f"written  {path}: {_count(count)}"
    if count > MOST_RUNS:
        yield (
            f"         Clusters take {MOST_RUNS:,} indices of a job array, unless "
            f"MaxArraySize is larger there (scontrol show config): sweep a part at a "
            f"time."
        )
    yield f"next     {shlex.join(['sbatch', str(path)])}"


def _log(line: str) -> None:
    echo(line, err=True)


def _begins(plan: Plan, limit: float | None, dry_run: bool, with_plan: bool) -> bool:
    """Shows the plan, and what of it fits into a time; whether the sweep begins."""
    lines = [*plan.lines()] if dry_run or with_plan else []
    fits = limit is None or plan.seconds()[0] <= limit
    if limit is not None:
        lines += fit_lines(plan, limit)
    for line in lines:
        echo(line, err=not dry_run and fits)
    return fits and not dry_run


def _count(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"


command.params += options_of_run()
