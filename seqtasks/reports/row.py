"""Row: the runs that differ in nothing but their seed, and its name among others."""

import collections
import dataclasses
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from seqtasks.registry import FILE_CODE
from seqtasks.reports import numbers
from seqtasks.reports.statistics import t_interval
from seqtasks.reports.units import cut_to_range
from seqtasks.result import Result, StandardError
from seqtasks.store import REFERENCE


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number over seeds.

    Args:
        mean: The mean.
        deviation: The sample standard deviation; ``None`` for one seed.
        n: The number of seeds.
    """

    mean: float
    deviation: float | None
    n: int


def over_seeds(values: Sequence[float]) -> Estimate | None:
    """The mean and the sample standard deviation; ``None`` of no values."""
    n = len(values)
    if not n:
        return None
    mean = sum(values) / n
    if n == 1:
        return Estimate(mean, None, 1)
    # a product, not a power: the power of a very large number is an error, no infinity
    squares = sum((v - mean) * (v - mean) for v in values)
    return Estimate(mean, math.sqrt(squares / (n - 1)), n)


# settings that change the speed and not the numbers
_OF_SPEED = ("implementation", "gradient_checkpoint_every", "memory_budget")

# what runs had that are older than the setting
_BEFORE = {"precision": "float32"}


@dataclasses.dataclass(frozen=True)
class Row:
    """The runs of one cell by one author, with one set of options and settings.

    Args:
        runs: The runs in order of time, of whatever status.
        varied: Options of the task that a search has varied, which count as settings.
    """

    runs: tuple[Result, ...]
    varied: frozenset[str] = frozenset()

    @property
    def cell(self) -> str:
        """The cell's name."""
        return self.runs[0].cell

    @property
    def author(self) -> str:
        """The person who ran them; empty if none was given."""
        return self.runs[0].author

    @property
    def source(self) -> str:
        """Where the cell's class is; of a user's file its name and its code's hash."""
        run = self.runs[0]
        return source_of(run.cell_reference, run.cell_code)

    @property
    def cell_options(self) -> dict[str, Any]:
        """The options of the cell."""
        return self.runs[0].cell_options

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the training that decide its numbers, and the backend."""
        deciding = _deciding(self.runs[0], self.varied)
        return deciding | {"backend": self.runs[0].backend}

    @property
    def effort(self) -> str:
        """How its settings were found, in a few words; empty without a search."""
        search = self.runs[0].search
        return search.effort if search else ""

    @property
    def searched(self) -> frozenset[str]:
        """The settings that were chosen by a search."""
        search = self.runs[0].search
        return frozenset(search.space if search else ())

    @property
    def implementation(self) -> str:
        """How the recurrent layers ran, each way once; empty where no run has it."""
        return "; ".join(sorted({run.implementation for run in self.runs} - {""}))

    @property
    def finished(self) -> tuple[Result, ...]:
        """The finished runs, one a seed: of a seed that was run again, the newest."""
        newest = {run.seed: run for run in self.runs if run.status == "finished"}
        return tuple(newest[seed] for seed in sorted(newest))

    @property
    def num_params(self) -> int:
        """The number of trainable parameters; a run that failed early has none."""
        return max(run.num_params for run in self.runs)

    def values(self, split: str, name: str) -> list[float]:
        """A metric of each finished run that has it, in order of seeds."""
        scored = (run.metrics.get(split, {}) for run in self.finished)
        return [values[name] for values in scored if name in values]

    def metric(self, split: str, name: str) -> Estimate | None:
        """A metric over the finished runs that have it."""
        return over_seeds(self.values(split, name))

    def standard_error(self, name: str) -> StandardError | None:
        """The standard error of a test score over examples, the mean over the runs.

        All runs are scored on the same examples: more of them make it no smaller.
        """
        known = [run.standard_errors.get(name) for run in self.finished]
        found = [(e, e.value) for e in known if e is not None and e.value is not None]
        if not found or len({(e.count, e.unit) for e, _ in found}) > 1:
            return None
        mean = sum(value for _, value in found) / len(found)
        return dataclasses.replace(found[0][0], value=mean)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the score's mean, within the range of its unit.

        ``None`` with fewer than two seeds.
        """
        first = self.runs[0]
        values = self.values("test", first.monitor)
        if len(values) < 2:
            return None
        return cut_to_range(t_interval(values), first.metric_units.get(first.monitor))

    def mean(self, field: str) -> float | None:
        """The mean of a number of the finished runs."""
        value = over_seeds([getattr(run, field) for run in self.finished])
        return value.mean if value else None

    @property
    def score(self) -> Estimate | None:
        """The monitored metric on the test split."""
        return self.metric("test", self.runs[0].monitor)

    @property
    def status(self) -> str:
        """How the runs ended, with the reasons of those that did not finish."""
        unfinished = collections.Counter(
            (run.status, " ".join(run.reason.split()))
            for run in self.runs
            if run.status != "finished"
        )
        done = sum(run.status == "finished" for run in self.runs)
        parts = []
        if done:
            of_all = f"{done} of {len(self.runs)} " if unfinished else ""
            parts.append(f"{of_all}finished")
        for (status, reason), count in unfinished.items():
            how_many = f"{count} " if len(self.runs) > 1 else ""
            parts.append(f"{how_many}{status}{': ' if reason else ''}{reason}")
        if done > len(self.finished):
            parts.append(f"newest of {done} runs of {len(self.finished)} seeds")
        return "; ".join(parts)


