"""Timeline: which class holds from when to when."""

import dataclasses
from pathlib import Path

import numpy as np
from seqtasks.tasks.chords.chord_names import NOT_ASKED, chord_class

from seqtasks.data.damage import DamagedError

_MOST_OVERLAP = 1e-3  # seconds; borders are written with few digits


@dataclasses.dataclass(frozen=True)
class Timeline:
    """Segments of a recording, in order of time.

    Args:
        starts: In seconds, ``(segments,)``.
        ends: In seconds, ``(segments,)``; each at most the next start.
        labels: The class of each, ``(segments,)``; ``NOT_ASKED`` for none.
    """

    starts: np.ndarray
    ends: np.ndarray
    labels: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """The class at each time; ``NOT_ASKED`` between and beyond the segments.

        Args:
            times: In seconds, ``(times,)``.

        Returns:
            ``(times,)``, int32.
        """
        index = np.searchsorted(self.starts, times, "right") - 1
        within = (index >= 0) & (times < self.ends[index])
        return np.where(within, self.labels[index], NOT_ASKED).astype(np.int32)


def read_timeline(path: Path) -> Timeline:
    """The chords of a recording, from lines ``start end chord`` (MIREX's ``.lab``).

    Times are in seconds; blanks or tabs divide. Empty lines and those that begin with
    ``#`` are passed over.

    Args:
        path: The file, in UTF-8.

    Raises:
        DamagedError: If a line is not of this form, or segments are not in order.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    except UnicodeDecodeError:
        raise DamagedError("it is no text in UTF-8") from None
    segments: list[tuple[float, float, int]] = []
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts or parts[0].startswith("#"):
            continue
        try:
            segments.append(_segment(parts, segments[-1][1] if segments else 0.0))
        except DamagedError as error:
            raise DamagedError(f"line {number}: {error}") from None
    if not segments:
        raise DamagedError("no segments")
    starts, ends, labels = zip(*segments, strict=True)
    return Timeline(np.array(starts), np.array(ends), np.array(labels, dtype=np.int32))


def _segment(parts: list[str], before: float) -> tuple[float, float, int]:
    if len(parts) != 3:
        raise DamagedError(f"expected start, end and chord; found {len(parts)} words")
    try:
        start, end = float(parts[0]), float(parts[1])
    except ValueError:
        raise DamagedError(f"{parts[0]} {parts[1]} are no times in seconds") from None
    if not (np.isfinite([start, end]).all() and 0 <= start < end):
        raise DamagedError(f"{parts[0]} to {parts[1]} is no stretch of time")
    if start < before - _MOST_OVERLAP:
        raise DamagedError(f"it begins at {start:g} s, before the last one ends")
    return max(start, before), end, chord_class(parts[2])
