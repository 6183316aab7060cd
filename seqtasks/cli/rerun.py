"""seqtasks rerun: whether a stored run gives the same numbers again."""

import dataclasses
import json

import click

from seqtasks.cli.parameters import (
    RUN,
    allow_code_option,
    echo,
    find_run,
    results_option,
)
from seqtasks.store import Store

_EXIT_CODES = {"bit-equal": 0, "within seed noise": 0, "differs": 1}


@click.command("rerun")
@click.argument("run", type=RUN, metavar="RUN")
@click.option(
    "--anyway", is_flag=True, help="Train although the data differ from the run's."
)
@allow_code_option
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU if there is one.",
)
@results_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(run, anyway, allow_code, device, results, as_json) -> None:
    """Do a stored run once more, and compare its numbers.

    RUN is its name, or how its name begins. The answer is bit-equal, within seed noise
    (the test score is inside the 95 % t interval for one more seed of the same row, of
    which it takes three), or differs; and what else is not the same:
    versions, device, code, data, settings. The new run is stored beside the old one,
    which keeps its place in the tables. Exit code 0 unless it differs, then 1.
    """
    store = Store(results)
    old = find_run(results, run)

    from seqtasks.training.machine import start

    start(device)

    from rich.console import Console

    from seqtasks.evaluations import evaluation_line
    from seqtasks.reports.rerun_verdict import judge
    from seqtasks.training.progress import TerminalDisplay
    from seqtasks.training.rerun import rerun

    new = rerun(
        old,
        store,
        display=TerminalDisplay(Console(stderr=True), configuration=True),
        anyway=anyway,
        allow_code=allow_code,
    )
    verdict = judge(old, new, store.read()[0])
    if as_json:
        answer = {"run": old.run, "rerun": new.run, **dataclasses.asdict(verdict)}
        echo(json.dumps(answer, indent=1))
    else:
        lines = [
            f"{verdict.kind}: {verdict.sentence}",
            "",
            *(f"number   {line}" for line in verdict.numbers),
            *(f"between  {line}" for line in verdict.between or _NOTHING),
            "",
        ]
        if new.metrics.get("test") and not new.is_overfit:
            lines.append(evaluation_line(store, new.task, new.fingerprint))
        lines.append(f"written  {store.path(new.run)}")
        for line in lines:
            echo(line)
    if new.status == "interrupted":
        raise click.exceptions.Exit(130)
    raise click.exceptions.Exit(_EXIT_CODES[verdict.kind])


_NOTHING = ("nothing: the same versions, device, code, data and settings",)
