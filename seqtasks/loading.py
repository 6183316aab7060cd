"""Modules by name and users' files by path: their objects, or their summaries alone."""

import ast
import contextlib
import difflib
import importlib
import importlib.util
import inspect
import linecache
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.files import check_readable

_LARGEST = 2**24  # bytes of a Python file


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
    except UsageError:
        raise
    except SystemExit as error:
        raise UsageError(
            f"Could not import {what}: it ended the program by sys.exit"
            f"{place_of(error)}. Put what is run as a program under "
            f'`if __name__ == "__main__":`.'
        ) from error
    except Exception as error:
        hint = f" Run `python {module_name}` to see the whole error." if own else ""
        raise UsageError(
            f"Could not import {what}: {describe(error)}.{hint}"
        ) from error


def _import_file(path: Path) -> ModuleType:
    """Imports a file once per resolved path, under a name that cannot collide."""
    name = f"seqtasks_user_file:{path.resolve()}"
    if name in sys.modules:
        return sys.modules[name]
    check_readable(path, _LARGEST, "a Python file")
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


@contextlib.contextmanager
def reported(what: str) -> Iterator[None]:
    """Turns an exception of the code of a task or a cell into a sentence.

    Memory that is exhausted is no fault of that code, and is passed on, as are errors
    that are sentences already.

    Args:
        what: Beginning of the sentence, as in ``"The task parity could not be built"``.

    Raises:
        UsageError: In place of any other exception, and of ``SystemExit``.
    """
    try:
        yield
    except SeqtasksError:
        raise
    except (Exception, SystemExit) as error:
        if type(error).__name__ in _MEMORY_ERRORS or os.environ.get(TRACEBACK):
            raise
        message = f"{what}: {describe(error)}."
        if not _FROM_A_FILE.search(message):
            message += f" Set {TRACEBACK}=1 to see the whole error."
        raise UsageError(message) from error


@contextlib.contextmanager
def placed(function: Callable[..., object]) -> Iterator[None]:
    """Adds to a sentence where a person's function begins, if it names no line yet.

    What is wrong with the examples that a function has given is found after it has
    returned, so that no line of it is in the traceback.

    Args:
        function: Function of the task that gave what is read.

    Raises:
        UsageError: The one that was raised within, with the line.
    """
    try:
        yield
    except UsageError as error:
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None or _FROM_A_FILE.search(str(error)):
            raise
        own = not function.__module__.startswith("seqtasks.")
        if own and _is_own(Path(code.co_filename)):
            place = f"line {code.co_firstlineno} of {os.path.relpath(code.co_filename)}"
            error.args = (f"{error} The task's {code.co_name} begins at {place}.",)
        raise


# the environment variable with which an exception is shown as Python shows it
TRACEBACK = "SEQTASKS_TRACEBACK"

_MEMORY_ERRORS = ("MemoryError", "ResourceExhaustedError")
_FROM_A_FILE = re.compile(r"\(line \d+ of ")
# how TensorFlow quotes the traceback of a generator within its message
_QUOTED_FRAME = re.compile(r'File "([^"]+)", line (\d+), in')
_PYTHON_ERROR = re.compile(
    r"(?m)^(?:[\w.]*\.)?([A-Z]\w*(?:Error|Exception|Exit)): (.+)$"
)


def describe(error: BaseException) -> str:
    """An exception in a few words: its type, its innermost message, its place.

    >>> describe(ValueError("no such shape"))
    'ValueError: no such shape'
    """
    if isinstance(error, SystemExit):
        return f"it ended the program by sys.exit({error.code!r}){place_of(error)}"
    if isinstance(error, SyntaxError):
        text = f"{type(error).__name__}: {error.msg}"
        return f"{text} (line {error.lineno}: {(error.text or '').strip()})"
    message = str(error).strip() + meant(error)
    # TensorFlow says first what failed in the graph, and then why
    quoted = _PYTHON_ERROR.findall(message)
    kind, reason = quoted[-1] if quoted else (type(error).__name__, innermost(message))
    return f"{kind}: {reason}".rstrip(": ").rstrip(".") + place_of(error)


_UNKNOWN_ARGUMENT = re.compile(
    r"^(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'"
)


def meant(error: BaseException) -> str:
    """A hint for a mistyped argument of a class of this package, as of ``Task``.

    Returns:
        A question that begins with a point; empty if there is nothing to suggest.
    """
    found = _UNKNOWN_ARGUMENT.match(str(error))
    if not isinstance(error, TypeError) or found is None:
        return ""
    made = getattr(sys.modules.get("seqtasks.task"), found[1], None)
    known = inspect.signature(made).parameters if inspect.isclass(made) else ()
    close = difflib.get_close_matches(found[2], known, n=1)
    return f". Did you mean {close[0]}?" if close else ""


