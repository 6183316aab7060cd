import numpy as np
import pytest

from seqtasks.training.buckets import bucket_boundaries


def sizes(lengths, boundaries):
    return np.bincount(np.searchsorted(boundaries, lengths, "right")).tolist()


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


def test_lengths_that_stand_alone_share_no_bucket_with_others():
    lengths = np.array([3] * 16 + [9] * 16)
    assert sizes(lengths, bucket_boundaries(lengths, 4)) == [16, 16]


def test_one_length_is_one_bucket():
    lengths = np.full(64, 7)
    assert sizes(lengths, bucket_boundaries(lengths, 4)) == [64]
