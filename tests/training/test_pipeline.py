"""Batches: seeded, padded, masked, in streams."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from kills import Killed, Killing
from seqtasks.tasks.adding import adding
from tiny_task import tiny_task

from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.example_store import ExampleStore
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.run import run


def batches(dataset):
    return list(dataset.as_numpy_iterator())


def first_values(dataset):
    """One number that identifies each example, in order."""
    return np.concatenate([x["inputs"][:, 0, 0] for x, _, _ in batches(dataset)])


@functools.cache
def pipeline(lengths="fixed", *, each_step=False, batch_size=8, seed=0, limit=None):
    """A pipeline of the tiny task, whose examples are read once for all tests."""
    return Pipeline(tiny_task(lengths, each_step), batch_size, seed, limit)


def test_every_example_is_trained_once_an_epoch_in_an_order_of_seed_and_epoch():
    first, second = (first_values(pipeline().train(epoch)) for epoch in (0, 1))
    again = first_values(Pipeline(tiny_task(), 8, seed=0).train(1))
    other = first_values(pipeline(seed=1).train(1))
    assert len(first) == 50
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, again)
    assert not np.array_equal(second, other)


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("lengths", ["fixed", "varying"])
def test_number_and_shapes_of_batches_are_known_without_them(lengths, limit):
    one = pipeline(lengths, limit=limit)
    for epoch in range(2):
        found = [x["inputs"].shape[:2] for x, _, _ in batches(one.train(epoch))]
        assert one.shapes(epoch) == found
        assert one.steps == len(found) == (limit or 7)
    assert len(set(found)) > 1 or limit


def test_varying_lengths_carry_a_mask_and_padding_weighs_nothing():
    one = pipeline("varying", each_step=True)
    seen = []
    for features, targets, weights in batches(one.evaluation("test")):
        mask = features["mask"]
        assert mask.shape == features["inputs"].shape[:2] == targets.shape
        np.testing.assert_array_equal(weights, mask)
        assert not features["inputs"][~mask].any()
        seen.extend(mask.sum(axis=1))
    assert seen == [3 + index % 6 for index in range(21)]
    np.testing.assert_array_equal(one.lengths["test"], seen)


def test_like_lengths_share_a_batch():
    one = pipeline("varying", batch_size=2)
    masks = [features["mask"] for features, _, _ in batches(one.train(0))]
    # lengths are 3 to 8, in six buckets
    assert max(np.ptp(mask.sum(axis=1)) for mask in masks) <= 1


@pytest.mark.parametrize("each_step", [False, True])
def test_jax_which_compiles_for_each_shape_is_given_few(monkeypatch, each_step):
    # three buckets of 3 to 8 steps
    one = pipeline("varying", each_step=each_step, batch_size=4)

    def all_batches():
        return [*batches(one.train(0)), *batches(one.evaluation("test"))]

    as_elsewhere = all_batches()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    on_jax = all_batches()
    shapes = [features["mask"].shape for features, _, _ in on_jax]
    assert one.shapes(0) == shapes[: one.steps]
    assert len({time for _, time in shapes}) <= 3
    assert len({features["mask"].shape[1] for features, _, _ in as_elsewhere}) > 3
    for padded, given in zip(
        tf.nest.flatten(on_jax), tf.nest.flatten(as_elsewhere), strict=True
    ):
        whole = tuple(slice(n) for n in given.shape)
        np.testing.assert_array_equal(padded[whole], given)
        assert padded.sum() == given.sum()


@pytest.mark.parametrize("each_step", [False, True])
def test_a_budget_of_seconds_has_few_lengths(monkeypatch, each_step):
    monkeypatch.setattr("seqtasks.training.pipeline._MOST_LENGTHS", 3)
    as_they_are = pipeline("varying", each_step=each_step, batch_size=4)
    few = dataclasses.replace(as_they_are, few_lengths=True)
    for split in ("validation", "test"):
        ours, theirs = (batches(p.evaluation(split)) for p in (few, as_they_are))
        for padded, given in zip(ours, theirs, strict=True):
            assert padded[0]["mask"].shape[1] in (3, 6, 8)
            for one, other in zip(
                tf.nest.flatten(padded), tf.nest.flatten(given), strict=True
            ):
                whole = tuple(slice(n) for n in other.shape)
                np.testing.assert_array_equal(one[whole], other)
                assert one.sum() == other.sum()
    shapes = [features["mask"].shape for features, _, _ in batches(few.train(0))]
    assert few.shapes(0) == shapes
    assert {time for _, time in shapes} <= {3, 6, 8}
    assert not {time for _, time in as_they_are.shapes(0)} <= {3, 6, 8}


def text_task(count):
    """Windows of two numbers, counted up."""
    windows = np.arange(2 * count, dtype="int32").reshape(count, 2)

    def load(split):
        ones = np.ones((count, 2), "float32")
        return tf.data.Dataset.from_tensor_slices((windows, windows + 1, ones))

    task = tiny_task(each_step=True)
    fields = {"load": load, "stateful": True, "encoder": keras.layers.Embedding(99, 2)}
    return type(task)(**{**vars(task), **fields})


def test_streams_continue_from_batch_to_batch():
    one = Pipeline(text_task(7), batch_size=3, seed=0)
    received = batches(one.train(0))
    assert len(received) == one.steps == 3
    inputs = np.stack([features["inputs"] for features, _, _ in received])
    weights = np.stack([weights for _, _, weights in received])
    np.testing.assert_array_equal(inputs[:, 0].ravel(), [0, 1, 2, 3, 4, 5])
    np.testing.assert_array_equal(inputs[:, 1].ravel(), [6, 7, 8, 9, 10, 11])
    np.testing.assert_array_equal(inputs[:, 2].ravel(), [12, 13, 0, 0, 0, 0])
    np.testing.assert_array_equal(weights[:, 2].ravel(), [1, 1, 0, 0, 0, 0])
    assert weights.sum() == 14
    assert one.shapes(0) == [one.shape for one in inputs] == [(3, 2)] * 3


def test_an_empty_split_is_refused():
    task = tiny_task()
    empty = type(task)(
        **{**vars(task), "load": lambda split: tiny_task().load(split).take(0)}
    )
    with pytest.raises(UsageError, match="at least one example in each split"):
        check_not_empty(Pipeline(empty, batch_size=8, seed=0))


@pytest.mark.parametrize("stateful", [False, True])
def test_the_end_of_an_epoch_waits_for_no_tuning_of_the_pipeline(stateful):
    one = Pipeline(text_task(10), 4, seed=0) if stateful else pipeline()
    for made in (one.train(0), one.evaluation("test")):
        assert made.options().autotune.enabled is False


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The cache folder, of this test alone."""
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


