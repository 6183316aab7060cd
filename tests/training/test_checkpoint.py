"""A checkpoint is whole, or it is known not to be."""

import errno
import io
import random
import subprocess
import zipfile

import keras
import numpy as np
import pytest

from seqtasks.training.checkpoint import (
    DamagedError,
    read_checkpoint,
    write_checkpoint,
)
from seqtasks.training.checkpoints import Checkpoints

DATA = {
    "epoch": 2,
    "loss": 0.1 + 0.2,
    "none": None,
    "words": ["é"],
    "inf": float("inf"),
}


def arrays():
    rng = np.random.default_rng(0)
    bfloat16 = keras.ops.convert_to_tensor([[1.5, -2.0]], dtype="bfloat16")
    return {
        "model/0000": rng.normal(size=(3, 4)).astype("float32"),
        "model/0001": np.float64(2.5).reshape(()),
        "model/0002": np.zeros((0, 3), "int8"),
        "model/0003": np.array(bfloat16),
        "model/0004": np.array([[1, 2], [3, 4]], "uint32").T,
        "model/0005": np.array([True, False]),
    }


def same(found, expected):
    return set(found) == set(expected) and all(
        found[name].dtype == value.dtype
        and found[name].shape == value.shape
        and found[name].tobytes() == value.tobytes()
        for name, value in expected.items()
    )


def test_what_is_written_is_read_to_the_bit(tmp_path):
    path = tmp_path / "1.npz"
    write_checkpoint(path, DATA, arrays())
    data, found = read_checkpoint(path)
    assert data == DATA
    assert same(found, arrays())
    assert [file.name for file in tmp_path.iterdir()] == ["1.npz"]


def test_a_file_cut_anywhere_is_damaged(tmp_path):
    path = tmp_path / "1.npz"
    write_checkpoint(path, DATA, arrays())
    whole = path.read_bytes()
    for length in {0, 1, len(whole) - 1, *range(0, len(whole), 97)}:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedError):
            read_checkpoint(path)


def test_a_flipped_bit_is_seen_or_changes_nothing(tmp_path):
    path = tmp_path / "1.npz"
    write_checkpoint(path, DATA, arrays())
    whole = bytearray(path.read_bytes())
    rng, seen = random.Random(0), 0
    for _ in range(400):
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        try:
            data, found = read_checkpoint(path)
        except DamagedError:
            seen += 1
        else:  # a bit of the container, as the date of an entry
            assert data == DATA
            assert same(found, arrays())
    assert seen > 200


def test_an_exchanged_array_is_seen_though_its_container_is_whole(tmp_path):
    path, other = tmp_path / "1.npz", tmp_path / "2.npz"
    write_checkpoint(path, DATA, arrays())
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "array/model/0001.npy":
                buffer = io.BytesIO()
                np.save(buffer, np.float64(2.25).reshape(()))
                content = buffer.getvalue()
            target.writestr(name, content)
    with pytest.raises(DamagedError, match="its digest is not that of its content"):
        read_checkpoint(other)


def test_no_code_of_a_file_is_run(tmp_path):
    path = tmp_path / "1.npz"
    with path.open("wb") as file:
        np.savez(file, header=np.array([print], dtype=object))
    with pytest.raises(DamagedError):
        read_checkpoint(path)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_two_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.newest(print) is None
    for number in range(1, 5):
        checkpoints.write({"number": number}, {})
        assert checkpoints.newest(print)[0] == {"number": number}
    assert files(tmp_path) == ["00000003.npz", "00000004.npz"]


def test_of_a_damaged_one_it_is_said_and_the_one_before_is_used(tmp_path):
    checkpoints, told = Checkpoints(tmp_path), []
    for number in (1, 2):
        checkpoints.write({"number": number}, {"a": np.arange(9)})
    newest = tmp_path / "00000002.npz"
    newest.write_bytes(newest.read_bytes()[:100])
    (tmp_path / ".0123abcd-00000003.npz").write_bytes(b"half")
    assert checkpoints.newest(told.append)[0] == {"number": 1}
    assert told == [
        f"The checkpoint {newest} is damaged: it cannot be read to its end. It is left "
        f"out."
    ]
    assert files(tmp_path) == ["00000001.npz"]
    (tmp_path / "00000001.npz").write_bytes(b"")
    assert checkpoints.newest(told.append) is None


def test_a_full_disk_leaves_the_ones_before(tmp_path, monkeypatch):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.write({"number": 1}, {"a": np.arange(9)})
    before = (tmp_path / "00000001.npz").read_bytes()

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.write({"number": 2}, {"a": np.arange(9)})
    assert files(tmp_path) == ["00000001.npz"]
    assert (tmp_path / "00000001.npz").read_bytes() == before


def test_a_disk_that_is_really_full(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(tmp_path)],
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    try:
        checkpoints = Checkpoints(tmp_path)
        checkpoints.write({"number": 1}, {"a": np.zeros(10_000)})
        checkpoints.write({"number": 2}, {"a": np.ones(10_000)})
        with pytest.raises(OSError, match="No space left on device"):
            checkpoints.write({"number": 3}, {"a": np.ones(10_000)})
        assert files(tmp_path) == ["00000001.npz", "00000002.npz"]
        data, found = checkpoints.newest(print)
        assert data == {"number": 2}
        assert found["a"].sum() == 10_000
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
