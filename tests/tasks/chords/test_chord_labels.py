"""Chord labels: classes of names, timelines, ``.lab`` files."""

import numpy as np
import pytest
from seqtasks.tasks.chords.chord_labels import (
    CHORDS,
    KEYS,
    UNLABELLED,
    Timeline,
    chord_class,
    notes_of,
    read_timeline,
)

from seqtasks.data.damage import DamagedError

HARTE = (
    "Harte's notation, which has a colon between root and kind, as in C, A:min, G:7, "
    "Bb:maj7/3, and N for none"
)


def test_the_classes():
    assert len(CHORDS) == 25
    assert (CHORDS[0], CHORDS[9], CHORDS[21], CHORDS[24]) == ("C", "A", "A:min", "N")
    assert (len(KEYS), KEYS[0], KEYS[21]) == (24, "C major", "A minor")
    for index, name in enumerate(CHORDS):
        assert chord_class(name) == index


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # enharmonic roots
        ("Db", "C#"),
        ("Cb:min", "B:min"),
        ("B#", "C"),
        ("F##:min", "G:min"),
        # what is above the fifth is passed over
        ("G:7 G:maj7/3", "G"),
        ("A:min7/b7 A:minmaj7", "A:min"),
        ("E:7(#9)", "E"),
        ("F:maj6 F:13 F:6 F:maj11/3", "F"),
        ("F:minmaj9", "F:min"),
        # all notes listed, added, left out
        ("C:(3,5) C:sus4(*4,3)", "C"),
        ("C:(b3,5,b7)", "C:min"),
        ("N", "N"),
        # other notes than a triad's: also a second in the bass, a fourth, no fifth
        ("X C:dim C:aug C:sus2 C:sus4 C:5 C:1 C:hdim7", None),
        ("C/2 C:maj(4) C:maj(*5) C:(1)", None),
    ],
)
def test_the_class_of_a_chord(names, expected):
    for name in names.split():
        label = chord_class(name)
        assert (None if label == UNLABELLED else CHORDS[label]) == expected


def test_what_is_no_name():
    for name in (
        "",
        *["H", "c", "C:", "C:foo", "C:(x)", "C/E", "C:maj(3", "n", "C:0", "C/0"],
    ):
        with pytest.raises(DamagedError) as error:
            chord_class(name)
        assert str(error.value) == f"{name!r} is no chord in {HARTE}"


@pytest.mark.parametrize(
    ("written", "harte"),
    [("Cmaj7", "C:maj7"), ("Am", "A:min"), ("F#m7", "F#:min7"), ("BbΔ", "Bb:maj7"),
     ("G7", "G:7"), ("E-7", "E:min7"), ("Bm7b5", "B:hdim7"), ("D°", "D:dim")],
)  # fmt: skip
def test_names_of_musicians_are_translated(written, harte):
    with pytest.raises(DamagedError, match=f"between root and kind: {harte}$"):
        chord_class(written)
    chord_class(harte)


def test_classes_at_times():
    line = Timeline(np.array([0.5, 1.0, 3.0]), np.array([1.0, 2.0, 4.0]), np.arange(3))
    times = np.array([0.0, 0.5, 0.99, 1.0, 2.0, 2.5, 3.0, 3.99, 4.0, 9.0])
    assert line.at(times).tolist() == [-1, 0, 0, 1, -1, -1, 2, 2, -1, -1]


def test_a_file_as_people_write_it(tmp_path):
    path = tmp_path / "a.lab"
    path.write_bytes(
        "\ufeff# Abbey Road\n\n0.0 0.5 N\r\n0.500\t1.25\tA:min7/b3\n1.2496 2 X\n"
        "3 4.5 Bb:maj(9)\n".encode()
    )
    line = read_timeline(path)
    assert line.starts.tolist() == [0.0, 0.5, 1.25, 3.0]
    assert line.ends.tolist() == [0.5, 1.25, 2.0, 4.5]
    names = [CHORDS[label] for label in line.labels]
    assert [names[0], names[1], names[3]] == ["N", "A:min", "Bb"]
    assert line.labels[2] == UNLABELLED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no segments"),
        ("# nothing\n", "no segments"),
        ("0 1 C\n1 2\n", "line 2: expected start, end and chord; found 2 words"),
        ("0 1 C major", "line 1: expected start, end and chord; found 4 words"),
        ("zero 1 C", "line 1: zero 1 are no times in seconds"),
        (
            "0,0 1,5 C",
            "line 1: 0,0 1,5 are no times in seconds; write points for commas: `awk "
            """'{gsub(",", ".", $1); gsub(",", ".", $2); print}' OLD > NEW`""",
        ),
        (
            "0.0,1.5,C",
            "line 1: expected start, end and chord; found 1 words; divide them by "
            "blanks: `sed 's/[,;|]/ /; s/[,;|]/ /' OLD > NEW`",
        ),
        ("1 1 C", "line 1: 1 to 1 is no stretch of time"),
        ("-1 1 C", "line 1: -1 to 1 is no stretch of time"),
        ("0 nan C", "line 1: 0 to nan is no stretch of time"),
        ("0 2 C\n1 3 G", "line 2: it begins at 1 s, before the last one ends"),
        ("0 1 C\n\n1 2 Q", f"line 3: 'Q' is no chord in {HARTE}"),
    ],
)
def test_files_that_are_damaged(tmp_path, text, why):
    path = tmp_path / "a.lab"
    path.write_text(text)
    with pytest.raises(DamagedError) as error:
        read_timeline(path)
    assert str(error.value) == why


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "a.lab"
    path.write_bytes(b"\xff\xfe0 1 C")
    with pytest.raises(DamagedError, match="it is no text in UTF-8"):
        read_timeline(path)
    with pytest.raises(DamagedError, match="No such file"):
        read_timeline(tmp_path / "b.lab")


def test_triads_by_hand():
    assert notes_of(CHORDS.index("C")) == (0, 4, 7)
    assert notes_of(CHORDS.index("A:min")) == (9, 0, 4)
    assert notes_of(CHORDS.index("B")) == (11, 3, 6)
