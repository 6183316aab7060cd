"""Parameters that several commands share, and the results that they choose."""

import collections
import decimal
import os
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import click

from seqtasks.errors import UsageError, printable
from seqtasks.registry import CELLS, TASKS
from seqtasks.result import Result
from seqtasks.store import Store

_NUMBER = re.compile(r"(\d[\d_]*(?:\.\d+)?)([kM]?)")
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


class Name(click.ParamType):
    """A name of a registry (or of several), or a path; the shell completes names."""

    def __init__(self, *registries):
        self.registries = registries
        self.name = " or ".join(registry.kind for registry in registries)

    def shell_complete(self, context, parameter, incomplete):
        found = [
            click.shell_completion.CompletionItem(name)
            for registry in self.registries
            for name in registry.entries()
            if name.startswith(incomplete)
        ]
        # else a path of a file of one's own, which the shell completes
        item = click.shell_completion.CompletionItem(incomplete, type="file")
        return found or [item]


class _RunName(click.ParamType):
    """A run's name, or how it begins; the shell completes names of the folder."""

    name = "run"

    def shell_complete(self, context, parameter, incomplete):
        given = context.params.get("results") or Path("results")
        folders = given if isinstance(given, tuple) else (given,)
        names = {path.stem for one in folders for path in Path(one).glob("*.json")}
        return [
            click.shell_completion.CompletionItem(name)
            for name in sorted(names)
            if name.startswith(incomplete)
        ]


class _Folder(click.Path):
    """A folder, in which ``~`` is one's home, also behind ``=`` and from a file."""

    def convert(self, value, parameter, context):
        return super().convert(os.path.expanduser(value), parameter, context)


def one_folder(context: click.Context, option: click.Parameter, folder: Path) -> Path:
    """Refuses several folders in the environment where a command takes one."""
    source = context.get_parameter_source(str(option.name))
    if source == click.core.ParameterSource.ENVIRONMENT and not folder.exists():
        several = [one for one in str(folder).split(os.pathsep) if one]
        if len(several) > 1:
            raise UsageError(
                f"Expected one folder of results; {option.envvar} names "
                f"{len(several)}: {', '.join(several)}. table, compare, plot and "
                f"report read them together; here name one by {option.opts[0]} FOLDER."
            )
    return folder


class _Assignment(click.ParamType):
    """``key=value``, as a pair; the shell completes the keys of a task or a cell.

    Args:
        of: Name of the parameter that has the task or the cell.
    """

    name = "key=value"

    def __init__(self, of: str):
        self.of = of

    def shell_complete(self, context, parameter, incomplete):
        from seqtasks.cli.help import option_names

        # of a command line that is not whole, click leaves arguments where they were
        known = (TASKS if self.of == "task" else CELLS).entries()
        typed = [context.params.get(self.of), *context.args]
        of = next((word for word in typed if word in known), "")
        names = option_names(self.of, of)
        return [
            click.shell_completion.CompletionItem(f"{name}=")
            for name in names
            if name.startswith(incomplete)
        ]

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


class _Size(_Count):
    """A number of parameters, or ``task`` for the one that the task declares."""

    def convert(self, value, parameter, context):
        if value == "task":
            return value
        return super().convert(value, parameter, context)


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


def one_of(*values: str) -> Callable[..., list[str]]:
    """A completion of an option whose values are checked elsewhere, with a hint."""
    return lambda context, option, text: [v for v in values if v.startswith(text)]


def each_once(context: click.Context, option: click.Parameter, pairs: Sequence) -> Any:
    """Refuses a key that is assigned twice, of which one value would be lost."""
    for key, count in collections.Counter(key for key, _ in pairs).items():
        if count > 1:
            values = " and ".join(
                f"{key}={value}" for name, value in pairs if name == key
            )
            raise UsageError(
                f"Expected {key} once after {option.opts[0]}; received {values}. Leave "
                f"all but one of them out."
            )
    return pairs


def refuse_repeated(
    command: click.Command, words: Sequence[str], parent: click.Context
) -> None:
    """Refuses an option of one value that is given several times.

    click takes the last one and drops the others, so that a typing error or two options
    of a script that contradict each other would not be seen.

    Args:
        command: The command.
        words: What was typed after its name.
        parent: Context of the group; a command keeps the names of its help from it.

    Raises:
        UsageError: If an option of one value, or a flag, is given more than once.
    """
    context = click.Context(command, parent, **command.context_settings)
    try:
        _, _, order = command.make_parser(context).parse_args(list(words))
    except click.UsageError:
        return  # the command's own sentence is about it
    for option, count in collections.Counter(order).items():
        of_one = isinstance(option, click.Option) and not option.multiple
        if of_one and count > 1:
            name = max(option.opts, key=len)
            raise UsageError(
                f"Expected {name} once; received it {count} times, and it has one "
                f"value. Leave all but one of them out."
            )


