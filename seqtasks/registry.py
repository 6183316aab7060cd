"""TASKS and CELLS: names → references → objects, imported when they are looked up."""

import dataclasses
import difflib
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError, notice
from seqtasks.files import nearest_files
from seqtasks.loading import import_module, place, summary
from seqtasks.upgrade import EARLIER_NAMES


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: its present one, those close to it, or all."""
    known = sorted(known)
    if EARLIER_NAMES.get(name) in known:
        return f"It is called {EARLIER_NAMES[name]} now."
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(known) or 'none'}."


def file_hint(name: str) -> str:
    """A hint for a name that is no task or cell but stands for a file of the folder.

    Returns:
        A sentence; empty if no file has this name, with or without ``.py``.
    """
    if os.path.isfile(f"{name}.py"):  # whatever was typed; Path would raise
        return f"There is a file {name}.py here: type {os.path.join('.', name)}.py."
    if os.path.isfile(name):
        return (
            f"The file {name} is no Python file; if it is data, give it with --dataset "
            f"to the task that reads it."
        )
    return ""


def _points(group: str) -> Iterable[importlib.metadata.EntryPoint]:
    """The entry points of a group; a package whose list is broken is named, skipped."""
    try:
        return importlib.metadata.entry_points(group=group)
    except Exception:  # whatever another package's file makes of the parser
        pass
    found: dict[tuple[str, str], importlib.metadata.EntryPoint] = {}
    for distribution in importlib.metadata.distributions():
        try:
            points = distribution.entry_points.select(group=group)
        except Exception as error:
            name = getattr(distribution, "_path", "a package without a name")
            notice(
                f"The entry points of {Path(str(name)).name} cannot be read "
                f"({type(error).__name__}: {error}); its tasks and cells are left out. "
                f"Install that package again."
            )
            continue
        for point in points:
            found.setdefault((point.name, point.value), point)
    return found.values()


# begins the ``code`` of a file
FILE_CODE = "sha256:"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One name of a registry.

    Args:
        name: Name that a person types.
        reference: ``"module:attribute"`` or ``"path/to/file.py:attribute"``.
        origin: The distribution or the file that brings it.
    """

    name: str
    reference: str
    origin: str

    def load(self) -> Any:
        """Imports the module and returns the object.

        Raises:
            UsageError: If the module does not import or lacks the attribute.
        """
        module_name, _, attribute = self.reference.rpartition(":")
        module = import_module(module_name, f"{self.name} (from {self.origin})")
        try:
            return getattr(module, attribute)
        except AttributeError:
            raise UsageError(
                f"{module_name} should define {attribute}, which {self.origin} "
                f"registers as {self.name!r}, but it does not."
            ) from None

    @property
    def code(self) -> str:
        """A hash of the file of its code, or the package and version that brings it."""
        path, _, _ = self.reference.rpartition(":")
        if path.endswith(".py"):
            digest = hashlib.sha256(Path(path).read_bytes())
            return f"{FILE_CODE}{digest.hexdigest()}"
        return f"{self.origin} {self.version}".rstrip()

    @property
    def place(self) -> str:
        """The file and line of its definition, as in ``tasks/adding.py:20``."""
        found = place(*self.reference.rpartition(":")[::2])
        if found is None:
            return ""
        path, line = found
        here = Path.cwd()
        shown = path.relative_to(here) if path.is_relative_to(here) else path
        return f"{shown}:{line}"

    @property
    def version(self) -> str:
        """Version of the distribution that brings it; empty for a file."""
        try:
            return importlib.metadata.version(self.origin)
        except importlib.metadata.PackageNotFoundError:
            return ""

    def summary(self) -> str:
        """The first line of the object's docstring, read without importing it."""
        return summary(*self.reference.rpartition(":")[::2])


