"""Summary: all tasks in one table, one row per task, one column per cell."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from seqtasks.reports import numbers
from seqtasks.reports.comparison import comparable_models, paired_tests
from seqtasks.reports.group import Group, groups
from seqtasks.reports.leaderboard import Format
from seqtasks.reports.records import csv_cell, finite
from seqtasks.reports.row import Estimate, Naming, Row, rows
from seqtasks.reports.skill_score import scale_of, skill_of
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
from seqtasks.result import Result

if TYPE_CHECKING:
    import rich.console

# "best", or "tie" if it is not significantly different from the best
Mark = Literal["best", "tie", ""]

# of the tests; 1 - 95 %
_LEVEL = 0.05

_TITLE = "All tasks, the monitored metric on the test split"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One number of the table.

    Args:
        row: The runs behind it.
        score: Their mean and deviation.
        skill: The skill score in percent; ``None`` if there is none.
        mark: Whether it is the best of its task, or one of those that may be.
        others: Number of rows of the same model with other settings, not shown.
    """

    row: Row
    score: Estimate
    skill: float | None
    mark: Mark
    others: int


@dataclasses.dataclass(frozen=True)
class TaskRow:
    """One task.

    Args:
        group: The comparable runs: of several groups of the task the largest.
        entries: The numbers by the name of their column.
        others: Number of groups of the task that are not shown.
    """

    group: Group
    entries: Mapping[str, Entry]
    others: int

    @property
    def name(self) -> str:
        """The task's name."""
        return self.group.first.task

    @property
    def unit(self) -> str:
        """The unit, or the metric where it has none, and which direction is good."""
        first = self.group.first
        unit = first.metric_units.get(first.monitor) or first.monitor
        return f"{unit} {ARROWS[first.mode]}"

    @property
    def metric(self) -> str:
        """The metric with its unit, and which direction is good."""
        first = self.group.first
        unit = first.metric_units.get(first.monitor)
        rest = f" ({unit})" if unit else ""
        return f"{first.monitor}{rest} {ARROWS[first.mode]}"

    @property
    def baseline(self) -> str:
        """The best baseline with its value."""
        best = self.group.best_baseline
        return f"{numbers.number(best.value)} ({best.name})" if best else ""

    @property
    def no_skill(self) -> str:
        """Why there is no skill score; empty if there is one."""
        scale = scale_of(self.group)
        return scale if isinstance(scale, str) else ""


