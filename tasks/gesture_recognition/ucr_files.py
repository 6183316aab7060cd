"""The other files of the archives: UCR's tables, UEA's .arff, and arrays in .npz."""

import re
from pathlib import Path

import numpy as np
from seqtasks.tasks.gesture_recognition.labelled_file import (
    LabelledFile,
    from_names,
    lines_without_remarks,
    plain,
    same_width,
    without_padding,
)

from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.npz_file import read_npz as read_npz_file
from seqtasks.data.text_file import read_text
from seqtasks.errors import UsageError
from seqtasks.task import Split

_GAPS = ("?", "nan", "na", "")


def read_ucr(path: Path) -> LabelledFile:
    """Reads a table of the UCR archive: in each row the class, then the values.

    Cells are divided by tabs, commas or blanks. NaN at the end of a row fills up
    shorter series, as the archive of 2018 does.

    Raises:
        UsageError: If more than a tenth of the rows are damaged.
    """
    text = read_text(path, "a table of the UCR archive")
    lines = [
        (number, line.strip())
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    return _of_lines(path, lines, _ucr_row)


def _ucr_row(line: str) -> tuple[np.ndarray, str]:
    name, *cells = re.split(r"\s*[,\t;]\s*|\s+", line)
    series = without_padding(_numbers(cells)[:, None])
    _require_known(series)
    return series, plain(name)


def read_arff(path: Path) -> LabelledFile:
    r"""Reads an .arff file of the UEA archive; SciPy reads no relational attributes.

    After ``@data`` each line is a series and its class: values between commas, or in
    quotation marks, for several channels, with ``\n`` between them.

    Raises:
        UsageError: If it is no such file, or more than a tenth of its series are
            damaged.
    """
    lines = lines_without_remarks(path, "an .arff file")
    for number, line in enumerate(lines, start=1):
        if line.strip().lower() == "@data":
            rest = enumerate(lines[number:], start=number + 1)
            data = [(at, one.strip()) for at, one in rest if one.strip()]
            return _of_lines(path, data, _arff_row)
    raise UsageError(
        f"Expected a line @data in {path}, after which the series follow; there is "
        f"none. Is it an .arff file of the UEA archive?"
    )


def _arff_row(line: str) -> tuple[np.ndarray, str]:
    quoted = re.fullmatch(r"""(['"])(.*?)\1\s*,\s*(.+)""", line)
    if quoted:
        channels, name = re.split(r"\\n|\n", quoted[2]), quoted[3]
    else:
        values, _, name = line.rpartition(",")
        channels = [values]
    columns = [channel.split(",") for channel in channels]
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise DamagedError(f"channels of {lengths[0]} and {lengths[-1]} steps")
    series = np.stack([_numbers(column) for column in columns], axis=1)
    series = without_padding(series)
    _require_known(series)
    return series, plain(name.strip().strip("'\""))


def read_npz(path: Path) -> dict[Split, LabelledFile]:
    """Reads arrays: ``x_train y_train x_test y_test``, and ``x_val y_val`` or none.

    ``x_…`` are ``(series, time, channels)`` or ``(series, time)``, steps of NaN at the
    end fill up shorter series; ``y_…`` are the classes, ``(series,)``. Capitals do not
    matter.

    Raises:
        UsageError: If it holds no such arrays.
    """
    wanted = (
        "x_train, y_train, x_test and y_test (and x_val, y_val), x of the shape "
        "(series, time, channels), y (series,); write them with numpy.savez"
    )
    try:
        arrays = {name.lower(): array for name, array in read_npz_file(path).items()}
    except UsageError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy have their own
        hint = " Objects are not read: fill series up to one length with NaN."
        raise UsageError(
            f"Expected {path} to hold the arrays {wanted}; it could not be read: "
            f"{str(error).rstrip('.')}.{hint if 'pickle' in str(error) else ''}"
        ) from None
    parts: dict[Split, LabelledFile] = {}
    names: tuple[tuple[Split, tuple[str, ...]], ...] = (
        ("train", ("train",)),
        ("validation", ("val", "validation", "valid")),
        ("test", ("test",)),
    )
    for split, words in names:
        found = [w for w in words if f"x_{w}" in arrays and f"y_{w}" in arrays]
        if not found and split != "validation":
            raise UsageError(
                f"Expected {path} to hold the arrays {wanted}; it holds "
                f"{', '.join(arrays) or 'none'}."
            )
        for word in found[:1]:
            parts[split] = _of_arrays(path, arrays[f"x_{word}"], arrays[f"y_{word}"])
    return parts


def _of_arrays(path: Path, x: np.ndarray, y: np.ndarray) -> LabelledFile:
    if x.ndim == 2:
        x = x[:, :, None]
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if x.ndim != 3 or y.shape != x.shape[:1] or x.dtype.kind not in "fiu":
        raise UsageError(
            f"Expected arrays of numbers of the shape (series, time, channels), and as "
            f"many classes, in {path}; received {x.dtype} {x.shape} and {y.dtype} "
            f"{y.shape}."
        )
    series = [without_padding(one) for one in x.astype(np.float64)]
    for index, one in enumerate(series):
        if not len(one) or not np.isfinite(one).all():
            raise UsageError(
                f"Expected finite numbers in {path}; series {index} has a gap or "
                f"infinity. Fill gaps first; NaN may stand at the end alone."
            )
    return from_names(series, [plain(str(name)) for name in y])


def _of_lines(path: Path, lines, read) -> LabelledFile:
    """The series of numbered lines; damaged ones are named on stderr and skipped."""
    whole, _ = read_whole(
        lines,
        lambda line: read(line[1]),
        lambda line: f"line {line[0]}",
        "series",
        path,
    )
    if not whole:
        raise UsageError(f"Expected series in {path}; there are none.")
    series = [one for _, (one, _) in whole]
    same_width(path, series)
    return from_names(series, [name for _, (_, name) in whole])


def _numbers(cells: list[str]) -> np.ndarray:
    """Values, ``(time,)``, NaN for gaps."""
    try:
        values = np.array(
            [np.nan if c.strip().lower() in _GAPS else float(c) for c in cells]
        )
    except ValueError:
        raise DamagedError("no number") from None
    if np.isinf(values).any():
        raise DamagedError("a number is too large")
    return values


def _require_known(series: np.ndarray) -> None:
    if not len(series):
        raise DamagedError("empty")
    if np.isnan(series).any():
        raise DamagedError("a value is missing")