# lines of TensorFlow's and Keras' messages that give no reason
_WRAPPING = ("Detected at node", "Arguments received", "Stack trace", "<stack traces")


def innermost(message: str) -> str:
    r"""The line of a message that gives the reason, without what is wrapped around it.

    TensorFlow writes ``Graph execution error:``, where each operation was defined, and
    last the reason; Keras names the layer and then the reason, in bold.

    Example:
        >>> innermost("Graph execution error:\nDetected at node x\nlabel 7\n [[x]]")
        'label 7'
    """
    plain = without_marks(re.sub(r"\x1b\[\d*m", "", message))
    lines = [line for line in plain.splitlines() if line.strip()] or [""]
    first = lines[0].strip()
    roots = [re.match(r"\s*\(0\) (?:[A-Z_]+: *)?(.+)", line) for line in lines]
    for root in roots:
        if root:
            return root[1].strip()
    reasons = [
        line.strip()
        for line in lines[1:]
        if not line[0].isspace() and not line.startswith(_WRAPPING)
    ]
    if first.startswith("Graph execution error") and reasons:
        return reasons[-1]
    if first.startswith("Exception encountered when calling") and reasons:
        return reasons[0]
    return first


# how TensorFlow marks where in its graph an operation stands
_MARKS = re.compile(r"\{\{(?:function_)?node [^}]*\}\} *| *\[Op:\w+\](?: name:)?")


def without_marks(message: str) -> str:
    """A message without the names that TensorFlow gives to nodes of its graph.

    >>> without_marks("{{function_node __wrapped__MatMul}} sizes differ [Op:MatMul]")
    'sizes differ'
    """
    return _MARKS.sub("", message)


def place_of(error: BaseException) -> str:
    """The line of a person's file in which an exception arose; may be empty."""
    own = own_line(error)
    if own is None:
        return ""
    path, line = own
    code = linecache.getline(str(path), line).strip()
    return f" (line {line} of {os.path.relpath(path)}: {code})"


def own_line(error: BaseException) -> tuple[Path, int] | None:
    """The innermost line of a person's file in which an exception arose.

    Returns:
        The file and the number of the line; ``None`` if all of them are of Python, of
        installed packages or of this one.
    """
    frames = [
        (frame.filename, frame.lineno or 0)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    frames += [(name, int(line)) for name, line in _QUOTED_FRAME.findall(str(error))]
    own = [(Path(name), line) for name, line in frames if _is_own(Path(name))]
    return own[-1] if own else None


def _is_own(path: Path) -> bool:
    """True for a file of neither an installed package, nor Python, nor this one."""
    return (
        path.is_file()
        and not {"site-packages", "dist-packages"} & set(path.parts)
        and not path.is_relative_to(Path(traceback.__file__).parent)
        and not path.is_relative_to(Path(__file__).parent)
    )


def summary(module: str, attribute: str) -> str:
    """The first line of a function's or class's docstring, or the empty string.

    Args:
        module: The module's dotted name, or the path of a ``.py`` file.
        attribute: The name of the function or class; where the module only imports it
            from another, that one is read.
    """
    found = definition(module, attribute)
    return (ast.get_docstring(found[1]) or "").partition("\n")[0] if found else ""


def place(module: str, attribute: str) -> tuple[Path, int] | None:
    """The file and the line of a function or class, found without importing it.

    Args:
        module: As for :func:`summary`.
        attribute: As for :func:`summary`.
    """
    found = definition(module, attribute)
    return (found[0], found[1].lineno) if found else None


def definition(
    module: str, attribute: str
) -> tuple[Path, ast.FunctionDef | ast.ClassDef] | None:
    """The file and the text of a function or class; nothing of it is run.

    Args:
        module: As for :func:`summary`.
        attribute: As for :func:`summary`.
    """
    path = _source_file(module)
    tree = _parsed(path)
    for node in tree.body if tree else ():
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if name == attribute and path is not None:
                    return path, node
            case ast.ImportFrom(module=str(origin), level=0):
                for alias in node.names:
                    if (alias.asname or alias.name) == attribute and origin != module:
                        return definition(origin, alias.name)
    return None


def constants(module: str, attribute: str) -> dict[str, Any]:
    """The plain values that are assigned at the top of a function's file; none is run.

    Args:
        module: As for :func:`summary`.
        attribute: As for :func:`summary`.
    """
    found = definition(module, attribute)
    tree = _parsed(found[0] if found else _source_file(module))
    values = {}
    for node in tree.body if tree else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                # what is computed is no plain value
                with contextlib.suppress(ValueError, TypeError, RecursionError):
                    values[name] = ast.literal_eval(value)
    return values


def _parsed(path: Path | None) -> ast.Module | None:
    """The text of a file; ``None`` if it cannot be read, which loading it reports."""
    try:
        if path is None:
            return None
        check_readable(path, _LARGEST, "a Python file")
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError, RecursionError, UsageError):
        return None


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
