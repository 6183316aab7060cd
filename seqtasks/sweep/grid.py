"""The grid: which runs there are, each as the words of a command line."""

import dataclasses
import itertools
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from seqtasks.declared import group
from seqtasks.errors import UsageError
from seqtasks.registry import TASKS, nearest


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a grid.

    Args:
        task: Name of the task, or path of its file.
        cell: Name of the cell, or path; empty for the task's default.
        seed: Random seed.
        options: Words of the other options, as in ``("--set", "delay=20")``.
    """

    task: str
    cell: str
    seed: int
    options: tuple[str, ...]

    def words(self, *more: str) -> list[str]:
        """The words of its command line after ``seqtasks``; it trains once."""
        cell = ["--cell", self.cell] if self.cell else []
        seed = ["--seed", str(self.seed)]
        return ["run", self.task, *cell, *self.options, *seed, *more, "--once"]

    @property
    def command(self) -> str:
        """The command line, to be typed."""
        return shlex.join(["seqtasks", *self.words()])

    @property
    def label(self) -> str:
        """What it is, in a line of the sweep's progress."""
        options = " ".join(word.removeprefix("--set ") for word in self.options)
        named = f"{self.task} {self.cell} {options}".split()
        return " ".join([*named, f"seed {self.seed}"])


def tasks_of(
    given: Iterable[str], own: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> list[str]:
    """The tasks that are meant by names, paths, ``all`` and ``@group``; each once.

    Args:
        given: What was typed.
        own: Groups of a person's own, which win over those of tags.

    Raises:
        UsageError: If there is no such task or group.
    """
    found: list[str] = []
    known = TASKS.entries()
    for name in given:
        if name == "all":
            found += known
        elif name.startswith("@"):
            mine = own.get(name[1:])
            found += group(name[1:]) if mine is None else tasks_of(mine)
        elif name in known:
            found.append(name)
        elif path := file_of(name):
            if not path.is_file():
                raise UsageError(f"There is no file of a task at {path}.")
            found.append(name)
        else:
            raise UsageError(f"There is no task {name!r}. {nearest(name, known)}")
    return list(dict.fromkeys(found))


def file_of(name: str) -> Path | None:
    """The file of a task or a cell of one's own, given as ``FILE.py[:NAME]``."""
    path = name if name.endswith(".py") else name.rpartition(".py:")[0] + ".py"
    return None if path == ".py" else Path(path)


def grid(
    tasks: Sequence[str],
    cells: Sequence[str],
    axes: Mapping[str, Sequence[str]],
    seeds: Sequence[int],
) -> list[Run]:
    """All runs: each task with each cell, each value of each axis, each seed.

    The runs of one seed stand together, so that a sweep that is stopped early has
    something of everything.

    Args:
        tasks: Names or paths of tasks.
        cells: Names or paths of cells; none for each task's default.
        axes: Values by option, as in ``{"--set delay=": ("10", "20")}``: what ends in
            an equals sign is one word with its value.
        seeds: Random seeds.
    """
    points = [
        tuple(
            word
            for option, value in zip(axes, values, strict=True)
            for word in _words(option, value)
        )
        for values in itertools.product(*axes.values())
    ]
    return [
        Run(task, cell, seed, options)
        for seed in seeds
        for task in tasks
        for options in points
        for cell in cells or ("",)
    ]


def _words(option: str, value: str) -> tuple[str, ...]:
    """The words of an option and its value; of a flag the option alone."""
    option, _, key = option.partition(" ")
    return (option, f"{key}{value}") if key or value else (option,)
