"""Groups and comparisons in full precision, for programs: JSON and CSV."""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from seqtasks.reports.effort import effort_note
from seqtasks.reports.group import Group
from seqtasks.reports.ranking import Ranking
from seqtasks.reports.row import Row
from seqtasks.reports.skill_score import Scale, scale_of, skill_of
from seqtasks.reports.table import clean
from seqtasks.reports.verdict import in_words, verdicts
from seqtasks.task import Baseline, PublishedResult

if TYPE_CHECKING:
    from seqtasks.reports.comparison import (
        Comparison,
        Model,
        PairedTest,
        TaskComparison,
    )


def groups_as_json(groups: Sequence[Group]) -> str:
    """A list of groups, each with its rows in order; ``null`` is no number."""
    data = finite([_group(group) for group in groups])
    return json.dumps(data, indent=1, default=str) + "\n"


def groups_as_csv(groups: Sequence[Group]) -> str:
    """One line a row, every number in a column of its own.

    Options and settings are JSON in one column each, and each setting has a column too.
    """
    lines = group_records(groups)
    columns = dict.fromkeys(_COLUMNS)
    columns |= dict.fromkeys(sorted(name for line in lines for name in line))
    return lines_as_csv(lines, columns)


def lines_as_csv(lines: Sequence[dict[str, Any]], columns: Iterable[str] = ()) -> str:
    """One line of CSV for each dictionary, below a header.

    Args:
        lines: Values by column.
        columns: The columns in their order; empty for the order in which they come.
    """
    columns = list(columns) or [*dict.fromkeys(name for line in lines for name in line)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writerow({name: csv_cell(name) for name in columns})
    writer.writerows({name: csv_cell(v) for name, v in line.items()} for line in lines)
    return text.getvalue()


def group_records(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """One dictionary a row of the groups, every number under a name of its own."""
    return [
        {**_shared(group), **_line(item, group)}
        for group in groups
        for item in group.ranked()
    ]


def csv_cell(value: Any) -> Any:
    """A cell of a CSV file; text cannot control a terminal, or be a formula.

    Spreadsheets compute what begins with one of these signs, unless an apostrophe
    stands before it.
    """
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# the first columns; after them come those whose names depend on the results
_COLUMNS = (
    *("task", "task_version", "options", "fingerprint", "limit", "metric", "mode"),
    *("unit", "kind", "name", "author"),
    *("test", "test_deviation", "test_low", "test_high"),
    *("skill", "seeds", "validation", "validation_deviation", "num_params"),
    *("time_steps_per_second", "seconds", "implementation", "finished", "runs"),
    *("status", "verdict", "cell_options"),
)


def _shared(group: Group) -> dict[str, Any]:
    first = group.first
    return {
        **_fields(first, "task", "task_version"),
        "options": json.dumps(first.options, sort_keys=True, default=str),
        **_fields(first, "fingerprint", "limit"),
        "metric": first.monitor,
        "mode": first.mode,
        "unit": first.metric_units.get(first.monitor, ""),
    }


def _group(group: Group) -> dict[str, Any]:
    scale = scale_of(group)
    return {
        **_shared(group),
        "options": group.first.options,
        "metric_units": group.first.metric_units,
        **_fields(group, "title", "apart"),
        "optimum": dataclasses.asdict(group.optimum) if group.optimum else None,
        "skill": dataclasses.asdict(scale)
        if isinstance(scale, Scale)
        else {"baseline": None, "target": None, "note": scale},
        "counts": group.counts,
        "rows": [_row(item, group) for item in group.ranked()],
    }


def _row(item: Row | Baseline | PublishedResult, group: Group) -> dict[str, Any]:
    if not isinstance(item, Row):
        kind = "baseline" if isinstance(item, Baseline) else "published"
        skill = skill_of(item, group)
        return {"kind": kind, **dataclasses.asdict(item), "skill": skill}
    return {
        "kind": "run" if item.finished else "unfinished",
        "name": item.cell,
        **_fields(item, "author", "cell_options", "settings", "num_params"),
        "metrics": {
            split: {
                name: dataclasses.asdict(value)
                for name in group.metrics
                if (value := item.metric(split, name))
            }
            for split in ("validation", "test")
        },
        "interval": item.interval,
        "standard_errors": {
            name: dataclasses.asdict(error)
            for name in group.metrics
            if (error := item.standard_error(name))
        },
        "skill": skill_of(item, group),
        "verdicts": [
            {
                "name": one.published.name,
                "source": one.published.source,
                "verdict": one.words,
                "sentence": one.sentence,
            }
            for one in verdicts(item, group)
        ],
        "time_steps_per_second": item.mean("time_steps_per_second"),
        "seconds": item.mean("seconds"),
        "implementation": item.implementation,
        "seeds": [run.seed for run in item.finished],
        "status": item.status,
        "runs": {run.run: run.status for run in item.runs},
    }


def _line(item: Row | Baseline | PublishedResult, group: Group) -> dict[str, Any]:
    row = _row(item, group)
    monitor, *others = group.metrics
    if not isinstance(item, Row):
        mode = group.first.mode if item.metric == monitor else ""
        return {
            "kind": row["kind"],
            "name": item.name,
            "metric": item.metric,
            "mode": mode,
            "unit": group.first.metric_units.get(item.metric, ""),
            "test": item.value,
            "skill": row["skill"],
            "status": item.how if isinstance(item, Baseline) else item.source,
        }
    line = {name: row[name] for name in _COLUMNS if name in row and name != "runs"}
    line["cell_options"] = json.dumps(item.cell_options, sort_keys=True, default=str)
    line |= {f"settings.{name}": value for name, value in item.settings.items()}
    line |= dict(zip(("test_low", "test_high"), item.interval or (), strict=False))
    line["verdict"] = in_words(verdicts(item, group))
    line |= {"seeds": len(item.finished), "runs": len(item.runs)}
    line["finished"] = sum(run.status == "finished" for run in item.runs)
    for column, split, metric in (
        ("test", "test", monitor),
        ("validation", "validation", monitor),
        *((f"test.{name}", "test", name) for name in others),
    ):
        value = item.metric(split, metric)
        line[column] = value.mean if value else None
        line[f"{column}_deviation"] = value.deviation if value else None
        if split == "test" and (error := item.standard_error(metric)):
            line[f"{column}_standard_error"] = error.value
    return line


def finite(value: Any) -> Any:
    """Strict JSON has no number that is not finite."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def comparison_as_json(comparison: "Comparison", left_out: str = "") -> str:
    """Strict JSON; ``null`` where there is no value."""
    data = {
        "confidence": comparison.confidence,
        "seed": comparison.seed,
        "reference": comparison.reference or None,
        "left_out": left_out or None,
        "tasks": [_task(one, comparison.confidence) for one in comparison.tasks],
        "ranking": _ranking(comparison.ranking),
    }
    return json.dumps(finite(data), indent=1, default=str, allow_nan=False) + "\n"


def _task(one: "TaskComparison", confidence: float) -> dict[str, Any]:
    run = one.first
    return {
        "name": one.name,
        "task": run.task,
        "version": run.task_version,
        **_fields(run, "options", "fingerprint"),
        "metric": run.monitor,
        "split": "test",
        "mode": run.mode,
        "unit": run.metric_units.get(run.monitor, ""),
        "differing_settings": one.differing,
        "unequal_effort": effort_note(
            [model.row for model in one.models], [model.name for model in one.models]
        )
        or None,
        "models": [_model(model, confidence) for model in one.models],
        "paired_tests": [_paired_test(test) for test in one.tests],
        "on_examples": [dataclasses.asdict(test) for test in one.on_examples],
    }


def comparison_records(comparison: "Comparison") -> list[dict[str, Any]]:
    """One dictionary a pair of models of a task."""
    return [
        {
            "task": one.name,
            "metric": one.first.monitor,
            "mode": one.first.mode,
            "unit": one.first.metric_units.get(one.first.monitor, ""),
            **_paired_test(test),
            **_on_examples(test, one),
        }
        for one in comparison.tasks
        for test in one.tests
    ]


def _on_examples(test: "PairedTest", one: "TaskComparison") -> dict[str, Any]:
    """The test of the same pair on the same test examples, if there is one."""
    names = test.first.name, test.second.name
    fields = ("test", "count", "unit", "difference", "corrected", "verdict")
    for found in one.on_examples:
        if (found.first, found.second) == names:
            return {f"on_examples.{n}": getattr(found, n) for n in fields}
    return {}


def _model(model: "Model", confidence: float) -> dict[str, Any]:
    return {
        "name": model.name,
        **_fields(model.row, "cell", "cell_options", "settings", "num_params"),
        "mean": model.mean,
        "interval": model.interval(confidence),
        **_fields(model, "scores", "unfinished", "failed"),
        "runs": [run.run for run in model.row.runs],
    }


def _paired_test(test: "PairedTest") -> dict[str, Any]:
    outcome = test.outcome
    return {
        "first": test.first.name,
        "second": test.second.name,
        **_fields(test, "seeds", "differences", "mean"),
        "p": outcome and outcome.p,
        "p_corrected": outcome and outcome.corrected,
        "level": outcome and outcome.level,
        "interval": outcome and outcome.interval,
        "bootstrap_interval": outcome and outcome.bootstrap,
        "verdict": outcome and outcome.verdict,
        "more_seeds": outcome and outcome.more_seeds,
        "remark": test.remark or None,
        "survivors": test.survivors,
    }


def _ranking(ranking: Ranking | None) -> dict[str, Any] | None:
    if ranking is None:
        return None
    return {
        "models": ranking.names,
        **_fields(ranking, "tasks", "ranks", "average", "alpha"),
        "friedman_chi_squared": ranking.chi_squared,
        "friedman_p": ranking.p,
        **_fields(ranking, "rejects", "critical_difference", "fewest_tasks"),
        "not_significantly_different": [
            ranking.names[a : b + 1] for a, b in ranking.bars
        ],
        **_fields(ranking, "failed", "left_out"),
    }


def _fields(value: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}
