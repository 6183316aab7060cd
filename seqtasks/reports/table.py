"""The table of results: groups of comparable runs, in the format that is asked for."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Literal

from seqtasks.reports import export, render
from seqtasks.reports.conversion import in_unit
from seqtasks.reports.group import Group, groups
from seqtasks.reports.layout import lay_out
from seqtasks.result import Result

Format = Literal["text", "markdown", "csv", "latex", "json"]


def table(
    results: Sequence[Result],
    form: Format = "text",
    unit: str | None = None,
    evaluations: Mapping[tuple[str, str], int] | None = None,
) -> str:
    """The table of results as text.

    Runs stand in one ranking only if they are of one task, with one version, the same
    options and the same data. The rows of a ranking are means over seeds. Smoke runs
    are left out of what may be published: Markdown, CSV and LaTeX.

    Args:
        results: The results.
        form: ``"text"`` for plain aligned columns, or another format's name.
        unit: The unit to show numbers in, where they can be; ``None`` for the metrics'
            own.
        evaluations: How many runs looked at each test split, by task and fingerprint;
            ``None`` if that is not to be said.

    Raises:
        UsageError: If nothing can be shown in that unit.
    """
    found = _groups(results, unit, evaluations)
    if form == "json":
        return export.as_json(found)
    if form == "text":
        return "\n".join(render.text(lay_out(group)) for group in found)
    found = tuple(group for group in found if group.first.limit is None)
    if form == "csv":
        return export.as_csv(found)
    one, comment = {
        "markdown": (render.markdown, ""),
        "latex": (render.latex, "% "),
    }[form]
    tables = [one(lay_out(group)) for group in found]
    if note := smoke_note(results):
        tables.append(f"{comment}{note}\n")
    return "\n".join(tables)


def smoke_note(results: Sequence[Result]) -> str:
    """A sentence on the smoke runs that a published table leaves out, or nothing."""
    count = sum(result.limit is not None for result in results)
    if not count:
        return ""
    runs = "1 smoke run" if count == 1 else f"{count} smoke runs"
    return f"Left out: {runs} (--limit), trained on a few batches only."


def show(
    results: Sequence[Result],
    unit: str | None = None,
    evaluations: Mapping[tuple[str, str], int] | None = None,
) -> None:
    """Prints the table: in colour on a terminal, plain elsewhere or with NO_COLOR."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        sys.stdout.write(table(results, unit=unit, evaluations=evaluations))
        return
    # imported for a terminal only: a tenth of a second
    from seqtasks.reports import terminal

    terminal.show([lay_out(group) for group in _groups(results, unit, evaluations)])


def _groups(
    results: Sequence[Result],
    unit: str | None,
    evaluations: Mapping[tuple[str, str], int] | None,
) -> tuple[Group, ...]:
    found = groups(results, evaluations)
    return in_unit(found, unit) if unit else found
