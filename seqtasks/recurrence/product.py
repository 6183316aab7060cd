"""The recurrent matrix product: the one operation that a time loop cannot hoist."""

import keras


def recurrent_matmul(states, kernel):
    """Multiplies the previous state by a recurrent kernel, ``states @ kernel``.

    A cell says its recurrent products through this function and not through
    ``keras.ops.matmul``, so that a time loop can tell them from all other work of a
    step.

    Args:
        states: A tensor of shape ``(batch, units)``.
        kernel: A weight of shape ``(units, width)``.

    Returns:
        A tensor of shape ``(batch, width)``.
    """
    return keras.ops.matmul(states, kernel)
