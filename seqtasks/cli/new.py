"""seqtasks new: a task or a cell to begin with, in one file."""

import importlib.resources
import keyword
import re
import string
import sys
from pathlib import Path

import click

from seqtasks.cli.parameters import echo
from seqtasks.errors import UsageError

_IMPORTED = {"keras", "numpy", "seqtasks", "tensorflow"}


@click.command("new")
@click.argument("kind", type=click.Choice(["task", "cell"]))
@click.argument("name")
@click.option(
    "--into",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    help="The folder to write into; made if it is missing.",
)
def command(kind: str, name: str, folder: Path) -> None:
    """Write NAME.py, a task or a cell that works and is yours to change."""
    _check_name(name)
    path = folder / f"{name}.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starting_text(kind, name))
    except FileExistsError:
        raise UsageError(
            f"Expected to write a new file; {path} is there already. Choose another "
            f"name, or move that file away."
        ) from None
    except OSError as error:
        raise UsageError(f"Could not write {path}: {error.strerror}.") from error
    shown = path if path.is_absolute() else f"./{path}"
    echo(f"Wrote {shown}. Next:")
    echo(f"  seqtasks check {shown}")
    if kind == "task":
        echo(f"  seqtasks run {shown}")
    else:
        echo(f"  seqtasks run adding --cell {shown}")


def starting_text(kind: str, name: str) -> str:
    """The text of a new file.

    Args:
        kind: ``"task"`` or ``"cell"``.
        name: The file's name without its ending.
    """
    template = importlib.resources.files("seqtasks.cli") / f"new_{kind}.py.txt"
    return string.Template(template.read_text(encoding="utf-8")).substitute(
        name=name, class_name=_class_name(name)
    )


def _class_name(name: str) -> str:
    """``leaky_elman`` and ``leaky_elman_cell`` both give ``LeakyElmanCell``."""
    words = name.removesuffix("_cell").split("_")
    return "".join(word.capitalize() for word in words) + "Cell"


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(
            f"Expected a Python name in lower case, as in larger_half; received "
            f"{name!r}. It becomes the file's name and the task's or cell's own."
        )
    if name in _IMPORTED or name in sys.stdlib_module_names:
        raise UsageError(
            f"Expected a name of its own; {name}.py would hide the module {name} from "
            f"every program that is started in that folder. Choose another."
        )
