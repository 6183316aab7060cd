"""Names → references → objects. Nothing is imported before it is looked up."""

import ast
import dataclasses
import difflib
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from seqtasks.errors import UsageError


def nearest(name: str, known: Iterable[str]) -> str:
    """Says which of the known names are close to a mistyped one, or lists them all."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Known: {', '.join(known)}."


@dataclasses.dataclass(frozen=True)
class Entry:
    """One name of a registry.

    Args:
        name: What a person types.
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
        module_name, _, attribute = self.reference.partition(":")
        module = _import(module_name, f"{self.name} (from {self.origin})")
        try:
            return getattr(module, attribute)
        except AttributeError:
            raise UsageError(
                f"{module_name} should define {attribute}, which {self.origin} "
                f"registers as {self.name!r}, but it does not."
            ) from None

    def summary(self) -> str:
        """The first line of the object's docstring, read without importing it."""
        module_name, _, attribute = self.reference.partition(":")
        path = _source_file(module_name)
        if path is None:
            return ""
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                if node.name == attribute:
                    return (ast.get_docstring(node) or "").partition("\n")[0]
        return ""


@dataclasses.dataclass(frozen=True)
class Registry:
    """The tasks, or the cells, that a name can stand for.

    Args:
        kind: ``"task"`` or ``"cell"``, for messages.
        built_in: Gives the entries of the package itself.
        group: The entry-point group through which other packages add theirs.
        usable: Says whether a public object of a user's file is one of this kind.
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
        for point in importlib.metadata.entry_points(group=self.group):
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
        path, _, attribute = name.partition(":")
        if path.endswith(".py"):
            return self._find_in_file(Path(path), attribute)
        entries = self.entries()
        if name not in entries:
            raise UsageError(
                f"There is no {self.kind} named {name!r}. {nearest(name, entries)} "
                f"A file of your own is given by its path, as in ./my_{self.kind}.py."
            )
        return entries[name]

    def _find_in_file(self, path: Path, attribute: str) -> Entry:
        if not path.is_file():
            raise UsageError(
                f"Expected a Python file that defines a {self.kind}; "
                f"there is no file {str(path)!r}."
            )
        module = _import(str(path), f"the {self.kind} file {path}")
        public = {
            name: value
            for name, value in vars(module).items()
            if not name.startswith("_")
            and getattr(value, "__module__", None) == module.__name__
            and self.usable(value)
        }
        if not attribute:
            attribute = path.stem if path.stem in public else ""
        if not attribute and len(public) == 1:
            (attribute,) = public
        if not attribute or attribute not in public:
            have = ", ".join(sorted(public)) or "none"
            raise UsageError(
                f"Expected {path} to define a {self.kind}"
                f"{f' named {attribute!r}' if attribute else ''}; found: {have}. "
                f"Name one as {path}:NAME, or begin with `seqtasks new {self.kind}`."
            )
        return Entry(attribute, f"{path}:{attribute}", str(path))


def _import(module_name: str, what: str) -> ModuleType:
    try:
        if module_name.endswith(".py"):
            return _import_file(Path(module_name))
        return importlib.import_module(module_name)
    except Exception as error:
        line = _error_line(error, module_name)
        raise UsageError(
            f"Could not import {what}: {type(error).__name__}: {error}{line}. "
            f"Run `python {module_name}` to see the whole error."
            if module_name.endswith(".py")
            else f"Could not import {what}: {type(error).__name__}: {error}{line}."
        ) from error


def _import_file(path: Path) -> ModuleType:
    """Imports a file once per resolved path, under a name that cannot collide."""
    name = f"seqtasks_user_file:{path.resolve()}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _error_line(error: BaseException, path: str) -> str:
    """The line of the user's own file at which an import failed."""
    if isinstance(error, SyntaxError):
        return f" (line {error.lineno}: {(error.text or '').strip()})"
    frames = inspect.getinnerframes(error.__traceback__) if error.__traceback__ else []
    own = [frame for frame in frames if Path(frame.filename) == Path(path)]
    if not own:
        return ""
    code = (own[-1].code_context or [""])[0].strip()
    return f" (line {own[-1].lineno}: {code})"


def _source_file(module_name: str) -> Path | None:
    """Where a module's source is, found without importing any package on the way."""
    if module_name.endswith(".py"):
        return Path(module_name)
    top, *rest = module_name.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        stem = Path(folder, *rest)
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None
