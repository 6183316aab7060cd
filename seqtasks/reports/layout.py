"""Layout: a group as columns and rows of text, the same for all formats of a person."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from seqtasks.reports import numbers
from seqtasks.reports.group import Group
from seqtasks.reports.row import Row
from seqtasks.task import Floor, Reference

ARROWS = {"min": "↓", "max": "↑"}


@dataclasses.dataclass(frozen=True)
class Column:
    """A column.

    Args:
        header: Its name, which no other column has.
        right: Whether its cells are flush right, as numbers are.
        dispensable: 0 if it is always shown; where there is no room for all columns,
            the one with the largest number goes first.
    """

    header: str
    right: bool = True
    dispensable: int = 0


@dataclasses.dataclass(frozen=True)
class Line:
    """One row of the table.

    Args:
        kind: ``"run"``, ``"unfinished"``, ``"floor"`` or ``"published"``.
        cells: One text a column; the first names the line, the last is its status.
    """

    kind: str
    cells: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Layout:
    """A table, with its title and the lines of text below it."""

    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def lay_out(group: Group) -> Layout:
    """Columns for what differs between the rows, notes for what all of them share."""
    ranked = group.ranked()
    rows = [item for item in ranked if isinstance(item, Row)]
    settings = _differing([row.settings for row in rows])
    devices = {run.device for run in group.runs}
    paths = {row.path for row in rows} - {""}
    monitor, *others = group.metrics
    arrow = ARROWS[group.first.mode]
    unit = group.first.metric_units.get
    columns = (
        Column("model", right=False),
        *(Column(name) for name in settings),
        Column(_header(f"test {monitor} {arrow}", unit(monitor))),
        *(
            Column(_header(f"test {name}", unit(name)), dispensable=1)
            for name in others
        ),
        Column(_header(f"validation {monitor} {arrow}", unit(monitor)), dispensable=2),
        Column("parameters"),
        Column(f"{group.first.step_name}s/s", dispensable=3),
        Column("seconds", dispensable=4),
        *([Column("loop", right=False)] if len(paths) > 1 else []),
        *([Column("device", right=False)] if len(devices) > 1 else []),
        Column("seeds"),
        Column("status", right=False),
    )

    def line(item: Row | Floor | Reference) -> Line:
        if not isinstance(item, Row):
            values = [
                numbers.number(item.value) if item.metric == name else ""
                for name in group.metrics
            ]
            kind = "floor" if isinstance(item, Floor) else "published"
            after = [""] * (len(columns) - len(settings) - len(values) - 2)
            status = f"{kind}: {_detail(item)}"
            return Line(
                kind,
                (
                    f"{item.name} ({kind})",
                    *[""] * len(settings),
                    *values,
                    *after,
                    status,
                ),
            )
        on = "; ".join(sorted({run.device for run in item.runs}))
        return Line(
            "run" if item.finished else "unfinished",
            (
                _label(item, rows),
                *(numbers.setting(item.settings.get(name, "")) for name in settings),
                *(
                    numbers.estimate(item.metric("test", name))
                    for name in group.metrics
                ),
                numbers.estimate(item.metric("validation", monitor)),
                f"{item.num_params:,}",
                _rounded(item.mean("time_steps_per_second")),
                _rounded(item.mean("seconds")),
                *([item.path] if len(paths) > 1 else []),
                *([on] if len(devices) > 1 else []),
                str(len(item.finished)),
                item.status,
            ),
        )

    return Layout(
        group.title, columns, tuple(line(item) for item in ranked), _notes(group, rows)
    )


def _label(row: Row, rows: Sequence[Row]) -> str:
    """The cell's name with those of its options that differ between its rows."""
    same_name = [other for other in rows if other.cell == row.cell]
    differing = _differing([other.cell_options for other in same_name])
    options = [f"{n}={numbers.setting(row.cell_options.get(n))}" for n in differing]
    sources = {other.source for other in same_name}
    where = [f"({row.source})"] if len(sources) > 1 else []
    return " ".join([row.cell, *where, *options])


def _notes(group: Group, rows: Sequence[Row]) -> tuple[str, ...]:
    notes = [group.apart] if group.apart else []
    differing = _differing([row.settings for row in rows])
    shared = {n: v for n, v in rows[0].settings.items() if n not in differing}
    devices = {run.device for run in group.runs}
    on = f"; on {devices.pop()}" if len(devices) == 1 else ""
    notes.append(f"All runs: {_listed(shared)}{on}.")
    for cell in sorted({row.cell for row in rows}):
        options = [row.cell_options for row in rows if row.cell == cell]
        same = {n: v for n, v in options[0].items() if n not in _differing(options)}
        if same:
            notes.append(f"{cell}: {_listed(same)}.")
    return (*notes, *group.counts)


def _differing(mappings: Sequence[dict[str, Any]]) -> list[str]:
    """The keys, in their first order, whose values are not all the same."""
    names = dict.fromkeys(name for mapping in mappings for name in mapping)
    return [
        name
        for name in names
        if len({json.dumps(m.get(name), default=str) for m in mappings}) > 1
    ]


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {numbers.setting(v)}" for name, v in values.items())


def _header(name: str, unit: str | None) -> str:
    return f"{name} ({unit})" if unit else name


def _detail(known: Floor | Reference) -> str:
    if isinstance(known, Floor):
        return known.how
    return f"{known.source} ({known.protocol})" if known.protocol else known.source


def _rounded(value: float | None) -> str:
    return "" if value is None else numbers.rounded(value)
