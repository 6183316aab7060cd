"""Results as data frames of pandas, for notebooks and programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.errors import UsageError, notice
from seqtasks.folders import all_folders, read_folders
from seqtasks.registry import CELLS, TASKS, Registry, nearest
from seqtasks.reports.comparison import compare as compared
from seqtasks.reports.group import groups
from seqtasks.reports.on_examples import read_on_examples
from seqtasks.reports.records import comparison_records, group_records
from seqtasks.result import Result

if TYPE_CHECKING:
    import pandas as pd

# what a row of ``results`` begins with; the other columns follow by name
_FIRST = (
    *("run", "task", "cell", "seed", "status", "score", "monitor", "unit"),
    *("num_params", "seconds"),
)


def list_tasks() -> pd.DataFrame:
    """The tasks that have a name: one row a task, with its summary and its origin."""
    return _entries(TASKS)


def list_cells() -> pd.DataFrame:
    """The cells that have a name: one row a cell, with its summary and its origin."""
    return _entries(CELLS)


def results(*folders: str | Path, trials: bool = False) -> pd.DataFrame:
    """The runs of folders of results: one row a run, one column a number.

    Columns are ``run``, ``task``, ``cell``, ``seed``, ``status``, ``score`` (the
    monitored metric on test) and ``unit``, then all else that a result holds:
    ``options.dataset``, ``settings.units``, ``metrics.validation.accuracy``.

    Args:
        *folders: Folders of results; ``"results"`` if there is none.
        trials: Whether trials of ``seqtasks tune`` are among them, which have no score.

    Raises:
        UsageError: If a folder is not there.

    Example::

        runs = seqtasks.results("results")
        runs.groupby(["task", "cell"])["score"].describe()
    """
    import pandas as pd

    rows = []
    for run in read(folders):
        if run.is_trial and not trials:
            continue
        values = {one.name: getattr(run, one.name) for one in dataclasses.fields(run)}
        # one value a cell: histories and baselines are tables of their own, and an
        # optimum stands among them in `table`
        fields = {
            name: value
            for name, value in values.items()
            if name != "optimum" and not isinstance(value, list | tuple)
        }
        errors = {n: dataclasses.asdict(e) for n, e in run.standard_errors.items()}
        fields["standard_errors"] = errors
        fields["search"] = dataclasses.asdict(run.search) if run.search else {}
        unit = run.metric_units.get(run.monitor, "")
        rows.append(_flat({**fields, "score": run.score, "unit": unit}))
    columns = dict.fromkeys((*_FIRST, *(name for row in rows for name in row)))
    return pd.DataFrame(rows, columns=list(columns))


def histories(*folders: str | Path) -> pd.DataFrame:
    """The learning curves of folders of results: one row an epoch of a run.

    Columns are ``run``, ``task``, ``cell`` and ``seed``, then what a history has:
    ``epoch``, ``loss``, ``train_…``, ``validation_…``, ``learning_rate``, ``seconds``.

    Args:
        *folders: Folders of results; ``"results"`` if there is none.

    Raises:
        UsageError: If a folder is not there.
    """
    import pandas as pd

    rows = [
        {"run": run.run, "task": run.task, "cell": run.cell, "seed": run.seed, **entry}
        for run in read(folders)
        for entry in run.history
    ]
    columns = dict.fromkeys(("run", "task", "cell", "seed", "epoch"))
    columns |= dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame(rows, columns=list(columns))


def table(*tasks: str, results: str | Path = "results") -> pd.DataFrame:
    """The leaderboards of ``seqtasks table``: one row a model, baseline or paper.

    Scores are means over seeds, as in ``seqtasks table --format csv``.

    Args:
        *tasks: Names of tasks; all if there is none.
        results: Folder of results.

    Raises:
        UsageError: If the folder is not there, or has no result of a task.
    """
    import pandas as pd

    return pd.DataFrame(group_records(groups(_of(tasks, results))))


def compare(
    *tasks: str,
    results: str | Path = "results",
    reference: str = "",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """The paired tests of ``seqtasks compare``: one row a pair of models of a task.

    Of pairs with saved predictions, the columns ``on_examples.…`` have the test on the
    same test examples.

    Args:
        *tasks: Names of tasks; all if there is none.
        results: Folder of results.
        reference: Model that all others are compared with; each pair if it is empty.
        confidence: Confidence of the intervals.

    Raises:
        UsageError: If the folder is not there, or has no result of a task.
    """
    import pandas as pd

    runs = _of(tasks, results)
    folders, _ = all_folders([Path(results).expanduser()])
    saved, damaged = read_on_examples(runs, folders)
    for sentence in damaged:
        notice(sentence)
    found = compared(runs, confidence, 0, reference, saved)
    return pd.DataFrame(comparison_records(found))


def read(folders: Sequence[str | Path]) -> list[Result]:
    """The runs of folders; a damaged file is named on standard error.

    Args:
        folders: Folders of results; ``"results"`` if there is none.

    Raises:
        UsageError: If a folder is not there.
    """
    paths = [Path(folder).expanduser() for folder in folders or ("results",)]
    for path in paths:
        if not path.is_dir():
            raise UsageError(f"Expected a folder of results; there is none at {path}.")
    found, damaged = read_folders(paths)
    for sentence in damaged:
        notice(sentence)
    return found


def _of(tasks: Iterable[str], folder: str | Path) -> list[Result]:
    found = read([folder])
    known = {run.task for run in found}
    for name in tasks:
        if name not in known:
            raise UsageError(
                f"There is no result of the task {name!r} in {folder}. "
                f"{nearest(name, known)}"
            )
    return [run for run in found if not tasks or run.task in tasks]


def _entries(registry: Registry) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {"name": entry.name, "summary": entry.summary(), "origin": entry.origin}
        for entry in registry.entries().values()
    ]
    return pd.DataFrame(rows, columns=["name", "summary", "origin"])


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dictionaries as one, by names with dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat
