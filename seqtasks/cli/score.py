"""seqtasks score: anyone's model on a task."""

import dataclasses
import json
from pathlib import Path

import click

from seqtasks.cli.bounded import run_in_child
from seqtasks.cli.parameters import (
    CELL,
    TASK,
    dataset_option,
    echo,
    results_option,
    set_option,
    task_options,
)
from seqtasks.store import Store


@click.command("score")
@click.argument("task", type=TASK, metavar="TASK|FILE.py")
@click.argument("path", type=click.Path(path_type=Path), metavar="MODEL.keras")
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    default="validation",
    show_default=True,
    help="a test evaluation is counted.",
)
@dataset_option
@set_option
@click.option("--cell", type=CELL, metavar="FILE.py", help="The file of its cell.")
@results_option
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def command(task, path, split, dataset, assignments, cell, results, as_json) -> None:
    """Score a .keras file, which may be anyone's, with the task's metrics.

    The file is loaded in Keras' safe mode, after it was read: what could run code, open
    other files or fill the memory is refused.
    """
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