ADDING = {"sequence_length": 4, "data_seed": 2}
CASES = {
    "adding": (lambda: adding(**ADDING), 9),
    "lengths that vary": (lambda: tiny_task("varying", each_step=True), 4),
    "streams": (lambda: text_task(11), 4),
}


@pytest.mark.parametrize("case", CASES)
def test_batches_from_memory_and_from_disk_are_the_same(case, cache, monkeypatch):
    counts = {"train": 60, "validation": 20, "test": 30}
    monkeypatch.setattr("seqtasks.tasks.adding._EXAMPLES", counts)
    task, batch_size = CASES[case]
    memory = Pipeline(task(), batch_size, seed=1)
    disk = Pipeline(task(), batch_size, seed=1, memory_budget=0)
    assert memory.fingerprint == disk.fingerprint
    assert not cache.exists() or not list(cache.iterdir())
    assert memory.shapes(1) == disk.shapes(1)
    for name, given in (("train", 0), ("train", 1), ("evaluation", "test")):
        one, other = (getattr(made, name)(given) for made in (memory, disk))
        assert one.element_spec == other.element_spec
        np.testing.assert_equal(batches(one), batches(other))

    gathered, gather = [], ExampleStore.gather

    def noted(store, positions):
        gathered.append(positions)
        return gather(store, positions)

    for made in (memory, disk):
        whole = batches(made.train(1))
        rest = made.train(1, start=len(whole) - 2)
        assert rest.cardinality() == 2
        with monkeypatch.context() as patch:
            patch.setattr(ExampleStore, "gather", noted)
            np.testing.assert_equal(batches(rest), whole[-2:])
    # no example before them was read
    assert len(gathered) == 2 * 2


def test_a_budget_holds_for_all_splits_together(cache):
    def on_disk(budget):
        one = Pipeline(tiny_task(), 4, seed=1, memory_budget=budget)
        assert one.steps == 13
        return [store.on_disk for store in one._stores.values()]

    size = 8 * 2 * 4 + 4  # bytes of an example; there are 50, 32 and 21
    assert on_disk(103 * size) == [False, False, False]
    assert on_disk(87 * size) == [False, False, True]
    assert on_disk(40 * size) == [True, False, True]
    assert on_disk("2.5kB") == [True, False, True]


def trained(folder, budget, display=None, **more):
    return run(
        "adding", "gru", options=ADDING, store=Store(folder), units=4, batch_size=8,
        epochs=2, limit=4, implementation="projected", memory_budget=budget,
        checkpoint_every="1 steps", display=display, **more,
    )  # fmt: skip


@pytest.mark.slow
def test_a_run_from_disk_is_killed_and_resumes_in_the_bits_of_one_from_memory(
    cache, tmp_path
):
    whole = trained(tmp_path / "memory", "1GB")
    with pytest.raises(Killed):
        trained(tmp_path / "disk", 0, Killing(5))
    # the budget is no part of what a run is: this is the same run
    resumed = trained(tmp_path / "disk", "1kB", resume=True)
    assert (resumed.resumed, resumed.steps) == (1, whole.steps)
    assert resumed.fingerprint == whole.fingerprint
    assert resumed.metrics == whole.metrics
    assert resumed.last_loss == whole.last_loss
    for one, other in zip(resumed.history, whole.history, strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
