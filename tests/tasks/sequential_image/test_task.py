import zlib

import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.sequential_image import pictures as module
from seqtasks.tasks.sequential_image.task import pixel_order, sequential_image

from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options

PERMUTED = {"read": "pixels", "permutation": "numpy_92916_v1"}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    counts = {"train": 60, "validation": 40, "test": 50}
    monkeypatch.setattr(module, "GLYPHS", counts)


def arrays(task, split):
    inputs, targets = zip(*task.load(split).as_numpy_iterator(), strict=True)
    return np.stack(inputs), np.stack(targets)


@pytest.mark.parametrize(("options", "shape"), [({}, (28, 28)), (PERMUTED, (784, 1))])
def test_examples(options, shape):
    task = sequential_image(**options)
    inputs, label = task.load("train").element_spec
    assert (inputs.shape, inputs.dtype.name) == (shape, "float32")
    assert (label.shape, label.dtype.name) == ((), "int32")
    assert task.load("train").cardinality() == 60
    values, labels = arrays(task, "train")
    assert values.min() == 0.0
    assert 0.9 < values.max() <= 1.0
    assert set(labels) == set(range(10))


def test_examples_depend_on_the_data_seed_and_the_split_alone():
    splits = [arrays(sequential_image(), s) for s in ("train", "validation", "test")]
    assert splits[2][1][:10].tolist() == [2, 3, 4, 0, 4, 5, 1, 6, 3, 1]
    assert len({x.tobytes() for inputs, _ in splits for x in inputs}) == 150
    again = arrays(sequential_image(), "validation")
    np.testing.assert_array_equal(splits[1][0], again[0])
    other = arrays(sequential_image(data_seed=1), "validation")
    assert not np.array_equal(splits[1][0], other[0])


@pytest.mark.parametrize("permutation", ["none", "numpy_92916_v1"])
def test_rows_and_pixels_are_the_same_pictures_in_one_order(permutation):
    plain, labels = arrays(sequential_image(read="pixels"), "test")
    for read in ("rows", "pixels"):
        found, same = arrays(sequential_image("glyphs", read, permutation), "test")
        order = pixel_order(permutation)
        # the pixels are permuted before they are cut into rows
        np.testing.assert_array_equal(plain[:, order], found.reshape(50, 784, 1))
        np.testing.assert_array_equal(labels, same)


def test_the_permutation_never_changes():
    order = pixel_order("numpy_92916_v1")
    assert sorted(order) == list(range(784))
    assert order[:8].tolist() == [319, 576, 323, 107, 355, 716, 197, 20]
    assert zlib.crc32(order.astype("<i4").tobytes()) == 3284088349


@pytest.mark.parametrize("options", [{}, PERMUTED])
def test_a_person_sees_the_picture_in_order(options):
    plain = sequential_image()
    task = sequential_image(**options)
    (inputs, label), (same, _) = (
        next(t.load("test").as_numpy_iterator()) for t in (task, plain)
    )
    text = task.render(inputs, label)
    assert text == plain.render(same, label)
    *lines, last = text.split("\n")
    assert len(lines) == 14
    assert last == str(label)
    # two rows of pixels a line: ten shades of their mean
    mean = (same[0] + same[1]) / 2
    shown = [" .:-=+*#%@".index(letter) for letter in lines[0].ljust(28)]
    assert shown == np.minimum(mean * 10, 9).astype(int).tolist()


def test_baselines():
    task = sequential_image()
    # a scribbled digit may be of another class
    assert task.optimum is None
    majority, one_step = task.baselines()
    assert (majority.name, majority.value) == ("majority", 0.1)
    assert one_step.name == "one row"
    assert 0 <= one_step.value < 0.5
    assert one_step.how.startswith("ridge regression on row ")


def test_published_values_name_the_pictures_and_their_order():
    known = sequential_image().published
    assert all(one.options["dataset"] == "mnist" for one in known)
    assert all(one.options["read"] == "pixels" for one in known)
    values = {
        (one.name, one.options["permutation"]): (one.value, one.low) for one in known
    }
    assert values["LSTM", "none"] == (0.872, pytest.approx(0.852))
    # another permutation in each publication: no run is compared with it
    assert values["LSTM", "numpy_92916_v1"] == (0.857, None)
    assert len(values) == 6


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"read": "columns"}, "read must be one of rows, pixels; received 'columns'."),
        (
            {"permutation": "mine"},
            "permutation must be one of none, numpy_92916_v1; received 'mine'.",
        ),
        (
            {"data_seed": -1},
            "data_seed must be an integer of at least 0; received -1.",
        ),
        (
            {"dataset": "minst"},
            "There is no data set named 'minst' here. Did you mean mnist?",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        sequential_image(**resolve_options(sequential_image, given, "the task"))
    assert str(error.value) == sentence


def test_mnist_has_the_same_structure(monkeypatch, tmp_path):
    def mocked(name, licence):
        return tfds.builder(name, data_dir=tmp_path)

    monkeypatch.setattr(module, "prepared", mocked)
    with tfds.testing.mock_data(num_examples=20):
        task = sequential_image("mnist", read="pixels")
        assert task.load("train").element_spec == (
            sequential_image(read="pixels").load("train").element_spec
        )
        values, labels = arrays(task, "train")
    assert values.shape == (20, 784, 1)
    assert labels.shape == (20,)


@pytest.mark.realdata
@pytest.mark.slow
def test_mnist_itself(monkeypatch, mnist_folder):
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: prepared(name, mnist_folder, licence)
    )
    task = sequential_image("mnist")
    assert task.load("train").cardinality() == 55_000
    validation, labels = arrays(task, "validation")
    # each class near a tenth of 5,000: the order of the training file is shuffled
    assert np.bincount(labels).tolist() == [
        464, 568, 498, 513, 502, 465, 482, 531, 486, 491,
    ]  # fmt: skip
    test, labels = arrays(task, "test")
    assert np.bincount(labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    seen = {x.tobytes() for x in validation}
    assert not any(x.tobytes() in seen for x in test)
    majority, one_step = task.baselines()
    assert majority.value == 0.1135
    assert one_step.value == pytest.approx(0.4526, abs=2e-3)
