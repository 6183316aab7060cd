"""sequential_image: the class of a picture that is read as a sequence.

See README.md beside this file.
"""

import functools
from collections.abc import Callable
from typing import Literal

import keras
import numpy as np
import tensorflow as tf
from seqtasks.tasks.sequential_image.pictures import (
    SIZE,
    Pictures,
    glyphs,
    mnist,
    picture_in_text,
    pixel_order,
)
from seqtasks.tasks.sequential_image.processor import PictureProcessor
from seqtasks.tasks.sequential_image.published_mnist import published_results

from seqtasks.baselines.classification import majority_accuracy, one_step_accuracy
from seqtasks.data.sources import choose
from seqtasks.options import require
from seqtasks.task import Baseline, Split, Task

TAGS = ("series", "lecture")
STUDY_PARAMS = 30_000


def sequential_image(
    dataset: str = "glyphs",
    read: Literal["rows", "pixels"] = "rows",
    permutation: Literal["none", "numpy_92916_v1"] = "none",
    data_seed: int = 0,
) -> Task:
    """Classify a picture that is read row by row or pixel by pixel.

    A picture has 28 × 28 pixels between 0 and 1. Its 784 pixels, line by line from the
    top left, are put into the order of the permutation and then cut into steps: 28
    steps of 28 pixels or 784 steps of one. The permutation is the same for all pictures
    of all splits.

    Args:
        dataset: ``glyphs``, digits drawn by a shaky pen among scraps of others, or
            ``mnist``, of which the last 5,000 training pictures in the order of
            TensorFlow Datasets, which is shuffled, are the validation split.
        read: ``rows``, or ``pixels``, which takes about 28 times as long.
        permutation: ``none``, or ``numpy_92916_v1``: step i reads the pixel
            ``numpy.random.RandomState(92916).permutation(784)[i]``. Each paper on
            "permuted MNIST" has its own; this one has been used since scoRNN.
        data_seed: Seed of the glyphs.

    References:
        Le, Jaitly and Hinton (2015), section 4.2, https://arxiv.org/abs/1504.00941
        Helfrich, Willmott and Ye (2018), https://arxiv.org/abs/1707.09520 (scoRNN)
    """
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    datasets: dict[str, Callable[[], Pictures]] = {
        "glyphs": lambda: glyphs(data_seed),
        "mnist": mnist,
    }
    pictures = choose(dataset, datasets)
    order = pixel_order(permutation)
    features = SIZE if read == "rows" else 1

    @functools.cache
    def sequences(split: Split) -> tuple[np.ndarray, np.ndarray]:
        images, labels = pictures.load(split)
        pixels = images.reshape(len(images), SIZE * SIZE)[:, order]
        return pixels.reshape(len(images), -1, features), labels.astype(np.int32)

    def load(split):
        examples = tf.data.Dataset.from_tensor_slices(sequences(split))
        return examples.map(
            lambda pixels, label: (tf.cast(pixels, tf.float32) / 255, label)
        )

    def render(inputs, targets):
        image = np.empty(SIZE * SIZE)
        image[order] = np.ravel(inputs)
        return f"{picture_in_text(image.reshape(SIZE, SIZE))}\n{int(targets)}"

    step_name = "row" if read == "rows" else "pixel"
    return Task(
        load=load,
        head=keras.layers.Dense(10),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=pictures.source,
        render=render,
        step_name=step_name,
        epochs=pictures.epochs,
        learning_rate=3e-3 if read == "rows" else 1e-3,
        baselines=lambda: _baselines(sequences, step_name),
        # no optimum: glyphs are bent and scribbled over by chance, and hands are shaky;
        # some pictures could be of either of two classes
        published=published_results(),
        processor=lambda: PictureProcessor(read, permutation),
    )


def _baselines(sequences, step_name: str) -> tuple[Baseline, ...]:
    train, validation, test = map(sequences, ("train", "validation", "test"))
    one_step, step = one_step_accuracy(train, validation, test)
    return (
        Baseline(
            "majority",
            "accuracy",
            majority_accuracy(train[1], test[1]),
            "always the class most frequent in train",
        ),
        Baseline(
            f"one {step_name}",
            "accuracy",
            one_step,
            f"ridge regression on {step_name} {step} (from 0), chosen on validation",
        ),
    )
