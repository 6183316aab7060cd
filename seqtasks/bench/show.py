"""Reports, shown: on a terminal, as plain text, as Markdown."""

import os
import sys
from collections.abc import Sequence

from seqtasks.bench.layout import lay_out_cells
from seqtasks.bench.report import Report
from seqtasks.bench.task_layout import lay_out_task
from seqtasks.reports.table import Table, as_markdown, as_text, print_on_terminal


def lay_out(report: Report) -> Table:
    """The table of a report of either kind."""
    if report.kind == "task":
        return lay_out_task(report)
    return lay_out_cells(report)


def table(reports: Sequence[Report], form: str = "text") -> str:
    """The tables of reports as text.

    Args:
        reports: The reports.
        form: ``"text"`` for plain aligned columns, or ``"markdown"``.
    """
    one = {"text": as_text, "markdown": as_markdown}[form]
    return "\n".join(one(lay_out(report)) for report in reports)


def show(reports: Sequence[Report]) -> None:
    """Prints tables: in colour on a terminal, plain elsewhere or with NO_COLOR."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        sys.stdout.write(table(reports))
        return
    print_on_terminal([lay_out(report) for report in reports])
