"""The HTML page of ``seqtasks report``: all results of a folder in one file.

The template escapes every text. Charts are data in one block of JSON, drawn by
plotly.js, which is part of the page: it loads nothing.
"""

import functools
import importlib.metadata
import importlib.util
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from seqtasks.analysis.horizon_record import HorizonRecord
from seqtasks.analysis.other_data_record import OtherDataRecord
from seqtasks.analysis.xray_record import XRay
from seqtasks.reports import numbers
from seqtasks.reports.chart_data import Series, by_use, drawable, series_of, visible
from seqtasks.reports.charts import Figure, curves_chart, scores_chart
from seqtasks.reports.cost_charts import cost_charts
from seqtasks.reports.group import Group, groups
from seqtasks.reports.horizon_page import horizon_sections
from seqtasks.reports.leaderboard import leaderboard
from seqtasks.reports.numbers import counted, number, rounded, setting
from seqtasks.reports.one_file import environment, json_block, own_text, policy
from seqtasks.reports.other_data import other_data_tables
from seqtasks.reports.results_readme import how_to_read, machines
from seqtasks.reports.row import file_name
from seqtasks.reports.samples import SampleFile
from seqtasks.reports.summary import summarize
from seqtasks.reports.table import ARROWS, Table
from seqtasks.reports.xrays import xray_section
from seqtasks.result import Result

if TYPE_CHECKING:
    from markupsafe import Markup

# of a text in a ranking; the reasons of failures stand in full below it
_LONGEST_CELL = 240

# of options in one list, and of runs in one table
_MOST = 500

_ON_CHARTS = (
    "A chart is logarithmic only where its axis is marked so. An axis need not begin "
    "at 0; it always holds the best baseline.",
    "A cell has one colour on the whole page; rows of one cell differ in their dashes. "
    "The stroke before a name in a table is its stroke in the charts.",
    "Point at a line or a dot for its run, drag to zoom, double-click to see all; a "
    "click on a name below the curves hides its runs, a double-click all others.",
)


def page(
    results: Sequence[Result],
    damaged: Sequence[str] = (),
    evaluations: Mapping[tuple[str, str], int] | None = None,
    xrays: Sequence[XRay] = (),
    samples: Sequence[SampleFile] = (),
    horizons: Sequence[HorizonRecord] = (),
    other_data: Sequence[OtherDataRecord] = (),
) -> str:
    """The HTML of the report; the same results give the same text.

    Args:
        results: The results, in any order.
        damaged: A sentence for each file that could not be read.
        evaluations: Number of runs scored on each test split, by task and fingerprint;
            ``None`` to leave it out.
        xrays: X-rays of the runs, in any order.
        samples: Samples of the runs, those of one run together.
        horizons: Horizons of cells, by ``seqtasks horizon``.
        other_data: Scores of the runs on other data, by ``seqtasks score RUN``.
    """
    found = groups(sorted(results, key=lambda run: run.run), evaluations)
    cells = by_use(results)
    figures: dict[str, Figure] = {}
    sections = [
        _section(group, cells, f"g{index}", figures, xrays, samples, other_data)
        for index, group in enumerate(found, start=1)
    ]
    of_horizons, their_figures = horizon_sections(horizons)
    figures |= their_figures
    full = sum(group.first.limit is None for group in found)
    script = own_text("seqtasks.reports", "page.js")
    plotly = _plotly() if figures else ""
    return _template().render(
        title="Recurrent cells on sequence tasks",
        facts=_facts(results),
        matrix=_matrix(results, found, of_horizons),
        horizons=of_horizons,
        full=sections[:full],
        smoke=sections[full:],
        reading=[*how_to_read(), *_ON_CHARTS],
        machines=machines(results),
        damaged=damaged,
        version=importlib.metadata.version("seqtasks"),
        style=own_text("seqtasks.reports", "page.css"),
        script=script,
        plotly=plotly,
        figures=json_block(figures),
        policy=policy(plotly, script),
    )


@functools.cache
def _template() -> Any:
    made = environment("seqtasks.reports")
    made.filters |= {
        "linked": linked,
        "lines": lines,
        "breakable": breakable,
        "marked_up": marked_up,
    }
    return made.get_template("page.html.jinja")


@functools.cache
def _plotly() -> str:
    """The text of plotly.js with its licence, from the Python package of plotly."""
    spec = importlib.util.find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    # the text of a script ends at the first of these, wherever it stands
    return path.read_text(encoding="utf-8").replace("</script", r"<\/script")


def linked(text: str) -> "Markup":
    """A text in which each http(s) address is a link; all else stays text."""
    from markupsafe import Markup, escape

    parts = re.split(r"(https?://[^\s<>\"'`\\]+[^\s<>\"'`\\.,;:!?)\]}])", visible(text))
    link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
    return Markup("").join(
        link.format(quote(part, safe=":/?#[]@!$&()*+,;=%~-._"), part)
        if index % 2
        else escape(part)
        for index, part in enumerate(parts)
    )


