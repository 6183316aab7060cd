"""Weights that may be anyone's: each kind of bad file is a sentence."""

import io
import warnings
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from numpy.lib import format as npy

from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.predict import load_run
from seqtasks.training.state import get_weights
from seqtasks.training.weights import count_numbers, read_arrays, save_weights

SHAPES = [(2, 3), (4,)]


def _member(array=None, version=(1, 0), **header):
    text = io.BytesIO()
    if array is not None:
        npy.write_array(text, array, version=version)
        return text.getvalue()
    given = {"descr": "<f4", "fortran_order": False, "shape": (2, 3), **header}
    npy.write_array_header_1_0(text, given)
    return text.getvalue() + bytes(24)


def _archive(first=None, name="0000.npy", more=(), compression=zipfile.ZIP_STORED):
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", compression) as archive:
        archive.writestr(name, _member() if first is None else first)
        archive.writestr("0001.npy", _member(np.ones(4, "float32")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a name twice
            for other, content in more:
                archive.writestr(other, content)
    return text.getvalue()


def _pickled():
    text = io.BytesIO()
    npy.write_array(text, np.array([{}], dtype=object), allow_pickle=True)
    return text.getvalue()


BAD = {
    "nothing": (b"", "holds no weights that can be read"),
    "text": (b"weights", "holds no weights that can be read"),
    "a cut archive": (_archive()[:-30], "holds no weights that can be read"),
    "pickles": (_archive(_pickled()), "holds no plain numbers but object"),
    "texts": (_archive(_member(np.array(["a"]))), "holds no plain numbers but <U1"),
    "records": (
        _archive(_member(np.zeros(6, [("a", "f4")]))),
        "holds no plain numbers but",
    ),
    "a shape of terabytes": (
        _archive(_member(shape=(10**6, 10**6))),
        "declares 4,000,000,000,000 bytes and has 24",
    ),
    "a shape of too little": (_archive(_member(shape=(2, 2))), "declares 16 bytes"),
    "a negative size": (_archive(_member(shape=(-2, -3))), "has a negative size"),
    "no header": (_archive(b"\x93NUMPY"), "holds no weights that can be read"),
    "a header of code": (
        _archive(b"\x93NUMPY\x01\x00\x20\x00" + b"__import__('os').system('id')   "),
        "holds no weights that can be read",
    ),
    "a later version": (
        _archive(_member(np.zeros((2, 3), "float32"), version=(3, 0))),
        "has an unknown version",
    ),
    "a path": (
        _archive(name="../0000.npy", more=[("0002", b"")]),
        "its member '0002' is no array",
    ),
    "two of one name": (
        _archive(more=[("0000.npy", _member())]),
        "two of its members have one name",
    ),
    "one too many": (
        _archive(more=[("2.npy", _member())]),
        "the model of this run has",
    ),
    "other shapes": (
        _archive(_member(np.zeros((3, 2), "float32"))),
        "holds weights of the shapes [(3, 2), (4,)]",
    ),
    "a million small ones": (
        _archive(_member(np.zeros(2**22, "float32")), compression=zipfile.ZIP_DEFLATED),
        "the model of this run has [(2, 3), (4,)]",
    ),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_writes_is_read(tmp_path, save):
    arrays = [np.arange(6, dtype="float32").reshape(2, 3), np.arange(4)]
    save(tmp_path / "w.npz", **{"0001": arrays[1], "0000": arrays[0]})
    read = read_arrays(tmp_path / "w.npz", SHAPES)
    for one, other in zip(read, arrays, strict=True):
        np.testing.assert_array_equal(one, other)
    assert count_numbers(tmp_path / "w.npz") == 10


def _header(text, more=b""):
    return len(text).to_bytes(8, "little") + text + more


BAD_NOW = {
    "nothing": (b"", "holds no weights that can be read"),
    "a cut file": (safetensors.numpy.save({"0000": np.ones(4)})[:-1], "not fully cov"),
    "a shape of terabytes": (
        _header(
            b'{"0":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,8]}}'
        ),
        "holds no weights that can be read",
    ),
    "a header of exabytes": (b"\xff" * 8 + b"{}", "header too large"),
    "a type that NumPy lacks": (
        _header(b'{"0":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', bytes(4)),
        "holds BF16, no plain numbers",
    ),
    "other shapes": (
        safetensors.numpy.save({"0000": np.ones((3, 2))}),
        "holds weights of the shapes [(3, 2)]",
    ),
}


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [*(("npz", kind) for kind in BAD), *(("safetensors", kind) for kind in BAD_NOW)],
)
def test_a_bad_file_is_a_sentence(tmp_path, suffix, kind):
    content, sentence = (BAD if suffix == "npz" else BAD_NOW)[kind]
    path = tmp_path / f"bad.weights.{suffix}"
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_arrays(path, SHAPES)
    assert str(path) in str(error.value)
    assert sentence in str(error.value)


def test_no_kind_was_dropped():
    assert (len(BAD), len(BAD_NOW)) == (17, 6)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "w.safetensors"
    arrays = [np.arange(6, dtype="float32").reshape(3, 2).T, np.arange(4)]
    save_weights(path, arrays)
    assert count_numbers(path) == 10
    for one, other in zip(read_arrays(path, SHAPES), arrays, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_weights_of_a_run_of_before_are_found_and_read(trained, tmp_path):
    store, result = trained
    before = Store(tmp_path)
    before.write(result)
    written = load_run(result, store).model
    arrays = {f"{i:04d}": value for i, value in enumerate(get_weights(written))}
    np.savez(tmp_path / f"{result.run}.weights.npz", **arrays)
    assert before.weights_file(result.run).suffix == ".npz"
    experiment = load_run(result, before)
    values = get_weights(experiment.model)
    for name, value in zip(sorted(arrays), values, strict=True):
        np.testing.assert_array_equal(arrays[name], value)
