"""A fingerprint changes with everything that a number depends on."""

import hashlib

import numpy as np
import pytest

from seqtasks.data.fingerprint import Fingerprint


def examples(inputs=((1, 2), (3, 4)), targets=(0, 1), dtype="float32"):
    return list(zip(np.array(inputs, dtype), np.array(targets)[:, None], strict=True))


def fingerprint(splits):
    whole = Fingerprint()
    for split, of_split in splits.items():
        whole.start(split)
        for example in of_split:
            whole.add(example)
    return whole.hexdigest()


def test_equal_examples_have_equal_fingerprints():
    assert fingerprint({"train": examples()}) == fingerprint({"train": examples()})


def test_it_is_the_hash_of_names_types_shapes_and_bytes():
    """Stored results have it: another way to compute it would divide them."""
    inputs = np.arange(6, dtype="<f4").reshape(3, 2)[:, ::-1]  # not contiguous
    expected = hashlib.sha256(
        b"train\n<f4(3, 2)" + inputs.tobytes() + b"<i4()\x07\0\0\0"
    )
    found = fingerprint({"train": [(inputs, np.array(7, "<i4"))]})
    assert found == expected.hexdigest()[:32]


@pytest.mark.parametrize(
    "other",
    [
        {"test": examples()},
        {"train": examples(inputs=((1, 2), (3, 5)))},
        {"train": examples(inputs=((3, 4), (1, 2)), targets=(1, 0))},
        {"train": examples(targets=(1, 0))},
        {"train": examples(dtype="float64")},
        {"train": examples()[:1]},
        {"train": examples(inputs=(((1,), (2,)), ((3,), (4,))))},
        {"train": examples(), "test": examples()},
    ],
    ids=["split", "value", "order", "targets", "type", "number", "shape", "more"],
)
def test_other_examples_have_another(other):
    assert fingerprint(other) != fingerprint({"train": examples()})