def lines(text: str) -> "Markup":
    """A text of several lines, each made visible and escaped."""
    from markupsafe import Markup, escape

    return Markup("\n").join(escape(visible(line)) for line in text.splitlines())


def breakable(name: str) -> "Markup":
    """A heading that may break after its underscores, not before its arrow."""
    from markupsafe import Markup, escape

    text = str(escape(visible(name))).replace("_", "_<wbr>")
    for arrow in ARROWS.values():
        text = text.replace(f" {arrow}", f"&nbsp;{arrow}")
    return Markup(text)


def marked_up(markdown: str) -> "Markup":
    """Code and emphasis of the sentences of this package."""
    from markupsafe import Markup, escape

    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(markdown)))
    return Markup(re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text))


def _facts(results: Sequence[Result]) -> list[tuple[str, str]]:
    """The numbers at the top of the page."""
    days = sorted(
        match.group()
        for run in results
        if (match := re.match(r"\d{4}-\d{2}-\d{2}(?=T|$)", run.created))
    )
    when = " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
    counts = {
        "run": len(results),
        "task": len({run.task for run in results}),
        "cell": len({run.cell for run in results}),
    }
    runs, *others = (
        (what if n == 1 else f"{what}s", f"{n:,}") for what, n in counts.items()
    )
    finished = f"{sum(run.status == 'finished' for run in results):,}"
    facts = [runs, ("finished", finished), *others]
    return [*facts, ("trained", when)] if when else facts


