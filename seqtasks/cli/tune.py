"""seqtasks tune: a search of settings, with the same effort for each cell."""

import copy
import hashlib
import json
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.on_ray import check_ray_options, ray_cluster, ray_options
from seqtasks.cli.parameters import (
    TASK,
    echo,
    results_option,
    task_options,
    typed_words,
)
from seqtasks.cli.run import command as run_command
from seqtasks.cli.stopping import stopping
from seqtasks.cli.sweep_grid import digest_of
from seqtasks.errors import UsageError
from seqtasks.files import acquire
from seqtasks.store import Store
from seqtasks.sweep.cluster import RayRun
from seqtasks.sweep.grid import Run
from seqtasks.sweep.local import Local
from seqtasks.sweep.pool import Outcome, run_all
from seqtasks.sweep.process import threads_each

if TYPE_CHECKING:
    from seqtasks.tuning.search import Plan

# of the options of `run`, those that are the search's own, or of one run alone
_LEFT_OUT = (
    *("task", "cell", "seed", "results", "retry", "once", "study", "measure"),
    *("resume", "config", "as_json", "init_from", "overfit", "tensorboard"),
    "save_predictions",
)

# those that change no score, and are no part of what a study is
_NO_MATTER = ("author", "device", "checkpoint_every", "memory_budget")

_OWN = (
    *("task", "cells", "trials", "searches", "seeds", "jobs", "pruning", "study"),
    *("on", "address", "store"),
)

_STUDY_NAME = re.compile(r"\w[\w.-]*")


def _of_run() -> list[click.Parameter]:
    """The options of ``seqtasks run`` that all trials have alike."""
    found: list[click.Parameter] = []
    for parameter in run_command.params:
        if parameter.name not in _LEFT_OUT:
            option = copy.copy(parameter)
            # only what is typed is passed on
            option.default, option.envvar = None, None
            found.append(option)
    return found


@click.command("tune", cls=GroupedCommand)
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@click.option(
    "--cell",
    "cells",
    default="",
    metavar="CELL,FILE.py,…",
    help="The cells.  [default: that of the task]",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1, max=10_000),
    default=20,
    show_default=True,
    help="Number of trials of each cell.",
)
@click.option(
    "--search",
    "searches",
    multiple=True,
    metavar="NAME=LOW:HIGH[:log]|NAME=A,B,…",
    help="A range of a setting or of cell.OPTION, in place of the ranges that the task "
    "declares, for which the word default stands. Repeatable.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=0, max=1000),
    default=3,
    show_default=True,
    help="Number of seeds with which the best settings are run and scored on test.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    default=1,
    show_default=True,
    help="Number of runs at once; the processor's cores are shared out among them.",
)
@click.option(
    "--pruning",
    type=click.Choice(["median", "none"]),
    default="median",
    show_default=True,
    help="Whether a trial ends early that is worse than the median of the others.",
)
@click.option(
    "--study",
    metavar="NAME",
    help="Name of the study.  [default: the task's, and a digest of its options]",
)
@results_option
@ray_options
@click.pass_context
def command(
    context,
    task,
    cells,
    trials,
    searches,
    seeds,
    jobs,
    pruning,
    study,
    results,
    on,
    address,
    store,
    **given,
):
    """Search settings of cells, with the same effort for each.

    \b
    seqtasks tune adding --cell lstm,gru,min_gru --params 16k --trials 20
    seqtasks tune char_lm --cell gru,./my_cell.py --search learning_rate=1e-4:1e-2:log
    seqtasks tune adding --search default --search batch_size=16,32,64

    Each cell gets the same number of trials in the same space, each a process that
    reads train and validation alone. Then the best settings of each cell are run with
    other seeds and scored on test. Options are those of seqtasks run, the same for all
    trials. The same command again goes on with what was cut off.

    Exit code 0 if all runs with the best settings have finished, 1 if one has not.
    """  # noqa: D301 (click reads the backspace)
    check_ray_options(on, address, store)
    names = tuple(part.strip() for part in cells.split(",")) if cells else (None,)
    if "" in names or len(set(names)) < len(names):
        raise UsageError(
            f"Expected --cell to be different names with commas between them, as in "
            f"lstm,gru; received {cells!r}."
        )
    if study is not None and not _STUDY_NAME.fullmatch(study):
        raise UsageError(
            f"Expected a study's name of letters, digits, '.', '_' and '-'; received "
            f"{study!r}."
        )
    from seqtasks.training.study import import_optuna

    import_optuna()  # its absence is found before TensorFlow is loaded
    kept = Store(results)
    kept.check_writable()
    plan = _plan(context, names, given, study)
    folder = [] if str(results) == "results" else ["--results", str(results)]

    def on_cluster(run: Run) -> RayRun:
        assert cluster is not None
        return cluster.start(run)

    local = Local(
        kept,
        folder,
        digest_of,
        threads=threads_each(jobs),
        start=on_cluster if on == "ray" else None,
    )
    lock = acquire(results / "tune" / f"{plan.study}.search.lock")
    if lock is None:
        raise UsageError(
            f"Another process searches in the study {plan.study}. Wait for it, or "
            f"begin another with --study NAME."
        )
    with (
        stopping() as receive,
        lock,
        ray_cluster(
            on,
            address,
            store,
            kept,
            jobs=jobs,
            digest_of=digest_of,
            device=given["device"],
            receive=receive,
        ) as cluster,
        local.going(),
    ):
        # a trial is drawn when there is a place for it, by all that is known then
        at_once = max(1, cluster.places) if cluster else jobs
        outcomes = _searched(plan, local, at_once, seeds)
    for line in _summary(plan, kept, outcomes, folder):
        echo(line)
    whole = all(one.how == "finished" for one in outcomes)
    raise click.exceptions.Exit(0 if whole else 1)


