"""Group: the runs that may be ranked against each other, and why others may not."""

import collections
import dataclasses
import functools
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from seqtasks.reports.numbers import counted, setting
from seqtasks.reports.row import Row, rows, searched_options, source_of
from seqtasks.reports.units import Unit
from seqtasks.result import Result
from seqtasks.task import Baseline, Conversion, Optimum, PublishedResult


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs of one task, of one version, with the same options, on the same data.

    Args:
        runs: The runs.
        title: What all of them share, and what sets them apart from other groups.
        apart: One line on what differs between the groups of this task, or empty.
        units: The metrics that are not in the unit that they were measured in.
        unit_notes: Lines on what was converted, or could not be.
        counts: Lines on test evaluations and on reruns.
    """

    runs: tuple[Result, ...]
    title: str
    apart: str
    units: Mapping[str, Unit] = dataclasses.field(default_factory=dict)
    unit_notes: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()

    @property
    def first(self) -> Result:
        """Any of the runs, for what they all share."""
        return self.runs[0]

    @functools.cached_property
    def metrics(self) -> tuple[str, ...]:
        """The monitored metric, and after it the others, sorted."""
        others = {name for run in self.runs for name in run.metrics.get("test", {})}
        others |= {baseline.metric for baseline in self.baselines}
        others |= {known.metric for known in self.published}
        return (self.first.monitor, *sorted(others - {self.first.monitor}))

    @functools.cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """The baselines that the runs brought, each once."""
        return _once(baseline for run in self.runs for baseline in run.baselines)

    @functools.cached_property
    def best_baseline(self) -> Baseline | None:
        """The best baseline of the monitored metric."""
        sign = 1 if self.first.mode == "min" else -1
        return min(
            (one for one in self.baselines if one.metric == self.first.monitor),
            key=lambda one: sign * one.value,
            default=None,
        )

    @functools.cached_property
    def published(self) -> tuple[PublishedResult, ...]:
        """The published values that need no other options, as the newest run has them.

        An older run may know less of them.
        """
        return tuple(
            known
            for known in self._newest("published") or ()
            if known.options.items() <= self.first.options.items()
        )

    @functools.cached_property
    def optimum(self) -> Optimum | None:
        """The best that any method can reach, if a run knew it."""
        return self._newest("optimum")

    @functools.cached_property
    def conversions(self) -> tuple[Conversion, ...]:
        """Other units of the metrics."""
        return self._newest("conversions") or ()

    def measured(self, value: float) -> float:
        """A value of the monitored metric in the unit that was measured."""
        unit = self.units.get(self.first.monitor)
        return unit.back(value) if unit else value

    def _newest(self, field: str) -> Any:
        """The field of the newest run in which it is not empty."""
        newest_first = sorted(self.runs, key=lambda run: run.created, reverse=True)
        return next((v for run in newest_first if (v := getattr(run, field))), None)

    def ranked(self) -> tuple[Row | Baseline | PublishedResult, ...]:
        """Rows and baselines from best to worst, what did not finish, published values.

        Published values stand last because nothing proves that they are comparable.
        """
        sign = 1.0 if self.first.mode == "min" else -1.0

        def place(item: Row | Baseline | PublishedResult) -> tuple[int, float, bool]:
            if isinstance(item, Row):
                score = item.score
                if score is None or score.mean != score.mean:
                    return (2 if item.finished else 3, 0.0, True)
                return (0, sign * score.mean, True)
            if isinstance(item, PublishedResult):
                return (4, sign * item.value, True)
            # a run that equals a baseline is no better than it
            return (
                0 if item.metric == self.first.monitor else 1,
                sign * item.value,
                False,
            )

        return tuple(
            sorted((*rows(self.runs), *self.baselines, *self.published), key=place)
        )


def groups(
    results: Sequence[Result], evaluations: Mapping[tuple[str, str], int] | None = None
) -> tuple[Group, ...]:
    """The runs, in separate groups unless they are certainly comparable.

    Full runs come first, then smoke runs (``--limit``), each sorted by task. Overfit
    runs (``--overfit``) and steps of a study enter no group.

    Args:
        results: The results; reruns of others among them are left out and counted.
        evaluations: Number of runs scored on each test split, by task and fingerprint.
    """
    found: dict[str, list[Result]] = {}
    results = [run for run in results if not run.is_apart]
    by_task: dict[str, list[Result]] = {}
    for run in results:
        by_task.setdefault(run.task, []).append(run)
    varied = {task: searched_options(runs) for task, runs in by_task.items()}
    for run in sorted(_originals(results), key=_order):
        key = _group_key(run, varied[run.task])
        found.setdefault(json.dumps(key, default=str), []).append(run)
    firsts = [runs[0] for runs in found.values()]
    again = collections.Counter(run.rerun_of for run in results)
    return tuple(
        dataclasses.replace(
            _group(tuple(runs), firsts),
            counts=_count_lines(runs, again, evaluations or {}),
        )
        for runs in found.values()
    )


def _group_key(run: Result, varied: Collection[str] = ()) -> list[Any]:
    """What runs have in common that may be ranked; not what a search has varied."""
    options = {n: value for n, value in run.options.items() if n not in varied}
    return [
        *(run.task, _source(run), run.task_version, run.fingerprint),
        *(run.monitor, run.mode, run.limit, sorted(options.items())),
    ]


def _source(run: Result) -> str:
    return source_of(run.task_reference, run.task_code)


def _order(run: Result) -> tuple[Any, ...]:
    # the tables of one data set stand together
    by_name = [run.options.get("dataset"), run.options]
    options = json.dumps(by_name, sort_keys=True, default=str)
    # 64 before 128: the digits of a text are at its odd places here, however many
    parts = re.split(r"([0-9]+)", options)
    options_in_order = [
        (len(p.lstrip("0")), p.lstrip("0")) if index % 2 else p
        for index, p in enumerate(parts)
    ]
    return (
        *(run.limit is not None, run.task, run.task_version, options_in_order),
        *(run.fingerprint, run.limit or 0, run.created),
    )


def _group(runs: tuple[Result, ...], firsts: Sequence[Result]) -> Group:
    first = runs[0]
    siblings = [
        other
        for other in firsts
        if other.task == first.task and (other.limit is None) == (first.limit is None)
    ]
    differing = _differing_options(siblings)
    dataset = first.options.get("dataset")
    near = [other for other in siblings if other.options.get("dataset") == dataset]
    title = [first.task, *([] if dataset is None else [setting(dataset)])]
    title += [
        f"{name} {setting(first.options.get(name))}"
        for name in _differing_options(near)
    ]
    if len({other.task_version for other in siblings}) > 1:
        title.append(f"version {first.task_version}")
    title.append(f"data {first.fingerprint[:8]}")
    if first.limit is not None:
        title.append(f"smoke runs (--limit {first.limit})")
    return Group(runs, " · ".join(title), _apart(first.task, siblings, differing))


def _apart(task: str, siblings: Sequence[Result], differing: Sequence[str]) -> str:
    if len(siblings) < 2:
        return ""
    what = [
        f"option {n} {_each(s.options.get(n) for s in siblings)}" for n in differing
    ]
    for name, values in (
        ("task version", [run.task_version for run in siblings]),
        ("file", [_source(run) for run in siblings]),
        ("monitored metric", [f"{run.monitor} ({run.mode})" for run in siblings]),
        ("--limit", [run.limit for run in siblings]),
    ):
        if len(set(values)) > 1:
            what.append(f"{name} {_each(values)}")
    # other options give other data; it is named where nothing else explains it
    apart_from_data = {
        json.dumps(_group_key(s)[:3] + _group_key(s)[4:]) for s in siblings
    }
    if len(apart_from_data) < len(siblings):
        what.append(f"data {_each(run.fingerprint[:8] for run in siblings)}")
    return f"Not ranked with the other runs of {task}; what differs: {', '.join(what)}."


def _differing_options(runs: Sequence[Result]) -> list[str]:
    names = {name for run in runs for name in run.options}
    return [n for n in sorted(names) if len({str(r.options.get(n)) for r in runs}) > 1]


def _each(values: Iterable[Any]) -> str:
    return " / ".join(dict.fromkeys(setting(value) for value in values))


def _once(known: Iterable[Any]) -> tuple[Any, ...]:
    """Without repeats, where a value in another rounding is the same value."""
    rounded: dict[Any, Any] = {}
    # ten thousand runs bring the same few
    keys: dict[Any, Any] = {}
    for one in known:
        if one not in keys:
            keys[one] = dataclasses.replace(one, value=float(f"{one.value:.5g}"))
        rounded[keys[one]] = one
    return tuple(rounded.values())


def _originals(results: Sequence[Result]) -> list[Result]:
    """The results without the reruns of those that are among them.

    A rerun is neither another seed nor a newer version: the original keeps its numbers.
    The rerun of an original that was deleted takes its place.
    """
    names = {result.run for result in results}
    return [result for result in results if result.rerun_of not in names]


def _count_lines(
    runs: Sequence[Result],
    reruns: "collections.Counter[str]",
    evaluations: Mapping[tuple[str, str], int],
) -> tuple[str, ...]:
    """Lines on the test evaluations and the reruns of a group."""
    lines = []
    if count := evaluations.get((runs[0].task, runs[0].fingerprint)):
        lines.append(f"Test evaluations so far: {count}.")
    if again := sum(reruns[run.run] for run in runs):
        left_out = counted(again, "rerun")
        lines.append(f"Left out: {left_out}; the run that was repeated stands.")
    return tuple(lines)
