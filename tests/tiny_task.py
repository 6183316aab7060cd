"""A task that trains in a moment: which half of a short sequence has the larger sum."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.task import Baseline, Source, Task


def tiny_task(
    lengths: str = "fixed", each_step: bool = False, causal: str = ""
) -> Task:
    """Which half of a short sequence has the larger sum.

    Args:
        lengths: ``fixed``, or ``varying`` from 3 to 8.
        each_step: Ask at each step whether its own input is above zero.
        causal: Reason why it is causal; empty if it is not.
    """

    def load(split):
        rng = np.random.default_rng(["train", "validation", "test"].index(split))
        count = {"train": 50, "validation": 32, "test": 21}[split]

        def examples():
            for index in range(count):
                time = 8 if lengths == "fixed" else 3 + index % 6
                inputs = rng.normal(size=(time, 2)).astype("float32")
                if each_step:
                    yield inputs, (inputs[:, 0] > 0).astype("int32")
                else:
                    halves = inputs[: time // 2].sum(), inputs[time // 2 :].sum()
                    yield inputs, np.int32(halves[0] > halves[1])

        drawn = list(examples())
        time = 8 if lengths == "fixed" else None
        return tf.data.Dataset.from_generator(
            lambda: iter(drawn),
            output_signature=(
                tf.TensorSpec((time, 2), tf.float32),
                tf.TensorSpec((time,) if each_step else (), tf.int32),
            ),
        )

    return Task(
        load=load,
        head=keras.layers.Dense(2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        return_sequences=each_step,
        causal=bool(causal),
        causal_reason=causal,
        source=Source("generated", "normal numbers", "none"),
        render=lambda inputs, targets: f"{inputs} -> {targets}",
        cell="gru",
        units=5,
        batch_size=8,
        epochs=2,
        learning_rate=1e-2,
        baselines=lambda: (Baseline("coin", "accuracy", 0.5, "by symmetry"),),
    )
