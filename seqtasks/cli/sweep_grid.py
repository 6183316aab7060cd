"""The grid of a sweep, from what was typed and from a study's file."""

import copy
import dataclasses
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from seqtasks.cli.config_file import read_toml
from seqtasks.cli.run import command as run_command
from seqtasks.errors import UsageError, shortened
from seqtasks.registry import CELLS, nearest
from seqtasks.sweep.grid import Run, file_of, grid, tasks_of
from seqtasks.sweep.words import digest

# of the options of `run`, those that are the sweep's own, or of one run alone
_OWN = ("task", "cell", "seed", "results", "retry", "once")
_OF_ONE_RUN = ("resume", "config", "as_json", "init_from", "measure", "study")

# in the value of these a comma is a comma
_WHOLE = ("dataset", "author", "tensorboard", "memory_budget", "checkpoint_every")

_MOST_SEEDS = 1000
# beyond, a grid is a mistake: a run takes seconds at least
_MOST_RUNS = 100_000


class _Values(click.ParamType):
    """One value or several with commas, each checked as ``seqtasks run`` does."""

    def __init__(self, each: click.ParamType):
        self.each = each
        self.name = each.name

    def convert(self, value, parameter, context):
        if isinstance(value, tuple):
            return value
        parts = tuple(part.strip() for part in str(value).split(","))
        for part in parts:
            self.each.convert(part, parameter, context)
        return parts


def options_of_run() -> list[click.Option]:
    """The options of ``seqtasks run`` that a sweep takes too."""
    found: list[click.Option] = []
    for parameter in run_command.params:
        name = str(parameter.name)
        if name in (*_OWN, *_OF_ONE_RUN) or not isinstance(parameter, click.Option):
            continue
        option = copy.copy(parameter)
        # only what is typed is passed on
        option.default, option.envvar = None, None
        if not (option.multiple or name in _WHOLE or option.is_flag):
            option.type = _Values(parameter.type)
        found.append(option)
    return found


@dataclasses.dataclass(frozen=True)
class Study:
    """What a study's file has; nothing where there is no file.

    Args:
        tasks: Names of tasks and groups.
        cells: Names of cells.
        seeds: Random seeds; none for that of one run.
        axes: Values by option, as in :func:`seqtasks.sweep.grid.grid`.
        groups: Tasks by the names of a person's own groups.
    """

    tasks: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    axes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)


def runs_of(
    study: Study,
    tasks: Sequence[str],
    cells: str,
    seeds: int | None,
    given: Mapping[str, Any],
) -> list[Run]:
    """All runs; what was typed wins over the study's file.

    Args:
        study: The study's file.
        tasks: Tasks that were typed.
        cells: Cells that were typed, with commas between them.
        seeds: Number of seeds that was typed.
        given: Values of the other options that were typed, by their names.

    Raises:
        UsageError: If there is no such task or cell, or a value is given twice.
    """
    names = tuple(part.strip() for part in cells.split(",")) if cells else study.cells
    if "" in names or len(set(names)) < len(names):
        raise UsageError(
            f"Expected --cell to be different names with commas between them, as in "
            f"lstm,gru; received {cells!r}."
        )
    for name in names:
        check_cell(name)
    if not (tasks or study.tasks):
        raise UsageError(
            "Expected tasks, as in `seqtasks sweep adding char_lm`; received none. "
            "Name some, or all, or a group, as in @memory, or a file with --grid."
        )
    wanted = tasks_of(tasks or study.tasks, study.groups)
    every = range(seeds) if seeds else study.seeds or range(1)
    axes = {**study.axes, **_axes(given)}
    counts = (len(wanted), len(names) or 1, len(every), *map(len, axes.values()))
    if (total := math.prod(counts)) > _MOST_RUNS:
        raise UsageError(
            f"Expected a grid of at most {_MOST_RUNS:,} runs; this one has {total:,}. "
            f"Give fewer values of an option."
        )
    return grid(wanted, names, axes, every)


def digest_of(run: Run) -> str:
    """The digest of a run's command line, as ``seqtasks run`` itself has it."""
    # a command keeps the names of its help from its first context
    names = ["-h", "--help"]
    words = run.words()[1:]
    with run_command.make_context("run", words, help_option_names=names) as context:
        return digest(context.params)


def check_cell(name: str) -> None:
    """Refuses a cell that is not there, before anything is started."""
    if path := file_of(name):
        if not path.is_file():
            raise UsageError(f"Expected a file of a cell; there is none at {path}.")
    elif name not in CELLS.entries():
        raise UsageError(f"There is no cell {name!r}. {nearest(name, CELLS.entries())}")


