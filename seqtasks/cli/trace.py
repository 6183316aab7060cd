"""seqtasks trace: every number of a recurrence, step by step."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from seqtasks.cli.parameters import (
    CELL,
    CELL_ASSIGNMENT,
    allow_code_option,
    each_once,
    echo,
    find_run,
    results_option,
)
from seqtasks.errors import UsageError
from seqtasks.registry import CELLS, TASKS
from seqtasks.result import Result
from seqtasks.store import Store

_FORMATS = ("text", "json", "html", "svg", "png")
_UNITS = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class TraceOptions:
    """The command line of ``seqtasks trace``."""

    subject: str | None
    text: str | None
    example: int | None
    layer: int | None
    cell: str | None
    cell_assignments: tuple[tuple[str, str], ...]
    units: int | None
    seed: int | None
    against: str | None
    step: int | None
    form: str | None
    output: Path | None
    overwrite: bool
    allow_code: bool
    results: Path

    @property
    def format(self) -> str:
        """The format that was asked for, or that the file's name ends in."""
        ending = self.output.suffix.lower().lstrip(".") if self.output else ""
        ending = {"htm": "html", "txt": "text"}.get(ending, ending)
        if self.form is None:
            return ending if ending in _FORMATS else "text"
        if ending in _FORMATS and ending != self.form:
            raise UsageError(
                f"Expected a file for --format {self.form}; {self.output} is named as "
                f"one of {ending}. Leave --format out, or name another file."
            )
        return self.form

    @property
    def path(self) -> Path | None:
        """The file to write; ``None`` to print."""
        if self.output is not None or self.format in ("text", "json"):
            return self.output
        name = "".join(c if c.isalnum() or c in "_-." else "_" for c in self.name[:60])
        return Path(f"trace-{name}.{self.format}")

    @property
    def name(self) -> str:
        """What is traced, as it was typed."""
        return self.subject or self.text or ""


