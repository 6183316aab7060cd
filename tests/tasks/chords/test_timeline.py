import numpy as np
import pytest
from seqtasks.tasks.chords.chord_names import CHORDS, NOT_ASKED
from seqtasks.tasks.chords.timeline import Timeline, read_timeline

from seqtasks.data.damage import DamagedError


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
    assert line.labels[2] == NOT_ASKED


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no segments"),
        ("# nothing\n", "no segments"),
        ("0 1 C\n1 2\n", "line 2: expected start, end and chord; found 2 words"),
        ("0 1 C major", "line 1: expected start, end and chord; found 4 words"),
        ("zero 1 C", "line 1: zero 1 are no times in seconds"),
        ("0,0 1,5 C", "line 1: 0,0 1,5 are no times in seconds"),
        ("1 1 C", "line 1: 1 to 1 is no stretch of time"),
        ("-1 1 C", "line 1: -1 to 1 is no stretch of time"),
        ("0 nan C", "line 1: 0 to nan is no stretch of time"),
        ("0 2 C\n1 3 G", "line 2: it begins at 1 s, before the last one ends"),
        ("0 1 C\n\n1 2 Q", "line 3: 'Q' is no chord in Harte's notation"),
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