def _matrix(
    results: Sequence[Result],
    found: Sequence[Group],
    horizons: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """One table over all tasks: each number as a score and as a skill score.

    A horizon is a row as that of a task; its cells are found by their names.
    """
    summary = summarize(results)
    of_cells = [name for one in horizons for name in one["row"]["entries"]]
    columns = list(dict.fromkeys([*summary.columns, *of_cells]))
    keys = {
        (group.title, group.first.run): f"g{index}"
        for index, group in enumerate(found, start=1)
    }
    rows = []
    for one in summary.tasks:
        cells = []
        for name in columns:
            entry = one.entries.get(name)
            if entry is None:
                cells.append(("", "", ""))
                continue
            skill = "" if entry.skill is None else f"{entry.skill:,.1f}"
            cells.append((numbers.estimate(entry.score), skill, entry.mark))
        unit = one.no_skill or "skill score (%)"
        rows.append(
            (
                keys[one.group.title, one.group.first.run],
                one.name,
                (one.metric, unit),
                one.baseline,
                cells,
            )
        )
    for each in horizons:
        row = each["row"]
        cells = [(text := row["entries"].get(name, ""), text, "") for name in columns]
        metric = (row["metric"], row["metric"])
        rows.append((each["key"], row["name"], metric, "", cells))
    return {"columns": columns, "rows": rows, "notes": summary.notes}


def _section(
    group: Group,
    cells: Sequence[str],
    key: str,
    figures: dict[str, Figure],
    xrays: Sequence[XRay],
    samples: Sequence[SampleFile],
    other_data: Sequence[OtherDataRecord],
) -> dict[str, Any]:
    """What the template shows of a group; its charts are added to the figures."""
    table = leaderboard(group)
    series = series_of(group, cells)
    charts: list[tuple[str, str, str, int, list[str]]] = []
    for name, heading, made in (
        ("scores", "Test scores.", scores_chart(series, group)),
        ("curves", "Learning curves.", curves_chart(series, group)),
    ):
        if made is not None:
            figures[f"{key}-{name}"], notes = made
            height = made[0]["layout"]["height"]
            charts.append((f"{key}-{name}", heading, " ".join(notes), height, []))
    if costs := cost_charts(series, group):
        variants, notes = costs
        # the script shows another of them when its button is pressed
        every = [figure for _, figure in variants]
        figures[f"{key}-cost"] = {**every[0], "variants": every}
        height = every[0]["layout"]["height"]
        heading = "Quality against cost."
        names = [name for name, _ in variants]
        charts.append((f"{key}-cost", heading, " ".join(notes), height, names))
    shown, of_xrays = xray_section(xrays, series, key)
    figures.update(of_xrays)
    task = group.first.task
    return {
        "key": key,
        "task": task,
        "rest": group.title.removeprefix(task).removeprefix(" · "),
        "count": counted(len(group.runs), "run"),
        "ranking": _ranking(table, series),
        "notes": table.notes,
        "charts": charts,
        "failures": _failures(series),
        "xrays": shown,
        "samples": _samples(samples, series),
        "other_data": other_data_tables(other_data, series),
        "rows": [_configuration(one) for one in series],
    }


def _samples(
    samples: Sequence[SampleFile], series: Sequence[Series]
) -> list[dict[str, Any]]:
    """The samples of each run of a group, in the order of the table."""
    of_run: dict[str, list[SampleFile]] = {}
    for sample in samples:
        of_run.setdefault(sample.run, []).append(sample)
    return [
        {"one": one, "seed": run.seed, "run": run.run, "files": of_run[run.run]}
        for one in series
        for run in one.runs
        if run.run in of_run
    ]


def _ranking(table: Table, series: Sequence[Series]) -> dict[str, Any]:
    """The leaderboard, with the strokes of the charts beside the names of its rows."""
    rest = iter(series)
    rows = []
    for line in table.lines:
        of_run = line.kind in ("run", "unfinished")
        cells = [
            c if len(c) <= _LONGEST_CELL else f"{c[:_LONGEST_CELL]}…"
            for c in line.cells
        ]
        rows.append((line.kind, next(rest) if of_run else None, cells))
    columns = [(c.header, "right" if c.right else "left") for c in table.columns]
    return {"columns": columns, "rows": rows}


def _failures(series: Sequence[Series]) -> dict[str, Any]:
    """The runs that did not finish: how far they came, and why not further."""
    rows = []
    for one in series:
        for run in one.runs:
            if run.status == "finished":
                continue
            loss = last_finite_loss(run)
            cells = [
                *(one.label, str(run.seed), run.status.replace("_", " ")),
                *(f"{run.steps:,}", "none" if loss is None else number(loss)),
                *(run.reason, run.run),
            ]
            rows.append(("", one, cells))
    names = ("model", "seed", "status", "step", "last finite loss", "reason", "run")
    right = ("seed", "step", "last finite loss")
    columns = [(name, "right" if name in right else "left") for name in names]
    return {"columns": columns, "rows": rows}


def last_finite_loss(run: Result) -> float | None:
    """The last training loss that was finite, by the run or else by its history."""
    epochs = (entry.get("loss") for entry in reversed(run.history))
    losses = (drawable(loss) for loss in (run.last_loss, *epochs))
    return next((loss for loss in losses if loss is not None), None)


def _configuration(one: Series) -> dict[str, Any]:
    """What all runs of a row share, and each run alone."""
    row, runs = one.row, one.row.runs
    run = runs[0]
    facts = {
        "task": f"{run.task}, version {run.task_version}, "
        f"from {file_name(run.task_reference)}",
        "options": listed(run.options),
        "data": run.fingerprint,
        "cell": f"{run.cell}, from {file_name(run.cell_reference)}",
        "author": row.author,
        "cell options": listed(run.cell_options) or "none",
        "training": listed(row.settings),
        "parameters": f"{row.num_params:,}",
        "implementation": row.implementation,
        "search": run.search
        and f"{run.search.effort} of the study {run.search.study}: "
        f"{listed(run.search.space)}",
        "smoke run": "" if run.limit is None else f"{run.limit} training batches",
    }
    names = [
        *("run", "seed", "status", "test", "validation", "best epoch", "steps"),
        *("seconds", "peak memory (MB)", "device", "commit", "ended", "note"),
    ]
    left = ("run", "status", "device", "commit", "ended", "note")
    rows = [_run_cells(run) for run in runs[:_MOST]]
    if not any(cells[-1] for cells in rows):
        names.pop()
        rows = [cells[:-1] for cells in rows]
    return {
        "one": one,
        "count": counted(len(runs), "run"),
        "facts": {name: text for name, text in facts.items() if text},
        "runs": {
            "columns": [(n, "left" if n in left else "right") for n in names],
            "rows": [("", None, cells) for cells in rows],
        },
        "cut": f"The first {_MOST} runs." if len(runs) > _MOST else "",
    }


def _run_cells(run: Result) -> list[str]:
    notes = [f"cut off and resumed: {run.resumed} times"] if run.resumed else []
    notes += [f"repeats {run.rerun_of}"] if run.rerun_of else []

    def score(split: str) -> str:
        value = run.metrics.get(split, {}).get(run.monitor)
        if value is None:
            return ""
        known = drawable(value)
        return "not finite" if known is None else number(known)

    return [
        *(run.run, str(run.seed), run.status.replace("_", " ")),
        *(score("test"), score("validation"), str(run.best_epoch), f"{run.steps:,}"),
        *(rounded(drawable(run.seconds) or 0.0), f"{run.peak_memory_bytes // 10**6:,}"),
        *(run.device, run.commit, run.created, "; ".join(notes)),
    ]


def listed(values: Mapping[str, Any]) -> str:
    """Names and values, as in ``epochs 10, schedule cosine``."""
    shown = [f"{name} {setting(v)}" for name, v in list(values.items())[:_MOST]]
    more = [f"and {len(values) - _MOST:,} more"] if len(values) > _MOST else []
    return ", ".join(shown + more)
