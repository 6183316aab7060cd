"""A fingerprint changes with everything that a number depends on."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data.fingerprint import fingerprint


def examples(inputs=((1, 2), (3, 4)), targets=(0, 1), dtype="float32"):
    return tf.data.Dataset.from_tensor_slices(
        (np.array(inputs, dtype), np.array(targets))
    )


def test_equal_examples_have_equal_fingerprints():
    assert fingerprint({"train": examples()}) == fingerprint({"train": examples()})
    assert len(fingerprint({"train": examples()})) == 32


@pytest.mark.parametrize(
    "other",
    [
        {"test": examples()},
        {"train": examples(inputs=((1, 2), (3, 5)))},
        {"train": examples(inputs=((3, 4), (1, 2)), targets=(1, 0))},
        {"train": examples(targets=(1, 0))},
        {"train": examples(dtype="float64")},
        {"train": examples().take(1)},
        {"train": examples(inputs=(((1,), (2,)), ((3,), (4,))))},
        {"train": examples(), "test": examples()},
    ],
    ids=["split", "value", "order", "targets", "type", "number", "shape", "more"],
)
def test_other_examples_have_another(other):
    assert fingerprint(other) != fingerprint({"train": examples()})
