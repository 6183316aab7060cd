"""Padding: batches of many lengths as batches of few."""

import numpy as np
import tensorflow as tf


def pad_batches(
    batches: tf.data.Dataset, lengths: np.ndarray, each_step: bool
) -> tf.data.Dataset:
    """The batches, each padded to the next of some lengths.

    Args:
        batches: Batches ``({"inputs": …, "mask": …}, targets, weights)``.
        lengths: Numbers of time steps, increasing, the last not less than any batch's.
        each_step: Whether targets and weights have a time axis.
    """

    def pad(features, targets, weights):
        time = tf.shape(features["mask"])[1]
        place = tf.searchsorted(lengths, time[None])
        missing = tf.gather(lengths, place)[0] - time

        def padded(part):
            rest = [[0, 0]] * (len(part.shape) - 2)
            return tf.pad(part, [[0, 0], [0, missing], *rest])

        features = tf.nest.map_structure(padded, features)
        if each_step:
            targets, weights = tf.nest.map_structure(padded, (targets, weights))
        return features, targets, weights

    return batches.map(pad)
