"""A task whose encoder and head draw random numbers at all the moments that they can.

And ``GreedyCell``, which takes as many as it can from all that others draw from.
"""

import random

import keras
import numpy as np
import tensorflow as tf

from seqtasks import Cell, Source, Task


def lazy_task() -> Task:
    """Which of two numbers came more often."""

    def load(split):
        rng = np.random.default_rng(["train", "validation", "test"].index(split))
        inputs = rng.integers(0, 2, (40, 6), dtype=np.int32)
        targets = (inputs.sum(axis=1) > 3).astype("int32")
        return tf.data.Dataset.from_tensor_slices((inputs, targets))

    return Task(
        load=load,
        encoder=LazyEncoder(),
        head=LazyHead(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        source=Source("generated", "bits", "none"),
        render=lambda inputs, targets: f"{inputs} -> {targets}",
        cell="gru",
        units=4,
        batch_size=8,
        epochs=1,
    )


class LazyEncoder(keras.layers.Layer):
    """Layers that are constructed when the encoder is built."""

    def build(self, input_shape):
        self.embedding = keras.layers.Embedding(2, 3)
        self.embedding.build(input_shape)
        self.shift = self.add_weight(
            shape=(3,),
            initializer=lambda shape, dtype: keras.random.normal(shape, dtype=dtype),
            name="shift",
        )

    def call(self, inputs):
        return self.embedding(inputs) + self.shift


class LazyHead(keras.layers.Layer):
    """Layers that are constructed when the head is built, and noise of the moment."""

    def build(self, input_shape):
        self.dropout = keras.layers.Dropout(0.5)
        self.dense = keras.layers.Dense(2)
        self.dense.build(input_shape)

    def call(self, inputs, training=False):
        if training:
            # from the global generator, whose state is drawn when it is first asked
            inputs = inputs + keras.random.normal((1,))
        return self.dense(self.dropout(inputs, training=training))


class GreedyCell(Cell):
    """An Elman cell that draws many random numbers at construction and when built."""

    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        _draw()

    def build(self, input_shape):
        _draw()
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units))

    def project(self, inputs):
        return keras.ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        h = keras.ops.tanh(
            projected + keras.ops.matmul(states[0], self.recurrent_kernel)
        )
        return h, [h]


def _draw():
    for _ in range(10):
        random.random()
        np.random.random()
        keras.random.normal((3,))
        tf.random.normal((3,))
        keras.initializers.GlorotUniform()