def rows(results: Sequence[Result]) -> tuple[Row, ...]:
    """The runs, those together that differ in nothing but their seed."""
    found: dict[str, list[Result]] = {}
    varied = searched_options(results)
    for run in sorted(results, key=lambda run: run.created):
        found.setdefault(_same_but_for_the_seed(run, varied), []).append(run)
    return tuple(Row(tuple(runs), varied) for runs in found.values())


def searched_options(results: Iterable[Result]) -> frozenset[str]:
    """The options of tasks that a search has varied, with which a task stays the same.

    Args:
        results: The results.
    """
    return frozenset(
        name
        for run in results
        if run.search is not None
        for name in run.search.space
        if name in run.options
    )


def file_name(reference: str) -> str:
    """A reference without the folder of a user's own file, which may have moved."""
    return Path(reference).name if ".py:" in reference else reference


def source_of(reference: str, code: str) -> str:
    """A reference and the hash of a user's own file: two files may have one name.

    Results of earlier schemas have no hash, nor have those of installed packages.
    """
    found = code.partition(FILE_CODE)[2] if code.startswith(FILE_CODE) else ""
    return file_name(reference) + (f", code {found[:6]}" if found else "")


def _same_but_for_the_seed(run: Result, varied: frozenset[str]) -> str:
    source = source_of(run.cell_reference, run.cell_code)
    cell = [run.cell, source, run.cell_options, run.author]
    search = run.search and [run.search.study, run.search.trials]
    key = [*cell, _deciding(run, varied), search, run.backend]
    return json.dumps(key, sort_keys=True, default=str)


def _deciding(run: Result, varied: frozenset[str]) -> dict[str, Any]:
    """The settings but for those that change the speed and not the numbers.

    A setting that is ``None`` asks for nothing, as if there were no such setting: runs
    from before there was are alike.
    """
    missing = {n: value for n, value in _BEFORE.items() if n not in run.settings}
    settings = run.settings | missing
    if run.ancestry:
        settings = settings | {"init_from": run.ancestry[0]}
    settings = settings | {n: run.options[n] for n in varied if n in run.options}
    if run.search is not None:
        settings = settings | {"search": run.search.effort}
    return {
        name: value
        for name, value in settings.items()
        if name not in _OF_SPEED and value is not None
    }


def differing(mappings: Iterable[dict[str, Any]]) -> list[str]:
    """The keys, in their first order, whose values are not all the same."""
    mappings = list(mappings)
    return [
        name
        for name in dict.fromkeys(name for mapping in mappings for name in mapping)
        if len({json.dumps(m.get(name), default=str) for m in mappings}) > 1
    ]


