"""Values of a dataclass from JSON, checked against its type hints."""

import dataclasses
import types
import typing
from typing import Any

_DESCRIPTIONS = {
    str: "text",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    dict: "an object",
    list: "a list",
    tuple: "a list",
    type(None): "null",
}


def from_data(kind: type, data: Any, where: str = "") -> Any:
    """The dataclass of a JSON object, and of everything inside it.

    Args:
        kind: The dataclass.
        data: What ``json.loads`` gave.
        where: The place in the whole, for messages.

    Raises:
        ValueError: If a field is missing, unknown or of another type.
    """
    if not isinstance(data, dict):
        raise _wrong(where, "an object", data)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    missing = [
        name
        for name, field in fields.items()
        if name not in data and not _has_default(field)
    ]
    unknown = sorted(set(data) - set(fields))
    for what, names in (("lacks", missing), ("has unknown", unknown)):
        if names:
            raise ValueError(f"{where or 'it'} {what} {', '.join(names)}")
    hints = typing.get_type_hints(kind)
    return kind(
        **{
            name: _value(hints[name], value, f"{where}.{name}".lstrip("."))
            for name, value in data.items()
        }
    )


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        return from_data(typing.cast(type, kind), value, where)
    if origin is typing.Literal:
        if value in arguments:
            return value
        raise _wrong(where, f"one of {', '.join(map(str, arguments))}", value)
    if origin in (types.UnionType, typing.Union):
        matching = [option for option in arguments if _is(option, value)]
        if matching:
            return _value(matching[0], value, where)
        raise _wrong(where, " or ".join(map(_description, arguments)), value)
    if not _is(origin or kind, value):
        raise _wrong(where, _description(origin or kind), value)
    if origin is dict:
        return {
            key: _value(arguments[1], item, f"{where}.{key}")
            for key, item in value.items()
        }
    if origin in (list, tuple):
        items = (
            _value(arguments[0], item, f"{where}[{index}]")
            for index, item in enumerate(value)
        )
        return origin(items)
    return value


def _has_default(field: dataclasses.Field) -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _description(kind: Any) -> str:
    return _DESCRIPTIONS[dict if dataclasses.is_dataclass(kind) else kind]


def _is(kind: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict)
    if kind is float:
        return isinstance(value, int | float)
    return isinstance(value, list if kind is tuple else kind)


def _wrong(where: str, expected: str, value: Any) -> ValueError:
    received = repr(value)
    if len(received) > 60:
        received = f"{received[:60]}…"
    return ValueError(f"{where or 'it'} should be {expected}, is {received}")
