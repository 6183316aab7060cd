"""Series of one file with their classes, and what all kinds of such files need."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from seqtasks.data.encodings import decoded
from seqtasks.data.text_file import read_bytes
from seqtasks.errors import UsageError


@dataclasses.dataclass(frozen=True)
class LabelledFile:
    """Classes and series of a file.

    Args:
        class_names: The classes, in the order of the file's head, else sorted.
        series: The series, each ``(time, channels)``, float64, with as many channels as
            the others.
        labels: The class of each, ``(series,)``, int32.
    """

    class_names: tuple[str, ...]
    series: list[np.ndarray]
    labels: np.ndarray

    @property
    def channels(self) -> int:
        """The number of channels, the same in all series."""
        return self.series[0].shape[1]

    def among(self, names: tuple[str, ...]) -> "LabelledFile":
        """The same with the labels counted in another list of classes."""
        numbers = by_name(names)
        labels = [numbers[self.class_names[label]] for label in self.labels]
        return LabelledFile(names, self.series, np.array(labels, np.int32))


def by_name(names: Iterable[str]) -> dict[str, int]:
    """The number of each class by its name, and as it may be written: 1 for 1.0."""
    numbers: dict[str, int] = {}
    for number, name in enumerate(names):
        numbers[name] = number
        numbers.setdefault(plain(name), number)
    return numbers


def plain(name: str) -> str:
    """The name of a class that is a number without its decimals: 1 for 1.0000e+00."""
    try:
        number = float(name)
    except ValueError:
        return name.strip()
    return str(int(number)) if number.is_integer() else name.strip()


def from_names(series: list[np.ndarray], names: list[str]) -> LabelledFile:
    """Series with the names of their classes; these are sorted, numbers by size."""

    def order(name: str) -> tuple[float, str]:
        try:
            return float(name), ""
        except ValueError:
            return float("inf"), name

    class_names = tuple(sorted(set(names), key=order))
    numbers = by_name(class_names)
    labels = np.array([numbers[name] for name in names], np.int32)
    return LabelledFile(class_names, series, labels)


def same_width(path: Path, series: list[np.ndarray]) -> None:
    """Refuses series that differ in their number of channels."""
    widths = {one.shape[1] for one in series}
    if len(widths) > 1:
        raise UsageError(
            f"Expected all series of {path} to have the same number of channels; found "
            f"{' and '.join(map(str, sorted(widths)))}."
        )


def without_padding(series: np.ndarray) -> np.ndarray:
    """A series, ``(time, channels)``, without steps of NaN alone at its end."""
    known = np.flatnonzero(~np.isnan(series).all(axis=1))
    return series[: known[-1] + 1] if len(known) else series[:0]


def lines_without_remarks(path: Path, kind: str) -> list[str]:
    """The lines of a text; those that begin with # or % are empty, unread.

    A remark may be in any encoding: the archives have some in Latin 1.
    """
    lines = read_bytes(path, kind).replace(b"\r\n", b"\n").split(b"\n")
    bare = [b"" if line.lstrip().startswith((b"#", b"%")) else line for line in lines]
    return decoded(b"\n".join(bare), path).split("\n")
