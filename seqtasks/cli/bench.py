"""seqtasks bench: how fast cells train, beside other libraries' layers."""

import click

from seqtasks.cli.parameters import CELL, results_option

DEFAULT_CELLS = ("elman", "gru", "lstm")


@click.command("bench")
@click.argument("cells", nargs=-1, type=CELL, metavar="[CELL|FILE.py]...")
@click.option("--units", type=int, default=256, help="The width of the state.")
@click.option("--batch-size", type=int, default=64, help="Sequences a step.")
@click.option("--sequence-length", type=int, default=128, help="Steps of a sequence.")
@click.option(
    "--lengths",
    "min_length",
    type=int,
    metavar="MIN",
    help="Draw each sequence's length from MIN to --sequence-length, and mask.",
)
@click.option(
    "--against",
    default="keras",
    show_default=True,
    help="Beside what, with commas: keras (Keras' own layer), loop (keras.layers.RNN), "
    "sequential (the compiled loop, where another path is taken), torch.",
)
@click.option(
    "--loop",
    type=click.Choice(["auto", "compiled", "projected", "keras"]),
    default="auto",
    show_default=True,
    help="The path of seqtasks.RNN.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32", "mixed_bfloat16"]),
    default="float32",
    show_default=True,
    help="Of products and states.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="auto takes a GPU if there is one.",
)
@click.option(
    "--repetitions", type=int, default=7, show_default=True, help="Rounds to measure."
)
@click.option(
    "--steps", type=int, help="Steps a repetition, in place of half a second's."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="How to write the table.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--save", is_flag=True, help="Also write it into RESULTS/bench.")
@click.option(
    "--saved", is_flag=True, help="Measure nothing; show what RESULTS/bench holds."
)
@results_option
@click.pass_context
def command(
    context, cells, against, form, as_json, save, saved, results, **options
) -> None:
    """Measure how fast cells train, beside other libraries' layers.

    \b
    seqtasks bench
    seqtasks bench lstm gru --against keras,torch --save
    seqtasks bench lstm --lengths 16
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.bench.report import read_folder
    from seqtasks.bench.show import show, table

    folder = results / "bench"
    if saved:
        reports = read_folder(folder)
        if not reports:
            click.echo(f"There are no reports in {folder} yet.", err=True)
    else:
        reports = [_measured(cells or DEFAULT_CELLS, against, options)]
    if save and not saved:
        click.echo(f"Wrote {reports[0].save(folder)}.", err=True)
    if as_json:
        for report in reports:
            click.echo(report.to_json())
    elif form == "text":
        show(reports)
    else:
        click.echo(table(reports, form), nl=False)
    ours = {"seqtasks"}
    if any(row.reason for one in reports for row in one.rows if row.contender in ours):
        context.exit(1)


def _measured(cells, against, options):
    from seqtasks.bench.cells import bench_cells
    from seqtasks.bench.contenders import parse_against
    from seqtasks.bench.settings import BenchSettings
    from seqtasks.catalog import CELLS

    settings = BenchSettings(**options)
    contenders = parse_against(against)
    for cell in cells:
        if ".py" not in cell:  # a file is imported by the workers alone
            CELLS.find(cell)
    return bench_cells(list(dict.fromkeys(cells)), contenders, settings, _say)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
