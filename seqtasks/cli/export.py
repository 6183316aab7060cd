"""seqtasks export: a trained model as a .keras file."""

from pathlib import Path

import click

from seqtasks.cli.parameters import (
    RUN,
    allow_code_option,
    echo,
    find_run,
    results_option,
)
from seqtasks.store import Store


@click.command("export")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument("path", type=click.Path(path_type=Path), metavar="MODEL.keras")
@allow_code_option
@results_option
def command(run, path, allow_code, results) -> None:
    """Write the model of a run to a .keras file. RUN is how its name begins.

    \b
    seqtasks export char_lm-gru model.keras
    seqtasks score char_lm model.keras

    In Python, seqtasks.load_model("model.keras") gives the Keras model.
    """  # noqa: D301 (click reads the backspace)
    store = Store(results)
    result = find_run(results, run)

    from seqtasks.training.machine import start

    start()

    from seqtasks.training.export_keras import export_keras

    export_keras(result, store, path, allow_code=allow_code)
    echo(f"Wrote {path}.", err=True)
