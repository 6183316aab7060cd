"""The scores of ``seqtasks score RUN --test-set`` as tables."""

from collections.abc import Sequence
from typing import Any

from seqtasks.analysis.other_data_record import OtherDataRecord, Scored
from seqtasks.reports.chart_data import Series
from seqtasks.reports.numbers import number
from seqtasks.reports.table import ARROWS, Column, Line, Table

_TRAINED = "trained with"
_DILUTED = (
    "A metric that is a mean over all steps is diluted by more steps that are easy: "
    "compare it with the baseline of its row."
)


def table_of(record: OtherDataRecord) -> Table:
    """One run: a row for the value that it was trained with, and one for each other."""
    names = metric_names(record)
    columns = (
        Column(record.option, right=True),
        Column("factor"),
        *(Column(_heading(record, name)) for name in names),
        Column("best baseline"),
        Column("status", right=False),
    )
    lines = tuple(
        Line(
            "run",
            (
                *cells(record, one, names),
                _TRAINED if one.value == record.trained else "",
            ),
        )
        for one in rows_of(record)
    )
    return Table(
        f"{record.task} · {record.cell} · seed {record.seed} · {record.split}",
        columns,
        lines,
        notes(record),
    )


def rows_of(record: OtherDataRecord) -> list[Scored]:
    """The scores by value, with the run's own where its row has them."""
    if not record.own:
        return list(record.scored)
    own = Scored(value=record.trained, fingerprint="", metrics=record.own)
    others = [one for one in record.scored if one.value != record.trained]
    return sorted([own, *others], key=lambda one: one.value)


def notes(record: OtherDataRecord) -> tuple[str, ...]:
    """What the numbers are, in sentences."""
    counted = (
        " Each is a test evaluation, and counted." if record.split == "test" else ""
    )
    return (
        f"{record.run} was trained with {record.option} {record.trained}, and is "
        f"scored as it is on the {record.split} split of the other data.{counted}",
        _DILUTED,
    )


def metric_names(record: OtherDataRecord) -> list[str]:
    """The metrics of all rows, the monitored one first."""
    every = [record.own, *(one.metrics for one in record.scored)]
    names = dict.fromkeys(name for metrics in every for name in metrics)
    return [record.monitor, *(name for name in names if name != record.monitor)]


def cells(record: OtherDataRecord, one: Scored, names: Sequence[str]) -> list[str]:
    """Value, factor, metrics and baseline of one row."""
    base = "" if one.baseline_value is None else number(one.baseline_value)
    return [
        str(one.value),
        f"×{one.value / record.trained:.3g}" if record.trained else "",
        *(number(one.metrics[n]) if n in one.metrics else "" for n in names),
        f"{base} ({one.baseline})" if base else "",
    ]


def _heading(record: OtherDataRecord, name: str) -> str:
    arrow = f" {ARROWS[record.mode]}" if name == record.monitor else ""
    unit = record.metric_units.get(name, "")
    return f"{name}{arrow}" + (f" ({unit})" if unit else "")


def other_data_tables(
    records: Sequence[OtherDataRecord], series: Sequence[Series]
) -> list[dict[str, Any]]:
    """What the template shows of a group's runs on other data, a table an option.

    Args:
        records: The records of any runs.
        series: The rows of a group.
    """
    found: dict[tuple[str, str], list[tuple[Series, OtherDataRecord]]] = {}
    for one in series:
        for run in one.runs:
            for record in records:
                if record.run == run.run:
                    key = (record.option, record.split)
                    found.setdefault(key, []).append((one, record))
    tables = []
    for (option, split), every in found.items():
        first = every[0][1]
        names = list(dict.fromkeys(n for _, one in every for n in metric_names(one)))
        heads = (
            "model",
            "seed",
            option,
            "factor",
            *(_heading(first, n) for n in names),
        )
        rows = [
            ("", one, [one.label, str(record.seed), *cells(record, scored, names)])
            for one, record in every
            for scored in rows_of(record)
        ]
        columns = [(n, "left" if n == "model" else "right") for n in heads]
        columns.append(("best baseline", "right"))
        tables.append(
            {
                "title": f"Trained with one {option}, scored with another ({split})",
                "table": {"columns": columns, "rows": rows},
                "note": _DILUTED,
            }
        )
    return tables