@dataclasses.dataclass(frozen=True)
class Summary:
    """The table.

    Args:
        columns: Names of the models, those of most tasks first.
        tasks: The rows, by the task's name.
    """

    columns: tuple[str, ...]
    tasks: tuple[TaskRow, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the marks mean, and what is not shown."""
        notes = [
            "↓: a small value is good, ↑: a large one. ±: the standard deviation over "
            "the seeds; without it there is one seed. Marked are the best of a row and "
            "those that are not significantly different from it, by paired t tests "
            "with it over the seeds (95 %, Holm's correction for the number of tests). "
            "Few seeds make many ties; with one there is no test, and no mark.",
            "The baseline is the best of those without a recurrent state, on the same "
            "test split.",
        ]
        hidden = [one for one in self.tasks if one.others]
        if hidden:
            listed = ", ".join(f"{one.others} of {one.name}" for one in hidden)
            notes.append(
                f"Of a task there is the table with the most runs; not shown, with "
                f"other options or data: {listed}."
            )
        if many := sorted(
            f"{name} of {one.name}"
            for one in self.tasks
            for name, entry in one.entries.items()
            if entry.others
        ):
            notes.append(
                f"Of rows that differ in their settings there is the one with the most "
                f"seeds, or else the newest: {', '.join(many)}."
            )
        return tuple(notes)


def summarize(results: Sequence[Result]) -> Summary:
    """The summary of results; smoke runs are left out.

    Args:
        results: The results, in any order.
    """
    found: dict[str, list[Group]] = {}
    for group in groups(sorted(results, key=lambda run: run.run)):
        if group.first.limit is None:
            found.setdefault(group.first.task, []).append(group)
    chosen = {task: max(of_task, key=_size) for task, of_task in found.items()}
    naming = Naming.among(
        [row for group in chosen.values() for row in rows(group.runs)]
    )
    tasks = []
    for task, group in sorted(chosen.items()):
        of_model: dict[str, list[Row]] = {}
        for row in rows(group.runs):
            if row.score is not None:
                of_model.setdefault(naming.label(row), []).append(row)
        picked = {name: max(of_name, key=_weight) for name, of_name in of_model.items()}
        marks = _marks(picked)
        entries = {
            name: Entry(
                row,
                row.score,
                skill_of(row, group),
                marks.get(name, ""),
                len(of_model[name]) - 1,
            )
            for name, row in picked.items()
            if row.score is not None
        }
        tasks.append(TaskRow(group, entries, len(found[task]) - 1))
    uses = {name: 0 for one in tasks for name in one.entries}
    for one in tasks:
        for name in one.entries:
            uses[name] += 1
    columns = sorted(uses, key=lambda name: (-uses[name], name))
    return Summary(tuple(columns), tuple(tasks))


def _size(group: Group) -> tuple[int, str]:
    """The number of models and seeds of a group, then its newest run."""
    seeds = sum(len(row.finished) for row in rows(group.runs))
    return seeds, max(run.created for run in group.runs)


def _weight(row: Row) -> tuple[int, str]:
    return len(row.finished), max(run.created for run in row.runs)


def _marks(picked: Mapping[str, Row]) -> dict[str, Mark]:
    """The best row and its ties, as far as tests of the others with it decide it."""
    names = {row.runs[0].run: name for name, row in picked.items()}
    runs = [run for row in picked.values() for run in row.runs]
    compared = comparable_models(runs)
    if not compared or compared[0].models[0].failed:
        return {}
    best, *others = compared[0].models
    with_best = [(other, best) for other in others]
    marks: dict[str, Mark] = {}
    for test in paired_tests(with_best, runs[0].mode, _LEVEL, seed=0):
        if test.outcome is not None:
            marks[names[best.row.runs[0].run]] = "best"
            if test.outcome.verdict == "tie":
                marks[names[test.first.row.runs[0].run]] = "tie"
    return marks


def format_summary(summary: Summary, form: Format) -> str:
    """The summary as text.

    Args:
        summary: The summary.
        form: ``"text"`` for plain aligned columns, or another format's name.
    """
    if form == "json":
        return json.dumps(finite([*map(_record, summary.tasks)]), indent=1) + "\n"
    if form == "csv":
        return _as_csv(summary)
    write = {"text": as_text, "markdown": as_markdown, "latex": as_latex}[form]
    return write(table_of(summary))


def print_summary(summary: Summary, console: "rich.console.Console") -> None:
    """Prints the summary on a terminal, some columns below the others.

    Args:
        summary: The summary.
        console: The terminal.
    """
    print_on_terminal(_blocks(summary, console.width), console)


def table_of(summary: Summary) -> Table:
    """The summary as a table of all columns, however wide."""
    heads = ("task", "metric", "best baseline")
    rows = [(one.name, one.metric, one.baseline) for one in summary.tasks]
    return _table(summary, heads, rows, summary.columns)


def _blocks(summary: Summary, width: int) -> list[Table]:
    """Tables of as many columns as a terminal has room for; the last has the notes."""
    heads = ("task", "baseline")
    rows = [(f"{one.name} ({one.unit})", one.baseline) for one in summary.tasks]
    blocks: list[list[str]] = [[]]
    for name in summary.columns:
        together = _table(summary, heads, rows, [*blocks[-1], name])
        if blocks[-1] and together.least_width > width:
            blocks.append([])
        blocks[-1].append(name)
    tables = [_table(summary, heads, rows, names) for names in blocks]
    return [
        *(dataclasses.replace(table, notes=()) for table in tables[:-1]),
        tables[-1],
    ]


def _table(
    summary: Summary,
    heads: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    columns: Sequence[str],
) -> Table:
    """The table of some columns, after those that describe the task."""
    lines = []
    for row, one in zip(rows, summary.tasks, strict=True):
        found = [one.entries.get(name) for name in columns]
        texts = [numbers.estimate(entry.score) if entry else "" for entry in found]
        marked = [i for i, entry in enumerate(found, len(row)) if entry and entry.mark]
        lines.append(Line("run", (*row, *texts), frozenset(marked)))
    every = [Column(name, right=False) for name in heads]
    every += [Column(name) for name in columns]
    return Table(_TITLE, tuple(every), tuple(lines), summary.notes)


def _record(one: TaskRow) -> dict[str, Any]:
    first, best = one.group.first, one.group.best_baseline
    return {
        "task": first.task,
        "task_version": first.task_version,
        "options": first.options,
        "fingerprint": first.fingerprint,
        "metric": first.monitor,
        "unit": first.metric_units.get(first.monitor, ""),
        "mode": first.mode,
        "baseline": best.name if best else None,
        "baseline_value": best.value if best else None,
        "no_skill": one.no_skill or None,
        "not_shown": one.others,
        "models": {
            name: {
                "mean": entry.score.mean,
                "deviation": entry.score.deviation,
                "seeds": entry.score.n,
                "skill": entry.skill,
                "mark": entry.mark or None,
            }
            for name, entry in one.entries.items()
        },
    }


def _as_csv(summary: Summary) -> str:
    """One line a task, with four columns a model."""
    lines = []
    for one in summary.tasks:
        line = _record(one)
        models = line.pop("models")
        line["options"] = json.dumps(line["options"], sort_keys=True, default=str)
        for name in summary.columns:
            for field in ("mean", "deviation", "seeds", "skill", "mark"):
                column = name if field == "mean" else f"{name} {field}"
                line[column] = models.get(name, {}).get(field)
        lines.append(line)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if lines:
        writer.writerow([csv_cell(name) for name in lines[0]])
        writer.writerows([[csv_cell(v) for v in line.values()] for line in lines])
    return text.getvalue()
