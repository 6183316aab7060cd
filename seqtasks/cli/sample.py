"""seqtasks sample: let a trained model generate."""

from pathlib import Path

import click

from seqtasks.cli.parameters import (
    RUN,
    allow_code_option,
    echo,
    find_run,
    results_option,
)
from seqtasks.files import write_file
from seqtasks.reports.samples import TEXT
from seqtasks.store import Store


@click.command("sample")
@click.argument("run", type=RUN, metavar="RUN")
@click.option("--prompt", default="", help="What it begins with.")
@click.option("--length", type=int, default=400, show_default=True, help="Time steps.")
@click.option(
    "--temperature",
    type=float,
    default=0.8,
    show_default=True,
    help="0 takes the most likely, 1 draws as trained.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where files are written; by default samples/RUN in the folder of results.",
)
@allow_code_option
@results_option
def command(
    run, prompt, length, temperature, seed, output, allow_code, results
) -> None:
    """Let the model of a run generate. RUN is its name, or how its name begins.

    Text is printed and kept; music, speech and pictures are written as files, which
    `seqtasks report` shows.
    """
    store = Store(results)
    result = find_run(results, run)

    from seqtasks.training.machine import start

    start()

    from seqtasks.training.predict import sample

    made = sample(
        result,
        store,
        prompt=prompt,
        length=length,
        temperature=temperature,
        seed=seed,
        allow_code=allow_code,
    )
    echo(made.text)
    folder = output or results / "samples" / result.run
    files = {TEXT: f"{made.text}\n".encode(errors="replace"), **made.files}
    for name, content in files.items():
        write_file(folder / name, content, "Name another folder with --output.")
        echo(f"written  {folder / name}", err=True)
