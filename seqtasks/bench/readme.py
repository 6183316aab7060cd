"""The tables of speed in a README, between two marks, generated from reports alone."""

from collections.abc import Sequence
from pathlib import Path

from seqtasks.bench.report import Report
from seqtasks.bench.show import table
from seqtasks.errors import UsageError
from seqtasks.reports.section import fill

START, END = "<!-- bench", "<!-- end of bench -->"


def readme_section(reports: Sequence[Report]) -> str:
    """The Markdown between the marks; the same reports give the same text."""
    if not reports:
        return "No measurement is kept here yet: `seqtasks bench --save` makes one.\n"
    return table(reports, "markdown")


def write_section(path: Path, reports: Sequence[Report]) -> None:
    """Puts the tables into a README that has the marks.

    Raises:
        UsageError: If it cannot be read or lacks them.
    """
    if not fill(path, START, END, lambda _: readme_section(reports)):
        raise UsageError(
            f"Expected {path} to have the lines {START} --> and {END}, between which "
            f"the tables stand; it lacks them. Add them."
        )
