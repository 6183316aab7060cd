"""Parameters that several commands share, and the results that they choose."""

import decimal
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from seqtasks.errors import UsageError, printable
from seqtasks.files import check_readable
from seqtasks.registry import CELLS, TASKS, nearest
from seqtasks.result import Result
from seqtasks.store import Store

_NUMBER = re.compile(r"(\d[\d_]*(?:\.\d+)?)([kM]?)")
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


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


class _Count(click.ParamType):
    """A whole number, as in ``70000``, ``70_000``, ``70k`` or ``1.5M``."""

    name = "number"

    def convert(self, value, parameter, context):
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        found = _NUMBER.fullmatch(str(value))
        if found:
            digits, factor = found.groups()
            number = decimal.Decimal(digits.replace("_", "")) * _FACTORS[factor]
            if number == number.to_integral_value() and number > 0:
                return int(number)
        self.fail(
            f"expected a whole number above 0, as in 70000, 70k or 1.5M; "
            f"received {value!r}.",
            parameter,
            context,
        )


# a file of defaults is written by a person
_LARGEST_CONFIG = 2**16


def _read_config(context: click.Context, parameter: click.Parameter, path: Path | None):
    """Makes the file's values the defaults of the command that is being parsed."""
    if path is None:
        return {}
    check_readable(path, _LARGEST_CONFIG, "a TOML file of options")
    try:
        # Notepad begins a file with a byte order mark
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"Could not read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Expected {path} to be a TOML file: {error}.") from None
    tables = {name: values.pop(name, {}) for name in ("set", "cell-set")}
    options = {
        option.removeprefix("--"): parameter
        for parameter in context.command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    for name, value in values.items():
        if name not in options or name == "config":
            raise UsageError(
                f"{path} has {name!r}, which is no option of seqtasks "
                f"{context.info_name}. {nearest(name, options)}"
            )
        if isinstance(value, dict | list):
            raise UsageError(
                f"Expected {name} in {path} to be one value; received {value!r}. "
                f"Only [set] and [cell-set] are tables."
            )
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(
                f"Expected {name} in {path} to be a table of options; "
                f"received {table!r}. Write [{name}] and one option a line."
            )
    context.default_map = {
        **(context.default_map or {}),
        **{
            str(options[name].name): _as_typed(context, options[name], value, path)
            for name, value in values.items()
        },
    }
    return tables


def _as_typed(
    context: click.Context, option: click.Parameter, value: Any, path: Path
) -> Any:
    """A value of a TOML file, which is checked as the command line's text would be.

    By itself click makes 8 of 8.5, and 1 of ``true``.
    """
    reason = "expected true or false"
    if not getattr(option, "is_flag", False):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            option.type.convert(text, option, context)
            return text
        except click.BadParameter as error:
            reason = error.message.rstrip(".")
    elif isinstance(value, bool):
        return value
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    raise UsageError(
        f"{path} has {str(option.name).replace('_', '-')} = {shown}, which is refused "
        f"as on the command line: {reason}."
    )


def echo(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    r"""Prints text, with all that does not print as an escape, as in ``\x1b``.

    All that commands print goes through it: a file's name, a result or a sample may
    come from anyone, and a terminal obeys what it is sent.

    Args:
        text: The text.
        err: ``True`` for standard error.
        nl: ``True`` for a line end after it.
    """
    click.echo(printable(text), err=err, nl=nl)


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
params_option = click.option(
    "--params",
    type=_Count(),
    metavar="NUMBER",
    help="In place of --units: the parameters of the whole model, as in 70k.",
)
config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    callback=_read_config,
    help="A TOML file with defaults: option names as here, and the tables [set] and "
    "[cell-set].",
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


def one_size(context: click.Context, settings: dict) -> dict:
    """The settings with one size: what was typed wins over a file of defaults."""
    typed = click.core.ParameterSource.COMMANDLINE
    for name, other in (("units", "params"), ("params", "units")):
        if (
            context.get_parameter_source(name) == typed
            and context.get_parameter_source(other) != typed
        ):
            return {**settings, other: None}
    return settings


def chosen(
    folder: Path, tasks: Collection[str], cells: Collection[str]
) -> list[Result]:
    """The results of these tasks and cells; a damaged file is named on stderr.

    Args:
        folder: Folder of results.
        tasks: Names of tasks; all if there is none.
        cells: Names of cells; all if there is none.

    Raises:
        UsageError: If the folder that was typed is not there, or a name is of no task,
            or of no result of the folder.
    """
    context = click.get_current_context(silent=True)
    given = context and context.get_parameter_source("results")
    if not folder.is_dir() and given == click.core.ParameterSource.COMMANDLINE:
        raise UsageError(
            f"Expected --results to be a folder of results; there is none at {folder}."
        )
    found, damaged = Store(folder).read()
    for sentence in damaged:
        echo(sentence, err=True)
    for name in tasks if not found else ():
        if not name.endswith(".py") and name not in TASKS.entries():
            raise UsageError(
                f"There is no task {name!r}. {nearest(name, TASKS.entries())}"
            )
    if not found:
        echo(
            f"There are no results in {folder} yet: `seqtasks run adding` makes the "
            f"first.",
            err=True,
        )
        return []
    check_known("task", tasks, {run.task for run in found}, folder)
    check_known("cell", cells, {run.cell for run in found}, folder)
    return [
        run
        for run in found
        if (not tasks or run.task in tasks) and (not cells or run.cell in cells)
    ]


def check_known(kind: str, asked: Iterable[str], known: set[str], folder: Path) -> None:
    """Refuses the name of a task or a cell of which the folder has no result."""
    for name in asked:
        if name not in known:
            raise UsageError(
                f"There is no result of the {kind} {name!r} in {folder}. "
                f"{nearest(name, known)}"
            )
