"""A folder of recordings with .lab files: splits, damage, formats."""

import numpy as np
import pytest
from music_writer import write_song
from seqtasks.tasks.chords.chord_folder import chord_folder
from seqtasks.tasks.chords.chord_labels import CHORDS, UNLABELLED
from seqtasks.tasks.chords.pitch_bands import chroma
from speech_writer import write_wav

from seqtasks.data.splits import DEFAULT
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

SONGS = ("C", "G", "N", "A:min7", "F:maj/3", "C:sus4")


def songs(folder, count=10, seconds=0.5):
    for index in range(count):
        # a click of its own: equal recordings would be kept in one split
        path, click = folder / f"disc {index % 2}" / f"{index}.wav", 0.01 + index / 500
        write_song(path, SONGS, seconds, click=click)
    return folder


def clips(music):
    return {clip.name: clip for split in SPLITS for clip in music.load(split)}


def test_recordings_and_their_chords(tmp_path, capsys):
    music = chord_folder(songs(tmp_path), "", DEFAULT)
    assert [len(music.load(split)) for split in SPLITS] == [8, 1, 1]
    found = clips(music)
    assert len(found) == 10
    clip = found["disc 1/3.wav"]
    # five frames a chord; the last one has no class
    labels = [CHORDS[label] if label >= 0 else "-" for label in clip.labels]
    assert labels[::5] == ["C", "G", "N", "A:min", "F", "-"]
    assert labels == [name for name in labels[::5] for _ in range(5)]
    # the frames are those of the sound: the three notes of G in its middle
    loudest = chroma(clip.frames)[7].argsort()[-3:]
    assert sorted(loudest.tolist()) == [2, 7, 11]
    assert capsys.readouterr().err == ""
    assert music.source.summary == "10 recordings of your own"


def test_what_is_damaged_is_named_skipped_and_counted(tmp_path, capsys):
    songs(tmp_path, 60, 0.1)
    whole = sorted(tmp_path.rglob("*.wav"))
    names = [path.relative_to(tmp_path).as_posix() for path in whole]
    whole[0].write_bytes(b"")
    whole[1].with_suffix(".lab").unlink()
    whole[2].with_suffix(".lab").write_text("0 1 C\n1 2 H\n")
    write_wav(whole[3], np.zeros(4800), 8000)
    (tmp_path / "alone.lab").write_text("0 1 C\n")
    whole[4].with_suffix(".lab").write_text("0 0.6 X\n")
    found = clips(chord_folder(tmp_path, "", DEFAULT))
    assert set(found) == set(names[5:])
    stems = [path.stem for path in whole]
    assert capsys.readouterr().err == (
        f"6 of the 61 recordings in {tmp_path} cannot be read: "
        f"alone.lab (no recording beside it), "
        f"{names[0]} (Format not recognised), "
        f"{names[1]} (no {stems[1]}.lab beside it), "
        f"{names[2]} ({stems[2]}.lab: line 2: 'H' is no chord in Harte's notation, "
        f"which has a colon between root and kind, as in C, A:min, G:7, Bb:maj7/3, and "
        f"N for none), "
        f"{names[3]} (silence), "
        f"{names[4]} (no chord in it is major, minor or none). Skipped.\n"
    )


def test_the_only_one_of_a_split_is_damaged(tmp_path):
    music = chord_folder(songs(tmp_path, 10, 0.1), "", DEFAULT)
    (lost,) = music.load("test")
    (tmp_path / lost.name).write_bytes(b"")
    with pytest.raises(UsageError) as error:
        chord_folder(tmp_path, "", DEFAULT).load("train")
    assert str(error.value) == (
        "Expected recordings that can be read in each of train, validation and test; "
        f"test has none. Replace the damaged files: {lost.name} (Format not "
        "recognised)."
    )


def test_a_recording_in_two_formats_is_in_one_split(tmp_path):
    soundfile = pytest.importorskip("soundfile")
    from scipy.io import wavfile

    for path in list(songs(tmp_path, 6, 0.1).rglob("*.wav")):
        rate, samples = wavfile.read(path)
        soundfile.write(path.with_suffix(".flac"), samples, rate)
    music = chord_folder(tmp_path, "", DEFAULT)
    stems = [
        {clip.name.rpartition(".")[0] for clip in music.load(split)} for split in SPLITS
    ]
    assert [len(some) for some in stems] == [4, 1, 1]
    assert len(set.union(*stems)) == 6


