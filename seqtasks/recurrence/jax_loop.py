"""The time loop on JAX: ``lax.scan``, with a gradient of its own.

It is the loop of :mod:`seqtasks.recurrence.tensorflow_loop`: the forward loop keeps the
states and the results of the recurrent products, the backward loop repeats element-wise
work alone and keeps the gradients ``dz_t`` of the products, and afterwards the gradient
of a kernel, ``Σ_t u_t^T dz_t``, is one large product over all steps.

The kernels are functions of the weights (a part of one, for example). They are made
once, before the loop, and JAX differentiates what makes them.

In the comments T is time, B the batch, H the width of a state, W of a product.
"""

import jax
import jax.numpy as jnp
import keras
from keras.src import backend

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
        self._over_time = jax.custom_vjp(self._infer)
        self._over_time.defvjp(self._forward, self._backward)
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
        return self._over_time(projected, states, values, products.kernels, mask)

    def _step(self, projected, states, values, products):
        """One step of the cell, whose variables have these values."""
        with replacing_weights(self.cell, values), replacing_products(products):
            output, after = self.cell.step(projected, list(states))
        return output, list(after)

    def _step_or_skip(self, projected, states, last, values, present, products):
        """One step, with masked rows left as they were.

        ``last`` is the output of the step before, which a masked step repeats; it is
        ``None`` where nothing is repeated.
        """
        output, after = self._step(projected, states, values, products)
        if present is None:
            return output, after, None
        # chosen, not multiplied by zero: what a masked step computes may be infinite
        present = present[:, None]  # (B, 1)
        after = [jnp.where(present, a, b) for a, b in zip(after, states, strict=True)]
        output = jnp.where(present, output, 0 if last is None else last)
        return output, after, None if last is None else output

    def _repeats(self, mask) -> bool:
        return mask is not None and not self.zero_output_for_mask

    def _infer(self, projected, states, values, kernels, mask):
        return self._forward(projected, states, values, kernels, mask)[0]

    def _forward(self, projected, states, values, kernels, mask):
        """Also returns what the backward loop needs: states before, and products."""
        last = None
        if self._repeats(mask):
            output, _ = jax.eval_shape(
                lambda: self._step(
                    projected[0], states, values, ComputedProducts(kernels)
                )
            )
            last = jnp.zeros(output.shape, output.dtype)

        def body(carried, inputs):
            before, last, now = carried
            following, present = inputs
            products = ComputedProducts(kernels)
            output, after, last = self._step_or_skip(
                now, before, last, values, present, products
            )
            # Read one step ahead: on CPUs XLA does not vectorize element-wise work
            # that reads more than one part of a slice of all steps.
            now = jax.lax.dynamic_index_in_dim(projected, following, keepdims=False)
            return (after, last, now), (output, before, products.results)

        # JAX clamps an index: the one after the last reads the last, and is not used
        following = jnp.arange(1, projected.shape[0] + 1)
        (after, _, _), (outputs, before, results) = jax.lax.scan(
            body, (states, last, projected[0]), (following, mask)
        )
        # before: (T, B, H) a state; results: (T, B, W) a product
        kept = projected, values, kernels, mask, before, results
        return (outputs, after), kept

    def _backward(self, kept, d_results):
        projected, values, kernels, mask, before, results = kept
        d_outputs, d_after = d_results
        d_last = jnp.zeros_like(d_outputs[0]) if self._repeats(mask) else None
        transposed = [kernel.T for kernel in kernels]  # (W, H)
        # a variable that is no float, as a seed, has no gradient to sum
        sums = [jnp.zeros_like(v) if _is_float(v) else None for v in values]

        def body(carried, inputs):
            d_after, d_last, sums = carried
            projected, before, results, present, d_output = inputs

            def step(projected, before, last, values, results):
                products = StoredProducts(transposed, results)
                return self._step_or_skip(
                    projected, before, last, values, present, products
                )

            # of the last output only the gradient counts, so that any will do
            _, differentiate = jax.vjp(step, projected, before, d_last, values, results)
            d_projected, d_before, d_last, d_values, d_results = differentiate(
                (d_output, d_after, d_last)
            )
            sums = [
                None if s is None else s + d
                for s, d in zip(sums, d_values, strict=True)
            ]
            # often that of the projection, and then not kept twice
            dz = [None if d is d_projected else d for d in d_results]
            return (d_before, d_last, sums), (d_projected, dz)

        (d_states, _, d_values), (d_projected, dz) = jax.lax.scan(
            body,
            (d_after, d_last, sums),
            (projected, before, results, mask, d_outputs),
            reverse=True,
        )

        def arguments(projected, before, results):
            products = StoredProducts(transposed, results)
            self._step(projected, before, values, products)
            return products.arguments

        # The arguments u_t are computed for all steps at once and not kept in the loop:
        # where they are states, this costs nothing.
        d_kernels = [
            kernel_gradient(u, d_projected if d is None else d).astype(kernel.dtype)
            for u, d, kernel in zip(
                jax.vmap(arguments)(projected, before, results),
                dz,
                kernels,
                strict=True,
            )
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
    """Recurrent products with kernels made before the loop; keeps their results."""

    def __init__(self, kernels):
        self._kernels = iter(kernels)
        self.results = []

    def __call__(self, states, kernel):
        self.results.append(keras.ops.matmul(states, next(self._kernels)))
        return self.results[-1]


class StoredProducts:
    """Recurrent products whose results are known; keeps their arguments.

    The kernels are given transposed, as the gradient needs them: once for all steps.
    The gradient of a result is that of the result which was given, so that
    differentiation by the results gives ``dz``.
    """

    def __init__(self, transposed, results):
        self._transposed = iter(transposed)
        self._results = iter(results)
        self.arguments = []

    def __call__(self, states, kernel):
        self.arguments.append(states)
        return _stored(states, next(self._transposed), next(self._results))


@jax.custom_vjp
def _stored(argument, transposed, result):
    return result


def _stored_forward(argument, transposed, result):
    return result, (argument, transposed)


def _stored_backward(factors, d_result):
    argument, transposed = factors
    d_argument = jnp.matmul(d_result, transposed).astype(argument.dtype)
    return d_argument, None, d_result


_stored.defvjp(_stored_forward, _stored_backward)


def kernel_gradient(arguments, gradients):
    """``Σ_t u_t^T dz_t``, as one product over steps and rows together.

    Args:
        arguments: ``u``, of shape ``(time, batch, units)``.
        gradients: ``dz``, of shape ``(time, batch, width)``.
    """
    u = arguments.reshape(-1, arguments.shape[-1])  # (T·B, H)
    dz = gradients.reshape(-1, gradients.shape[-1])  # (T·B, W)
    return jnp.matmul(u.T, dz)
