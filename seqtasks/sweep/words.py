"""The digest of a command line of ``seqtasks run``, and of all that it is about.

Two command lines of one digest are of one configuration, data and code: each text of
this package and of a person's own task or cell is part of it, and the size and time of
each file that an option names. So what a run came to can be noted under it, and is
found again without TensorFlow and without reading the data.
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.files import check_readable
from seqtasks.registry import CELLS, TASKS, Registry

# of the options of `run`, those that change no number
_NO_MATTER = (
    *("results", "once", "retry", "resume", "as_json", "config", "author", "device"),
    *("checkpoint_every", "tensorboard", "memory_budget"),
)

_PACKAGES = ("tensorflow", "keras", "tensorflow-datasets", "numpy")
# where data lies that an option does not name
_VARIABLES = ("TFDS_DATA_DIR", "SEQTASKS_CACHE", "KERAS_BACKEND")

# beyond, the data is read rather than its list of files
_MOST_FILES = 20_000
_MOST_BYTES = 2**25


class _TooMuchError(Exception):
    """What cannot be known at a glance."""


def digest(parameters: Mapping[str, Any]) -> str:
    """The digest of the parsed options of ``seqtasks run``; empty if there is none.

    There is none with ``--init-from``, for tasks and cells of other packages, and for a
    folder of more files than are listed in a moment: such a run is known when it has
    read its data.

    Args:
        parameters: Values by the names of the command's parameters, all of them.
    """
    if parameters.get("init_from"):
        return ""
    try:
        known = {
            name: value
            for name, value in parameters.items()
            if name not in (*_NO_MATTER, "task", "cell")
        }
        known["files of defaults"] = parameters.get("config") or {}
        for kind, registry in (("task", TASKS), ("cell", CELLS)):
            known[kind] = _code(registry, parameters[kind])
        known["data"] = [list(_listing(path)) for path in _paths(parameters)]
    except (_TooMuchError, OSError):
        return ""
    known["here"] = [_package(), sys.version, *_versions()]
    known["variables"] = [os.environ.get(name) for name in _VARIABLES]
    text = json.dumps(known, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _code(registry: Registry, name: str | None) -> list[str]:
    """What a name stands for: a part of this package, or a file's text."""
    if name is None:
        return []
    path, _, attribute = name.rpartition(":")
    if name.endswith(".py"):
        path, attribute = name, ""
    if path.endswith(".py"):
        file = Path(path)
        # a file may import those beside it
        return [file.name, attribute, _texts(file.parent.glob("*.py"), file.parent)]
    reference = _references(registry.kind).get(name)
    if reference is None:
        raise _TooMuchError
    return [reference]


@functools.cache
def _references(kind: str) -> dict[str, str]:
    """What the names of this package stand for; to list a registry takes a while."""
    entries = {registry.kind: registry for registry in (TASKS, CELLS)}[kind].entries()
    return {
        name: entry.reference
        for name, entry in entries.items()
        if entry.origin == "seqtasks"
    }


def _paths(parameters: Mapping[str, Any]) -> Iterator[Path]:
    """The files and folders that the options of a task or a cell name."""
    tables = parameters.get("config") or {}
    values = [parameters.get("dataset")]
    for name, table in (("assignments", "set"), ("cell_assignments", "cell-set")):
        values += [value for _, value in parameters.get(name) or ()]
        values += tables.get(table, {}).values()
    for value in values:
        if isinstance(value, str) and value:
            path = Path(os.path.expanduser(value)).absolute()
            if path.exists():
                yield path


def _listing(path: Path) -> Iterator[tuple[str, int, int]]:
    """The files below a path, with size and time of each."""
    files = [path]
    if path.is_dir():
        files = []
        for name, folders, found in os.walk(path):
            folders.sort()
            files += [Path(name, one) for one in sorted(found)]
            if len(files) > _MOST_FILES:
                raise _TooMuchError
    for file in files:
        about = file.stat()
        yield str(file), about.st_size, about.st_mtime_ns


@functools.cache
def _package() -> str:
    """A hash of all texts of this package."""
    found = importlib.util.find_spec("seqtasks.tasks")
    tasks = list(found.submodule_search_locations or ()) if found else []
    every = [
        _texts((path for path in root.rglob("*") if _is_text(path)), root)
        for root in (Path(__file__).parents[1], *map(Path, tasks))
    ]
    return " ".join(every)


def _is_text(path: Path) -> bool:
    return "__pycache__" not in path.parts and path.suffix != ".md" and path.is_file()


def _texts(paths: Iterator[Path], root: Path) -> str:
    """A hash of files, and of their names below a folder."""
    hashed, total = hashlib.sha256(), 0
    for path in sorted(paths):
        if not path.is_file():  # a pipe is no code
            continue
        check_readable(path, _MOST_BYTES, "code")
        text = path.read_bytes()
        total += len(text)
        if total > _MOST_BYTES:
            raise _TooMuchError
        hashed.update(f"{path.relative_to(root)}\0{len(text)}\0".encode())
        hashed.update(text)
    return hashed.hexdigest()


@functools.cache
def _versions() -> list[str]:
    return [importlib.metadata.version(name) for name in _PACKAGES]
