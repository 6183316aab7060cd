"""MATLAB files: as SciPy reads them where they are whole, and a sentence elsewhere."""

import io
import struct

import numpy as np
import pytest
import scipy.io
from seqtasks.tasks.music_lm.mat_file import read_mat

LARGEST = 2**20


def cells(*values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


VARIABLES = {
    "a": np.arange(6.0).reshape(2, 3),
    "b": np.arange(4, dtype="uint8").reshape(2, 2),
    "pieces": cells(np.eye(3), np.zeros((2, 88), "int16"), np.ones((1, 1), "f4")),
    "empty": np.zeros((0, 3)),
    "truth": np.array([[True, False]]),
}


def written(variables, **options):
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, **options)
    return buffer.getvalue()


def same(one, other):
    if one.dtype == object:
        return one.shape == other.shape and all(map(same, one.flat, other.flat))
    return np.array_equal(one, other)


@pytest.mark.parametrize("packed", [False, True])
def test_it_reads_what_scipy_reads(packed):
    content = written(VARIABLES, do_compression=packed)
    found = read_mat(content, LARGEST)
    expected = scipy.io.loadmat(io.BytesIO(content))
    assert set(found) == set(VARIABLES)
    assert all(same(found[name], expected[name]) for name in VARIABLES)


def test_what_is_neither_numbers_nor_cells_is_none():
    content = written({"text": "abc", "record": {"a": 1}, "z": np.array([1j])})
    assert read_mat(content, LARGEST) == {"text": None, "record": None, "z": None}


def test_a_type_that_there_is_not_is_a_sentence():
    # with which SciPy's reader ends the program
    content = bytearray(written({"a": np.ones((3, 4), "uint8")}))
    at = content.rindex(struct.pack("<II", 2, 12))
    content[at] = 154
    with pytest.raises(ValueError, match="'a' has no numbers of a known type"):
        read_mat(bytes(content), LARGEST)


def test_every_cut_and_every_changed_byte_is_a_value_error_or_a_value():
    rng = np.random.default_rng(0)
    whole = written(VARIABLES)
    for trial in range(400):
        content = bytearray(whole)
        if trial % 2:
            content = content[: rng.integers(len(whole))]
        else:
            for at in rng.integers(len(whole), size=rng.integers(1, 4)):
                content[at] = rng.integers(256)
        try:
            read_mat(bytes(content), LARGEST)
        except ValueError:
            continue


def test_what_is_packed_is_bounded():
    content = written({"a": np.zeros((1000, 1000), "uint8")}, do_compression=True)
    assert len(content) < 2000
    with pytest.raises(ValueError, match="unpacks to more than 1,000 bytes"):
        read_mat(content, 1000)
