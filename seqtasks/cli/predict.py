"""seqtasks predict: a trained model on new input."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from seqtasks.cli.bounded import run_in_child
from seqtasks.cli.parameters import (
    RUN,
    allow_code_option,
    echo,
    find_run,
    results_option,
)
from seqtasks.errors import UsageError

_MOST_CLASSES = 3  # beside the most probable one, in a table
_HEADS = {"probabilities": "next most probable"}


@click.command("predict")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument(
    "inputs",
    nargs=-1,
    type=click.Path(path_type=Path),
    metavar="[INPUT]...",
)
@click.option(
    "--text", "texts", multiple=True, help="A text in place of a file. Repeatable."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl"]),
    default="table",
    show_default=True,
    help="jsonl and csv have the probability of every class.",
)
@allow_code_option
@results_option
def command(run, inputs, texts, form, allow_code, results) -> None:
    """Predict new input with the model of a run.

    RUN is a run's name or its beginning, its row, or a .keras file of any machine.
    INPUT is read as the task's training data was: recordings, videos, texts, series.

    \b
    seqtasks predict keyword_spotting-gru yes.wav no.wav
    seqtasks predict text_classification-lstm --text "Who wrote Emma?"
    seqtasks predict forecast-gru latest.csv --format csv

    What cannot be read is named and skipped; the exit code is then 1.
    """  # noqa: D301 (click reads the backspace)
    if not inputs and not texts:
        raise UsageError("Expected an input: name files, or give --text; got none.")

    if run.endswith(".keras"):
        run_in_child(Path(run))

    from seqtasks.training.machine import start

    start()

    from seqtasks.training.memory_limit import limited_memory
    from seqtasks.training.predictor import predictor

    if not run.endswith((".keras", ".json")):
        run = find_run(results, run).run
    with limited_memory(Path(run)):
        model = predictor(run, results, allow_code=allow_code)
        _predict(model, inputs, texts, form)


def _predict(model: Any, inputs: tuple, texts: tuple, form: str) -> None:
    """Prints the predictions; what cannot be read goes to standard error."""
    count = len(inputs) + len(texts)
    rows: list[dict[str, Any]] = []
    skipped = 0
    with click.progressbar(
        model.each(inputs, texts),
        length=count,
        label=f"{count} inputs",
        file=sys.stderr,
        hidden=count == 1 or not sys.stderr.isatty(),
    ) as predicted:
        for found, problem in predicted:
            if problem:
                skipped += 1
                echo(problem, err=True)
            if form == "jsonl":
                for row in found:
                    echo(json.dumps(row, ensure_ascii=False))
            else:
                rows += found
    if rows:
        echo(_csv(rows) if form == "csv" else _table(rows), nl=form != "csv")
    if skipped:
        echo(f"{skipped} of {count} inputs could not be read.", err=True)
        raise click.exceptions.Exit(1)


def _table(rows: list[dict[str, Any]]) -> str:
    from tabulate import tabulate

    shown = [
        {_HEADS.get(name, name): _cell(value) for name, value in row.items()}
        for row in rows
    ]
    return tabulate(shown, headers="keys", disable_numparse=True)


def _cell(value: Any) -> str:
    """A value of a table: of many classes the next most probable ones."""
    if isinstance(value, dict):
        best = sorted(value.items(), key=lambda pair: -pair[1])[1 : _MOST_CLASSES + 1]
        return ", ".join(f"{name} {share:.3f}" for name, share in best)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _csv(rows: list[dict[str, Any]]) -> str:
    from seqtasks.reports.records import lines_as_csv

    flat = []
    for row in rows:
        one: dict[str, Any] = {}
        for name, value in row.items():
            if isinstance(value, dict):
                one |= {f"p({key})": share for key, share in value.items()}
            else:
                one[name] = value
        flat.append(one)
    return lines_as_csv(flat)
