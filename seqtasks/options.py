"""The options of a task or cell are the arguments of its function or class."""

import difflib
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from seqtasks.errors import UsageError


def require(condition: bool, option: str, value: Any, expected: str) -> None:
    """Refuses an option's value that is out of range.

    Args:
        condition: What must hold.
        option: The option's name.
        value: What was received.
        expected: What was expected, as in ``"an integer of at least 2"``.

    Raises:
        UsageError: If the condition does not hold.
    """
    if not condition:
        raise UsageError(f"{option} must be {expected}; received {value!r}.")


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

    Args:
        function: The task's function or the cell's class.
        given: Values by option; text is converted to the annotated type.
        owner: Who has the options, for messages, as in ``"the task char_lm"``.

    Raises:
        UsageError: If an option is unknown or a value is of the wrong type.
    """
    options = options_of(function)
    hints = _hints(function)
    values = {name: parameter.default for name, parameter in options.items()}
    for name, value in given.items():
        if name not in options:
            close = difflib.get_close_matches(name, options, n=3)
            hint = (
                f"Did you mean {' or '.join(close)}?"
                if close
                else f"It has: {', '.join(options) or 'none'}."
            )
            raise UsageError(f"There is no option {name!r} in {owner}. {hint}")
        values[name] = convert(name, value, hints.get(name, type(values[name])))
    return values


def convert(option: str, value: Any, annotation: Any) -> Any:
    """A value of the annotated type, from text or from a TOML or JSON value.

    Raises:
        UsageError: If the value cannot be of that type.
    """
    accepted = _alternatives(annotation)
    for kind in accepted:
        converted = _as(value, kind)
        if converted is not _REFUSED:
            return converted
    expected = " or ".join(_describe(kind) for kind in accepted)
    raise UsageError(f"{option} must be {expected}; received {value!r}.")


_REFUSED = object()
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}
_DESCRIPTIONS = {
    int: "an integer",
    float: "a number",
    bool: "true or false",
    str: "text",
    type(None): "none",
}


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    target = function.__init__ if inspect.isclass(function) else function  # type: ignore[misc]
    return typing.get_type_hints(target)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        # text accepts anything, so it is tried last
        return tuple(sorted(typing.get_args(annotation), key=lambda kind: kind is str))
    return (annotation,)


def _describe(kind: Any) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(str(choice) for choice in typing.get_args(kind))
    return _DESCRIPTIONS.get(kind, str(kind))


def _as(value: Any, kind: Any) -> Any:
    if typing.get_origin(kind) is typing.Literal:
        for choice in typing.get_args(kind):
            if value == choice or str(value) == str(choice):
                return choice
        return _REFUSED
    if kind is type(None):
        return None if value is None or value == "none" else _REFUSED
    if kind is bool:
        if isinstance(value, bool):
            return value
        return _BOOLEANS.get(str(value).lower(), _REFUSED)
    if isinstance(value, bool):
        return _REFUSED
    if kind in (int, float):
        try:
            if kind is int and isinstance(value, float):
                return int(value) if value.is_integer() else _REFUSED
            return kind(value)
        except (TypeError, ValueError):
            return _REFUSED
    if kind is str:
        return value if isinstance(value, str) else _REFUSED
    return value
