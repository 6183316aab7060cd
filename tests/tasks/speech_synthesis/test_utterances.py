import numpy as np
import pytest
import soundfile
from seqtasks.tasks.speech_synthesis import utterances
from seqtasks.tasks.speech_synthesis.transcripts import texts_of
from seqtasks.tasks.speech_synthesis.utterances import (
    analysis_of,
    speech_folder,
    trimmed_frames,
)
from speech_writer import tone, write_speech, write_wav

from seqtasks.data.splits import DEFAULT
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

WORDS = [
    "abba",
    "cab",
    "bad cab",
    "add a cab",
    "dab",
    "fab bad",
    "bed",
    "cabbage",
    "ha",
]
TEXTS = {f"one-{index:02d}": text for index, text in enumerate(WORDS)}


def read(found):
    return {one.text: one for split in SPLITS for one in found.load(split)}


def test_a_folder_in_the_layout_of_ljspeech(tmp_path):
    write_speech(tmp_path, TEXTS)
    found = speech_folder(tmp_path, 40, DEFAULT)
    assert [len(found.load(split)) for split in SPLITS] == [7, 1, 1]
    assert found.symbols == " abcdefgh"
    assert found.least_error is None
    by_text = read(found)
    assert set(by_text) == set(WORDS)
    for text, one in by_text.items():
        assert one.durations.sum() == len(one.frames)
        assert len(one.durations) == len(text)
        assert one.frames.shape[1] == 40
    # a letter takes 0.1 s, which is 8.6 frames
    assert found.durations("dab").sum() == pytest.approx(3 * 8.6, abs=4)
    # each letter has a tone of its own in the middle of its frames
    one = by_text["abba"]
    middle = np.cumsum(one.durations) - one.durations // 2
    loudest = one.frames[middle].argmax(axis=1)
    assert loudest[0] == loudest[3] < loudest[1] == loudest[2]


@pytest.mark.parametrize(
    ("names", "by_chapter"),
    [
        (["A-1", "A-2", "B-1", "B-2", "C-1"], True),
        (["A-1", "A-2", "B-1", "B-2"], False),
    ],
)
def test_chapters_are_not_cut_if_there_are_three(tmp_path, names, by_chapter):
    write_speech(tmp_path, {name: f"a{chr(98 + i)}" for i, name in enumerate(names)})
    found = speech_folder(tmp_path, 16, DEFAULT)
    where = {
        names[ord(one.text[1]) - 98]: split
        for split in SPLITS
        for one in found.load(split)
    }
    assert set(where.values()) == set(SPLITS)
    together = all(where[f"{c}-1"] == where[f"{c}-2"] for c in "AB")
    assert together == by_chapter


def test_silence_at_the_ends_is_cut_off():
    analysis = analysis_of(40)
    sound = tone(500, 0.5, 22_050)
    padded = np.concatenate([np.zeros(22_050), sound, np.zeros(11_025)])
    frames = trimmed_frames(padded, analysis)
    whole = len(trimmed_frames(sound, analysis))
    assert whole <= len(frames) <= whole + 10


def test_damaged_missing_and_silent_recordings_are_skipped(tmp_path, capsys):
    texts = {f"u{index:02d}": "abcde"[index % 5] for index in range(31)}
    write_speech(tmp_path, texts)
    (tmp_path / "wavs" / "u03.wav").unlink()
    (tmp_path / "wavs" / "u07.wav").write_bytes(b"RIFF")
    write_wav(tmp_path / "wavs" / "u09.wav", np.zeros(9000), 22_050)
    found = speech_folder(tmp_path, 16, DEFAULT)
    assert sum(len(found.load(split)) for split in SPLITS) == 28
    err = capsys.readouterr().err
    assert err.startswith(
        f"3 of the 31 recordings in {tmp_path} cannot be read: u03.wav"
    )
    assert "u03.wav: No such file or directory.), u07.wav (" in err
    assert "u09.wav (silence). Skipped.\n23 of the 28 recordings in " in err
    # a text that is there twice is in one split
    where = {one.text: split for split in SPLITS for one in found.load(split)}
    assert sum(len({one.text for one in found.load(s)}) for s in SPLITS) == len(where)