@dataclasses.dataclass(frozen=True)
class Naming:
    """What distinguishes rows of one cell, by which they are named.

    Args:
        several_authors: Whether the rows are of more than one author.
        several_sources: The cells that are classes of several files.
        several_efforts: The cells whose settings were found by several searches.
        options: The options that differ, by cell.
    """

    several_authors: bool
    several_sources: frozenset[str]
    several_efforts: frozenset[str]
    options: dict[str, list[str]]

    @classmethod
    def among(cls, rows: Sequence[Row]) -> "Naming":
        """For all rows, of any cell."""
        of_cell: dict[str, list[Row]] = {}
        for row in rows:
            of_cell.setdefault(row.cell, []).append(row)

        def several(name: str) -> frozenset[str]:
            return frozenset(
                cell
                for cell, same in of_cell.items()
                if len({getattr(row, name) for row in same}) > 1
            )

        return cls(
            several_authors=len({row.author for row in rows}) > 1,
            several_sources=several("source"),
            several_efforts=several("effort"),
            options={
                cell: differing(row.cell_options for row in same)
                for cell, same in of_cell.items()
            },
        )

    def label(self, row: Row, settings: Sequence[str] = ()) -> str:
        """The cell's name with what distinguishes the row from others of its cell.

        Args:
            row: One of the rows.
            settings: The settings to name, too.
        """
        where = [f"({row.source})"] if row.cell in self.several_sources else []
        marked = self.several_authors or row.author == REFERENCE
        where += [f"({row.author})"] if marked and row.author else []
        # what a cell does not have is not named: a whole one beside one without a gate
        named = [
            f"{n}={numbers.setting(row.cell_options[n])}"
            for n in self.options[row.cell]
            if n in row.cell_options
        ]
        named += [
            f"{n}={numbers.setting(row.settings.get(n))}"
            for n in settings
            if n not in row.searched
        ]
        if row.effort and row.cell in self.several_efforts:
            named.append(f"({row.effort})")
        return " ".join([row.cell, *where, *named])


def model_names(groups: Sequence[Sequence[Row]]) -> list[list[str]]:
    """A name for each row of each group, which no other row of its group has.

    It is the cell's name with its options that differ in any two rows of the cell, and
    with the settings that differ within the group. Units are named only where one cell
    with the same options has several: cells of one size have units of their own. Two
    rows of two groups thus
    have one name only if the cell and its options are the same, and if the settings
    are the same too, or what each group has in common.
    """
    naming = Naming.among([row for rows in groups for row in rows])
    found = []
    for rows in groups:
        settings = differing_settings(rows)
        found.append(_distinct([naming.label(row, settings) for row in rows]))
    return found


def differing_settings(rows: Sequence[Row]) -> list[str]:
    """The settings by which rows of a group differ, but for units of two cells.

    What a search has chosen differs because it was chosen, and is not among them.
    """
    cells: dict[str, list[Row]] = {}
    for row in rows:
        key = json.dumps([row.cell, row.cell_options], sort_keys=True, default=str)
        cells.setdefault(key, []).append(row)
    with_units = any(
        "units" in differing(row.settings for row in of_cell)
        for of_cell in cells.values()
    )
    of_all = differing(row.settings for row in rows)
    return [
        name
        for name in of_all
        if (name != "units" or with_units)
        and name != "search"
        # those that were not searched, if any
        and differing(
            {name: r.settings.get(name)} for r in rows if name not in r.searched
        )
    ]


def _distinct(found: Sequence[str]) -> list[str]:
    """Numbered where two values read the same, as 0.1 and 0.1000000001."""
    counts = collections.Counter(found)
    seen: collections.Counter[str] = collections.Counter()
    distinct = []
    for name in found:
        seen[name] += 1
        distinct.append(f"{name} #{seen[name]}" if counts[name] > 1 else name)
    return distinct