def _plan(
    context: click.Context,
    names: Sequence[str | None],
    given: dict[str, Any],
    study: str | None,
) -> "Plan":
    """What is searched, checked as far as it can be before anything is trained."""
    from seqtasks.training.machine import start

    if "tensorflow" not in sys.modules:
        echo("loading TensorFlow …", err=True)
    start("cpu")  # the accelerator is for the trials
    from seqtasks.training.experiment import Experiment
    from seqtasks.tuning.search import Plan
    from seqtasks.tuning.space import parse_space

    params = context.params
    typed = {
        name: value for name, value in given.items() if value not in (None, (), False)
    }
    options = task_options(given["assignments"] or (), given["dataset"])
    cell_options = dict(given["cell_assignments"] or ())
    settings = {
        name: value
        for name, value in typed.items()
        if name
        not in (*_NO_MATTER, "assignments", "dataset", "cell_assignments", "params")
    }
    experiments = tuple(
        Experiment.resolve(
            params["task"],
            name,
            options=options,
            cell_options=cell_options,
            settings=settings,
        )
        for name in names
    )
    called = [one.cell_entry.name for one in experiments]
    if len(set(called)) < len(called):
        raise UsageError(
            f"Expected cells of different names; received {', '.join(called)}. Rename "
            f"a class, or search it in a study of its own with --study NAME."
        )
    fixed = {*settings, *options, *(f"cell.{name}" for name in cell_options)}
    space = parse_space(params["searches"], experiments, fixed)
    sized = {"units", "params"} & typed.keys()
    if sized and "units" in {one.name for one in space}:
        raise UsageError(
            f"Expected units in --search or --{sized.pop()}; received both. Leave one "
            f"of them out."
        )
    part = {name: value for name, value in typed.items() if name not in _NO_MATTER}
    first = experiments[0].task_entry
    about = json.dumps([first.reference, part], sort_keys=True, default=str)
    short = hashlib.sha256(about.encode()).hexdigest()[:6]
    left_out = (*_OWN, "results")
    return Plan(
        study=study or f"{first.name}-{short}",
        folder=params["results"],
        task=params["task"],
        cells=tuple(n or e.task.cell for n, e in zip(names, experiments, strict=True)),
        experiments=experiments,
        space=space,
        words=tuple(typed_words(context, without=left_out)[2:]),
        given=part,
        trials=params["trials"],
        pruning=params["pruning"],
    )


def _searched(plan: "Plan", local: Local, jobs: int, seeds: int) -> list[Outcome]:
    """The trials, and how the runs with the best settings ended."""
    from seqtasks.tuning.search import begin, best_of, final_runs, search

    kept = begin(plan)
    cells = ", ".join(plan.cells)
    ranges = " ".join(f"{one.name}={one.text}" for one in plan.space)
    _log(f"study     {plan.study}, in {plan.folder / 'tune'}")
    _log(f"space     {ranges}")
    each = " of each" if len(plan.cells) > 1 else ""
    _log(f"trials    {plan.trials}{each}: {cells}; on validation alone")
    search(plan, kept, jobs, local.start, _log)
    runs = final_runs(plan, best_of(plan, kept), seeds)
    done = local.done(runs)
    outcomes = run_all([r for r in runs if r not in done], jobs, local.start, _log)
    return [
        *outcomes,
        *(Outcome(run, row.status, row.reason, 0.0) for run, row in done.items()),
    ]


def _summary(
    plan: "Plan", store: Store, outcomes: Sequence[Outcome], folder: Sequence[str]
) -> Iterator[str]:
    """The best settings of each cell, what did not finish, and what to type next."""
    from seqtasks.tuning.report import best_table

    yield best_table(plan, store)
    for one in outcomes:
        if one.how != "finished":
            yield f"  {one.how}: {one.run.label}: {one.reason}"
    name = plan.experiments[0].task_entry.name
    for heading, words in (
        ("next    ", ["compare", name]),
        ("        ", ["plot", "--search", plan.study]),
    ):
        yield f"{heading} {shlex.join(['seqtasks', *words, *folder])}"


def _log(line: str) -> None:
    echo(line, err=True)


command.params += _of_run()
