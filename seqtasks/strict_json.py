"""JSON as its standard says, for text that may come from anyone."""

import json
import math
from typing import Any

# a result nests four deep; functions that walk it call themselves at each level
DEEPEST = 32

_LARGEST = 2**64


def loads(text: str, deepest: int = DEEPEST) -> Any:
    """What the text says.

    Python's own reader takes the last of two values of one key, numbers that JSON does
    not have, integers of any length and nesting until it fails; this one refuses them.

    Args:
        text: The text.
        deepest: The most levels of lists and objects within each other.

    Raises:
        ValueError: If the text is no JSON, or one of these; the message says which.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except RecursionError:
        raise ValueError(f"it nests deeper than {deepest} levels") from None
    _check_depth(value, deepest)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"it has the key {_short(key)} twice")
        found[key] = value
    return found


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _integer(digits: str) -> int:
    # the length first: reading the digits takes the square of their number
    if len(digits) > 20 or abs(int(digits)) >= _LARGEST:
        raise ValueError(f"the number {_short(digits)} is too large")
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {_short(text)} is too large")
    return value


def _check_depth(value: Any, deepest: int) -> None:
    level = [value]
    for _ in range(deepest):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        level = inner
    if level:
        raise ValueError(f"it nests deeper than {deepest} levels")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
