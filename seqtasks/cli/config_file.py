"""--config: a TOML file whose values are the defaults of a command."""

import os
import tomllib
from pathlib import Path
from typing import Any

import click

from seqtasks.cli.parameters import Name
from seqtasks.errors import UsageError, shortened
from seqtasks.files import check_readable
from seqtasks.registry import nearest

# options that are a path, or may be one, though their type is text
_PATHS = ("dataset", "tensorboard")

# a file of defaults is written by a person
_LARGEST_CONFIG = 2**16
# `[set]` is the deepest table; the time to read a name grows with its parts squared
_DEEPEST_NAME = 16


def _read_config(context: click.Context, parameter: click.Parameter, path: Path | None):
    """Makes the file's values the defaults of the command that is being parsed."""
    if path is None:
        return {}
    values = read_toml(path)
    tables = {name: values.pop(name, {}) for name in ("set", "cell-set")}
    if isinstance(tables["set"], dict) and isinstance(
        tables["set"].get("dataset"), str
    ):
        tables["set"]["dataset"] = os.path.expanduser(tables["set"]["dataset"])
    options = {
        option.removeprefix("--"): parameter
        for parameter in context.command.params
        for option in parameter.opts
        if option.startswith("--")
    }
    for name, value in values.items():
        if name not in options or name == "config":
            raise UsageError(
                f"{path} has {shortened(name)}, which is no option of seqtasks "
                f"{context.info_name}. {nearest(name, options)}"
            )
        if isinstance(value, dict | list):
            raise UsageError(
                f"Expected {name} in {path} to be one value; received "
                f"{shortened(value)}. Only [set] and [cell-set] are tables."
            )
        _check_size(name, value, path)
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(
                f"Expected {name} in {path} to be a table of options; "
                f"received {shortened(table)}. Write [{name}] and one option a line."
            )
        for option, value in table.items():
            if isinstance(value, dict):
                raise UsageError(
                    f"Expected {shortened(option)} in the table [{name}] of {path} to "
                    f"be one value; received a table, {shortened(value)}."
                )
            _check_size(option, value, path)
    context.default_map = {
        **(context.default_map or {}),
        **{
            str(options[name].name): _as_typed(context, options[name], value, path)
            for name, value in values.items()
        },
    }
    return tables


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a TOML file that a person has written.

    Raises:
        UsageError: If it cannot be read, or is none.
    """
    check_readable(path, _LARGEST_CONFIG, "a TOML file of options")
    try:
        # Notepad begins a file with a byte order mark
        text = path.read_text(encoding="utf-8-sig")
        _check_depth(text, path)
        return tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"Could not read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Expected {path} to be a TOML file: {error}.") from None


def _check_depth(text: str, path: Path) -> None:
    """Refuses names of so many parts that it would take minutes to read them."""
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("=")[0]
        if (parts := name.count(".") + 1) > _DEEPEST_NAME:
            raise UsageError(
                f"Expected names of options in {path}, as in units or set.length; "
                f"line {number} has a name of {parts:,} parts, {shortened(name)}."
            )


def _check_size(name: str, value: Any, path: Path) -> None:
    """Refuses an integer that Python cannot write again, as TOML's hexadecimal ones."""
    if isinstance(value, int) and abs(value) >= 2**64:
        raise UsageError(
            f"Expected {shortened(name)} in {path} to be a number below 2^64; received "
            f"{shortened(value, 40)}."
        )


def _as_typed(
    context: click.Context, option: click.Parameter, value: Any, path: Path
) -> Any:
    """A value of a TOML file, which is checked as the command line's text would be.

    By itself click makes 8 of 8.5, and 1 of ``true``.
    """
    reason = "expected true or false"
    is_path = isinstance(option.type, click.Path | Name) or option.name in _PATHS
    if isinstance(value, str) and is_path:
        # the shell does so for what is typed
        value = os.path.expanduser(value)
    left_out = getattr(option, "flag_value", None)
    if isinstance(value, bool) and isinstance(left_out, str):
        return left_out if value else None
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


config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    callback=_read_config,
    help="A TOML file with defaults: option names as here, and the tables [set] and "
    "[cell-set].",
)