@click.command("trace")
@click.argument("subject", required=False, metavar="[WORD|RUN]")
@click.option("--text", help="The text that is read; of a run one that its task reads.")
@click.option(
    "--example",
    type=click.IntRange(min=0),
    help="Number of a validation example of the run's task.  [default: 0]",
)
@click.option(
    "--cell", type=CELL, metavar="NAME|FILE.py", help="Of a word.  [default: elman]"
)
@click.option(
    "--cell-set",
    "cell_assignments",
    type=CELL_ASSIGNMENT,
    multiple=True,
    callback=each_once,
    help="An option of --cell, as in --cell-set form=two_kernels. Repeatable.",
)
@click.option(
    "--units",
    type=click.IntRange(min=1, max=4_096),
    help=f"Width of the state, of a word.  [default: {_UNITS}]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Of the weights.  [default: 0]"
)
@click.option(
    "--against",
    metavar="CELL|FILE.py|RUN",
    help="A second cell, which is given the same weights where names and shapes agree, "
    "or a second run: the first difference is marked.",
)
@click.option(
    "--step",
    type=click.IntRange(min=0),
    help="This step, from 0: alone in text and json, enlarged in a picture, the first "
    "that a page shows.",
)
@click.option(
    "--layer",
    type=click.IntRange(min=0),
    help="Number of the run's recurrent layer, from 0.  [default: the last]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="How to write it.  [default: by the file's ending, else text]",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write.  [default: text and json are printed, else "
    "trace-NAME.FORMAT]",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@allow_code_option
@results_option
def command(**values) -> None:
    """Show every number of a recurrence, step by step, forwards and backwards.

    \b
    seqtasks trace machine
    seqtasks trace machine --cell gru --step 2
    seqtasks trace machine --cell ./my_cell.py --against elman
    seqtasks trace char_lm-gru --text "machine"
    seqtasks trace video_frames-gru --example 3 --output clip.html

    WORD is read by an untrained model that predicts each next character. RUN is the
    name of a trained run, or how it begins. The numbers are those of the model: its
    cell's own code runs, and every value in it is recorded.
    """  # noqa: D301 (click reads the backspace)
    options = TraceOptions(**values)
    _check_path(options)
    run = _run(options)

    from seqtasks.training.machine import start

    start()

    from seqtasks.analysis.trace_against import share_weights
    from seqtasks.analysis.trace_output import Traced, in_text, write
    from seqtasks.analysis.tracing import trace

    subject = _subject(options, run)
    made = Traced(trace(subject), step=options.step)
    if options.against is not None:
        second, own_weights = _second(options, subject, run)
        shared = None if own_weights else share_weights(subject, second)
        made = Traced(made.trace, trace(second), shared, options.step)
    if options.path is None:
        echo(in_text(made, options.format))
        return
    write(made, options.format, options.path)
    echo(f"Wrote {options.path}.", err=True)


def _check_path(options: TraceOptions) -> None:
    """Refuses a file that is there before anything is computed."""
    path = options.path
    if path is not None and path.exists() and not options.overwrite:
        raise UsageError(
            f"There is already a file {path}. Name another with --output, or replace "
            f"it with --overwrite."
        )
    if options.against is not None and options.format in ("svg", "png"):
        raise UsageError(
            f"A picture is of one trace; --against is for text, json and html. Leave "
            f"it out, or leave out --format {options.format}."
        )


def _run(options: TraceOptions) -> Result | None:
    """The run that is traced; ``None`` for a word."""
    if options.subject is None:
        if options.text is None:
            raise UsageError(
                "Expected a word or a run to trace, as in `seqtasks trace machine`."
            )
        return None
    of_run = (options.text, options.example, options.layer)
    if of_run == (None, None, None) and not _is_run(options.subject, options.results):
        _check_word(options.subject)
        return None
    for option, value in (
        ("--cell", options.cell),
        ("--cell-set", options.cell_assignments or None),
        ("--units", options.units),
        ("--seed", options.seed),
    ):
        if value is not None:
            raise UsageError(
                f"{option} is for a word; the run {options.subject!r} has its own cell "
                f"and weights. Leave it out; another cell is compared by --against. "
                f"A word is traced by `seqtasks trace --text WORD`."
            )
    if options.text is not None and options.example is not None:
        raise UsageError("Give --text or --example, not both.")
    try:
        return find_run(options.results, options.subject)
    except UsageError as error:
        raise UsageError(
            f"{error} A word is traced by `seqtasks trace --text WORD`."
        ) from None


def _check_word(word: str) -> None:
    """Refuses a file as a word; of the name of a cell it notes that it is a word."""
    if word.endswith(".py") or Path(word).is_file():
        raise UsageError(
            f"Expected a word or a run; {word} is a file. A cell's file is given as in "
            f"`seqtasks trace machine --cell ./my_cell.py`. The name itself is traced "
            f"by --text."
        )
    if word in CELLS.entries():
        echo(
            f"{word} is read as a word; the cell is `seqtasks trace machine --cell "
            f"{word}`.",
            err=True,
        )


def _is_run(name: str, results: Path) -> bool:
    """Whether a name is meant as that of a run: it begins with the name of a task."""
    task = name.partition("-")[0]
    stems = (path.stem for path in results.glob("*.json"))
    return (
        name.endswith(".json")
        or task in TASKS.entries()
        or any(stem.startswith(f"{task}-") for stem in stems)
    )


def _subject(options: TraceOptions, run: Result | None) -> Any:
    """The model and the example that were asked for."""
    if run is not None:
        return _run_subject(options, run)
    from seqtasks.analysis.word import word_subject

    return word_subject(
        options.name,
        options.cell or "elman",
        dict(options.cell_assignments),
        _UNITS if options.units is None else options.units,
        options.seed or 0,
    )


def _run_subject(options: TraceOptions, run: Result) -> Any:
    from seqtasks.analysis.subject import run_subject

    return run_subject(
        run,
        Store(options.results),
        text=options.text,
        example=options.example or 0,
        layer=options.layer,
        allow_code=options.allow_code,
    )


def _second(
    options: TraceOptions, subject: Any, run: Result | None
) -> tuple[Any, bool]:
    """What the subject is held against, and whether it has weights of its own."""
    assert options.against is not None
    if not _is_run(options.against, options.results):
        return subject.with_cell(options.against, {}), False
    second = find_run(options.results, options.against)
    if run is None or (second.task, second.options) != (run.task, run.options):
        raise UsageError(
            f"The run {second.run} is of another task, or of other options of it, than "
            f"{options.name!r}, so that it reads other inputs. Name a run of the same, "
            f"or a cell."
        )
    return _run_subject(options, second), True
