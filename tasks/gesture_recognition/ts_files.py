"""The .ts files of the UCR and UEA archives, as sktime and aeon read them."""

from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.labelled_file import (
    LabelledFile,
    by_name,
    lines_without_remarks,
    plain,
    same_width,
)

from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.errors import UsageError


def read_ts(path: Path) -> LabelledFile:
    """Reads a .ts file.

    The head has a line for each fact, as in ``@classLabel true a b``; lines that begin
    with ``#`` are remarks. After ``@data`` each line is a series: its channels between
    colons, the values of a channel between commas, and the class last. Lines that are
    damaged, or have a gap, are named on stderr and skipped.

    Raises:
        UsageError: If it is no such file, has no classes, has time stamps, or if more
            than a tenth of its series are damaged.
    """
    head, lines = _parts(path)
    if head.get("timestamps", ["false"])[0].lower() == "true":
        raise UsageError(
            f"Expected series without time stamps; @timeStamps of {path} is true. "
            f"Bring the series to even steps of time, write the values alone, and "
            f"@timeStamps false."
        )
    labelled, *class_names = head.get("classlabel", ["false"])
    if labelled.lower() != "true" or len(class_names) < 2:
        target = " Its @targetLabel is a number to predict." * ("targetlabel" in head)
        raise UsageError(
            f"Expected a line @classLabel in {path} with true and the names of two "
            f"classes or more; received {' '.join([labelled, *class_names])}.{target}"
        )
    numbers = by_name(class_names)
    whole, _ = read_whole(
        lines,
        lambda line: _read(line[1], numbers),
        lambda line: f"line {line[0]}",
        "series",
        path,
    )
    series = [one for _, (one, _) in whole]
    if not series:
        raise UsageError(f"Expected series after @data in {path}; there are none.")
    same_width(path, series)
    labels = np.array([label for _, (_, label) in whole], np.int32)
    return LabelledFile(tuple(class_names), series, labels)


def _parts(path: Path) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """The facts of the head by name, in small letters, and the numbered other lines."""
    lines = lines_without_remarks(path, "a .ts file")
    head: dict[str, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped.lower() == "@data":
            rest = [one.strip() for one in lines[number:]]
            return head, [
                (index, one) for index, one in enumerate(rest, start=number + 1) if one
            ]
        if stripped.startswith("@"):
            name, *values = stripped[1:].split() or [""]
            head[name.lower()] = values or [""]
    raise UsageError(
        f"Expected a line @data in {path}, after which the series follow; there is "
        f"none. Is it a .ts file of the UCR or UEA archive?"
    )


def _read(line: str, numbers: dict[str, int]) -> tuple[np.ndarray, int]:
    *channels, name = line.split(":")
    name = name.strip()
    label = numbers.get(name, numbers.get(plain(name)))
    if label is None:
        raise DamagedError(f"no class {name[:20]!r}")
    values = [_values(one) for one in channels]
    lengths = sorted({len(one) for one in values})
    if len(lengths) != 1:
        raise DamagedError(
            f"channels of {lengths[0]} and {lengths[-1]} steps" if lengths else "empty"
        )
    return np.array(values).T, label


def _values(channel: str) -> list[float]:
    cells = channel.strip().removesuffix(",").split(",")
    try:
        values = [float(value) for value in cells]
    except ValueError:
        gap = any(cell.strip() in ("", "?") for cell in cells)
        raise DamagedError("a value is missing" if gap else "no number") from None
    if np.isnan(values).any():
        raise DamagedError("a value is missing")
    if np.isinf(values).any():
        raise DamagedError("a number is too large")
    return values
