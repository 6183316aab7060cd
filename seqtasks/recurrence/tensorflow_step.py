"""One step of a cell on TensorFlow, as a function of its weights.

In the comments B is the batch, T the time steps, P the width of a projection.
"""

import tensorflow as tf

from seqtasks.recurrence.recurrent_matmul import replacing_products, replacing_weights


class ComputedProducts:
    """Recurrent products that are computed; keeps their kernels and results.

    Args:
        kernels: The kernels, if they are at hand: one that is a part of a weight is
            then not cut out of it at each step.
    """

    def __init__(self, kernels=None):
        self._given = kernels
        self.kernels = []
        self.results = []

    def __call__(self, states, kernel):
        if self._given is not None:
            kernel = self._given[len(self.kernels)]
        self.kernels.append(tf.convert_to_tensor(kernel))
        self.results.append(tf.matmul(states, self.kernels[-1]))
        return self.results[-1]


def kernel_gradient(arguments, gradients):
    """``Σ_t u_t^T dz_t``, as one product over steps and rows together.

    Args:
        arguments: ``u``, of shape ``(time, batch, units)``.
        gradients: ``dz``, of shape ``(time, batch, width)``.

    Returns:
        The gradient of a kernel, of shape ``(units, width)``.
    """
    u = tf.reshape(arguments, (-1, arguments.shape[-1]))  # (T·B, H)
    dz = tf.reshape(gradients, (-1, gradients.shape[-1]))  # (T·B, W)
    return tf.matmul(u, dz, transpose_a=True)


class Step:
    """One step of a cell, with masked rows left as they were.

    The states are those of the cell. With a mask there is one more behind them, the
    last output, which a masked step repeats: Keras does so, and a loop must carry what
    it repeats.

    Args:
        cell: A cell with ``project`` and ``step``, built.
        zero_output_for_mask: Whether the output of a masked step is zero, rather than
            that of the step before.
    """

    def __init__(self, cell, zero_output_for_mask: bool):
        self.cell = cell
        self.zero_output_for_mask = zero_output_for_mask

    def __call__(self, inputs, states, values, products):
        """Output and new states.

        Args:
            inputs: A list: the projected input ``(batch, width)``, and with a mask the
                rows present, ``(batch,)``.
            states: The states before, ``(batch, size)`` each.
            values: The values of the cell's variables.
            products: What a recurrent product is, as a function of state and kernel.
        """
        projected, *mask = inputs
        own = states[: len(states) - len(mask)]
        with replacing_weights(self.cell, values), replacing_products(products):
            output, after = self.cell.step(projected, list(own))
        if not mask:
            return output, list(after)
        # Chosen, not multiplied by zero: what a masked step computes may be infinite.
        present = mask[0][:, None]  # (B, 1)
        after = [tf.where(present, a, b) for a, b in zip(after, own, strict=True)]
        held = tf.where(present, output, states[-1])
        shown = output * tf.cast(present, output.dtype)
        return (shown if self.zero_output_for_mask else held), [*after, held]

    def first_states(self, inputs, states, values):
        """The states before the first step, the last output being zero."""
        projected, *mask = inputs
        if not mask:
            return list(states)
        output, _ = self([projected], states, values, ComputedProducts())
        return [*states, tf.zeros_like(output)]

    def kernels(self, inputs, states, values) -> list:
        """The kernel of each recurrent product."""
        products = ComputedProducts()
        self(inputs, states, values, products)
        return products.kernels
