"""Examples are gathered by position, from memory or from a file, as they were."""

import errno
import gc
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.training import example_store
from seqtasks.training.example_store import (
    ExampleStore,
    cache_folder,
    flat_examples,
    parse_bytes,
)

MUCH = 10**9
BUDGETS = {"memory": MUCH, "disk": 0}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The cache folder, of this test alone."""
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=BUDGETS)
def budget(request):
    return BUDGETS[request.param]


def examples(varying):
    """Three sequences ``n, n, …`` under a name, and a target at each step or alone."""
    lengths = tf.constant([2, 4, 1] if varying else [3, 3, 3])

    def make(number):
        length = lengths[number] if varying else 3
        return {"a": tf.fill((length, 2), number)}, tf.fill((length,), number), number

    return tf.data.Dataset.range(3, output_type=tf.int32).map(make)


def assert_visited(seen, expected):
    for found, example in zip(seen, expected, strict=True):
        for part, other in zip(found, tf.nest.flatten(example), strict=True):
            np.testing.assert_array_equal(part, other)
            assert part.dtype == other.dtype.as_numpy_dtype


def test_examples_of_one_length(budget):
    seen = []
    store = ExampleStore(examples(varying=False), budget, seen.append)
    assert_visited(seen, examples(varying=False))
    np.testing.assert_array_equal(store.lengths, [3, 3, 3])
    # -1 is a row of zeros
    lengths, (inputs, each, alone) = store.gather(np.array([2, 0, -1]))
    np.testing.assert_array_equal(lengths, [3, 3, 0])
    np.testing.assert_array_equal(inputs["a"][:, :, 0], [[2] * 3, [0] * 3, [0] * 3])
    np.testing.assert_array_equal(each, [[2, 2, 2], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(alone, [2, 0, 0])
    _, (inputs, each, alone) = store.gather(np.array([-1, 1]))
    np.testing.assert_array_equal(inputs["a"][:, :, 1], [[0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(alone, [0, 1])


def test_examples_of_many_lengths_are_padded_to_the_longest_of_their_batch(budget):
    seen = []
    store = ExampleStore(examples(varying=True), budget, seen.append)
    assert_visited(seen, examples(varying=True))
    np.testing.assert_array_equal(store.lengths, [2, 4, 1])
    lengths, (inputs, each, alone) = store.gather(np.array([2, 0, -1]))
    np.testing.assert_array_equal(lengths, [1, 2, 0])
    np.testing.assert_array_equal(inputs["a"][:, :, 1], [[2, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(each, [[2, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(alone, [2, 0, 0])
    _, (_, each, alone) = store.gather(np.array([1, -1]))
    np.testing.assert_array_equal(each, [[1, 1, 1, 1], [0, 0, 0, 0]])
    np.testing.assert_array_equal(alone, [1, 0])


def test_more_than_the_number_of_steps_may_vary(budget):
    sizes = [(1, 3), (2, 1), (0, 2)]
    data = tf.data.Dataset.from_generator(
        lambda: ((np.ones(size, np.float32),) for size in sizes),
        output_signature=(tf.TensorSpec((None, None)),),
    )
    assert [inputs.shape for (inputs,) in flat_examples(data)] == sizes
    _, (inputs,) = ExampleStore(data, budget).gather(np.array([0, 1]))
    np.testing.assert_array_equal(inputs, [[[1, 1, 1], [0, 0, 0]], [[1, 0, 0]] * 2])


@pytest.mark.parametrize("dtype", [tf.bool, tf.bfloat16, tf.complex64, tf.uint8])
def test_types_are_kept(dtype, budget):
    data = tf.data.Dataset.from_tensor_slices((tf.cast([[1], [0], [1]], dtype),))
    _, (inputs,) = ExampleStore(data, budget).gather(np.array([1, 2]))
    assert inputs.dtype == dtype.as_numpy_dtype
    np.testing.assert_array_equal(inputs.astype("complex64"), [[0], [1]])


@pytest.mark.parametrize("varying", [False, True])
def test_no_examples(varying):
    store = ExampleStore(examples(varying).take(0), 0)
    assert store.lengths.tolist() == []
    assert store.memory == 0


def test_texts_and_an_unknown_number_of_axes_are_refused():
    texts = tf.data.Dataset.from_tensor_slices((["a"],))
    unknown = tf.data.Dataset.from_generator(lambda: [(1,)], (tf.int32,))
    for data in (texts, unknown):
        with pytest.raises(UsageError, match="numbers with a known number of axes"):
            ExampleStore(data, MUCH)


def counted(count, made, size=1000):
    """Examples of ``4 * size`` bytes, made one by one when they are asked for."""

    def make():
        for number in range(count):
            made.append(number)
            yield np.full((size,), number, "float32"), np.int32(number)

    spec = tf.TensorSpec((size,)), tf.TensorSpec((), tf.int32)
    return tf.data.Dataset.from_generator(make, output_signature=spec)


def test_they_move_to_a_file_where_they_cross_the_budget_and_are_made_once(cache):
    made = []
    store = ExampleStore(counted(700, made), memory_budget=2_000_000)
    assert store.on_disk
    assert store.memory == 0
    assert made == list(range(700))
    positions = np.random.default_rng(0).permutation(700)
    _, (inputs, targets) = store.gather(positions)
    np.testing.assert_array_equal(targets, positions)
    np.testing.assert_array_equal(inputs, np.tile(positions[:, None], 1000))


def test_what_is_within_the_budget_touches_no_disk(cache):
    store = ExampleStore(counted(10, []), memory_budget=10 * 4004)
    assert not store.on_disk
    assert store.memory == 10 * 4004
    assert not cache.exists()


def test_the_file_has_no_name_and_is_freed_with_the_store(cache):
    def descriptors():
        folder = "/proc/self/fd"
        return sum(
            os.path.realpath(f"{folder}/{one}").startswith(str(cache))
            for one in os.listdir(folder)
        )

    store = ExampleStore(counted(10, []), memory_budget=0)
    assert descriptors() == 2  # one for each part
    assert list(cache.iterdir()) == []
    del store
    gc.collect()
    assert descriptors() == 0


def test_a_full_disk_is_a_sentence(cache, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(example_store.tempfile, "TemporaryFile", full)
    with pytest.raises(UsageError) as error:
        ExampleStore(counted(10, []), memory_budget=0)
    assert str(error.value) == (
        f"Could not write examples above the memory budget to the folder {cache}: No "
        f"space left on device. Make room, name another folder with the environment "
        f"variable SEQTASKS_CACHE, or hold more in memory with --memory-budget."
    )


def test_the_cache_folder(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("SEQTASKS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert str(cache_folder()) == "/xdg/seqtasks"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert str(cache_folder()) == "/home/ada/.cache/seqtasks"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (0, 0),
        (4096, 4096),
        ("4096", 4096),
        ("2GB", 2 * 10**9),
        ("1.5 GiB", 3 * 2**29),
        ("300kb", 300_000),
        ("7B", 7),
    ],
)
def test_sizes_in_bytes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", -1, "2GBs", "2XB", True, None, "B"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(UsageError, match="memory_budget must be a number of bytes"):
        parse_bytes(text)


_PEAK_PROGRAM = """
import sys
import numpy as np
import tensorflow as tf
from seqtasks.training.example_store import ExampleStore
from seqtasks.training.machine import peak_memory_bytes

def examples(count):  # of 1 MB each
    spec = (tf.TensorSpec((1000, 250)),)
    def make():
        return ((np.full((1000, 250), n, "float32"),) for n in range(count))
    return tf.data.Dataset.from_generator(make, output_signature=spec)

peaks = []
for count in (40, 400):
    store = ExampleStore(examples(count), 20_000_000)
    for start in range(0, count, 8):
        _, (rows,) = store.gather(np.arange(start, start + 8))
        assert (rows[:, 0, 0] == np.arange(start, start + 8)).all()
    peaks.append(peak_memory_bytes())
print(peaks[1] - peaks[0])
"""


@pytest.mark.slow
def test_peak_memory_does_not_grow_with_the_data():
    run = subprocess.run(
        [sys.executable, "-c", _PEAK_PROGRAM], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 100_000_000  # ten times the data is 360 MB more
