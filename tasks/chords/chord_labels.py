"""Chord labels: their classes, names in Harte's notation, and MIREX' ``.lab`` files."""

import dataclasses
import functools
import re
from pathlib import Path

import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.files import check_readable

_LARGEST = 2**24  # bytes of a file

ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
NO_CHORD = 24
UNLABELLED = -1  # neither major nor minor nor no chord
CHORDS = (*ROOTS, *(f"{root}:min" for root in ROOTS), "N")
KEYS = tuple(f"{root} {mode}" for mode in ("major", "minor") for root in ROOTS)

_TO_FIFTH = 8  # semitones from the root; what is above does not decide the mode
# shorthands in use that mir_eval does not know
_SYNONYMS = {"6": "maj6", "hdim": "hdim7", "maj11": "maj", "minmaj9": "minmaj7"}
# what musicians write after a root, in Harte's shorthands
_AS_MUSICIANS = {
    harte: names.split()
    for harte, names in {
        "maj": "maj ma M",
        "min": "m - min mi",
        "7": "7",
        "maj7": "maj7 ma7 M7 Δ Δ7",
        "min7": "m7 -7 min7 mi7",
        "minmaj7": "mM7 mmaj7 m(maj7)",
        "maj6": "6 maj6",
        "min6": "m6 -6 min6",
        "9": "9",
        "maj9": "maj9 M9",
        "min9": "m9 -9 min9",
        "dim": "dim ° o",
        "dim7": "dim7 °7 o7",
        "hdim7": "ø ø7 m7b5 -7b5",
        "aug": "aug +",
        "sus4": "sus sus4",
        "sus2": "sus2",
    }.items()
}
_MOST_OVERLAP = 1e-3  # seconds; borders are written with few digits


@functools.cache
def chord_class(name: str) -> int:
    """The class of a chord, by the rule of MIREX's measure of major and minor.

    A chord counts by its notes up to the fifth, so that sevenths and what is above are
    passed over: with those of a major or minor triad it is that triad on its root, with
    others (diminished, augmented, suspended) it has no class. The note in the bass is
    one of its notes. ``N`` is no chord, a class like any other; ``X`` is a chord that
    the writer could not name, and has no class.

    Args:
        name: As in ``C``, ``F#:min7/b3``, ``Bb:maj(9)``, ``G:(1,5)``, ``N``.

    Returns:
        An index into ``CHORDS``, or ``UNLABELLED``.

    Raises:
        DamagedError: If it is no name in this notation.

    Example:
        >>> CHORDS[chord_class("Db:min7/5")], chord_class("G:sus4")
        ('C#:min', -1)

    References:
        Harte et al. (2005), Symbolic representation of musical chords, ISMIR
    """
    from mir_eval import chord

    if name == chord.NO_CHORD:
        return NO_CHORD
    if name == chord.X_CHORD:
        return UNLABELLED
    written = re.search("(?<=:)[a-z]+[0-9]*|(?<=:)[0-9]+", name)
    shorthand = written[0] if written else ""
    known = name.replace(f":{shorthand}", f":{_SYNONYMS.get(shorthand, shorthand)}")
    try:
        root, notes, _ = chord.encode(known)
    except chord.InvalidChordException:
        raise DamagedError(
            f"{name!r} is no chord in Harte's notation, which has a colon between root "
            f"and kind{_in_harte(name)}"
        ) from None
    for mode, quality in enumerate(("maj", "min")):
        if np.array_equal(notes[:_TO_FIFTH], chord.QUALITIES[quality][:_TO_FIFTH]):
            return int(root) + 12 * mode
    return UNLABELLED


def _in_harte(name: str) -> str:
    """How a name as musicians write it is written there, or examples of names."""
    written = re.fullmatch(r"([A-G][b#]?)([^/]*)(/.+)?", name)
    for harte, names in _AS_MUSICIANS.items():
        if written and written[2] in names and not written[3]:
            return f": {written[1]}:{harte}"
    return ", as in C, A:min, G:7, Bb:maj7/3, and N for none"


def notes_of(label: int) -> tuple[int, int, int]:
    """Root, third and fifth of a chord, 0 for C.

    Args:
        label: An index into ``CHORDS``, not that of no chord.
    """
    root, minor = label % 12, label >= 12
    return root, (root + (3 if minor else 4)) % 12, (root + 7) % 12


@dataclasses.dataclass(frozen=True)
class Timeline:
    """Labelled segments of a recording, in order of time.

    Args:
        starts: In seconds, ``(segments,)``.
        ends: In seconds, ``(segments,)``; each at most the next start.
        labels: The class of each, ``(segments,)``; ``UNLABELLED`` for none.
    """

    starts: np.ndarray
    ends: np.ndarray
    labels: np.ndarray

    def at(self, times: np.ndarray) -> np.ndarray:
        """The class at each time; ``UNLABELLED`` between and beyond the segments.

        Args:
            times: In seconds, ``(times,)``.

        Returns:
            ``(times,)``, int32.
        """
        index = np.searchsorted(self.starts, times, "right") - 1
        within = (index >= 0) & (times < self.ends[index])
        return np.where(within, self.labels[index], UNLABELLED).astype(np.int32)


def read_timeline(path: Path) -> Timeline:
    """The chords of a recording, from lines ``start end chord`` (MIREX's ``.lab``).

    Times are in seconds; blanks or tabs divide. Empty lines and those that begin with
    ``#`` are passed over.

    Args:
        path: Path of the file, in UTF-8.

    Raises:
        DamagedError: If a line is not of this form, or segments are not in order.
    """
    try:
        check_readable(path, _LARGEST, "a file of chords")
        # line feeds alone end lines, as they do for an editor
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UsageError as error:
        raise DamagedError(str(error)) from error
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
        hint = ""
        if len(parts) == 1 and re.search("[,;|]", parts[0]):
            sed = "`sed 's/[,;|]/ /; s/[,;|]/ /' OLD > NEW`"
            hint = f"; divide them by blanks: {sed}"
        raise DamagedError(
            f"expected start, end and chord; found {len(parts)} words{hint}"
        )
    try:
        start, end = float(parts[0]), float(parts[1])
    except ValueError:
        comma = any("," in part for part in parts[:2])
        awk = """`awk '{gsub(",", ".", $1); gsub(",", ".", $2); print}' OLD > NEW`"""
        remedy = f"; write points for commas: {awk}" if comma else ""
        raise DamagedError(
            f"{parts[0]} {parts[1]} are no times in seconds{remedy}"
        ) from None
    if not (np.isfinite([start, end]).all() and 0 <= start < end):
        raise DamagedError(f"{parts[0]} to {parts[1]} is no stretch of time")
    if start < before - _MOST_OVERLAP:
        raise DamagedError(f"it begins at {start:g} s, before the last one ends")
    return max(start, before), end, chord_class(parts[2])
