"""The report of a task's epoch as a table."""

from pathlib import Path

from seqtasks.bench.contenders import BARE
from seqtasks.bench.layout import between, environment_note, machine_and_versions
from seqtasks.bench.report import Report, Row
from seqtasks.bench.statistics import ratios, spread
from seqtasks.reports.numbers import rounded, setting
from seqtasks.reports.table import Column, Line, Table

_COLUMNS = (
    Column("training epoch", right=False),
    Column("epoch (s)"),
    Column("step (ms)"),
    Column("× bare loop"),
    Column("steps", dispensable=2),
    Column("tokens/s", dispensable=1),
    Column("memory (MB)", dispensable=3),
    Column("path", right=False),
)


def lay_out_task(report: Report) -> Table:
    """The runner's epoch, and the bare loop's."""
    settings = report.settings
    shown = ("cell", "units", "layers", "batch_size")
    what = ", ".join(f"{n} {setting(settings[n])}" for n in shown if n in settings)
    task = Path(settings["task"]).name
    title = f"{task}: {what} · {machine_and_versions(report)}"
    (bare,) = (row for row in report.rows if row.contender == BARE)
    lines = tuple(_line(row, bare) for row in report.rows)
    return Table(title, _COLUMNS, lines, _notes(report, bare))


def _line(row: Row, bare: Row) -> Line:
    if row.reason:
        blank = [""] * (len(_COLUMNS) - 2)
        return Line("unfinished", (row.contender, *blank, f"failed: {row.reason}"))
    seconds, steps = row.seconds_per_step["epoch"], row.steps["epoch"]
    ratio = "1"
    if row is not bare:
        against = bare.seconds_per_step.get("epoch")
        ratio = between(ratios(seconds, against)) if against else ""
    return Line(
        "run",
        (
            row.contender,
            between(spread(seconds), steps),
            between(spread(seconds), 1000),
            ratio,
            f"{steps:,}",
            rounded(row.tokens_per_step["epoch"] / spread(seconds).median),
            f"{row.peak_memory_bytes / 1e6:,.0f}",
            row.implementation,
        ),
    )


def _notes(report: Report, bare: Row) -> tuple[str, ...]:
    notes = [
        f"Medians over {report.settings['repetitions']} rounds, smallest and largest "
        f"in brackets; × bare loop: time against the bare loop's in the same round.",
        "Runner: fit with its callbacks, validation not counted. Bare loop: the same "
        "model, loss, optimizer and batches in one tf.function.",
    ]
    if not bare.reason:
        shares = ratios(
            bare.waited_seconds_per_step["waiting"], bare.seconds_per_step["waiting"]
        )
        first = spread(bare.first_seconds["waiting"])
        notes.append(
            f"Waiting for the next batch: {between(shares, 100)} % of a step; for the "
            f"first batch of an epoch: {between(first)} s."
        )
    return (*notes, environment_note(report))
