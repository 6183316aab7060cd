import numpy as np
import pytest

from seqtasks.training.batch_order import (
    bucket_boundaries,
    in_order,
    in_streams,
    shuffled,
)

LENGTHS = np.random.default_rng(0).integers(1, 30, 50)


def numbers(batches):
    return np.concatenate(batches).tolist()


def sizes(lengths, boundaries):
    return np.bincount(np.searchsorted(boundaries, lengths, "right")).tolist()


@pytest.mark.parametrize("boundaries", [[], [10, 20]])
def test_each_example_is_in_one_batch_and_a_seed_and_an_epoch_have_one_order(
    boundaries,
):
    def order(seed, epoch):
        batches = shuffled(LENGTHS, boundaries, 4, seed, epoch)
        assert sorted(numbers(batches)) == list(range(50))
        assert sorted(map(len, batches)) == [2, *[4] * 12]
        return tuple(numbers(batches))

    assert order(0, 1) == order(0, 1)
    assert len({order(*one) for one in [(0, 0), (0, 1), (1, 0), (1, 1)]}) == 4


def test_a_batch_is_of_one_bucket_or_of_two_and_they_come_mixed():
    batches = shuffled(LENGTHS, [10, 20], 4, seed=0, epoch=0)
    buckets = [sorted(set((LENGTHS[batch] // 10).tolist())) for batch in batches]
    assert {tuple(bucket) for bucket in buckets if len(bucket) > 1} <= {(0, 1), (1, 2)}
    assert sum(len(bucket) > 1 for bucket in buckets) <= 2
    order = [bucket[0] for bucket in buckets]
    assert order not in (sorted(order), sorted(order, reverse=True))


def test_a_batch_that_is_not_full_comes_last_where_lengths_do_not_vary():
    assert [len(b) for b in shuffled(LENGTHS, [], 16, 0, 0)] == [16, 16, 16, 2]
    assert [batch.tolist() for batch in in_order(5, 2)] == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize(
    ("count", "streams"),
    [
        (6, [[0, 1, 2], [3, 4, 5]]),
        (5, [[0, 1, 2], [3, 4, -1]]),
        (1, [[0], [-1]]),
        (0, [[], []]),
    ],
)
def test_streams_are_contiguous_and_filled_up_at_the_end(count, streams):
    found = in_streams(count, batch_size=2)
    assert np.reshape(found, (-1, 2)).T.tolist() == streams


@pytest.mark.parametrize(
    ("examples", "buckets"), [(31, 1), (32, 2), (64, 4), (128, 8), (1024, 8)]
)
def test_a_bucket_has_at_least_four_batches_and_there_are_at_most_eight(
    examples, buckets
):
    lengths = np.random.default_rng(0).permutation(np.arange(1, examples + 1))
    found = sizes(lengths, bucket_boundaries(lengths, batch_size=4))
    assert len(found) == buckets
    assert max(found) - min(found) <= 1


@pytest.mark.parametrize(
    ("lengths", "found"), [([3] * 16 + [9] * 16, [16, 16]), ([7] * 64, [64])]
)
def test_lengths_that_differ_from_all_others_share_no_bucket_with_them(lengths, found):
    lengths = np.array(lengths)
    assert sizes(lengths, bucket_boundaries(lengths, 4)) == found
