"""Defaults of a command's options from a TOML file."""

import tomllib
from pathlib import Path

import click

from seqtasks.errors import UsageError
from seqtasks.registry import nearest


def _read(context: click.Context, parameter: click.Parameter, path: Path | None):
    """Makes the file's values the defaults of the command that is being parsed."""
    if path is None:
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
        **{str(options[name].name): value for name, value in values.items()},
    }
    return tables


config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    is_eager=True,
    callback=_read,
    help="A TOML file with defaults: option names as here, and the tables [set] and "
    "[cell-set].",
)
