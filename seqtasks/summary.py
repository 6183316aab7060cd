"""What an object is, in one line, read from its source without importing it."""

import ast
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path


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
        return ""  # the error is told when the object is loaded
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
