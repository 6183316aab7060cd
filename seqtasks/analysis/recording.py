"""A cell's own equations, run with a record of each intermediate value.

The source of the cell's ``call``, and of what it calls of its own, is read and
rewritten: each call, each operator and each assignment also hands its value to a
recorder, and is otherwise unchanged. The rewritten functions run in place of the cell's
on one instance.
"""

import ast
import contextlib
import functools
import linecache
import types
from collections.abc import Iterator
from typing import Any

import keras

from seqtasks.analysis.rewriting import RECORDER, rewritten
from seqtasks.cells.base import Cell


class Recorder:
    """The intermediate values of a step, in the order in which they are computed.

    Attributes:
        values: Values of the step, each ``(name, source, kind, tensor)``.
        state_names: Names of the new states in the cell's last ``return``; empty if
            they have none.
    """

    def __init__(self, cell: keras.layers.Layer):
        self.values: list[list[Any]] = []
        self.state_names: tuple[str, ...] = ()
        self._cell = cell
        self._seen: dict[int, int | None] = {}  # place in values; None for an input
        self._inputs: list[Any] = []  # kept, so that no other tensor has their id
        own = type(cell).__mro__
        self._classes = own[: own.index(keras.layers.Layer)]
        self._modules = {
            one.__module__ for one in self._classes if not _is_keras(one.__module__)
        }
        self._functions: dict[Any, Any] = {}

    def start_step(self) -> None:
        """Forgets the step before."""
        self.values, self._seen, self._inputs = [], {}, []

    # What rewritten code calls: each returns what it was given.

    def inputs(self, *arguments: Any) -> None:
        """Registers the arguments of the outermost function: they are not computed."""
        if self._seen:
            return
        self._inputs = [one for one in keras.tree.flatten(arguments) if _is_value(one)]
        self._seen.update((id(one), None) for one in self._inputs)

    def value(self, value: Any, source: str, kind: str) -> Any:
        """Records an expression."""
        for one in value if isinstance(value, list | tuple) else (value,):
            self._add("", source, kind, one)
        return value

    def named(self, value: Any, name: str, source: str, kind: str) -> Any:
        """Records the name to which a value is assigned."""
        if isinstance(value, list | tuple):
            for index, one in enumerate(value):
                self._add(f"{name}[{index}]", source, kind, one)
        else:
            self._add(name, source, kind, value)
        return value

    def unpacked(
        self, value: Any, names: tuple[str, ...], source: str, kind: str
    ) -> Any:
        """Records the names to which the parts of a value are assigned."""
        if isinstance(value, dict | keras.Variable):
            return value
        parts = value if isinstance(value, list | tuple) else tuple(value)
        for name, one in zip(names, parts, strict=False):
            self._add(name, source, kind, one)
        return parts

    def returned(self, value: Any, names: tuple[str, ...]) -> Any:
        """Records the names of the states that a function returns."""
        self.state_names = names
        return value

    def followed(self, function: Any) -> Any:
        """The function, rewritten if it is the cell's own."""
        if isinstance(function, types.MethodType):
            if function.__self__ is not self._cell:
                return function
            inner: Any = function.__func__
            if not any(inner in vars(one).values() for one in self._classes):
                return function
            # in the base class, only how project and step follow each other is shown
            if inner in vars(Cell).values() and inner.__name__ != "call":
                return function
            own = self._rewritten(inner)
            return function if own is inner else types.MethodType(own, self._cell)
        own_module = getattr(function, "__module__", "") in self._modules
        if isinstance(function, types.FunctionType) and own_module:
            return self._rewritten(function)
        return function

    def _rewritten(self, function: types.FunctionType) -> types.FunctionType:
        if function not in self._functions:
            made = _with_recorder(function, self)
            self._functions[function] = function if made is None else made
        return self._functions[function]

    def _add(self, name: str, source: str, kind: str, value: Any) -> None:
        if not _is_value(value):
            return
        key = id(value)
        if key not in self._seen:
            self._seen[key] = len(self.values)
            self.values.append([name, source, kind, value])
            return
        place = self._seen[key]
        if place is not None and name and self.values[place][0][-1:] in ("", "]"):
            self.values[place][0] = name  # also of a part of a list, as in parts[0]


@contextlib.contextmanager
def recording(cell: keras.layers.Layer) -> Iterator[Recorder]:
    """Within it, a call of the cell records its intermediate values.

    Where the source of ``call`` cannot be had, nothing is recorded.
    """
    recorder = Recorder(cell)
    own = recorder.followed(cell.call)
    # past Keras' tracking of attributes; the method of the class is behind it
    before = vars(cell).get("call")
    vars(cell)["call"] = own
    try:
        yield recorder
    finally:
        del vars(cell)["call"]
        if before is not None:
            vars(cell)["call"] = before


def _with_recorder(
    function: types.FunctionType, recorder: Recorder
) -> types.FunctionType | None:
    """The function with a recorder; ``None`` where its source cannot be had."""
    code = function.__code__
    tree = _parsed(code.co_filename)
    body, place = _definition(tree, code) if tree else (None, 0)
    # the file may have changed since it was imported
    if tree is None or body is None or not _is_source(tree, code):
        return None
    plain = body[place]
    body[place] = rewritten(plain, RECORDER)
    try:
        whole = compile(tree, code.co_filename, "exec", dont_inherit=True)
    finally:
        body[place] = plain
    recorded = _find(_find(whole, co_name=RECORDER), co_name=code.co_name)
    if recorded is None or not {*recorded.co_freevars} <= {*code.co_freevars, RECORDER}:
        return None
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    cells[RECORDER] = types.CellType(recorder)
    made = types.FunctionType(
        recorded,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells[name] for name in recorded.co_freevars),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


@functools.lru_cache(maxsize=32)
def _parsed(filename: str) -> ast.Module | None:
    """The syntax tree of a source file; ``None`` if there is none."""
    linecache.checkcache(filename)
    text = "".join(linecache.getlines(filename))
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError):
        return None


def _definition(tree: ast.Module, code: types.CodeType) -> tuple[Any, int]:
    """The list of statements, and the place in it, that a code object comes from."""
    for parent in ast.walk(tree):
        for _, body in ast.iter_fields(parent):
            for place, node in enumerate(body if isinstance(body, list) else ()):
                if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
                    decorators = (one.lineno for one in node.decorator_list)
                    if min([node.lineno, *decorators]) == code.co_firstlineno:
                        return body, place
    return None, 0


def _is_source(tree: ast.Module, code: types.CodeType) -> bool:
    """Tests if a file, compiled again, gives the same code at the same place."""
    whole = compile(tree, code.co_filename, "exec", dont_inherit=True)
    place = {"co_qualname": code.co_qualname, "co_firstlineno": code.co_firstlineno}
    return _find(whole, **place) == code


def _find(code: types.CodeType | None, **attributes: Any) -> types.CodeType | None:
    """The code object with these attributes within another."""
    for one in code.co_consts if code else ():
        if isinstance(one, types.CodeType):
            if all(getattr(one, name) == v for name, v in attributes.items()):
                return one
            if found := _find(one, **attributes):
                return found
    return None


def _is_value(value: Any) -> bool:
    """Tests for a tensor of numbers that are no indices."""
    if isinstance(value, keras.Variable) or not keras.ops.is_tensor(value):
        return False
    dtype = keras.backend.standardize_dtype(value.dtype)
    return keras.backend.is_float_dtype(dtype) or "complex" in dtype


def _is_keras(module: str) -> bool:
    return module.partition(".")[0] == "keras"
