"""Modules by name and users' files by path: their objects, or their summaries alone."""

import ast
import importlib
import importlib.util
import inspect
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from seqtasks.errors import UsageError


def import_module(module_name: str, what: str) -> ModuleType:
    """Imports a module by its dotted name, or a user's file by its path.

    Args:
        module_name: The name, or the path of a ``.py`` file.
        what: Name of what is imported, for the message.

    Raises:
        UsageError: If it does not import; the message shows the line of the file.
    """
    own = module_name.endswith(".py")
    try:
        if own:
            return _import_file(Path(module_name))
        return importlib.import_module(module_name)
    except Exception as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        hint = f" Run `python {module_name}` to see the whole error." if own else ""
        raise UsageError(
            f"Could not import {what}: {type(error).__name__}: {message}"
            f"{_error_line(error, module_name)}.{hint}"
        ) from error


def _import_file(path: Path) -> ModuleType:
    """Imports a file once per resolved path, under a name that cannot collide."""
    name = f"seqtasks_user_file:{path.resolve()}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
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
    file = Path(path).resolve()
    own = [frame for frame in frames if Path(frame.filename).resolve() == file]
    if not own:
        return ""
    code = (own[-1].code_context or [""])[0].strip()
    return f" (line {own[-1].lineno}: {code})"


def summary(module: str, attribute: str) -> str:
    """The first line of a function's or class's docstring, or the empty string.

    Args:
        module: The module's dotted name, or the path of a ``.py`` file.
        attribute: The name of the function or class; where the module only imports it
            from another, that one is read.
    """
    path = _source_file(module)
    try:
        tree = ast.parse(path.read_text(encoding="utf-8")) if path else None
    except (OSError, SyntaxError, ValueError):
        return ""  # loading the object raises the error
    for node in tree.body if tree else ():
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if name == attribute:
                    return (ast.get_docstring(node) or "").partition("\n")[0]
            case ast.ImportFrom(module=str(origin), level=0):
                for alias in node.names:
                    if (alias.asname or alias.name) == attribute and origin != module:
                        return summary(origin, alias.name)
    return ""


def _source_file(module: str) -> Path | None:
    if module.endswith(".py"):
        return Path(module)
    folders, spec = None, None
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        spec = _find_spec(".".join(parts[:depth]), folders)
        if spec is None:
            return None
        folders = spec.submodule_search_locations
    return Path(spec.origin) if spec and spec.has_location and spec.origin else None


def _find_spec(module: str, folders: list[str] | None) -> ModuleSpec | None:
    """``importlib.util.find_spec``, which would import the packages on the way."""
    for finder in sys.meta_path:
        spec = finder.find_spec(module, folders)
        if spec is not None:
            return spec
    return None