def test_lists_flac_and_names_with_their_ending(tmp_path):
    write_speech(tmp_path, TEXTS)
    names = list(TEXTS)
    for name in names[:3]:
        path = tmp_path / "wavs" / f"{name}.wav"
        soundfile.write(path.with_suffix(".flac"), *soundfile.read(path))
        path.unlink()
    (tmp_path / "val.txt").write_text(f"wavs/{names[1]}.wav|x\n{names[2]}|y\n")
    (tmp_path / "test.txt").write_text(f"{names[4]}\n")
    file = tmp_path / "metadata.csv"
    file.write_text("\ufeff" + file.read_text().replace("|", ".wav|", 1))
    found = speech_folder(tmp_path, 16, DEFAULT)
    assert found.source.details == (("splits", "its own, test.txt, val.txt"),)
    texts = {split: [one.text for one in found.load(split)] for split in SPLITS}
    assert texts["validation"] == [TEXTS[names[1]], TEXTS[names[2]]]
    assert texts["test"] == [TEXTS[names[4]]]
    assert len(texts["train"]) == 6


def test_only_line_ends_end_lines(tmp_path):
    (tmp_path / "metadata.csv").write_text("a|x\u2028y\r\nb|z\x0cz\nc|w\n", "utf-8")
    assert texts_of(tmp_path) == {"a": "x y", "b": "z z", "c": "w"}


def test_texts(tmp_path):
    lines = 'a|Dr. Who|Doctor  WHO\nb|"quoted|\n\nc|x|y\n'.replace('"quoted|', '"q')
    (tmp_path / "metadata.csv").write_text(lines)
    assert texts_of(tmp_path) == {"a": "doctor who", "b": '"q', "c": "y"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a|x\nb\n", "; line 2 has 'b'."),
        (b"a|x\nb|y|z|w\n", "; line 2 has 'b|y|z|w'."),
        (b"a|x\nb|  \n", "; line 2 has 'b|  '."),
        (b"a|x\n\na|y\n", "; line 3 has a a second time."),
        (b"a|x\n../b|y\n", "; line 2 has '../b|y'."),
        (
            b"a|x\nb|y\n",
            ", three at least, one for each of train, validation and test; found 2.",
        ),
        (None, "; there is no file {}."),
    ],
)
def test_texts_of_another_form(tmp_path, content, sentence):
    file = tmp_path / "metadata.csv"
    if content:
        file.write_bytes(content)
    with pytest.raises(UsageError) as error:
        texts_of(tmp_path)
    assert str(error.value) == (
        f"Expected {tmp_path} to be a folder in the layout of LJSpeech: metadata.csv "
        f"with lines of name|text, and the recordings as wavs/name.wav"
    ) + sentence.format(file)


def test_texts_in_another_encoding(tmp_path):
    (tmp_path / "metadata.csv").write_bytes(b"a|caf\xe9\n")
    with pytest.raises(UsageError, match="to be UTF-8 text; byte 5, in line 1, is not"):
        texts_of(tmp_path)


def test_a_byte_order_mark_and_a_line_separator_are_no_part_of_the_file(tmp_path):
    lines = ["a0|one", "a1|Two\u2028three", "a2|cafe\u0301"]
    text = "\ufeff" + "\r\n".join(lines)
    (tmp_path / "metadata.csv").write_bytes(text.encode("utf-8"))
    assert texts_of(tmp_path) == {"a0": "one", "a1": "two three", "a2": "caf\xe9"}


def test_ljspeech_is_read_through_tensorflow_datasets(monkeypatch):
    import tensorflow as tf
    import tensorflow_datasets as tfds

    def passages(self, *args, **kwargs):
        names = ["LJ002-1", "LJ001-1", "LJ003-1", "LJ003-2"]
        speech = np.stack([tone(300 + 100 * i, 0.4, 22_050) for i in range(4)])
        return tf.data.Dataset.from_tensor_slices(
            {
                "id": names,
                "speech": (speech * 2**15).astype(np.int16),
                "text": ["?"] * 4,
                "text_normalized": ["Two", "One", "Three", "Four"],
            }
        )

    monkeypatch.setattr(
        utterances, "prepared_audio", lambda name, licence: tfds.builder(name)
    )
    with tfds.testing.mock_data(as_dataset_fn=passages):
        found = utterances.ljspeech(20)
        texts = {split: [one.text for one in found.load(split)] for split in SPLITS}
    assert sorted(text for part in texts.values() for text in part) == [
        "four",
        "one",
        "three",
        "two",
    ]
    assert any({"three", "four"} <= set(part) for part in texts.values())
    assert found.source.name == "ljspeech"


@pytest.mark.realdata
def test_real_speech(realdata):
    found = speech_folder(realdata / "ljspeech_mini", 80, DEFAULT)
    assert [len(found.load(split)) for split in SPLITS] == [12, 2, 2]
    for one in read(found).values():
        # between 8 and 25 characters a second, of 86 frames
        assert 8 < len(one.text) / len(one.frames) * 86 < 25
        assert one.frames.max() > -40
        assert one.frames.std() > 8
    # nothing is longer than a pause, and a text unheard of has a sensible length
    assert 8 < len("hello there") / found.durations("hello there").sum() * 86 < 25
