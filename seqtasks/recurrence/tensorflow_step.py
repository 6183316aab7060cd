"""One step of a cell on TensorFlow, as a function of its weights; and its gradient.

In the comments B is the batch, T the time steps, P the width of a projection.
"""

import dataclasses

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


class StoredProducts:
    """Recurrent products whose results are known; keeps arguments and gradients.

    Args:
        results: The results, in the order of the products.
        transposed: The transposes of the kernels, as the gradient needs them.
    """

    def __init__(self, results, transposed):
        self._given = zip(results, transposed, strict=True)
        self.arguments = []
        self.gradients = []

    def __call__(self, states, kernel):
        result, transposed = next(self._given)
        place = len(self.arguments)
        self.arguments.append(states)
        # where nothing depends on the product, its gradient stays zero
        self.gradients.append(tf.zeros_like(result))

        @tf.custom_gradient
        def stored(states):
            def gradient(d_result):
                # the gradient of the kernel is not taken here: of all steps at once
                self.gradients[place] = d_result
                return tf.matmul(d_result, transposed)

            return tf.identity(result), gradient

        return stored(states)


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


@dataclasses.dataclass(frozen=True)
class StepStructure:
    """How a step uses its arguments: what the backward loop need not compute or keep.

    Attributes:
        summed: The positions of the weights used outside recurrent products: their
            gradient is a sum over steps.
        argument_states: For each recurrent product the position of the state that it
            multiplies; ``None`` if its argument is computed within the step.
        gradient_is_input: For each recurrent product whether its gradient is that of
            the projected input, as where the two are added.
        transposed: The transpose of the kernel of each recurrent product.
    """

    summed: list[int]
    argument_states: list[int | None]
    gradient_is_input: list[bool]
    transposed: list


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

    def differentiate(
        self, inputs, states, values, results, transposed, d_output, d_after
    ):
        """The gradients of one step, the results of its recurrent products being known.

        Args:
            inputs: As in a call.
            states: The states before.
            values: The values of the cell's variables.
            results: The results of the recurrent products.
            transposed: The transposes of their kernels.
            d_output: The gradient of the output.
            d_after: The gradients of the new states.

        Returns:
            The gradients of the projected input, of the states, of the values (``None``
            for a value that is used in recurrent products at most), and the products.
        """
        products = StoredProducts(results, transposed)
        projected = inputs[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([projected, states, values])
            output, after = self(inputs, states, values, products)
        d_projected, d_states, d_values = tape.gradient(
            [output, *after],
            [projected, states, values],
            output_gradients=[d_output, *d_after],
        )
        d_projected = tf.zeros_like(projected) if d_projected is None else d_projected
        d_states = [
            tf.zeros_like(state) if d is None else d
            for d, state in zip(d_states, states, strict=True)
        ]
        return d_projected, d_states, d_values, products

    def structure(self, inputs, states, values) -> StepStructure:
        """How a step uses its arguments, found by differentiating one.

        Found by the identity of graph tensors, while tracing: it costs nothing at run
        time, as XLA drops what no result depends on.
        """
        products = ComputedProducts()
        output, after = self(inputs, states, values, products)
        transposed = [tf.transpose(kernel) for kernel in products.kernels]
        d_projected, _, d_values, stored = self.differentiate(
            inputs, states, values, products.results, transposed, output, after
        )
        return StepStructure(
            summed=[i for i, d in enumerate(d_values) if d is not None],
            argument_states=[_position(u, states) for u in stored.arguments],
            gradient_is_input=[d is d_projected for d in stored.gradients],
            transposed=transposed,
        )

    def through_kernels(self, inputs, states, values, d_kernels):
        """The gradients of values, of which the kernels of the products are parts."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            kernels = self.kernels(inputs, states, values)
        return tape.gradient(kernels, values, output_gradients=d_kernels)


def _position(tensor, tensors) -> int | None:
    return next((i for i, other in enumerate(tensors) if other is tensor), None)
