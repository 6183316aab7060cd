"""seqtasks export: a trained model for Keras and for other programs."""

from pathlib import Path

import click

from seqtasks.cli.bounded import run_in_child
from seqtasks.cli.parameters import RUN, allow_code_option, echo, results_option
from seqtasks.errors import UsageError
from seqtasks.store import Store

_OF_SUFFIX = {".keras": "keras", ".onnx": "onnx", ".tflite": "litert"}
_SUFFIX_OF = {
    "keras": ".keras",
    "savedmodel": "-savedmodel",
    "onnx": ".onnx",
    "litert": ".tflite",
}


@click.command("export")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--to",
    type=click.Choice(["keras", "savedmodel", "onnx", "litert"]),
    help="The format.  [default: by the ending of PATH, else keras]",
)
@click.option(
    "--length",
    type=click.IntRange(min=1),
    help="Time steps of a LiteRT model.  [default: the longest of training]",
)
@allow_code_option
@results_option
def command(run, path, to, length, allow_code, results) -> None:
    """Write the model of a run for Keras, TensorFlow, ONNX or LiteRT.

    RUN is a run's name or its beginning, its row, or its .keras file. Without PATH the
    file is in this folder and has the run's name.

    \b
    seqtasks export char_lm-gru model.keras
    seqtasks export char_lm-gru --to savedmodel
    seqtasks export keyword_spotting-gru words.onnx

    Beside the model of whole sequences stands that of one time step, for streams, whose
    states are inputs and outputs. What was written is loaded again, and is there only
    if it predicts what the model does.
    """  # noqa: D301 (click reads the backspace)
    to = to or (_OF_SUFFIX.get(path.suffix, "keras") if path else "keras")
    if to != "litert" and length is not None:
        raise UsageError(
            f"Expected no --length with --to {to}, which takes any; got {length}."
        )
    of_file = run.endswith(".keras")
    if to == "keras" and of_file:
        raise UsageError(
            f"{run} is a .keras file already. Name another format by --to."
        )
    if of_file:
        run_in_child(Path(run))
    result = None if of_file else Store(results).find(run)
    name = Path(run).stem if result is None else result.run
    path = path or Path(f"{name}{_SUFFIX_OF[to]}")

    from seqtasks.training.machine import start

    start()

    if result is not None and to == "keras":
        from seqtasks.training.export_keras import export_keras

        export_keras(result, Store(results), path, allow_code=allow_code)
        echo(f"Wrote {path}.", err=True)
        return
    from seqtasks.training.export import export
    from seqtasks.training.memory_limit import limited_memory
    from seqtasks.training.predictor import predictor

    with limited_memory(Path(run)):
        trained = predictor(run, results, allow_code=allow_code)
        written = export(trained, path, to, length)
    for note in written.notes:
        echo(note, err=True)
    echo(f"Wrote {' and '.join(map(str, written.paths))}.", err=True)
