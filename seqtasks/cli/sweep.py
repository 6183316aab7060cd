"""seqtasks sweep: many runs, each a process of its own, none of them twice."""

import collections
import copy
import os
import shlex
import signal
import time
from pathlib import Path

import click

from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.parameters import echo, results_option, retry_option
from seqtasks.cli.run import command as run_command
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.sweep.calibrate import Calibration
from seqtasks.sweep.grid import Run, grid, tasks_of
from seqtasks.sweep.local import Local
from seqtasks.sweep.plan import Plan, fit_lines, parse_limit
from seqtasks.sweep.pool import Outcome, run_all
from seqtasks.sweep.process import Process
from seqtasks.sweep.words import digest

# of the options of `run`, those that are the sweep's own, or of one run alone
_OWN = ("task", "cell", "seed", "results", "retry", "once")
_OF_ONE_RUN = ("resume", "config", "as_json", "init_from", "measure", "study")

# in the value of these a comma is a comma
_WHOLE = ("dataset", "author", "tensorboard", "memory_budget", "checkpoint_every")


class _Values(click.ParamType):
    """One value or several with commas, each checked as ``seqtasks run`` does."""

    def __init__(self, each: click.ParamType):
        self.each = each
        self.name = each.name

    def convert(self, value, parameter, context):
        if isinstance(value, tuple):
            return value
        parts = tuple(part.strip() for part in str(value).split(","))
        for part in parts:
            self.each.convert(part, parameter, context)
        return parts


def _of_run() -> list[click.Parameter]:
    """The options of ``seqtasks run`` that a sweep takes too."""
    found: list[click.Parameter] = []
    for parameter in run_command.params:
        name = str(parameter.name)
        if name in (*_OWN, *_OF_ONE_RUN):
            continue
        option = copy.copy(parameter)
        # only what is typed is passed on
        option.default, option.envvar = None, None
        if not (option.multiple or name in _WHOLE or getattr(option, "is_flag", False)):
            option.type = _Values(parameter.type)
        found.append(option)
    return found


