import pytest
from seqtasks.tasks.chords.chord_names import CHORDS, KEYS, NOT_ASKED, chord_class

from seqtasks.data.damage import DamagedError


def test_the_classes():
    assert len(CHORDS) == 25
    assert (CHORDS[0], CHORDS[9], CHORDS[21], CHORDS[24]) == ("C", "A", "A:min", "N")
    assert (len(KEYS), KEYS[0], KEYS[21]) == (24, "C major", "A minor")
    for index, name in enumerate(CHORDS):
        assert chord_class(name) == index


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # enharmonic roots
        ("Db", "C#"),
        ("Cb:min", "B:min"),
        ("B#", "C"),
        ("F##:min", "G:min"),
        # what is above the fifth is passed over
        ("G:7", "G"),
        ("G:maj7/3", "G"),
        ("A:min7/b7", "A:min"),
        ("A:minmaj7", "A:min"),
        ("E:7(#9)", "E"),
        ("F:maj6", "F"),
        ("F:13", "F"),
        # all notes listed, added, left out
        ("C:(3,5)", "C"),
        ("C:(b3,5,b7)", "C:min"),
        ("C:sus4(*4,3)", "C"),
        ("N", "N"),
    ],
)
def test_chords_that_count(name, expected):
    assert CHORDS[chord_class(name)] == expected


@pytest.mark.parametrize(
    "name",
    [
        *("X", "C:dim", "C:aug", "C:sus2", "C:sus4", "C:5", "C:1", "C:hdim7"),
        # a second in the bass, a fourth added, no fifth: other notes than a triad's
        *("C/2", "C:maj(4)", "C:maj(*5)", "C:(1)"),
    ],
)
def test_chords_that_are_not_asked_for(name):
    assert chord_class(name) == NOT_ASKED


@pytest.mark.parametrize(
    "name", ["H", "c", "", "C:", "C:foo", "C:(x)", "C/E", "C:maj(3", "n", "C:0", "C/0"]
)
def test_what_is_no_name(name):
    with pytest.raises(DamagedError) as error:
        chord_class(name)
    assert str(error.value) == f"{name!r} is no chord in Harte's notation"