def _axes(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The values of each option that was typed, by the words before them."""
    axes: dict[str, tuple[str, ...]] = {}
    for parameter in options_of_run():
        value = given.get(str(parameter.name))
        if value in (None, (), False):
            continue
        option = parameter.opts[0]
        if parameter.multiple:
            for key, text in value:
                parts = tuple(part.strip() for part in text.split(","))
                axes[f"{option} {key}="] = parts
        elif parameter.is_flag:
            axes[option] = ("",)
        else:
            axes[option] = value if isinstance(value, tuple) else (str(value),)
    for option, values in axes.items():
        if len(set(values)) < len(values):
            raise UsageError(
                f"Expected different values of {option.rstrip('=')}; received "
                f"{', '.join(values)}. Leave the repeated one out."
            )
    return axes


def read_study(path: Path) -> Study:
    """The study in a TOML file.

    Raises:
        UsageError: If it is no TOML file; or with a line for each mistake, that names
            its key.
    """
    return _Reader(path, read_toml(path)).study()


class _Reader:
    """Reads a study's file, and notes each mistake with its key."""

    def __init__(self, path: Path, values: dict[str, Any]):
        self._path, self._values = path, values
        self._mistakes: list[str] = []
        self._options = {
            name.removeprefix("--"): option
            for option in options_of_run()
            for name in option.opts
            if name.startswith("--") and not option.multiple
        }

    def study(self) -> Study:
        groups = {
            name: self._names(f"groups.{name}", value)
            for name, value in self._table("groups").items()
        }
        tasks = self._names("tasks", self._values.pop("tasks", []))
        cells = self._names("cells", self._values.pop("cells", []))
        of_groups = ((f"groups.{name}", names) for name, names in groups.items())
        for key, names in (("tasks", tasks), *of_groups):
            for name in names:
                # a group is of tasks: one within another would have no end
                own = groups if key == "tasks" else {}
                self._try(key, functools.partial(tasks_of, [name], own))
        for name in cells:
            self._try("cells", functools.partial(check_cell, name))
        seeds = self._seeds(self._values.pop("seeds", []))
        tables = [(one, self._table(one)) for one in ("set", "cell-set")]
        axes: dict[str, tuple[str, ...]] = {}
        for name, value in self._values.items():
            axes |= self._option(name, value)
        for table, values in tables:
            for name, value in values.items():
                texts = self._texts(f"{table}.{name}", value)
                if texts:
                    axes[f"--{table} {name.replace('-', '_')}="] = texts
        if self._mistakes:
            count = len(self._mistakes)
            raise UsageError(
                f"{self._path} has {count} mistake{'' if count == 1 else 's'}:\n  "
                + "\n  ".join(self._mistakes)
            )
        return Study(tasks, cells, seeds, axes, groups)

    def _mistake(self, key: str, sentence: str) -> None:
        self._mistakes.append(f"{key}: {sentence}")

    def _try(self, key: str, check: Callable[[], Any]) -> None:
        try:
            check()
        except UsageError as error:
            self._mistake(key, str(error))

    def _table(self, name: str) -> dict[str, Any]:
        table = self._values.pop(name, {})
        if isinstance(table, dict):
            return table
        self._mistake(
            name,
            f"expected a table, [{name}] and one line for each; received "
            f"{shortened(table)}.",
        )
        return {}

    def _names(self, key: str, value: Any) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        right = isinstance(names, list) and all(isinstance(one, str) for one in names)
        if not right or len(set(names)) < len(names):
            example = '["lstm", "gru"]' if key == "cells" else '["adding", "char_lm"]'
            self._mistake(
                key,
                f"expected a list of different names, as in {example}; received "
                f"{shortened(value)}.",
            )
            return ()
        return tuple(names)

    def _seeds(self, value: Any) -> tuple[int, ...]:
        seeds = range(value) if _is_whole(value, 1, _MOST_SEEDS) else value
        right = isinstance(seeds, range | list) and len(seeds) <= _MOST_SEEDS
        right = right and all(_is_whole(one, 0, 2**32 - 1) for one in seeds)
        if not right or len(set(seeds)) < len(seeds):
            self._mistake(
                "seeds",
                f"expected a number of seeds from 1 to {_MOST_SEEDS}, or a list of "
                f"different ones, as in [0, 1, 2]; received {shortened(value)}.",
            )
            return ()
        return tuple(seeds)

    def _option(self, name: str, value: Any) -> dict[str, tuple[str, ...]]:
        option = self._options.get(name)
        if option is None:
            known = [*self._options, "tasks", "cells", "seeds", "groups"]
            self._mistake(
                name,
                f"there is no such option of a sweep. "
                f"{nearest(name, [*known, 'set', 'cell-set'])}",
            )
            return {}
        words = option.opts[0]
        if option.is_flag:
            if not isinstance(value, bool):
                self._mistake(name, f"expected true or false; received {value!r}.")
            return {words: ("",)} if value is True else {}
        texts = self._texts(name, value)
        kind = option.type.each if isinstance(option.type, _Values) else option.type
        for text in texts:
            try:
                kind.convert(text, option, None)
            except click.BadParameter as error:
                self._mistake(name, error.message)
        return {words: texts} if texts else {}

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        """The texts of a value, or of several in a list."""
        values = value if isinstance(value, list) else [value]
        plain = all(isinstance(one, str | int | float) for one in values)
        texts = tuple(_text(one) for one in values) if plain else ()
        if not texts or len(set(texts)) < len(texts):
            self._mistake(
                key,
                f"expected a value, or a list of different ones; received "
                f"{shortened(value)}.",
            )
            return ()
        return texts


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_whole(value: Any, least: int, most: int) -> bool:
    plain = isinstance(value, int) and not isinstance(value, bool)
    return plain and least <= value <= most
