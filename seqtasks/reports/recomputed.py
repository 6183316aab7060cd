"""Baselines, optimum and data of stored results, recomputed from the task's code."""

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence

from seqtasks.errors import SeqtasksError
from seqtasks.registry import Entry
from seqtasks.reports.group import Group, groups
from seqtasks.reports.row import file_name
from seqtasks.result import Result
from seqtasks.task import Baseline, Optimum
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.pipeline import Pipeline

# relative: another processor may add in another order
TOLERANCE = 1e-5


@dataclasses.dataclass(frozen=True)
class Check:
    """One number of the table beside the one that was computed again.

    Args:
        name: What it is, as in ``"baseline 5-gram"``.
        stored: As the results have it, or why there is none.
        computed: As the task's code has it now, or why there is none.
        equal: True if they agree; ``None`` if that is unknown.
    """

    name: str
    stored: str
    computed: str
    equal: bool | None


@dataclasses.dataclass(frozen=True)
class Recomputed:
    """The numbers that a task's code gives now."""

    version: int
    fingerprint: str
    baselines: tuple[Baseline, ...]
    optimum: Optimum | None


def check_baselines(
    results: Sequence[Result], files: Mapping[str, Entry]
) -> Iterator[tuple[Group, list[Check] | str]]:
    """Each group of the results with its checks, or why it cannot be checked.

    A results folder may come from others, so that a task of a file is computed again
    only if a person named the file.

    Args:
        results: Stored results.
        files: The tasks of files that were named, by ``"file.py:function"``.
    """
    known: dict[str, Recomputed | str] = {}
    for group in groups(results):
        run = group.first
        key = json.dumps([run.task_reference, sorted(run.options.items())], default=str)
        if key not in known:
            known[key] = _recompute(run, files)
        again = known[key]
        if isinstance(again, str):
            yield group, again
        elif again.version != run.task_version:
            yield (
                group,
                f"The task has version {again.version} now, these runs "
                f"{run.task_version}: their numbers belong to other code.",
            )
        else:
            yield group, list(_checks(group, again))


def _recompute(run: Result, files: Mapping[str, Entry]) -> Recomputed | str:
    try:
        name: str | None = run.task
        place = run.task_reference.rpartition(":")[0]
        if place.endswith(".py"):
            entry = files.get(file_name(run.task_reference))
            name = entry.reference if entry else None
        if name is None:
            return (
                f"The task is in the file {place}, whose code is run only if you name "
                f"it: seqtasks verify --baselines {place}"
            )
        task = build_task(*find_task(name, run.options), run.seed)
        fingerprint = Pipeline(task, task.batch_size, run.seed).fingerprint
        return Recomputed(
            task.version, fingerprint, tuple(task.baselines()), task.optimum
        )
    except SeqtasksError as error:
        return str(error)


def _checks(group: Group, again: Recomputed) -> Iterator[Check]:
    stored = group.first.fingerprint
    yield Check("data", stored, again.fingerprint, stored == again.fingerprint)
    computed = {(b.name, b.metric): b for b in again.baselines}
    for baseline in group.baselines:
        key = (baseline.name, baseline.metric)
        yield _compared(f"baseline {baseline.name}", baseline, computed.get(key))
    stored_names = {(b.name, b.metric) for b in group.baselines}
    for key, baseline in computed.items():
        if key not in stored_names:
            yield _compared(f"baseline {baseline.name}", None, baseline)
    if group.optimum is not None:
        yield _compared("optimum", group.optimum, again.optimum)
    elif again.optimum is not None:
        # before schema 2 a result had no place for it
        old = all(run.schema_version < 2 for run in group.runs)
        missing = "none, the runs are older than it" if old else "none"
        equal = None if old else False
        yield Check("optimum", missing, _text(again.optimum), equal)


def _compared(
    name: str, stored: Baseline | Optimum | None, computed: Baseline | Optimum | None
) -> Check:
    if stored is None or computed is None:
        return Check(name, _text(stored), _text(computed), equal=False)
    equal = stored.metric == computed.metric and math.isclose(
        stored.value, computed.value, rel_tol=TOLERANCE, abs_tol=1e-12
    )
    return Check(name, _text(stored), _text(computed), equal)


def _text(known: Baseline | Optimum | None) -> str:
    return "none" if known is None else f"{known.value:.6g}"
