import itertools

import numpy as np

from seqtasks.bench.batches import (
    BATCHES,
    kernel_elements,
    make_batches,
    tokens_of,
)
from seqtasks.bench.settings import BenchSettings


def batches(**settings):
    return make_batches(BenchSettings(batch_size=3, sequence_length=10, **settings))


def test_targets_are_the_inputs_one_step_later():
    for batch in batches():
        np.testing.assert_array_equal(batch.inputs[:, 1:], batch.targets[:, :-1])
        assert batch.inputs.min() >= 1
        assert batch.inputs.max() <= 64
        assert batch.tokens == 30


def test_padding_is_zero_and_stands_at_the_end():
    lengths = []
    for batch in batches(min_length=4):
        np.testing.assert_array_equal(batch.mask, batch.inputs > 0)
        np.testing.assert_array_equal(batch.mask, batch.targets > 0)
        assert (np.diff(batch.mask.astype(int), axis=1) <= 0).all()
        lengths += batch.mask.sum(axis=1).tolist()
    assert min(lengths) >= 4
    assert max(lengths) <= 10
    assert len(set(lengths)) > 1


def test_sequences_of_like_length_share_a_batch():
    settings = BenchSettings(batch_size=50, sequence_length=100, min_length=20)
    spans = []
    for batch in make_batches(settings):
        lengths = batch.mask.sum(axis=1)
        assert batch.length == max(lengths)
        assert (np.diff(lengths) < 0).any()  # within a batch in any order
        spans.append((int(min(lengths)), int(max(lengths))))
    assert spans != sorted(spans)
    for (_, longest), (shortest, _) in itertools.pairwise(sorted(spans)):
        assert longest <= shortest
    assert max(high - low for low, high in spans) <= 15


def test_every_process_has_the_same():
    for a, b in zip(batches(min_length=2), batches(min_length=2), strict=True):
        np.testing.assert_array_equal(a.inputs, b.inputs)


def test_tokens_of_steps_leave_the_first_batch_out_and_begin_again_after_the_last():
    made = batches(min_length=2)
    counts = [batch.tokens for batch in made]
    assert tokens_of(made, 2) == counts[1] + counts[2]
    assert tokens_of(made, BATCHES + 1) == sum(counts) + counts[1]


def test_kernels_alone_are_counted():
    # a cell of 2 inputs and 3 units, a scalar, and a dense layer of 5 outputs
    assert kernel_elements([(2, 3), (3, 3), (3,), (), (3, 5), (5,)]) == 6 + 9 + 15
