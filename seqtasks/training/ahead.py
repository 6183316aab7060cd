"""Ahead: batches are made while the model trains on those before."""

import tensorflow as tf

_BATCHES = 2


def ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    """The batches, of which two are ready before they are asked for.

    TensorFlow's tuning of the pipeline, of which nothing here is left to tune, is
    switched off: its thread sleeps twice as long after each look, and the end of an
    iterator waits for it to wake, up to 40 s for each epoch.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(_BATCHES).with_options(options)
