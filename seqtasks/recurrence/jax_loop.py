"""The time loop on JAX: ``lax.scan``, with a gradient of its own.

It is the loop of :mod:`seqtasks.recurrence.tensorflow_loop`: the forward loop keeps
what the gradient reads of a step, the backward loop repeats element-wise work alone and
keeps the gradients ``dz_t`` of the products, and afterwards the gradient of a kernel,
``Σ_t u_t^T dz_t``, is one large product over all steps.

The kernels are functions of the weights (a part of one, for example). They are made
once, before the loop, and JAX differentiates what makes them.

In the comments T is time, B the batch, H the width of a state, W of a product.
"""

import jax
import jax.numpy as jnp
import keras
from keras.src import backend

from seqtasks.recurrence.jax_step_gradient import StepGradient
from seqtasks.recurrence.recurrent_matmul import replacing_products, replacing_weights


class Loop:
    """Runs the ``step`` of one cell over time.

    Args:
        cell: A cell with ``project`` and ``step``, built.
        zero_output_for_mask: Whether the output of a masked step is zero, rather than
            that of the step before.
    """

    def __init__(self, cell, zero_output_for_mask: bool = False):
        self.cell = cell
        self.zero_output_for_mask = zero_output_for_mask
        # traced once for each shape, eagerly too
        self._run = jax.jit(self._make_kernels_and_run)

    def __call__(self, projected, states, mask, training):
        """Outputs and final states.

        Args:
            projected: What ``project`` returned, of shape ``(time, batch, width)``.
            states: A list of the initial states, ``(batch, size)`` each.
            mask: ``(time, batch)`` booleans, or ``None``.
            training: Not used: JAX itself knows whether a gradient is asked for.

        Returns:
            The outputs, ``(time, batch, output_size)``, and a list of the final states.
        """
        # as they are held: a step casts them, so that gradients are summed unrounded
        with backend.AutocastScope(None):
            values = [v.value for v in self.cell.variables]
        return self._run(projected, list(states), values, mask)

    def _make_kernels_and_run(self, projected, states, values, mask):
        products = FoundKernels()
        self._step(projected[0], states, values, products)
        gradients = []  # of a step, which the way back takes from the way there

        def forward(*given):
            gradients.append(self._step_gradient(*given))
            return self._forward(gradients[0], *given)

        def backward(kept, d_results):
            return self._backward(gradients[0], kept, d_results)

        over_time = jax.custom_vjp(self._infer)
        over_time.defvjp(forward, backward)
        return over_time(projected, states, values, products.kernels, mask)

    def _step(self, projected, states, values, products):
        """One step of the cell, whose variables have these values."""
        with replacing_weights(self.cell, values), replacing_products(products):
            output, after = self.cell.step(projected, list(states))
        return output, list(after)

    def _step_or_skip(self, inputs, products):
        """One step, with masked rows left as they were.

        Args:
            inputs: The projected input, the states, the output of the step before,
                which a masked step repeats, or ``None``, the values of the cell's
                variables, and the mask of the rows or ``None``.
            products: What takes the place of recurrent products.
        """
        projected, states, last, values, present = inputs
        output, after = self._step(projected, states, values, products)
        if present is None:
            return output, after, None
        # chosen, not multiplied by zero: what a masked step computes may be infinite
        present = present[:, None]  # (B, 1)
        after = [jnp.where(present, a, b) for a, b in zip(after, states, strict=True)]
        output = jnp.where(present, output, 0 if last is None else last)
        return output, after, None if last is None else output

    def _first_output(self, projected, states, values, kernels, mask):
        """Zeros, which masked steps repeat before there is an output, or ``None``."""
        if mask is None or self.zero_output_for_mask:
            return None
        products = ComputedProducts(kernels)
        output, _ = jax.eval_shape(
            lambda: self._step(projected[0], states, values, products)
        )
        return jnp.zeros(output.shape, output.dtype)

    def _step_gradient(self, projected, states, values, kernels, mask):
        last = self._first_output(projected, states, values, kernels, mask)
        present = None if mask is None else mask[0]
        inputs = projected[0], states, last, values, present
        return StepGradient(self._step_or_skip, inputs, kernels)

    def _infer(self, projected, states, values, kernels, mask):
        def step(inputs):
            return self._step_or_skip(inputs, ComputedProducts(kernels)), ()

        return self._over_steps(step, projected, states, values, kernels, mask)[:2]

    def _over_steps(self, step, projected, states, values, kernels, mask):
        """Outputs, final states, and what ``step`` returns beside its results."""

        def body(carried, inputs):
            before, last, now = carried
            following, present = inputs
            found, kept = step((now, before, last, values, present))
            output, after, last = found
            # Read one step ahead: on CPUs XLA does not vectorize element-wise work
            # that reads more than one part of a slice of all steps.
            now = jax.lax.dynamic_index_in_dim(projected, following, keepdims=False)
            return (after, last, now), (output, kept)

        last = self._first_output(projected, states, values, kernels, mask)
        # JAX clamps an index: the one after the last reads the last, and is not used
        following = jnp.arange(1, projected.shape[0] + 1)
        (after, _, _), (outputs, kept) = jax.lax.scan(
            body, (states, last, projected[0]), (following, mask)
        )
        return outputs, after, kept

    def _forward(self, gradient, projected, states, values, kernels, mask):
        """Also returns what the backward loop needs."""

        def step(inputs):
            return gradient.forward(inputs, kernels)

        outputs, after, kept = self._over_steps(
            step, projected, states, values, kernels, mask
        )
        at_hand = {"input": [projected], "mask": [mask], "output": [outputs]}
        at_hand["kept"] = kept
        read = [at_hand[kind][i] for kind, i in gradient.kept]
        # those that the backward loop computes again are written by it
        arguments = [at_hand[k][i] for k, i in gradient.arguments if k in at_hand]
        return (outputs, after), (read, arguments, values, kernels)

    def _backward(self, gradient, kept, d_results):
        read, arguments, values, kernels = kept
        d_outputs, d_after = d_results
        transposed = [kernel.T for kernel in kernels]  # (W, H)
        d_last = jnp.zeros_like(d_outputs[0]) if gradient.repeats else None
        sums = [jnp.zeros_like(values[i]) for i in gradient.summed]

        def body(carried, inputs):
            d_after, d_last, sums = carried
            read, d_output = inputs
            d_found = d_output, d_after, d_last
            d_projected, d_before, d_last, d_values, own = gradient.backward(
                read, values, transposed, d_found
            )
            sums = [s + d for s, d in zip(sums, d_values, strict=True)]
            return (d_before, d_last, sums), (d_projected, own)

        (d_states, _, sums), (d_projected, own) = jax.lax.scan(
            body, (d_after, d_last, sums), (read, d_outputs), reverse=True
        )
        known = iter(arguments)
        us = [own[i] if k == "computed" else next(known) for k, i in gradient.arguments]
        dz = [d_projected if i is None else own[i] for i in gradient.gradients]
        d_kernels = [
            kernel_gradient(u, d).astype(kernel.dtype)  # (T, B, H), (T, B, W)
            for u, d, kernel in zip(us, dz, kernels, strict=True)
        ]
        of_values = dict(zip(gradient.summed, sums, strict=True))
        d_values = [
            of_values.get(i, jnp.zeros_like(v)) if _is_float(v) else None
            for i, v in enumerate(values)
        ]
        return d_projected, d_states, d_values, d_kernels, None


def _is_float(value) -> bool:
    return jnp.issubdtype(value.dtype, jnp.floating)


class FoundKernels:
    """Recurrent products that are computed; keeps their kernels."""

    def __init__(self):
        self.kernels = []

    def __call__(self, states, kernel):
        self.kernels.append(keras.ops.convert_to_tensor(kernel))
        return keras.ops.matmul(states, self.kernels[-1])


class ComputedProducts:
    """Recurrent products with kernels made before the loop."""

    def __init__(self, kernels):
        self._kernels = iter(kernels)

    def __call__(self, states, kernel):
        return keras.ops.matmul(states, next(self._kernels))


def kernel_gradient(arguments, gradients):
    """``Σ_t u_t^T dz_t``, as one product over steps and rows together.

    Args:
        arguments: ``u``, of shape ``(time, batch, units)``.
        gradients: ``dz``, of shape ``(time, batch, width)``.
    """
    u = arguments.reshape(-1, arguments.shape[-1])  # (T·B, H)
    dz = gradients.reshape(-1, gradients.shape[-1])  # (T·B, W)
    return jnp.matmul(u.T, dz)
