"""One value a time step, inside a compiled loop, the shape being known only then."""

import tensorflow as tf


def empty(time, like):
    """Room for one value a step.

    A list, and not ``tf.TensorArray``: its shape may be unknown when the graph is made.
    """
    return tf.raw_ops.TensorListReserve(
        element_shape=tf.shape(like), num_elements=time, element_dtype=like.dtype
    )


def put(values, t, value):
    """The values, with this one at step t."""
    return tf.raw_ops.TensorListSetItem(input_handle=values, index=t, item=value)


def stack(values, like):
    """The values of all steps, ``(time, …)``."""
    stacked = tf.raw_ops.TensorListStack(
        input_handle=values, element_shape=tf.shape(like), element_dtype=like.dtype
    )
    return tf.ensure_shape(stacked, (None, *like.shape))
