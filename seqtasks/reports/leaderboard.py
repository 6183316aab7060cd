"""Leaderboard: a group of comparable runs as a table, the best first."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from seqtasks.reports import numbers
from seqtasks.reports.effort import effort_note
from seqtasks.reports.group import Group, groups
from seqtasks.reports.records import groups_as_csv, groups_as_json
from seqtasks.reports.row import Naming, Row, differing
from seqtasks.reports.skill_score import Scale, scale_of, skill_of
from seqtasks.reports.table import (
    ARROWS,
    Column,
    Line,
    Table,
    as_latex,
    as_markdown,
    as_text,
    print_on_terminal,
)
from seqtasks.reports.units import in_unit
from seqtasks.reports.verdict import band, in_words, verdicts
from seqtasks.result import Result
from seqtasks.task import Baseline, PublishedResult

Format = Literal["text", "markdown", "csv", "latex", "json"]

Item = Row | Baseline | PublishedResult

# the time that a run took has a column of this name
_SETTINGS = {"seconds": "budget (seconds)"}


def leaderboard(group: Group) -> Table:
    """Columns for what differs between the rows, notes for what all of them share."""
    ranked = group.ranked()
    rows = [item for item in ranked if isinstance(item, Row)]
    columns = _columns(group, rows)
    lines = (
        Line(_kind(item), tuple(cell(item) for cell in columns.values()))
        for item in ranked
    )
    return Table(group.title, tuple(columns), tuple(lines), _notes(group, rows))


def _kind(item: Item) -> str:
    if isinstance(item, Row):
        return "run" if item.finished else "unfinished"
    return "baseline" if isinstance(item, Baseline) else "published"


def _columns(group: Group, rows: Sequence[Row]) -> dict[Column, Callable[[Item], str]]:
    """The columns in their order, each with what gives the text of its cells."""
    monitor, *others = group.metrics
    naming = Naming.among(rows)
    arrow, unit = ARROWS[group.first.mode], group.first.metric_units.get

    def name(item: Item) -> str:
        if isinstance(item, Row):
            return naming.label(item)
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
    for key in _in_columns(rows):
        columns[Column(_SETTINGS.get(key, key))] = _of_row(setting(key))
    columns[Column(_header(f"test {monitor} {arrow}", unit(monitor)))] = score(monitor)
    if any(row.interval for row in rows):
        columns[Column("95 % interval", dispensable=2)] = _of_row(
            lambda row: numbers.interval(*row.interval) if row.interval else ""
        )
    over = {
        (error.count, error.unit)
        for row in rows
        if (error := row.standard_error(monitor))
    }
    if over:
        of = {numbers.counted(*one) for one in over}
        header = f"± over {of.pop()}" if len(of) == 1 else "± over examples"
        columns[Column(header, dispensable=2)] = _of_row(
            lambda row: numbers.error_alone(row.standard_error(monitor))
        )
    if isinstance(scale_of(group), Scale):
        columns[Column("skill score (%)")] = skill
    for metric in others:
        header = _header(f"test {metric}", unit(metric))
        columns[Column(header, dispensable=1)] = score(metric)
    header = _header(f"validation {monitor} {arrow}", unit(monitor))
    columns[Column(header, dispensable=3)] = _of_row(
        lambda row: numbers.estimate(row.metric("validation", monitor))
    )
    columns[Column("parameters")] = _of_row(lambda row: f"{row.num_params:,}")
    columns[Column(f"{group.first.step_name}s/s", dispensable=4)] = _of_row(
        lambda row: numbers.rounded(row.mean("time_steps_per_second"))
    )
    columns[Column("seconds", dispensable=5)] = _of_row(
        lambda row: numbers.rounded(row.mean("seconds"))
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


def _in_columns(rows: Sequence[Row]) -> list[str]:
    """The settings that have a column: which differ, and how they were chosen."""
    names = differing(row.settings for row in rows)
    searched = any(row.effort for row in rows) and "search" not in names
    return [*names, *(["search"] if searched else [])]


def _of_row(text: Callable[[Row], str]) -> Callable[[Item], str]:
    """The text of a row of runs; what is no run has none."""
    return lambda item: text(item) if isinstance(item, Row) else ""


def _notes(group: Group, rows: Sequence[Row]) -> tuple[str, ...]:
    notes = [group.apart] if group.apart else []
    columns = _in_columns(rows)
    shared = {n: v for n, v in rows[0].settings.items() if n not in columns}
    devices = {run.device for run in group.runs}
    on = f"; on {devices.pop()}" if len(devices) == 1 else ""
    scale = scale_of(group)
    if any(row.standard_error(group.first.monitor) for row in rows):
        notes.append(
            "± over seeds: how much a score differs between seeds. ± over the examples "
            "of the test split: how much it would differ on others like them, as "
            "standard error by a bootstrap."
        )
    notes += group.unit_notes
    notes.append(scale if isinstance(scale, str) else scale.note)
    labels = [*map(Naming.among(rows).label, rows)]
    for row, label in zip(rows, labels, strict=True):
        notes += [f"{label}: {one.sentence}" for one in verdicts(row, group)]
    if note := effort_note(rows, labels):
        notes.append(note)
    notes.append(f"All runs: {_listed(shared)}{on}.")
    for cell in sorted({row.cell for row in rows}):
        options = [row.cell_options for row in rows if row.cell == cell]
        same = {n: v for n, v in options[0].items() if n not in differing(options)}
        if same:
            notes.append(f"{cell}: {_listed(same)}.")
    return (*notes, *group.counts)


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {numbers.setting(v)}" for name, v in values.items())


def _header(name: str, unit: str | None) -> str:
    return f"{name} ({unit})" if unit else name


def _detail(known: Baseline | PublishedResult) -> str:
    if isinstance(known, Baseline):
        return known.how
    text = f"{known.source} ({known.protocol})" if known.protocol else known.source
    return f"{text}; band {band(known)}" if band(known) else text


def format_results(
    results: Sequence[Result],
    form: Format = "text",
    unit: str | None = None,
    evaluations: Mapping[tuple[str, str], int] | None = None,
) -> str:
    """The leaderboards of results as text.

    Runs stand in one ranking only if they are of one task, with one version, the same
    options and the same data. The rows of a ranking are means over seeds. Smoke runs
    are left out of what may be published: Markdown, CSV and LaTeX.

    Args:
        results: The results.
        form: ``"text"`` for plain aligned columns, or another format's name.
        unit: The unit of the numbers, where they can be converted; ``None`` for the
            metrics' own.
        evaluations: Number of runs scored on each test split, by task and fingerprint;
            ``None`` to leave it out.

    Raises:
        UsageError: If nothing can be shown in that unit.
    """
    found = _groups(results, unit, evaluations)
    if form == "json":
        return groups_as_json(found)
    if form == "text":
        return "\n".join(as_text(leaderboard(group)) for group in found)
    found = tuple(group for group in found if group.first.limit is None)
    if form == "csv":
        return groups_as_csv(found)
    write, comment = (as_markdown, "") if form == "markdown" else (as_latex, "% ")
    tables = [write(leaderboard(group)) for group in found]
    if note := smoke_note(results):
        tables.append(f"{comment}{note}\n")
    return "\n".join(tables)


def print_results(
    results: Sequence[Result],
    unit: str | None = None,
    evaluations: Mapping[tuple[str, str], int] | None = None,
) -> None:
    """Prints the leaderboards: fitted to a terminal, plain elsewhere."""
    if sys.stdout.isatty():  # rich itself leaves colours out by NO_COLOR
        found = _groups(results, unit, evaluations)
        print_on_terminal([leaderboard(group) for group in found])
    else:
        sys.stdout.write(format_results(results, unit=unit, evaluations=evaluations))


def smoke_note(results: Sequence[Result]) -> str:
    """A sentence on the smoke runs that a published table leaves out, or nothing."""
    count = sum(result.limit is not None for result in results)
    if not count:
        return ""
    runs = numbers.counted(count, "smoke run")
    return f"Left out: {runs} (--limit), trained on a few batches only."


def _groups(
    results: Sequence[Result],
    unit: str | None,
    evaluations: Mapping[tuple[str, str], int] | None,
) -> tuple[Group, ...]:
    found = groups(results, evaluations)
    return in_unit(found, unit) if unit else found
