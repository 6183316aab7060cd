"""Recordings of folders and of TensorFlow Datasets, split by speaker."""

import numpy as np
import pytest
import soundfile
import tensorflow_datasets as tfds
from seqtasks.tasks.keyword_spotting import recordings
from seqtasks.tasks.keyword_spotting.recordings import (
    audio_folder,
    speaker_in,
    speech_commands,
    spoken_digit,
)
from speech_writer import tone, write_wav, write_words

from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def test_a_folder_of_any_rate_and_any_number_of_channels(tmp_path, capsys):
    for index in range(4):
        # as loud as no other: equal recordings would be kept in one split
        loudness = 1 - index / 10
        low, high = loudness * tone(300), loudness * tone(2000, rate=44_100)
        write_wav(tmp_path / "low" / f"{index}.wav", low)
        write_wav(tmp_path / "high" / f"{index}.wav", high, 44_100)
    stereo = np.stack([tone(300), np.zeros(4800)], axis=1).astype(np.float32)
    soundfile.write(tmp_path / "low" / "stereo.wav", stereo, 16_000, "FLOAT")
    found = audio_folder(tmp_path, "", DEFAULT)
    assert found.class_names == ("high", "low")
    everything = [one for split in SPLITS for one in found.load(split)]
    assert len(everything) == 9
    for samples, label in everything:
        assert samples.shape == (4800,)
        spectrum = np.abs(np.fft.rfft(samples))
        assert spectrum.argmax() * 16_000 / 4800 == pytest.approx(
            (2000, 300)[label], 0.02
        )
    assert min(np.abs(samples).max() for samples, _ in everything) < 0.3
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "has 44,100 samples a second; it and all others" in err


def test_speakers_in_names(tmp_path):
    find = speaker_in("^([a-z]+)_")
    assert find("yes/anna_1.wav") == "anna"
    assert speaker_in("[a-z]+")("yes/anna_1.wav") == "anna"
    with pytest.raises(UsageError) as error:
        find("yes/7.wav")
    assert str(error.value) == (
        "Expected the regular expression '^([a-z]+)_' to find a speaker in the name of "
        "each recording; it finds none in yes/7.wav."
    )
    with pytest.raises(UsageError, match="Expected speaker to be a regular expression"):
        speaker_in("(")


@pytest.mark.parametrize(
    ("expression", "name", "speaker"),
    [
        ("^(anna|carl)|^bob", "yes/anna_1.wav", "anna"),
        (r"([0-9a-f]{8})_nohash|^(\d+)", "yes/0a7c2a8d_nohash_3.wav", "0a7c2a8d"),
        (r"([0-9a-f]{8})_nohash|^(\d+)", "yes/17_1.wav", "17"),
        ("^(anna|carl)|^bob", "yes/bob_1.wav", None),
        ("^(anna)?", "yes/bob_1.wav", None),
        ("x*", "yes/bob_1.wav", None),
    ],
)
def test_the_group_that_matched_names_the_speaker(expression, name, speaker):
    if speaker:
        assert speaker_in(expression)(name) == speaker
        return
    with pytest.raises(UsageError, match=f"find a speaker .* in {name}"):
        speaker_in(expression)(name)


def test_two_speakers(tmp_path):
    write_words(tmp_path, "ab", each=3)
    with pytest.raises(UsageError) as error:
        audio_folder(tmp_path, "^[a-z]", DEFAULT)
    assert str(error.value) == (
        f"Expected the recordings in {tmp_path} to be of three speakers or more, one "
        f"for each of train, validation and test; found a, b. Without --set speaker=… "
        f"each class is split by file."
    )


def test_splits_of_ones_own(tmp_path):
    write_words(tmp_path, "abcdefghij", each=1)
    seen = [
        {s: sum(1 for _ in audio_folder(tmp_path, "^[a-z]", rule).load(s))
         for s in SPLITS}
        for rule in (SplitRule(train=0.5), SplitRule(folds=5), SplitRule(seed=1))
    ]  # fmt: skip
    assert [[*one.values()] for one in seen] == [[12, 4, 4], [12, 4, 4], [16, 2, 2]]


def test_a_speaker_is_in_one_split_alone(tmp_path):
    write_words(tmp_path, "abcdefgh", each=2)
    found = audio_folder(tmp_path, "^[a-z]", DEFAULT)
    # of eight speakers one is for test and one for validation
    assert [sum(1 for _ in found.load(split)) for split in SPLITS] == [24, 4, 4]


def test_speech_commands_keeps_its_own_splits(monkeypatch):
    monkeypatch.setattr(
        recordings, "prepared_audio", lambda name, licence: tfds.builder(name)
    )
    with tfds.testing.mock_data(num_examples=3):
        found = speech_commands()
        assert found.class_names[-2:] == ("_silence_", "_unknown_")
        assert len(found.class_names) == 12
        for split in SPLITS:
            read = list(found.load(split))
            assert len(read) == 3
            assert {(s.dtype, s.ndim) for s, _ in read} == {(np.dtype("f4"), 1)}
            assert {label for _, label in read} <= set(range(12))


def digits(self, *args, **kwargs):
    """Two recordings of each speaker, in no order."""
    import tensorflow as tf

    names = [f"{d}_{s}_0.wav" for d in (7, 3) for s in ("eva", "bo", "al", "cy", "di")]
    return tf.data.Dataset.from_tensor_slices(
        {
            "audio": np.arange(10)[:, None] * 2**10 * np.ones((1, 50), np.int64),
            "audio/filename": names,
            "label": [int(name[0]) for name in names],
        }
    )


def test_digits_are_split_by_speaker(monkeypatch):
    monkeypatch.setattr(
        recordings, "prepared_audio", lambda name, licence: tfds.builder(name)
    )
    tested = []
    for fold in range(5):
        with tfds.testing.mock_data(as_dataset_fn=digits):
            found = spoken_digit(fold)
            read = {split: list(found.load(split)) for split in SPLITS}
        assert [len(read[split]) for split in SPLITS] == [6, 2, 2]
        assert [label for _, label in read["test"]] == [3, 7]
        # 7_eva_0 has 0, 3_eva_0 5/32, and so on: the same speaker, five steps on
        levels = [float(samples[0]) * 32 for samples, _ in read["test"]]
        assert levels[0] == levels[1] + 5
        tested.append(levels[1])
    assert sorted(tested) == [0, 1, 2, 3, 4]


def test_a_folder_gives_the_speaker_of_each_recording_that_is_read(tmp_path):
    for word in ("no", "yes"):
        for number, speaker in enumerate(("ann", "bob", "cid", "dan", "eve", "fay")):
            loud = (1 - number / 20) * tone(300 if word == "no" else 900)
            write_wav(tmp_path / word / f"{speaker}_{number}.wav", loud)
    found = audio_folder(tmp_path, "^[a-z]+", DEFAULT)
    assert found.speakers is not None
    for split in SPLITS:
        speakers, labels = found.speakers(split), [one for _, one in found.load(split)]
        assert len(speakers) == len(labels)
        # each speaker says each word once
        assert sorted(speakers) == sorted(2 * [*dict.fromkeys(speakers)])
    assert audio_folder(tmp_path, "", DEFAULT).speakers is None
