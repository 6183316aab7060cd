"""seqtasks status: what goes on in a folder of results, and what was cut off."""

import json
from pathlib import Path

import click

from seqtasks.cli.parameters import echo, results_option
from seqtasks.errors import UsageError
from seqtasks.reports.status import read_status, status_data, status_lines
from seqtasks.store import Store


@click.command("status")
@results_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(context: click.Context, results: Path, as_json: bool) -> None:
    """Show what is in training, what was cut off, and what failed and why.

    Only the folder of results is read: it can be asked from another terminal, another
    machine that shares the folder, or another day.
    """
    source = context.get_parameter_source("results")
    if source == click.core.ParameterSource.COMMANDLINE and not results.is_dir():
        raise UsageError(
            f"Expected --results to be a folder of results; there is none at {results}."
        )
    status, damaged = read_status(Store(results))
    for sentence in damaged:
        echo(sentence, err=True)
    if as_json:
        echo(json.dumps(status_data(status), indent=1))
        return
    for line in status_lines(status, str(results)):
        echo(line)
