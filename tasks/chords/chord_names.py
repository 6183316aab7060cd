"""Names of chords in Harte's notation, and the 25 classes that they are counted as."""

import re

from seqtasks.data.damage import DamagedError

ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
NO_CHORD = 24
NOT_ASKED = -1  # neither major nor minor nor none
CHORDS = (*ROOTS, *(f"{root}:min" for root in ROOTS), "N")
KEYS = tuple(f"{root} {mode}" for mode in ("major", "minor") for root in ROOTS)

_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DEGREES = (0, 2, 4, 5, 7, 9, 11)  # of the major scale, in semitones
_MAJOR, _MINOR = frozenset({0, 4, 7}), frozenset({0, 3, 7})
_HIGHEST = 7  # semitones above the root; what is above does not tell major from minor

# the notes of each shorthand up to the fifth
_SHORTHANDS = {
    **dict.fromkeys(("", "maj", "7", "maj7", "maj6", "6", "maj9", "9"), _MAJOR),
    **dict.fromkeys(("maj11", "11", "maj13", "13"), _MAJOR),
    **dict.fromkeys(("min", "min7", "minmaj7", "min6", "min9", "min11"), _MINOR),
    **dict.fromkeys(("min13", "minmaj9"), _MINOR),
    **dict.fromkeys(("dim", "dim7", "hdim7", "hdim"), frozenset({0, 3, 6})),
    "aug": frozenset({0, 4}),
    "sus2": frozenset({0, 2, 7}),
    "sus4": frozenset({0, 5, 7}),
    "5": frozenset({0, 7}),
    "1": frozenset({0}),
}
_CHORD = re.compile(
    r"(?P<root>[A-G][b#]*)"
    r"(?::(?=[a-z0-9(])(?P<shorthand>[a-z]*[0-9]*)(?P<notes>\([^()]*\))?)?"
    r"(?:/(?P<bass>[b#]*[1-9][0-9]?))?"
)
_DEGREE = re.compile(r"(\*?)([b#]*)([1-9][0-9]?)")


def chord_class(name: str) -> int:
    """What a chord counts as, by the rule of MIREX's measure of major and minor.

    A chord counts by its notes up to the fifth, so that sevenths and what is above are
    passed over: with those of a major or minor triad it is that triad on its root, with
    others (diminished, augmented, suspended) it is not asked for. The note in the bass
    is one of its notes. ``N`` is no chord, a class like any other; ``X`` is a chord
    that the writer could not name, and not asked for.

    Args:
        name: As in ``C``, ``F#:min7/b3``, ``Bb:maj(9)``, ``G:(1,5)``, ``N``.

    Returns:
        An index into ``CHORDS``, or ``NOT_ASKED``.

    Raises:
        DamagedError: If it is no name in this notation.

    Example:
        >>> CHORDS[chord_class("Db:min7/5")], chord_class("G:sus4")
        ('C#:min', -1)

    References:
        Harte et al. (2005), Symbolic representation of musical chords, ISMIR
    """
    if name == "N":
        return NO_CHORD
    if name == "X":
        return NOT_ASKED
    match = _CHORD.fullmatch(name)
    shorthand = (match and match["shorthand"]) or ""
    if match is None or shorthand not in _SHORTHANDS:
        raise DamagedError(f"{name!r} is no chord in Harte's notation")
    # without a shorthand all notes but the root are listed
    all_listed = match["notes"] and not shorthand
    notes = {0} if all_listed else set(_SHORTHANDS[shorthand])
    for sign in (match["notes"] or "()")[1:-1].split(","):
        if not sign.strip():
            continue
        degree = _DEGREE.fullmatch(sign.strip())
        if degree is None:
            raise DamagedError(f"{name!r} is no chord in Harte's notation")
        if degree[1]:
            notes.discard(_semitones(degree[2], degree[3]))
        else:
            notes.add(_semitones(degree[2], degree[3]))
    if match["bass"]:
        accidentals = match["bass"].rstrip("0123456789")
        notes.add(_semitones(accidentals, match["bass"][len(accidentals) :]) % 12)
    low = {note for note in notes if note <= _HIGHEST}
    root = (_NATURAL[match["root"][0]] + _sharps(match["root"][1:])) % 12
    if low == _MAJOR:
        return root
    return root + 12 if low == _MINOR else NOT_ASKED


def _semitones(accidentals: str, degree: str) -> int:
    """Semitones above the root of a degree of its major scale, raised or lowered."""
    octave, step = divmod(int(degree) - 1, 7)
    return 12 * octave + _DEGREES[step] + _sharps(accidentals)


def _sharps(accidentals: str) -> int:
    return accidentals.count("#") - accidentals.count("b")
