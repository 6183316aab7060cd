"""The exact configuration behind each row, folded away until it is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqtasks.reports.html import Element, element
from seqtasks.reports.numbers import number, rounded, setting
from seqtasks.reports.page.scale import drawable
from seqtasks.reports.page.series import Series
from seqtasks.reports.page.table import Side, table
from seqtasks.reports.row import file_name
from seqtasks.result import Result

# of options in one list, and of runs in one table
_MOST = 500

_COLUMNS: tuple[tuple[str, Side], ...] = (
    ("run", "left"),
    ("seed", "right"),
    ("status", "left"),
    ("test", "right"),
    ("validation", "right"),
    ("best epoch", "right"),
    ("steps", "right"),
    ("seconds", "right"),
    ("peak memory (MB)", "right"),
    ("device", "left"),
    ("commit", "left"),
    ("ended", "left"),
    ("note", "left"),
)


def configurations(series: Sequence[Series], key: str) -> list[Element]:
    """A heading, and for each row what all of its runs share and each run alone."""
    return [
        element("h4", "Configuration of each row"),
        *(_details(one, f"{key}-row{index}") for index, one in enumerate(series)),
    ]


def _details(one: Series, key: str) -> Element:
    runs = one.row.runs
    count = "1 run" if len(runs) == 1 else f"{len(runs):,} runs"
    return element(
        "details",
        element("summary", one.key(), one.label, " ", element("small", count), id=key),
        element("dl", *_facts(one)),
        _runs(runs, key),
        f"The first {_MOST} runs." if len(runs) > _MOST else None,
        class_="configuration",
    )


def _facts(one: Series) -> Iterator[Element]:
    run = one.row.runs[0]
    facts = {
        "task": f"{run.task}, version {run.task_version}, "
        f"from {file_name(run.task_reference)}",
        "options": listed(run.options),
        "data": run.fingerprint,
        "cell": f"{run.cell}, from {file_name(run.cell_reference)}",
        "cell options": listed(run.cell_options) or "none",
        "training": listed(one.row.settings),
        "parameters": f"{one.row.num_params:,}",
        "loop": one.row.implementation,
        "smoke run": "" if run.limit is None else f"{run.limit} training batches",
    }
    for name, value in facts.items():
        if value:
            yield element("div", element("dt", name), element("dd", value))


def listed(values: Mapping[str, Any]) -> str:
    """Names and values, as in ``epochs 10, schedule cosine``."""
    shown = [f"{name} {setting(v)}" for name, v in list(values.items())[:_MOST]]
    more = [f"and {len(values) - _MOST:,} more"] if len(values) > _MOST else []
    return ", ".join(shown + more)


def _runs(runs: Sequence[Result], key: str) -> Element:
    rows = [_cells(run) for run in runs[:_MOST]]
    # the last column, of notes, only where there is one
    last = len(_COLUMNS) if any(row[-1] for row in rows) else -1
    shown = ((None, row[:last]) for row in rows)
    return table(_COLUMNS[:last], shown, key, "sortable", named=False)


def _cells(run: Result) -> list[str]:
    notes = [f"cut off and resumed: {run.resumed} times"] if run.resumed else []
    notes += [f"repeats {run.rerun_of}"] if run.rerun_of else []
    return [
        run.run,
        str(run.seed),
        run.status.replace("_", " "),
        _shown(run.metrics.get("test", {}).get(run.monitor)),
        _shown(run.metrics.get("validation", {}).get(run.monitor)),
        str(run.best_epoch),
        f"{run.steps:,}",
        rounded(drawable(run.seconds) or 0.0),
        f"{run.peak_memory_bytes // 10**6:,}",
        run.device,
        run.commit,
        run.created,
        "; ".join(notes),
    ]


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    known = drawable(value)
    return "not finite" if known is None else number(known)
