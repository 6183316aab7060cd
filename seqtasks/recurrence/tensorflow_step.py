"""One step of a cell on TensorFlow, as a function of its weights; and its gradient."""

import dataclasses

import tensorflow as tf

from seqtasks.recurrence.product import handling_products
from seqtasks.recurrence.tensorflow_products import Compute, Recall
from seqtasks.recurrence.weights import holding


@dataclasses.dataclass(frozen=True)
class Uses:
    """How a step uses what it is given.

    Attributes:
        summed: The weights used outside recurrent products: their gradient is a sum
            over steps.
        argument_states: For each recurrent product the state that it multiplies,
            ``None`` if it is no state as it came.
        gradient_is_input: For each recurrent product whether its gradient is that of
            the projected input.
        transposed: The transpose of the kernel of each recurrent product.
    """

    summed: list[int]
    argument_states: list[int | None]
    gradient_is_input: list[bool]
    transposed: list


class Step:
    """One step of a cell, with masked rows left as they were.

    The states are those of the cell, and behind them, if there is a mask, the last
    output, which a masked step repeats.

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
            inputs: A list: the projected input, and with a mask the rows present.
            states: The states before.
            values: The values of the cell's variables.
            products: What a recurrent product is.
        """
        projected, *mask = inputs
        own = states[: len(states) - len(mask)]
        with holding(self.cell, values), handling_products(products):
            output, after = self.cell.step(projected, list(own))
        if not mask:
            return output, list(after)
        present = mask[0][:, None]
        after = [tf.where(present, a, b) for a, b in zip(after, own, strict=True)]
        held = tf.where(present, output, states[-1])
        shown = output * tf.cast(present, output.dtype)
        return (shown if self.zero_output_for_mask else held), [*after, held]

    def first_states(self, inputs, states, values):
        """The states before the first step, the last output being zero."""
        projected, *mask = inputs
        if not mask:
            return list(states)
        output, _ = self([projected], states, values, Compute())
        return [*states, tf.zeros_like(output)]

    def kernels(self, inputs, states, values) -> list:
        """The kernel of each recurrent product."""
        products = Compute()
        self(inputs, states, values, products)
        return products.kernels

    def differentiate(
        self, inputs, states, values, results, transposed, d_output, d_after
    ):
        """The gradients of one step, its recurrent products being known.

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
        products = Recall(results, transposed)
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

    def uses(self, inputs, states, values) -> Uses:
        """Finds how a step uses what it is given, by differentiating one."""
        products = Compute()
        output, after = self(inputs, states, values, products)
        transposed = [tf.transpose(kernel) for kernel in products.kernels]
        d_projected, _, d_values, recalled = self.differentiate(
            inputs, states, values, products.results, transposed, output, after
        )
        return Uses(
            summed=[i for i, d in enumerate(d_values) if d is not None],
            argument_states=[_position(u, states) for u in recalled.arguments],
            gradient_is_input=[d is d_projected for d in recalled.gradients],
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