def rescaled(path, factor, text="{:.0f}"):
    """The file with its times multiplied, in the form that a text gives."""
    rows = [line.split() for line in path.read_text().splitlines()]
    times = [[text.format(float(one) * factor) for one in row[:2]] for row in rows]
    lines = [" ".join([*pair, row[2]]) for pair, row in zip(times, rows, strict=True)]
    path.write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("factor", "why"),
    [
        (1000, "its chords end at 6,000 s, the recording at 6.0 s: are the times in "
         "milliseconds? Divide them: `awk '{print $1/1000, $2/1000, $3}' OLD > NEW`"),
        (1e7, "are the times in HTK's units of 100 ns? Divide them: `awk '{print "
         "$1/10000000, $2/10000000, $3}' OLD > NEW`"),
        (44_100, "its chords end at 264,600 s, the recording at 6.0 s: are the times "
         "in samples? Divide them by the samples a second"),
        (3, "its chords end at 18 s, the recording at 6.0 s: expected times in seconds "
         "of this recording"),
    ],
)  # fmt: skip
def test_times_of_another_unit(tmp_path, factor, why):
    songs(tmp_path, 4, 1.0)
    for path in tmp_path.rglob("*.lab"):
        rescaled(path, factor)
    with pytest.raises(UsageError) as error:
        chord_folder(tmp_path, "", DEFAULT).load("train")
    assert why in str(error.value)
    assert "At most 10% may be damaged" in str(error.value)


def test_chords_that_end_before_the_recording_does(tmp_path, capsys):
    songs(tmp_path, 4, 1.0)
    (path,) = tmp_path.rglob("2.lab")
    rescaled(path, 0.1, "{:.2f}")
    found = clips(chord_folder(tmp_path, "", DEFAULT))
    assert (found["disc 0/2.wav"].labels[6:] == UNLABELLED).all()
    assert capsys.readouterr().err == (
        f"1 of the 4 recordings in {tmp_path} have chords for less than 80% of their "
        f"length: disc 0/2.wav (10%). The rest has no target. Are the times in "
        f"seconds?\n"
    )


def test_chords_in_another_folder_and_none(tmp_path):
    songs(tmp_path / "audio", 5, 0.1)
    for lab in list(tmp_path.rglob("*.lab")):
        lab.rename(tmp_path / lab.name)
    assert len(clips(chord_folder(tmp_path, "", DEFAULT))) == 5
    for lab in tmp_path.glob("*.lab"):
        lab.unlink()
    with pytest.raises(UsageError) as error:
        chord_folder(tmp_path, "", DEFAULT)
    assert str(error.value) == (
        f"Expected the chords of each recording in {tmp_path} in a file of its name, "
        f"NAME.lab, with lines of start, end and chord, as in '0.0 2.5 C:maj7'; found "
        f"no .lab file."
    )


def test_the_splits_of_a_folder_are_kept(tmp_path):
    for number, split in enumerate(("train", "train", "val", "test")):
        path = tmp_path / split / f"{number}.wav"
        write_song(path, SONGS, 0.1, click=0.1 + number / 100)
    music = chord_folder(tmp_path, "", DEFAULT)
    assert [len(music.load(split)) for split in SPLITS] == [2, 1, 1]
    assert music.source.details == (
        ("splits", "its own, the folders train, val, test"),
    )


def test_folders_that_hold_too_little(tmp_path):
    write_song(tmp_path / "a.wav", SONGS, 0.1)
    write_song(tmp_path / ".hidden" / "b.wav", SONGS, 0.1)
    write_song(tmp_path / "c.wav", SONGS, 0.1)
    for path, label, sentence in (
        (
            tmp_path,
            "",
            f"Expected at least 3 recordings in {tmp_path}, one for each of train, "
            "validation and test; found 2 ending in one of .aif .aifc .aiff .flac .mp3 "
            ".ogg .opus .wav. It holds other files: 2 .lab.",
        ),
        (
            tmp_path / "a.wav",
            "",
            "Expected a folder of recordings with a .lab file beside each; "
            f"{tmp_path / 'a.wav'} is a file.",
        ),
        (
            tmp_path,
            "key",
            "label must be chord for a folder of recordings; received 'key'.",
        ),
    ):
        with pytest.raises(UsageError) as error:
            chord_folder(path, label, DEFAULT)
        assert str(error.value) == sentence
