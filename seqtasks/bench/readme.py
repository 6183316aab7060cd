"""The tables of speed in a README, between two marks, generated from reports alone."""

from collections.abc import Sequence
from pathlib import Path

from seqtasks.bench.report import Report
from seqtasks.bench.show import table
from seqtasks.errors import UsageError
from seqtasks.store import replacing

START, END = "<!-- bench -->\n", "<!-- end of bench -->"


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
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Expected a README to write into: {path}: {error.strerror}."
        ) from error
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        raise UsageError(
            f"Expected {path} to have the lines {START.strip()} and {END}, between "
            f"which the tables stand; it lacks them. Add them."
        )
    with replacing(path) as temporary:
        temporary.write_text(
            f"{before}{start}{readme_section(reports)}{end}{after}", encoding="utf-8"
        )
