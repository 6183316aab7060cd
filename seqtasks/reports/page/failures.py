"""The runs that did not finish: how far they came, and why not further."""

from collections.abc import Sequence
from typing import Any

from seqtasks.reports.html import Element, element, linked
from seqtasks.reports.numbers import number
from seqtasks.reports.page.scale import drawable
from seqtasks.reports.page.series import Series
from seqtasks.reports.page.table import Side, table
from seqtasks.result import Result

_COLUMNS: tuple[tuple[str, Side], ...] = (
    ("model", "left"),
    ("seed", "right"),
    ("status", "left"),
    ("step", "right"),
    ("last finite loss", "right"),
    ("reason", "left"),
    ("run", "left"),
)


def failures(series: Sequence[Series], key: str) -> list[Element]:
    """A heading and a table; nothing if all runs finished.

    Args:
        series: The rows.
        key: The section's id.
    """
    rows = [
        (None, _cells(one, run))
        for one in series
        for run in one.runs
        if run.status != "finished"
    ]
    if not rows:
        return []
    name = f"{key}-failures"
    heading = element("h4", "Runs that did not finish", id=name)
    return [heading, table(_COLUMNS, rows, name, "failures sortable")]


def last_finite_loss(run: Result) -> float | None:
    """The run's own word, or else the last epoch with a finite training loss."""
    epochs = (entry.get("loss") for entry in reversed(run.history))
    losses = (drawable(loss) for loss in (run.last_loss, *epochs))
    return next((loss for loss in losses if loss is not None), None)


def _cells(one: Series, run: Result) -> list[Any]:
    loss = last_finite_loss(run)
    return [
        [one.key(), one.label],
        str(run.seed),
        run.status.replace("_", " "),
        f"{run.steps:,}",
        "none" if loss is None else number(loss),
        linked(run.reason),
        run.run,
    ]