@dataclasses.dataclass(frozen=True)
class Registry:
    """The tasks, or the cells, that a name can stand for.

    Args:
        kind: ``"task"`` or ``"cell"``, for messages.
        built_in: Gives the entries of the package itself.
        group: The entry-point group through which other packages add theirs.
        usable: Predicate of the public objects of a user's file that are of this kind.
    """

    kind: str
    built_in: Callable[[], dict[str, str]]
    group: str
    usable: Callable[[Any], bool]

    def entries(self) -> dict[str, Entry]:
        """All entries by name, sorted.

        Raises:
            UsageError: If two packages claim one name.
        """
        found = {
            name: Entry(name, reference, "seqtasks")
            for name, reference in self.built_in().items()
        }
        for point in _points(self.group):
            origin = point.dist.name if point.dist else point.value
            if point.name in found and found[point.name].reference != point.value:
                taken = found[point.name]
                raise UsageError(
                    f"The {self.kind} {point.name!r} is defined twice: by "
                    f"{taken.origin} ({taken.reference}) and by {origin} "
                    f"({point.value}). Uninstall one of them or rename it."
                )
            found[point.name] = Entry(point.name, point.value, origin)
        return dict(sorted(found.items()))

    def find(self, name: str) -> Entry:
        """The entry of a name, or of ``path/to/file.py`` with or without ``:object``.

        Raises:
            UsageError: If there is no such name or file, or the file does not import or
                defines nothing of this kind.
        """
        path, _, attribute = name.rpartition(":")
        if name.endswith(".py"):
            path, attribute = name, ""
        if path.endswith(".py"):
            return self._find_in_file(Path(path), attribute)
        entries = self.entries()
        if name not in entries:
            raise UsageError(
                f"There is no {self.kind} named {name!r}. "
                f"{file_hint(name) or nearest(name, entries)} "
                f"A file of your own is given by its path, as in ./my_{self.kind}.py."
            )
        return entries[name]

    def _find_in_file(self, path: Path, attribute: str) -> Entry:
        if not path.is_file():
            raise UsageError(
                f"Expected a Python file that defines a {self.kind}; "
                f"there is no file {str(path)!r}.{nearest_files(path)}"
            )
        module = import_module(str(path), f"the file {path}")
        usable = sorted(
            name
            for name, value in vars(module).items()
            if not name.startswith("_")
            and getattr(value, "__module__", None) == module.__name__
            and self.usable(value)
        )
        if attribute and not self.usable(getattr(module, attribute, None)):
            raise UsageError(
                f"Expected {path} to define a {self.kind} named {attribute!r}; "
                f"it defines {', '.join(usable) or 'none'}."
            )
        if not attribute and not usable:
            raise UsageError(
                f"Expected {path} to define a {self.kind}; it defines none. "
                f"Begin with `seqtasks new {self.kind}`."
            )
        if not attribute and path.stem not in usable and len(usable) > 1:
            raise UsageError(
                f"Expected {path} to define one {self.kind}, or one with the file's "
                f"name; it defines {', '.join(usable)}. "
                f"Name one, as in {path}:{usable[0]}."
            )
        if not attribute:
            attribute = path.stem if path.stem in usable else usable[0]
        return Entry(attribute, f"{path}:{attribute}", str(path))


def _built_in_tasks() -> dict[str, str]:
    """Each file or folder of ``tasks`` is one: file or folder = function = name."""
    spec = importlib.util.find_spec("seqtasks.tasks")
    assert spec is not None
    found = {}
    for folder in spec.submodule_search_locations or ():
        for path in Path(folder).glob("*.py"):
            if not path.stem.startswith("_"):
                found[path.stem] = f"seqtasks.tasks.{path.stem}:{path.stem}"
        for path in Path(folder).glob("*/task.py"):
            name = path.parent.name
            found[name] = f"seqtasks.tasks.{name}.task:{name}"
    return found


def _built_in_cells() -> dict[str, str]:
    return {
        "elman": "seqtasks.cells.elman:ElmanCell",
        "lstm": "seqtasks.cells.lstm:LSTMCell",
        "gru": "seqtasks.cells.gru:GRUCell",
        "min_gru": "seqtasks.cells.min_gru:MinGRUCell",
        "min_lstm": "seqtasks.cells.min_lstm:MinLSTMCell",
        "peephole_lstm": "seqtasks.cells.peephole_lstm:PeepholeLSTMCell",
        "layer_norm_lstm": "seqtasks.cells.layer_norm_lstm:LayerNormLSTMCell",
        "slstm": "seqtasks.cells.slstm:SLSTMCell",
        "janet": "seqtasks.cells.janet:JANETCell",
        "ugrnn": "seqtasks.cells.ugrnn:UGRNNCell",
        "rhn": "seqtasks.cells.rhn:RHNCell",
        "ind_rnn": "seqtasks.cells.ind_rnn:IndRNNCell",
        "fast_grnn": "seqtasks.cells.fast_grnn:FastGRNNCell",
        "co_rnn": "seqtasks.cells.co_rnn:CoRNNCell",
        "lem": "seqtasks.cells.lem:LEMCell",
        "cfc": "seqtasks.cells.cfc:CfCCell",
        "lmu": "seqtasks.cells.lmu:LMUCell",
        "lru": "seqtasks.cells.lru:LRUCell",
        "rg_lru": "seqtasks.cells.rg_lru:RGLRUCell",
        # Keras' own, for comparison
        "keras_simple_rnn": "keras.layers:SimpleRNNCell",
        "keras_lstm": "keras.layers:LSTMCell",
        "keras_gru": "keras.layers:GRUCell",
    }


def _is_cell_class(value: Any) -> bool:
    return inspect.isclass(value) and hasattr(value, "call")


TASKS = Registry("task", _built_in_tasks, "seqtasks.tasks", inspect.isfunction)
CELLS = Registry("cell", _built_in_cells, "seqtasks.cells", _is_cell_class)


def register_classes() -> None:
    """Imports the package's own layers, by which Keras knows their classes."""
    references = [*_built_in_cells().values(), *_built_in_tasks().values()]
    for reference in ("seqtasks.recurrence.rnn:RNN", *references):
        try:
            importlib.import_module(reference.partition(":")[0])
        except ImportError as error:
            # a module of the task is what imports Keras first, and is not through yet
            if "partially initialized" not in str(error):
                raise
