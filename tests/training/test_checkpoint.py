"""A checkpoint is whole, or it is known not to be; and when one is written."""

import errno
import random
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest
import safetensors.numpy

from seqtasks.errors import UsageError
from seqtasks.training.checkpoint import (
    CheckpointClock,
    CheckpointInterval,
    DamagedError,
    parse_interval,
    read_checkpoint,
    read_newest,
    write_checkpoint,
    write_next,
)

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
        "model/0001": np.array(2.5),
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


@pytest.fixture
def path(tmp_path):
    """A checkpoint."""
    write_checkpoint(tmp_path / "1.safetensors", DATA, arrays())
    return tmp_path / "1.safetensors"


def test_what_is_written_is_read_to_the_bit(path):
    data, found = read_checkpoint(path)
    assert data == DATA
    assert same(found, arrays())
    assert files(path.parent) == ["1.safetensors"]


def test_a_file_cut_anywhere_is_damaged(path):
    whole = path.read_bytes()
    for length in {0, 1, len(whole) - 1, *range(0, len(whole), 97)}:
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedError):
            read_checkpoint(path)


def test_a_flipped_bit_is_found(path):
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(400):
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(DamagedError):
            read_checkpoint(path)


def test_an_exchanged_array_is_found_though_its_container_is_whole(path):
    with safetensors.safe_open(path, "np") as file:
        metadata = file.metadata()
        content = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    content["model/0001"] = np.array(2.25)
    path.write_bytes(safetensors.numpy.save(content, metadata))
    with pytest.raises(DamagedError, match="its digest is not that of its content"):
        read_checkpoint(path)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_newest_two_are_kept_and_a_damaged_one_is_left_out(tmp_path):
    for number in range(1, 5):
        write_next(tmp_path, {"number": number}, {"a": np.arange(number)})
    assert files(tmp_path) == ["00000003.safetensors", "00000004.safetensors"]
    (tmp_path / ".0123abcd-00000005.safetensors").write_bytes(b"half of it")
    newest, messages = tmp_path / "00000004.safetensors", []
    newest.write_bytes(newest.read_bytes()[:-1])
    data, found = read_newest(tmp_path, messages.append)
    assert (data, found["a"].tolist()) == ({"number": 3}, [0, 1, 2])
    assert messages == [
        f"The checkpoint {newest} is damaged: it cannot be read to its end. It is left "
        f"out."
    ]
    assert files(tmp_path) == ["00000003.safetensors"]
    (tmp_path / "00000003.safetensors").write_bytes(b"")
    assert read_newest(tmp_path, messages.append) is None


def test_a_full_disk_leaves_the_ones_before(tmp_path, monkeypatch):
    write_next(tmp_path, {"number": 1}, {"a": np.arange(9)})
    before = (tmp_path / "00000001.safetensors").read_bytes()
    write = Path.write_bytes

    def full(path, content):
        write(path, content[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_next(tmp_path, {"number": 2}, {"a": np.arange(9)})
    assert files(tmp_path) == ["00000001.safetensors"]
    assert (tmp_path / "00000001.safetensors").read_bytes() == before


def test_a_disk_that_is_really_full(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(tmp_path)],
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    try:
        write_next(tmp_path, {"number": 1}, {"a": np.zeros(10_000)})
        write_next(tmp_path, {"number": 2}, {"a": np.ones(10_000)})
        with pytest.raises(OSError, match="No space left on device"):
            write_next(tmp_path, {"number": 3}, {"a": np.ones(10_000)})
        assert len(files(tmp_path)) == 2
        data, found = read_newest(tmp_path, print)
        assert data == {"number": 2}
        assert found["a"].sum() == 10_000
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (30, CheckpointInterval(seconds=30.0)),
        ("30", CheckpointInterval(seconds=30.0)),
        ("2.5 s", CheckpointInterval(seconds=2.5)),
        ("90seconds", CheckpointInterval(seconds=90.0)),
        ("200 steps", CheckpointInterval(steps=200)),
        ("1step", CheckpointInterval(steps=1)),
        (0, CheckpointInterval()),
        ("0 steps", CheckpointInterval()),
    ],
)
def test_how_it_is_written(value, interval):
    assert parse_interval(value) == interval


@pytest.mark.parametrize("value", ["", "often", "-3", "1.5 steps", "3 epochs", "nan"])
def test_what_it_is_not(value):
    with pytest.raises(UsageError) as error:
        parse_interval(value)
    assert str(error.value) == (
        f"Expected --checkpoint-every to be seconds, as in 30, or steps, as in "
        f"'200 steps', or 0 for never; received {value!r}."
    )


@pytest.fixture
def now(monkeypatch):
    """The time, which goes on only if a test moves it."""
    time = [0.0]
    monkeypatch.setattr("seqtasks.training.checkpoint.time.monotonic", lambda: time[0])
    return time


def test_steps_are_counted_from_the_last_writing(now):
    clock = CheckpointClock(CheckpointInterval(steps=3))
    assert [clock.due_after_step() for _ in range(4)] == [False, False, True, True]
    clock.writing_begins()
    clock.writing_ended()
    assert [clock.due_after_step() for _ in range(3)] == [False, False, True]
    assert clock.due_after_epoch()


def test_seconds_are_counted_and_stretched_where_writing_is_dear(now):
    clock = CheckpointClock(CheckpointInterval(seconds=10.0))
    assert not clock.due_after_step()
    assert clock.due_after_epoch()
    now[0] = 10.0
    assert clock.due_after_step()
    clock.writing_begins()
    now[0] = 11.0  # a second's writing: a fiftieth of 50 seconds
    clock.writing_ended()
    now[0] = 60.0
    assert not clock.due_after_step()
    assert not clock.due_after_epoch()
    now[0] = 61.0
    assert clock.due_after_step()
    assert clock.due_after_epoch()


def test_never_is_never(now):
    clock = CheckpointClock(CheckpointInterval())
    now[0] = 1e9
    assert not clock.due_after_step()


def test_one_that_is_too_large_for_the_run_is_left_out(tmp_path):
    write_next(tmp_path, {"number": 1}, {"a": np.zeros(10)})
    large = tmp_path / "00000002.safetensors"
    with large.open("wb") as file:
        file.truncate(2**37)
    sentences = []
    found = read_newest(tmp_path, sentences.append, largest=2**20)
    assert found is not None
    assert found[0] == {"number": 1}
    assert sentences == [
        f"The checkpoint {large} has 137,438,953,472 bytes, and one of this run has "
        f"fewer than 1,048,576. It is left out."
    ]


def test_names_that_are_taken_are_passed_over(tmp_path):
    (tmp_path / "00000004.safetensors").mkdir()
    (tmp_path / "99999999.safetensors").mkdir()
    for number in range(3):
        write_next(tmp_path, {"number": number}, {"a": np.zeros(1)})
    assert sorted(path.name[:8] for path in tmp_path.iterdir()) == [
        *("00000004", "00000006", "00000007", "99999999"),
    ]
    found = read_newest(tmp_path, lambda sentence: None)
    assert found is not None
    assert found[0] == {"number": 2}
