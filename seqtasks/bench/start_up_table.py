"""The table of the way to the first step."""

from pathlib import Path

from seqtasks.bench.report import Report, Row
from seqtasks.bench.settings import ALL, IMPORTS, PREPARATION, TO_FIRST_STEP
from seqtasks.bench.spread import environment_note, machine_and_versions, spread
from seqtasks.reports.table import Column, Line, Table

_COLUMNS = (
    Column("start-up", right=False),
    Column("first step after (s)"),
    Column("processor time (s)"),
    Column(f"{IMPORTS} (s)", dispensable=1),
    Column(f"{PREPARATION} (s)", dispensable=2),
    Column(f"{TO_FIRST_STEP} (s)", dispensable=3),
)


def start_up_table(report: Report) -> Table:
    """Wall clock, processor time, and the processor time of each part."""
    settings = report.settings
    cell = settings["cell"] or "the task's cell"
    title = f"{Path(settings['task']).name}, {cell} · {machine_and_versions(report)}"
    return Table(title, _COLUMNS, tuple(map(_line, report.rows)), _notes(report))


def _line(row: Row) -> Line:
    if row.reason:
        blank = [""] * (len(_COLUMNS) - 2)
        return Line("unfinished", (row.model, *blank, f"failed: {row.reason}"))
    of = row.processor_seconds
    return Line(
        "run",
        (
            row.model,
            spread(row.seconds_per_step[ALL]).text(),
            spread(of[ALL]).text(),
            *(spread(of[part]).text() for part in (IMPORTS, PREPARATION)),
            spread(of[TO_FIRST_STEP]).text(),
        ),
    )


def _notes(report: Report) -> tuple[str, ...]:
    return (
        f"Medians over {report.settings['repetitions']} rounds, smallest and largest "
        f"in brackets. From starting the process to the end of the first training "
        f"step, by the clock; the parts in processor time of all threads.",
        "A first run has empty folders of results and of the cache; a later one has "
        "what the first has kept.",
        environment_note(report),
    )
