"""The command line of a run, for one who goes on with it."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def resume_command(
    task: str,
    cell: str | None,
    options: Mapping[str, Any],
    cell_options: Mapping[str, Any],
    seed: int,
    settings: Mapping[str, Any],
    folder: Path,
) -> str:
    """What a person types to go on with a run that was given these arguments."""
    return shlex.join(_words(task, cell, options, cell_options, seed, settings, folder))


def _words(task, cell, options, cell_options, seed, settings, folder) -> Iterator[str]:
    yield from ("seqtasks", "run", task)
    if cell is not None:
        yield from ("--cell", cell)
    for option, values in (("--set", options), ("--cell-set", cell_options)):
        for name, value in values.items():
            yield from (option, f"{name}={value}")
    for name, value in settings.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        elif value not in (None, False):
            yield from (option, str(value))
    if seed:
        yield from ("--seed", str(seed))
    if str(folder) != "results":
        yield from ("--results", str(folder))
    yield "--resume"
