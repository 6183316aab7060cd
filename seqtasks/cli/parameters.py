"""Parameters that several commands share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from seqtasks.registry import CELLS, TASKS


class _Name(click.ParamType):
    """A name of a registry (or of several), or a path; the shell completes names."""

    def __init__(self, *registries):
        self.registries = registries
        self.name = " or ".join(registry.kind for registry in registries)

    def shell_complete(self, context, parameter, incomplete):
        return [
            click.shell_completion.CompletionItem(name)
            for registry in self.registries
            for name in registry.entries()
            if name.startswith(incomplete)
        ]


class _Assignment(click.ParamType):
    """``key=value``, as a pair."""

    name = "key=value"

    def convert(self, value, parameter, context):
        if isinstance(value, tuple):
            return value
        key, equals, text = value.partition("=")
        if not equals or not key:
            self.fail(f"expected KEY=VALUE, received {value!r}.", parameter, context)
        return key.strip().replace("-", "_"), text


class RenamedOption(click.Option):
    """An option that also answers to other spellings, which ``--help`` leaves out."""

    def get_help_record(self, ctx):
        spellings, self.opts = self.opts, self.opts[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = spellings


TASK = _Name(TASKS)
CELL = _Name(CELLS)
TASK_OR_CELL = _Name(TASKS, CELLS)
ASSIGNMENT = _Assignment()

set_option = click.option(
    "--set",
    "assignments",
    type=ASSIGNMENT,
    multiple=True,
    help="An option of the task, as in --set sequence_length=256. Repeatable.",
)
dataset_option = click.option(
    "--dataset",
    metavar="NAME|PATH",
    help="One of the task's data sets (seqtasks show TASK), or your own data.",
)
results_option = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    envvar="SEQTASKS_RESULTS",
    show_envvar=True,
    help="The folder of results.",
)
allow_code_option = click.option(
    "--allow-code",
    is_flag=True,
    help="Run the Python file that the result names as its task or its cell.",
)


def task_options(assignments, dataset: str | None) -> dict[str, Any]:
    """The task's options that ``--set`` and ``--dataset`` give together."""
    options = dict(assignments)
    if dataset is not None:
        options["dataset"] = dataset
    return options


def as_text(options: Mapping[str, Any]) -> str:
    """Options on one line, as in ``dataset=glyphs, read=rows``."""
    return ", ".join(f"{key}={value}" for key, value in options.items())
