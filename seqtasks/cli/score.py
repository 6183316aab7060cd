"""seqtasks score: anyone's model on a task, or a run on longer data of its task."""

import dataclasses
import json
from pathlib import Path
from typing import Literal

import click

from seqtasks.cli.bounded import run_in_child
from seqtasks.cli.parameters import (
    CELL,
    TASK,
    allow_code_option,
    dataset_option,
    echo,
    find_run,
    results_option,
    set_option,
    task_options,
)
from seqtasks.errors import UsageError
from seqtasks.store import Store


@click.command("score")
@click.argument("task", type=TASK, metavar="TASK|FILE.py|RUN")
@click.argument(
    "path", type=click.Path(path_type=Path), metavar="[MODEL.keras]", required=False
)
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    help="The split; a test evaluation is counted.  [default: validation; with "
    "--test-set test]",
)
@click.option(
    "--test-set",
    metavar="OPTION=VALUE,…",
    help="Of a run: data with other values of an option of its task, as in delay=200, "
    "or by factors of its own, as in delay=×2,×4,×8.",
)
@dataset_option
@set_option
@click.option("--cell", type=CELL, metavar="FILE.py", help="The file of its cell.")
@allow_code_option
@results_option
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def command(
    task,
    path,
    split,
    test_set,
    dataset,
    assignments,
    cell,
    allow_code,
    results,
    as_json,
) -> None:
    """Score a .keras file on a task, or a run on longer data than it was trained on.

    \b
    seqtasks score char_lm ./model.keras --dataset ./book.txt
    seqtasks score copy_memory-gru --test-set delay=×2,×4,×8

    The file may be anyone's: it is loaded in Keras' safe mode, after it was read, and
    what could run code, open other files or fill the memory is refused.

    With --test-set a run is scored as it is on data that its task makes with other
    values of an option: adding sequence_length, copy_memory delay, associative_recall
    pairs, list_ops max_length, and any option of a task of your own that leaves the
    model's weights as they are.
    """  # noqa: D301 (click reads the backspace)
    if test_set is not None:
        for name, given in (
            ("MODEL.keras", path),
            ("--dataset", dataset),
            ("--set", assignments),
            ("--cell", cell),
        ):
            if given:
                raise UsageError(
                    f"Expected a run alone with --test-set, as its row has its task, "
                    f"cell and options; received {name} too. Leave it out."
                )
        _score_on(task, test_set, split or "test", Store(results), allow_code, as_json)
        return
    if path is None:
        raise UsageError(
            f"Expected the path of a .keras file after the task, or --test-set with a "
            f"run, as in `seqtasks score {task} --test-set delay=×2`; received {task} "
            f"alone."
        )
    split = split or "validation"
    run_in_child(path)

    from seqtasks.training.machine import start

    start()

    from seqtasks.evaluations import evaluation_line
    from seqtasks.reports.table import ARROWS
    from seqtasks.training.predict import score_file

    store = Store(results)
    scores = score_file(
        task,
        path,
        split=split,
        options=task_options(assignments, dataset),
        cell=cell,
        store=store,
    )
    if as_json:
        echo(json.dumps(dataclasses.asdict(scores), indent=1))
        return
    lines = [f"{scores.task} · {path} · data {scores.fingerprint[:8]}", ""]
    for name, value in scores.metrics.items():
        arrow = f" {ARROWS[scores.mode]}" if name == scores.monitor else ""
        unit = scores.metric_units[name]
        lines.append(f"{split:<10}  {name}{arrow}  {value:.4f} {unit}")
    for baseline in scores.baselines:
        unit = scores.metric_units[baseline.metric]
        lines.append(
            f"baseline    {baseline.name}  {baseline.value:.4f} {unit}  {baseline.how}"
        )
    if split == "test":
        lines += ["", evaluation_line(store, scores.task, scores.fingerprint)]
    for line in lines:
        echo(line)


def _score_on(
    run: str,
    test_set: str,
    split: Literal["validation", "test"],
    store: Store,
    allow_code: bool,
    as_json: bool,
) -> None:
    """Scores a run on other data of its task, and prints a row for each value."""
    option, equals, text = test_set.partition("=")
    if not equals or not option or not text:
        raise UsageError(
            f"Expected --test-set to be OPTION=VALUE, as in delay=200 or delay=×2,×4; "
            f"received {test_set!r}."
        )
    result = find_run(store.folder, run)
    option = option.strip().replace("-", "_")
    values = [part.strip() for part in text.split(",")]

    from seqtasks.training.machine import start

    start()

    from rich.console import Console

    from seqtasks.analysis.other_data import score_on
    from seqtasks.reports.other_data import table_of
    from seqtasks.reports.table import as_text
    from seqtasks.training.progress import TerminalDisplay

    display = TerminalDisplay(Console(stderr=True))
    record = score_on(result, store, option, values, split, display, allow_code)
    if as_json:
        echo(json.dumps(dataclasses.asdict(record), indent=1))
        return
    echo(as_text(table_of(record)), nl=False)
