"""The options of a task or cell are the arguments of its function or class."""

import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from seqtasks.errors import UsageError, shortened
from seqtasks.registry import nearest


def require(condition: bool, option: str, value: Any, expected: str) -> None:
    """Refuses an option's value that is out of range.

    Args:
        condition: Condition that must hold.
        option: Name of the option.
        value: Received value.
        expected: Description of the values in range, as in
            ``"an integer of at least 2"``.

    Raises:
        UsageError: If the condition does not hold.
    """
    if not condition:
        received = shortened(value)
        raise UsageError(f"{option} must be {expected}; received {received}.")


def as_text(options: Mapping[str, Any]) -> str:
    """Options on one line, as in ``dataset=glyphs, read=rows``."""
    return ", ".join(f"{key}={value}" for key, value in options.items())


def options_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The options by name: named parameters that have a default."""
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def resolve_options(
    function: Callable[..., Any], given: Mapping[str, Any], owner: str
) -> dict[str, Any]:
    """All options with their values: the defaults, and over them what was given.

    A class of cells that names ``gates`` also has the option ``without``, the gate to
    remove; it is among the values only where it was given.

    Args:
        function: Function of the task or class of the cell.
        given: Values by option; text is converted to the annotated type.
        owner: Owner of the options, for messages, as in ``"the task char_lm"``.

    Raises:
        UsageError: If an option is unknown or a value is of the wrong type.
    """
    options = options_of(function)
    hints = _hints(function)
    values = {name: parameter.default for name, parameter in options.items()}
    for name, value in given.items():
        if name == "without" and name not in options and hasattr(function, "gates"):
            # no option of a whole cell: its results are as they were before it
            values.update(_without(function, value, owner))
            continue
        if name not in options:
            raise UsageError(
                f"There is no option {name!r} in {owner}. {nearest(name, options)}"
            )
        default = values[name]
        values[name] = convert(name, value, hints.get(name, _type_of(default)))
        if _is_endless(values[name]) and not _is_endless(default):
            require(False, name, values[name], "a finite number")
    return values


def _is_endless(value: Any) -> bool:
    """Whether a value is infinite, or no number (NaN)."""
    return isinstance(value, float) and not math.isfinite(value)


def _without(cell_class: Any, gate: Any, owner: str) -> dict[str, str]:
    """The option that removes a gate of a cell, or none where it is empty."""
    names = [name for name, _ in cell_class.gates.values()]
    if gate and gate not in names:
        if not names:
            raise UsageError(
                f"Expected a cell with gates for without={gate}; {owner} names none. "
                f"A cell names them in its class (seqtasks/cells/README.md)."
            )
        raise UsageError(
            f"There is no gate {str(gate)!r} in {owner}. {nearest(str(gate), names)}"
        )
    return {"without": gate} if gate else {}


def convert(option: str, value: Any, annotation: Any) -> Any:
    """A value of the annotated type, from text or from a TOML or JSON value.

    Raises:
        UsageError: If the value cannot be of that type.
    """
    accepted = _alternatives(annotation)
    if int in accepted and str not in accepted:
        whole = _as_whole(value)
        bounds = "an integer of at most 2^62"
        require(whole is None or abs(whole) <= _LARGEST, option, value, bounds)
    for kind in accepted:
        try:
            return _as(value, kind)
        except TypeError:  # a type that msgspec does not know, as of a function
            return value
        except (ValueError, OverflowError, KeyError, RecursionError):
            continue
    expected = " or ".join(_describe(kind) for kind in accepted)
    raise UsageError(f"{option} must be {expected}; received {shortened(value)}.")


def _as_whole(value: Any) -> int | None:
    """The integer of a value or of its text; ``None`` if it is none."""
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        return int(value) if len(value) < 40 else _LARGEST + 1
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# what NumPy counts with; options are sizes, counts and seeds
_LARGEST = 2**62

_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}
_DESCRIPTIONS: dict[Any, str] = {
    int: "an integer",
    float: "a number",
    bool: "true or false",
    str: "text",
    type(None): "none",
}


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    target: Any = function.__init__ if inspect.isclass(function) else function
    try:
        return typing.get_type_hints(target)
    except NameError:
        # a hint names what is imported for type checkers alone; defaults have types too
        return {}


def _type_of(default: Any) -> Any:
    """The type of an option without a type hint: any if its default is none.

    Keras' cells have such options, as in ``kernel_regularizer=None``.
    """
    return Any if default is None else type(default)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        # text accepts anything, so it is tried last
        return tuple(sorted(typing.get_args(annotation), key=lambda kind: kind is str))
    return (annotation,)


def _describe(kind: Any) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(str(choice) for choice in typing.get_args(kind))
    return _DESCRIPTIONS.get(kind, str(getattr(kind, "__name__", kind)))


def _as(value: Any, kind: Any) -> Any:
    """A value as one type, or an error: msgspec's checks, and what a person types."""
    if isinstance(value, str):
        if kind is bool:
            return _BOOLEANS[value.lower()]
        if kind is type(None):
            return {"none": None}[value]
        if kind in (int, float):
            return kind(value)
    if kind is int and isinstance(value, float):
        value = int(value) if value.is_integer() else value
    if typing.get_origin(kind) is typing.Literal and not isinstance(value, bool):
        value = {str(choice): choice for choice in typing.get_args(kind)}[str(value)]
    return msgspec.convert(value, kind)
