"""seqtasks bench: how fast cells train, beside other libraries' layers."""

import dataclasses

import click
from click.core import ParameterSource

from seqtasks.cli.parameters import (
    CELL,
    TASK,
    dataset_option,
    echo,
    results_option,
    set_option,
    task_options,
)
from seqtasks.errors import UsageError
from seqtasks.recurrence import IMPLEMENTATIONS, PRECISIONS
from seqtasks.registry import CELLS, TASKS

DEFAULT_CELLS = ("elman", "gru", "lstm")
_OF_CELLS = ("sequence_length", "min_length", "implementation", "precision", "against")
_OF_TASKS = "{} is for --task. Name a task, or leave it out."
_NOT_OF_PRESETS = "{} is not for --preset, which has its own. Leave one out."
_NOT_OF_START_UP = "{} is not for --start-up, which ends after one. Leave one out."
_NOT_OF_TASKS = "{} is for cells without a task. Leave it out, or --task."


@click.command("bench")
@click.argument("cells", nargs=-1, type=CELL, metavar="[CELL|FILE.py]...")
@click.option(
    "--task",
    type=TASK,
    metavar="TASK|FILE.py",
    help="Measure the runner's epoch on this task, beside a bare loop.",
)
@click.option(
    "--preset",
    type=click.Choice(["gpu"]),
    help="gpu: five cells of 512 units on JAX, beside Keras' and PyTorch's layers, and "
    "one run of --task from end to end, in less than 10 minutes.  "
    "[default task: char_lm]",
)
@click.option(
    "--start-up",
    is_flag=True,
    help="Measure the time from starting `seqtasks run` to the end of its first "
    "training step, on --task.  [default task: char_lm]",
)
@click.option(
    "--cell", type=CELL, metavar="CELL|FILE.py", help="The cell, with --task."
)
@dataset_option
@set_option
@click.option("--units", type=int, help="The width of the state.  [default: 256]")
@click.option("--batch-size", type=int, help="Sequences a step.  [default: 64]")
@click.option(
    "--sequence-length", type=int, help="Steps of a sequence.  [default: 128]"
)
@click.option(
    "--lengths",
    "min_length",
    type=int,
    metavar="MIN",
    help="Draw each sequence's length from MIN to --sequence-length, and mask.",
)
@click.option(
    "--against",
    help="Beside what, with commas: keras (Keras' own layer), keras_rnn "
    "(keras.layers.RNN), compiled (the compiled loop, where another implementation is "
    "measured), torch, torchrecurrent, ncps (layers in PyTorch).  [default: keras]",
)
@click.option(
    "--implementation",
    type=click.Choice(IMPLEMENTATIONS),
    help="How seqtasks.RNN runs.  [default: auto]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="Of products and states.  [default: float32]",
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
    "--steps",
    type=int,
    help="Steps per repetition, in place of half a second's; with --task, batches of "
    "the epoch, in place of all.",
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
@click.option(
    "--write",
    is_flag=True,
    help="With --saved: write RESULTS/bench/README.md.",
)
@results_option
@click.pass_context
def command(
    context,
    cells,
    task,
    preset,
    start_up,
    cell,
    dataset,
    assignments,
    against,
    form,
    as_json,
    save,
    saved,
    write,
    results,
    **options,
) -> None:
    """Measure how fast cells train, beside other libraries' layers.

    \b
    seqtasks bench
    seqtasks bench lstm gru --against keras,torch --save
    seqtasks bench lstm --lengths 16
    seqtasks bench --task char_lm
    seqtasks bench --start-up
    seqtasks bench --preset gpu --save
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.bench.report import read_folder
    from seqtasks.bench.tables import show, table, write_readme
    from seqtasks.store import Store

    if write and not saved:
        raise UsageError("--write is of saved reports. Add --saved, or leave it out.")
    folder = results / "bench"
    given = {name: value for name, value in options.items() if value is not None}
    if save:
        Store(folder).check_writable()
    if saved:
        reports = read_folder(folder)
        if not reports:
            echo(f"There are no reports in {folder} yet.", err=True)
    elif preset:
        others = {"start_up": start_up, "cell": cell, "dataset": dataset}
        others |= {"assignments": assignments, "against": against}
        _refuse(others, others, _NOT_OF_PRESETS)
        if context.get_parameter_source("device") == ParameterSource.DEFAULT:
            del given["device"]
        if context.get_parameter_source("repetitions") == ParameterSource.DEFAULT:
            del given["repetitions"]
        reports = [_measured_preset(preset, cells, task, given, results)]
    elif task or start_up:
        if cells:
            raise UsageError(
                f"Expected the cell after --cell, as "
                f"{'--task' if task else '--start-up'} is given; received "
                f"{' '.join(cells)}. Write --cell {cells[0]}."
            )
        _refuse(given | {"against": against}, _OF_CELLS, _NOT_OF_TASKS)
        if start_up:
            _refuse(given, ["steps"], _NOT_OF_START_UP)
        settings = {**given, "options": task_options(assignments, dataset)}
        reports = [_measured_task(task or "char_lm", cell, settings, start_up)]
    else:
        of_tasks = {"cell": cell, "dataset": dataset, "assignments": assignments}
        _refuse(of_tasks, of_tasks, _OF_TASKS)
        reports = [_measured_cells(cells or DEFAULT_CELLS, against or "keras", given)]
    if save and not saved:
        echo(f"Wrote {reports[0].save(folder)}.", err=True)
    if write:
        echo(f"Wrote {write_readme(folder, reports)}.", err=True)
    elif as_json:
        for report in reports:
            echo(report.to_json())
    elif form == "text":
        show(reports)
    else:
        echo(table(reports, form), nl=False)
    if any(report.failed for report in reports):
        context.exit(1)


def _refuse(given, names, sentence: str) -> None:
    """Refuses options that mean nothing beside the others."""
    for name in names:
        if given.get(name):
            shown = {"min_length": "lengths", "assignments": "set"}.get(name, name)
            raise UsageError(sentence.format(f"--{shown.replace('_', '-')}"))


def _measured_preset(name, cells, task, given, results):
    from seqtasks.bench.presets import PRESETS, bench_preset

    preset = PRESETS[name]
    preset = dataclasses.replace(
        preset,
        cells=list(dict.fromkeys(cells)) or preset.cells,
        task=task or preset.task,
        settings=dataclasses.replace(preset.settings, **given),
    )
    for cell in preset.cells:
        _check_name(CELLS, cell)
    _check_name(TASKS, preset.task)
    return bench_preset(preset, results, _log)


def _measured_cells(cells, against, options):
    from seqtasks.bench.measure import bench_cells
    from seqtasks.bench.settings import BenchSettings, parse_against

    settings = BenchSettings(**options)
    models = parse_against(against)
    for cell in cells:
        _check_name(CELLS, cell)
    return bench_cells(list(dict.fromkeys(cells)), models, settings, _log)


def _measured_task(task, cell, options, start_up):
    from seqtasks.bench.measure import bench_start_up, bench_task
    from seqtasks.bench.settings import TaskSettings

    settings = TaskSettings(task=task, cell=cell, **options)
    _check_name(TASKS, task)
    if cell is not None:
        _check_name(CELLS, cell)
    return (bench_start_up if start_up else bench_task)(settings, _log)


def _check_name(registry, name: str) -> None:
    if ".py" not in name:  # a file is imported by the workers alone
        registry.find(name)


def _log(sentence: str) -> None:
    echo(sentence, err=True)
