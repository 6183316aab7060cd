"""Layout: a group as columns and rows of text, the same for all formats of a person."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any

from seqtasks.reports import numbers
from seqtasks.reports.group import Group
from seqtasks.reports.row import Row
from seqtasks.reports.skill import Scale, scale_of, skill_of
from seqtasks.reports.verdict import band, in_words, verdicts
from seqtasks.task import Baseline, PublishedResult

Item = Row | Baseline | PublishedResult

# the time that a run took has a column of this name
_SETTINGS = {"seconds": "budget (seconds)"}

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
        kind: ``"run"``, ``"unfinished"``, ``"baseline"`` or ``"published"``.
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
    columns = _columns(group, rows)
    lines = (
        Line(_kind(item), tuple(cell(item) for cell in columns.values()))
        for item in ranked
    )
    return Layout(group.title, tuple(columns), tuple(lines), _notes(group, rows))


def _kind(item: Item) -> str:
    if isinstance(item, Row):
        return "run" if item.finished else "unfinished"
    return "baseline" if isinstance(item, Baseline) else "published"


def _columns(group: Group, rows: Sequence[Row]) -> dict[Column, Callable[[Item], str]]:
    """The columns in their order, each with what gives the text of its cells."""
    monitor, *others = group.metrics
    arrow, unit = ARROWS[group.first.mode], group.first.metric_units.get

    def name(item: Item) -> str:
        if isinstance(item, Row):
            return _label(item, rows)
        return f"{item.name} ({_kind(item)})"

    def score(metric: str) -> Callable[[Item], str]:
        def cell(item: Item) -> str:
            if isinstance(item, Row):
                return numbers.estimate(item.metric("test", metric))
            return numbers.number(item.value) if item.metric == metric else ""

        return cell

    def setting(key: str) -> Callable[[Row], str]:
        return lambda row: numbers.setting(row.settings.get(key, ""))

    def skill(item: Item) -> str:
        percent = skill_of(item, group)
        return "" if percent is None else f"{percent:,.1f}"

    def status(item: Item) -> str:
        if not isinstance(item, Row):
            return f"{_kind(item)}: {_detail(item)}"
        words = in_words(verdicts(item, group))
        return f"{item.status}; {words}" if words else item.status

    columns: dict[Column, Callable[[Item], str]] = {Column("model", right=False): name}
    for key in _differing([row.settings for row in rows]):
        columns[Column(_SETTINGS.get(key, key))] = _of_row(setting(key))
    columns[Column(_header(f"test {monitor} {arrow}", unit(monitor)))] = score(monitor)
    if any(row.interval for row in rows):
        columns[Column("95 % interval", dispensable=2)] = _of_row(
            lambda row: numbers.interval(*row.interval) if row.interval else ""
        )
    if isinstance(scale_of(group), Scale):
        columns[Column("skill (%)")] = skill
    for metric in others:
        header = _header(f"test {metric}", unit(metric))
        columns[Column(header, dispensable=1)] = score(metric)
    header = _header(f"validation {monitor} {arrow}", unit(monitor))
    columns[Column(header, dispensable=3)] = _of_row(
        lambda row: numbers.estimate(row.metric("validation", monitor))
    )
    columns[Column("parameters")] = _of_row(lambda row: f"{row.num_params:,}")
    columns[Column(f"{group.first.step_name}s/s", dispensable=4)] = _of_row(
        lambda row: _rounded(row.mean("time_steps_per_second"))
    )
    columns[Column("seconds", dispensable=5)] = _of_row(
        lambda row: _rounded(row.mean("seconds"))
    )
    if len({row.implementation for row in rows} - {""}) > 1:
        columns[Column("implementation", right=False)] = _of_row(
            lambda row: row.implementation
        )
    if len({run.device for run in group.runs}) > 1:
        columns[Column("device", right=False)] = _of_row(
            lambda row: "; ".join(sorted({run.device for run in row.runs}))
        )
    columns[Column("seeds")] = _of_row(lambda row: str(len(row.finished)))
    columns[Column("status", right=False)] = status
    return columns


def _of_row(text: Callable[[Row], str]) -> Callable[[Item], str]:
    """The text of a row of runs; what is no run has none."""
    return lambda item: text(item) if isinstance(item, Row) else ""


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
    scale = scale_of(group)
    notes += group.unit_notes
    notes.append(scale if isinstance(scale, str) else scale.note)
    for row in rows:
        label = _label(row, rows)
        notes += [f"{label}: {one.sentence}" for one in verdicts(row, group)]
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


def _detail(known: Baseline | PublishedResult) -> str:
    if isinstance(known, Baseline):
        return known.how
    text = f"{known.source} ({known.protocol})" if known.protocol else known.source
    return f"{text}; band {band(known)}" if band(known) else text


def _rounded(value: float | None) -> str:
    return "" if value is None else numbers.rounded(value)
