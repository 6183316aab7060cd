"""A metric over several padded batches is that over all targets."""

import dataclasses

import keras
import numpy as np
import pytest
import small_tasks
import tensorflow as tf

from seqtasks.training.pipeline import Pipeline


@pytest.mark.parametrize("batch_size", [1, 2])
def test_each_step_counts_as_much_in_a_short_batch_as_in_a_long_one(batch_size):
    # three steps of error 1, then six of error 0: 3/9 whatever the batches
    def load(split):
        return tf.data.Dataset.from_generator(
            lambda: (
                (np.zeros((n, 2)), np.full((n, 1), error), np.ones(n))
                for n, error in ((3, 1.0), (6, 0.0))
            ),
            output_signature=small_tasks.varying().load("train").element_spec,
        )

    task = dataclasses.replace(small_tasks.varying(), load=load)
    metric = keras.metrics.MeanSquaredError()
    for _, targets, weights in Pipeline(task, batch_size, seed=0).evaluation("test"):
        metric.update_state(targets, tf.zeros_like(targets), sample_weight=weights)
    assert float(metric.result()) == pytest.approx(1 / 3)
