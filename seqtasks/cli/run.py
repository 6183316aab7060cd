"""seqtasks run: train a cell on a task."""

import atexit
import dataclasses
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from seqtasks.claims import Claimed
from seqtasks.cli.config_file import config_option
from seqtasks.cli.help import GroupedCommand
from seqtasks.cli.parameters import (
    CELL,
    CELL_ASSIGNMENT,
    TASK,
    RenamedOption,
    dataset_option,
    each_once,
    echo,
    one_of,
    one_size,
    params_option,
    results_option,
    retry_option,
    set_option,
    task_options,
    typed_words,
)
from seqtasks.cli.summary import summary_lines
from seqtasks.errors import UsageError
from seqtasks.files import write_file
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep.words import digest

_EXIT_CODES = {
    "finished": 0,
    "failed": 1,
    "out_of_memory": 1,
    "timed_out": 1,
    "pruned": 0,
    "diverged": 4,
    "interrupted": 130,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The command line of ``seqtasks run``; ``None`` stands for the task's default."""

    task: str
    cell: str | None
    dataset: str | None
    assignments: tuple[tuple[str, str], ...]
    cell_assignments: tuple[tuple[str, str], ...]
    units: int | None
    params: int | str | None
    layers: int | None
    bidirectional: bool | None
    epochs: int | None
    seconds: float | None
    early_stopping: int | None
    overfit: bool | None
    batch_size: int | None
    optimizer: str | None
    learning_rate: float | None
    schedule: str | None
    clip_norm: float | None
    implementation: str | None
    gradient_checkpoint_every: int | None
    precision: str | None
    limit: int | None
    memory_budget: str | None
    seed: int
    author: str | None
    device: str
    devices: str
    resume: bool | None
    once: bool
    retry: tuple[str, ...]
    checkpoint_every: str
    tensorboard: str | None
    save_predictions: bool
    init_from: str | None
    study: str | None
    results: Path
    config: dict[str, dict[str, Any]]
    as_json: bool
    measure: Path | None

    def tensorboard_folder(self) -> Path | None:
        """Folder of event files, if they were asked for."""
        if self.tensorboard is None:
            return None
        given = self.tensorboard
        return Path(given).expanduser() if given else self.results / "tensorboard"

    def task_options(self) -> dict[str, Any]:
        """Values of the task's options."""
        given = task_options(self.assignments, self.dataset)
        return {**self.config.get("set", {}), **given}

    def cell_options(self) -> dict[str, Any]:
        """Values of the cell's options."""
        return {**self.config.get("cell-set", {}), **dict(self.cell_assignments)}

    def settings(self) -> dict[str, Any]:
        """What goes to the run as settings, and the size that takes their place."""
        names = (
            *("units", "params", "layers", "bidirectional", "epochs", "seconds"),
            *("batch_size", "optimizer", "learning_rate", "schedule", "clip_norm"),
            *("implementation", "gradient_checkpoint_every", "precision", "limit"),
            *("memory_budget", "early_stopping", "overfit"),
        )
        return {name: getattr(self, name) for name in names}


@click.command("run", cls=GroupedCommand)
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@click.option("--cell", type=CELL, metavar="CELL|FILE.py", help="The cell to train.")
@dataset_option
@set_option
@click.option(
    "--cell-set",
    "cell_assignments",
    type=CELL_ASSIGNMENT,
    multiple=True,
    callback=each_once,
    help="An option of the cell, as in --cell-set activation=relu. Repeatable.",
)
@click.option("--units", type=int, help="Width of the state.")
@params_option
@click.option(
    "--init-from",
    metavar="RUN",
    help="Begin with the weights of a run of the same task: a name, or a .keras file.",
)
@click.option("--layers", type=int, help="Stacked recurrent layers.")
@click.option(
    "--bidirectional",
    is_flag=True,
    default=None,
    help="Also read the sequence backwards.",
)
@click.option("--epochs", type=int, help="Passes over the training split.")
@click.option(
    "--seconds",
    type=float,
    help="Training time in place of epochs; validation is not counted.",
)
@click.option(
    "--early-stopping",
    type=int,
    metavar="EPOCHS",
    help="Stop after so many epochs without a better validation score.",
)
@click.option(
    "--overfit",
    is_flag=True,
    default=None,
    help="For debugging: one batch of examples is train, validation and test.",
)
@click.option("--batch-size", type=int, help="Number of examples per training step.")
@click.option(
    "--optimizer",
    help="adam, adamw, nadam, rmsprop or sgd.",
    shell_complete=one_of("adam", "adamw", "nadam", "rmsprop", "sgd"),
)
@click.option(
    "--learning-rate",
    "--lr",
    "learning_rate",
    cls=RenamedOption,
    type=float,
    help="Learning rate at the start.",
)
@click.option(
    "--schedule",
    help="constant, or cosine: down to zero at the end.",
    shell_complete=one_of("constant", "cosine"),
)
@click.option(
    "--clip-norm", type=float, help="Maximum norm of the gradient; 0 for no limit."
)
@click.option(
    "--implementation",
    "--loop",
    "implementation",
    cls=RenamedOption,
    help="How time steps are run, for speed: auto, scan, compiled, projected or keras.",
    shell_complete=one_of("auto", "scan", "compiled", "projected", "keras"),
)
@click.option(
    "--gradient-checkpoint-every",
    "--recompute-every",
    "gradient_checkpoint_every",
    cls=RenamedOption,
    type=int,
    metavar="STEPS",
    help="Save memory: keep the states of one step in STEPS for the gradient, and "
    "compute the others again.",
)
@click.option(
    "--precision",
    help="Precision of the recurrent layers: float32 or mixed_bfloat16.",
    shell_complete=one_of("float32", "mixed_bfloat16"),
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Random seed of initial weights and of the order of examples.",
)
@click.option(
    "--author",
    metavar="NAME|git",
    envvar="SEQTASKS_AUTHOR",
    show_envvar=True,
    help="Your name, for the result; git stands for the name that git has.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU if there is one.",
)
@click.option(
    "--devices",
    type=click.Choice(["one", "all"]),
    default="one",
    show_default=True,
    help="all shares each batch among all devices of this machine; the numbers are the "
    "same, to rounding.",
)
@click.option("--limit", type=int, help="A smoke run on this many batches.")
@click.option(
    "--memory-budget",
    metavar="SIZE",
    help="Memory for examples, as in 2GB; larger data is read from a file in the "
    "cache folder (SEQTASKS_CACHE).  [default: 1GiB]",
)
@click.option(
    "--resume/--no-resume",
    default=None,
    help="Require a run that was cut off to go on with, or start a new one.  "
    "[default: go on with one of the same configuration, if there is one]",
)
@click.option(
    "--once",
    is_flag=True,
    help="Train nothing if a run of this configuration and seed has ended already, or "
    "is being trained (exit code 75).",
)
@retry_option
@click.option(
    "--checkpoint-every",
    metavar="SECONDS|'N steps'",
    default="30",
    show_default=True,
    help="Interval between checkpoints; 0 for none.",
)
@click.option(
    "--tensorboard",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Write event files for TensorBoard.  [default folder: tensorboard in the "
    "folder of results]",
)
@click.option(
    "--save-predictions",
    is_flag=True,
    help="Keep target and prediction of each test example, in a Parquet file beside "
    "the result; seqtasks compare then tests cells on the same examples, too.",
)
@click.option(
    "--study",
    hidden=True,
    metavar="STUDY:NUMBER|STUDY@COUNT",
    help="Search of seqtasks tune whose best settings it has, or a trial of it.",
)
@results_option
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
# of a sweep, which starts a run so before it starts all of them
@click.option("--measure", type=click.Path(path_type=Path), hidden=True)
@click.pass_context
def command(context, **values) -> None:
    """Train a cell on a task, and score it on the test split once.

    \b
    seqtasks run char_lm
    seqtasks run char_lm --cell gru --dataset ./book.txt
    seqtasks run ./my_task.py --cell ./my_cell.py --epochs 3
    seqtasks run adding --cell lstm --params 70k

    A run that was cut off, by Ctrl-C, SIGTERM, SIGKILL or a power cut, goes on where it
    was when the same command is typed again.
    """  # noqa: D301 (click reads the backspace)
    options = RunOptions(**values)
    if options.retry and not options.once:
        raise UsageError(
            "--retry is about runs that --once finds; received it alone. Give --once "
            "too, or leave it out: without them every run is a new one."
        )

    store, words = Store(options.results), ""
    if options.once and options.measure is None:
        words = digest(context.params)
        ended = context.with_resource(Claimed(store, words)).ended(options.retry)
        if ended is not None:
            echo(f"{ended.run} is done: {ended.status}.", err=True)
            _show(context, options, ended, ())
            raise click.exceptions.Exit(_EXIT_CODES[ended.status])

    from seqtasks.training.machine import start

    if "tensorflow" not in sys.modules:
        echo("loading TensorFlow …", err=True)
    start(options.device)  # type: ignore[arg-type]

    if options.measure is not None:
        _measure(context, options, store, options.measure)
        return

    from rich.console import Console

    from seqtasks.training.progress import TerminalDisplay
    from seqtasks.training.run import Terminated, run

    display = TerminalDisplay(Console(stderr=True), configuration=True)
    exit_code = None
    try:
        result = run(
            options.task,
            options.cell,
            options=options.task_options(),
            cell_options=options.cell_options(),
            seed=options.seed,
            author=options.author,
            store=store,
            display=display,
            resume=options.resume,
            checkpoint_every=options.checkpoint_every,
            tensorboard=options.tensorboard_folder(),
            save_predictions=options.save_predictions,
            init_from=options.init_from,
            once=options.once,
            retry=options.retry,
            devices=options.devices,
            study=options.study,
            words=words,
            **one_size(context, options.settings()),
        )
    except Terminated as end:
        # a signal that came when all was done has ended nothing
        done = end.result.status != "interrupted"
        result, exit_code = end.result, None if done else end.code
    # from here on there is nothing to end but the interpreter, which takes a second
    atexit.register(signal.signal, signal.SIGTERM, signal.SIG_IGN)
    _show(context, options, result, display.uses)
    if exit_code is None:
        exit_code = _EXIT_CODES[result.status]
    raise click.exceptions.Exit(int(exit_code))


def _measure(
    context: click.Context, options: RunOptions, store: Store, path: Path
) -> None:
    """Writes what the run would take to a file, by a few steps; trains no run."""
    from seqtasks.sweep.measure import measure
    from seqtasks.training.display import Display
    from seqtasks.training.run import resolve

    settings = one_size(context, options.settings())
    experiment = resolve(
        options.task,
        options.cell,
        options=options.task_options(),
        cell_options=options.cell_options(),
        params=settings.pop("params"),
        seed=options.seed,
        author=options.author,
        devices=options.devices,
        init_from=options.init_from,
        settings=settings,
        store=store,
        display=Display(),
    )
    measured = measure(experiment, store, Display())
    text = json.dumps(dataclasses.asdict(measured))
    write_file(path, text, "Name another with --measure.")


def _show(
    context: click.Context, options: RunOptions, result: Result, uses: Sequence[str]
) -> None:
    """Prints a run that has ended."""
    if options.as_json:
        echo(result.to_json())
        return
    words = whole_words(context, options)
    for line in summary_lines(result, Store(options.results), words, uses):
        echo(line)


def whole_words(context: click.Context, options: RunOptions) -> list[str]:
    """What was typed, a file of defaults written out, whose limit can be left out."""
    without = ("resume", "once", "retry", "as_json", "config")
    words = typed_words(context, without=without, with_defaults=True)
    for table, typed in (
        ("set", task_options(options.assignments, options.dataset)),
        ("cell-set", dict(options.cell_assignments)),
    ):
        for name, value in options.config.get(table, {}).items():
            if name.replace("-", "_") not in typed:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                words += [f"--{table}", f"{name}={text}"]
    return words