@click.command("sweep", cls=GroupedCommand)
@click.argument("tasks", nargs=-1, required=True, metavar="TASK|FILE.py|@GROUP|all...")
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
    default=1,
    show_default=True,
    help="Number of seeds, from 0 on.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    default=1,
    show_default=True,
    help="Number of runs at once; the processor's cores are shared out among them.",
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
@click.pass_context
def command(
    context,
    tasks,
    cells,
    seeds,
    jobs,
    retry,
    with_plan,
    fit_in,
    dry_run,
    print_commands,
    **given,
):
    """Train many cells on many tasks: one process a run, no run twice.

    \b
    seqtasks sweep adding copy_memory --cell lstm,gru,./my_cell.py --seeds 3
    seqtasks sweep @memory --cell gru --params 16k --jobs 2
    seqtasks sweep adding --set sequence_length=50,100 --learning-rate 1e-3,3e-3

    Options are those of seqtasks run; several values of one are written with commas,
    and all combinations are run. Groups are tags: @memory, @text, @speech, @music,
    @video, @series, @quick, @lecture; with --params task each task has the size that it
    declares for comparisons. The same command again runs only what lacks, and goes on
    with what was cut off; several sweeps on one folder share the work.

    Exit code 0 if all runs have finished, 1 if one has not.
    """  # noqa: D301 (click reads the backspace)
    names = tuple(part.strip() for part in cells.split(",")) if cells else ()
    if "" in names or len(set(names)) < len(names):
        raise UsageError(
            f"Expected --cell to be different names with commas between them, as in "
            f"lstm,gru; received {cells!r}."
        )
    for name in names:
        if name.endswith(".py") and not Path(name).is_file():
            raise UsageError(f"Expected a file of a cell; there is none at {name}.")
        if not name.endswith(".py") and ".py:" not in name:
            _check_cell(name)
    results = given.pop("results")
    folder = [] if str(results) == "results" else ["--results", str(results)]
    again = ["--retry", ",".join(retry)] if retry else []
    runs = grid(tasks_of(tasks), names, _axes(context, given), seeds)
    if print_commands:
        for run in runs:
            echo(shlex.join(["seqtasks", *run.words(*folder, *again)]))
        return
    limit = parse_limit(fit_in) if fit_in else None
    if with_plan is None:
        with_plan = limit is not None or (seeds > 1 and not dry_run)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    threads = max(1, (cores or os.cpu_count() or 1) // jobs) if jobs > 1 else 0

    local = Local(Store(results), (*folder, *again), _digest, retry, threads)
    done = local.done(runs)
    for run, row in done.items():
        echo(f"{'done':<9} {run.label} already: {row.status}", err=True)
    received = []

    def receive(number, frame):
        received.append(number)
        raise KeyboardInterrupt

    # a job queue's SIGTERM ends the runs as Ctrl-C does
    before = signal.signal(signal.SIGTERM, receive)
    calibration = Calibration(Store(results), _digest, threads, jobs, retry)
    try:
        plan = (
            calibration.measured(runs, done, lambda w: Process(w, threads), _log)
            if with_plan
            else calibration.plan(runs, done)
        )
        if not _begins(plan, limit, dry_run, with_plan):
            raise click.exceptions.Exit(0 if dry_run else 2)
        began, clock = time.time(), time.monotonic()
        with local.going():
            if local.left():
                echo(
                    f"{_count(local.left())} of a sweep that was killed still "
                    f"{'goes' if local.left() == 1 else 'go'} on here, and "
                    f"{'counts' if local.left() == 1 else 'count'} as "
                    f"{local.left()} of --jobs {jobs}.",
                    err=True,
                )
            outcomes = run_all(
                [run for run in runs if run not in done],
                jobs,
                local.start,
                _log,
                taken=local.left,
            )
    except KeyboardInterrupt:
        echo("Stopped. The same command goes on.", err=True)
        raise click.exceptions.Exit(143 if received else 130) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    took = time.monotonic() - clock
    for line in calibration.note(plan, outcomes, took, began):
        echo(line, err=True)
    outcomes += [Outcome(run, row.status, row.reason, 0.0) for run, row in done.items()]
    for line in _summary(outcomes, folder):
        echo(line)
    whole = all(one.how == "finished" for one in outcomes)
    raise click.exceptions.Exit(0 if whole else 1)


def _digest(run: Run) -> str:
    """The digest of a run's command line, as ``seqtasks run`` itself has it."""
    # a command keeps the names of its help from its first context
    names = ["-h", "--help"]
    words = run.words()[1:]
    with run_command.make_context("run", words, help_option_names=names) as context:
        return digest(context.params)


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


def _check_cell(name: str) -> None:
    """Refuses a name that no cell has, before anything is started."""
    from seqtasks.registry import CELLS, nearest

    if name not in CELLS.entries():
        raise UsageError(f"There is no cell {name!r}. {nearest(name, CELLS.entries())}")


def _axes(context: click.Context, given: dict) -> dict[str, tuple[str, ...]]:
    """The values of each option that was typed, by the words before them."""
    axes: dict[str, tuple[str, ...]] = {}
    for parameter in _of_run():
        name = str(parameter.name)
        value = given.get(name)
        if value in (None, (), False) or not isinstance(parameter, click.Option):
            continue
        option = parameter.opts[0]
        if parameter.multiple:
            for key, text in value:
                parts = tuple(part.strip() for part in text.split(","))
                axes[f"{option} {key}="] = parts
        elif parameter.is_flag:
            axes[option] = ("",)
        else:
            axes[option] = value if isinstance(value, tuple) else (str(value),)
    for option, values in axes.items():
        if len(set(values)) < len(values):
            raise UsageError(
                f"Expected different values of {option.rstrip('=')}; received "
                f"{', '.join(values)}. Leave the repeated one out."
            )
    return axes


def _summary(outcomes: list[Outcome], folder: list[str]):
    """How many runs ended how, those that did not finish, and what to type next."""
    yield ""
    counts = collections.Counter(one.how for one in outcomes)
    shown = ", ".join(f"{count} {how}" for how, count in counts.most_common())
    yield f"{_count(len(outcomes))}: {shown}"
    for one in outcomes:
        if one.how != "finished":
            yield f"  {one.how}: {one.run.label}: {one.reason}"
    for heading, name in (("next    ", "compare"), ("        ", "table")):
        yield f"{heading} {shlex.join(['seqtasks', name, *folder])}"


def _count(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"


command.params += _of_run()
