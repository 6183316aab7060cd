"""A loop over time inside a compiled TensorFlow function."""

import tensorflow as tf


def scan(step, states, inputs, steps, *, reverse=False):
    """Calls a step once for each time, first to last or last to first.

    Args:
        step: ``step(states, slices) -> states, outputs``, of lists of tensors.
        states: A list of tensors, the states before the first call.
        inputs: A list of tensors ``(time, …)``; ``step`` is given their slices.
        steps: The number of calls, at least 1 and at most the length of the inputs,
            whose rest is padding. It need not be known when the graph is compiled.
        reverse: Whether the last time comes first. Outputs stay in the order of time.

    Returns:
        The states after the last call, and the outputs, each ``(time, …)``; those of
        the padding are zero.
    """
    time = tf.shape(inputs[0])[0]
    # An index that is computed from the number of steps, and does not come from the
    # time before, would make XLA compile anew for each number.
    start, change = (steps - 1, -1) if reverse else (0, 1)

    # called once outside the loop for the shapes of the outputs: XLA drops the rest
    firsts = [x[0] for x in inputs]
    _, like = step(states, firsts)
    inputs = [_bits(x) for x in inputs]

    def body(t, states, desks, outputs):
        # A slice at a moving index would be fused into each of its uses, and XLA does
        # not vectorize a loop in which uses share one. So it is first laid on a desk,
        # a place that stays. The desk has a second place, and the index is a zero that
        # the compiler does not see through, so that it leaves the desk where it is.
        zero = t // time
        desks = [_put(desk, zero, x[t]) for desk, x in zip(desks, inputs, strict=True)]
        slices = [_get(desk, 0, x) for desk, x in zip(desks, firsts, strict=True)]
        states, values = step(states, slices)
        outputs = [
            _put(o, t, _bits(value)) for o, value in zip(outputs, values, strict=True)
        ]
        return t + change, states, desks, outputs

    desks = [_empty(2, first) for first in firsts]
    outputs = [_empty(time, value) for value in like]
    _, states, _, outputs = tf.while_loop(
        lambda t, *_: t >= 0 if reverse else t < steps,
        body,
        (start, states, desks, outputs),
        maximum_iterations=time,
    )
    return states, [_stack(o, value) for o, value in zip(outputs, like, strict=True)]


def _bits(value):
    """The value as a list holds it.

    XLA changes a part of an array in its place, but on processors not one of a narrow
    float type: it would write the whole array anew. Bits are integers.
    """
    return tf.bitcast(value, tf.uint16) if value.dtype.size == 2 else value


def _empty(length, like):
    """Room for a number of values.

    A list, and not ``tf.TensorArray``: its shape may be unknown when the graph is made.
    """
    return tf.raw_ops.TensorListReserve(
        element_shape=tf.shape(like),
        num_elements=length,
        element_dtype=_bits(like).dtype,
    )


def _put(values, index, bits):
    """The values, with this one at an index."""
    return tf.raw_ops.TensorListSetItem(input_handle=values, index=index, item=bits)


def _get(values, index, like):
    """The value at an index."""
    bits = tf.raw_ops.TensorListGetItem(
        input_handle=values,
        index=index,
        element_shape=tf.shape(like),
        element_dtype=_bits(like).dtype,
    )
    return tf.ensure_shape(_of_bits(bits, like), like.shape)


def _stack(values, like):
    """All the values, ``(length, …)``."""
    bits = tf.raw_ops.TensorListStack(
        input_handle=values,
        element_shape=tf.shape(like),
        element_dtype=_bits(like).dtype,
    )
    return tf.ensure_shape(_of_bits(bits, like), (None, *like.shape))


def _of_bits(bits, like):
    return bits if bits.dtype == like.dtype else tf.bitcast(bits, like.dtype)