class _Statuses(click.ParamType):
    """Ways in which a run ended, as in ``failed,diverged``."""

    name = "statuses"
    known = ("failed", "diverged", "out_of_memory", "timed_out")

    def convert(self, value, parameter, context):
        if isinstance(value, tuple):
            return value
        statuses = tuple(part.strip() for part in str(value).split(","))
        for status in statuses:
            if status not in self.known:
                self.fail(
                    f"expected {', '.join(self.known)}, one or several with commas; "
                    f"received {status!r}.",
                    parameter,
                    context,
                )
        return statuses


TASK = Name(TASKS)
CELL = Name(CELLS)
RUN = _RunName()
TASK_OR_CELL = Name(TASKS, CELLS)
ASSIGNMENT = _Assignment("task")
CELL_ASSIGNMENT = _Assignment("cell")

set_option = click.option(
    "--set",
    "assignments",
    type=ASSIGNMENT,
    multiple=True,
    callback=each_once,
    help="An option of the task, as in --set sequence_length=256. Repeatable.",
)
dataset_option = click.option(
    "--dataset",
    metavar="NAME|PATH",
    shell_complete=lambda context, option, text: [
        click.shell_completion.CompletionItem(text, type="file")
    ],
    help="One of the task's data sets (seqtasks show TASK), or your own data.",
)
results_option = click.option(
    "--results",
    type=_Folder(file_okay=False, path_type=Path),
    default=Path("results"),
    callback=one_folder,
    show_default=True,
    envvar="SEQTASKS_RESULTS",
    show_envvar=True,
    help="The folder of results.",
)
results_options = click.option(
    "--results",
    type=_Folder(file_okay=False, path_type=Path),
    multiple=True,
    default=(Path("results"),),
    show_default="results",
    envvar="SEQTASKS_RESULTS",
    show_envvar=True,
    help="A folder of results, or of folders of results; may be repeated.",
)
reference_option = click.option(
    "--reference-results/--no-reference-results",
    "with_reference",
    default=False,
    help="Also the results that come with the package, as rows of their own.",
)
author_option = click.option(
    "--author", "authors", multiple=True, help="Only this author; may be repeated."
)
allow_code_option = click.option(
    "--allow-code",
    is_flag=True,
    help="Run the Python file that the result names as its task or its cell.",
)
retry_option = click.option(
    "--retry",
    type=_Statuses(),
    default=(),
    metavar="STATUS,…",
    help="Run again what ended so: failed, diverged, out_of_memory, timed_out.",
)
params_option = click.option(
    "--params",
    type=_Size(),
    metavar="NUMBER|task",
    help="In place of --units: the parameters of the whole model, as in 70k; task "
    "stands for the number that the task declares for comparisons.",
    shell_complete=one_of("task"),
)


def task_options(assignments, dataset: str | None) -> dict[str, Any]:
    """The task's options that ``--set`` and ``--dataset`` give together."""
    options = dict(assignments)
    if dataset is not None:
        if "dataset" in options:
            raise UsageError(
                f"Expected the data set once; received --dataset {dataset} and --set "
                f"dataset={options['dataset']}. Leave one of them out."
            )
        options["dataset"] = dataset
    return options


def find_run(folder: Path, name: str) -> Result:
    """The run of a name, or of its beginning; which one it is, is shown on stderr."""
    result = Store(folder).find(name)
    if result.run not in (name, Path(name).stem):
        echo(f"run      {result.run}", err=True)
    return result


def typed_words(
    context: click.Context,
    *,
    without: Collection[str] = (),
    with_defaults: bool = False,
) -> list[str]:
    """What was typed of a command, as words of a command line.

    Args:
        context: The command's context.
        without: Names of parameters to leave out.
        with_defaults: Whether the values of a file of defaults are written out, too.
    """
    typed = [click.core.ParameterSource.COMMANDLINE]
    if with_defaults:
        typed.append(click.core.ParameterSource.DEFAULT_MAP)
    words = [str(context.info_name)]
    options = []
    for parameter in context.command.params:
        name = str(parameter.name)
        if name in without or context.get_parameter_source(name) not in typed:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            words += map(str, value if parameter.nargs != 1 else [value])
            continue
        if getattr(parameter, "is_flag", False):
            options.append((parameter.opts if value else parameter.secondary_opts)[0])
            continue
        for one in value if parameter.multiple else [value]:
            between = "=" if parameter.multiple else ","
            text = between.join(one) if isinstance(one, tuple) else str(one)
            # of an option whose value was left out there is no more to type
            left_out = text == getattr(parameter, "flag_value", None)
            options += [parameter.opts[0], *([] if left_out else [text])]
    return ["seqtasks", *words, *options]


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
