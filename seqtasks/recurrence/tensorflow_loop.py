"""The time loop on TensorFlow: compiled by XLA, with a gradient of its own.

A step of a cell is ``output_t, h_t = step(x_t, h_{t-1})``, with recurrent products
``z = u W`` inside. Automatic differentiation of a loop computes at each step the
gradient of each kernel, ``u_t^T dz_t``, and adds it up: as many small products and
additions as there are steps. Here the backward loop only notes ``dz_t``; afterwards
``Σ_t u_t^T dz_t`` is one large product over all steps. The results of the products are
kept from the forward loop, so that the backward loop repeats element-wise work alone,
which XLA fuses.

Nothing is assumed of the cell but that it says ``project`` and ``step``: the gradient
of the rest of a step is found by automatic differentiation.
"""

import keras
import tensorflow as tf
from keras.src import backend

from seqtasks.recurrence.product import handling_products
from seqtasks.recurrence.tensorflow_lists import empty, put, stack
from seqtasks.recurrence.tensorflow_products import Compute, Recall, over_all_steps


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
        self._forward = tf.function(
            self._run_forward, jit_compile=True, autograph=False
        )
        self._infer = tf.function(
            self._run_inference, jit_compile=True, autograph=False
        )
        self._backward = tf.function(
            self._run_backward, jit_compile=True, autograph=False
        )

    def __call__(self, projected, states, mask, training):
        """Outputs and final states.

        Args:
            projected: What ``project`` returned, of shape ``(time, batch, width)``.
            states: A list of the initial states, ``(batch, size)`` each.
            mask: ``(time, batch)`` booleans, or ``None``.
            training: Whether a gradient will be asked for; it may be either way, but
                one that was not announced costs a second forward loop.

        Returns:
            The outputs, ``(time, batch, output_size)``, and a list of the final states.
        """
        count = len(states)
        weights = [tf.convert_to_tensor(v.value) for v in self.cell.variables]

        @tf.custom_gradient
        def run(projected, *states_and_weights):
            arguments = [tf.stop_gradient(part) for part in states_and_weights]
            before, values = arguments[:count], arguments[count:]
            inputs = tf.stop_gradient(projected)
            kept = None
            if training:
                outputs, after, kept = self._forward(inputs, before, values, mask)
            else:
                outputs, after = self._infer(inputs, before, values, mask)

            def gradient(d_outputs, *d_after):
                residuals = kept or self._forward(inputs, before, values, mask)[2]
                d_projected, d_states, d_weights = self._backward(
                    inputs, values, mask, residuals, d_outputs, list(d_after)
                )
                return (d_projected, *d_states, *d_weights)

            return (outputs, *after), gradient

        outputs, *after = run(projected, *states, *weights)
        return outputs, after

    def _step(self, projected, states, values, present, products):
        """One step, with masked rows left as they were.

        The states are those of the cell, and after them, if there is a mask, the last
        output, which a masked step repeats.
        """
        own = states if present is None else states[:-1]
        scope = keras.StatelessScope(
            state_mapping=list(zip(self.cell.variables, values, strict=True))
        )
        # the gradient is taken outside the layer's call, where nothing else casts
        casting = backend.AutocastScope(self.cell.compute_dtype)
        with scope, casting, handling_products(products):
            output, after = self.cell.step(projected, list(own))
        if present is None:
            return output, list(after)
        present = present[:, None]
        after = [tf.where(present, a, b) for a, b in zip(after, own, strict=True)]
        held = tf.where(present, output, states[-1])
        shown = output * tf.cast(present, output.dtype)
        return (shown if self.zero_output_for_mask else held), [*after, held]

    def _first(self, projected, states, values, mask):
        """The states of the loop, and the products of its first step, for shapes."""
        products = Compute()
        present = None if mask is None else mask[0]
        if mask is not None:
            output, _ = self._step(projected[0], states, values, None, Compute())
            states = [*states, tf.zeros_like(output)]
        output, _ = self._step(projected[0], states, values, present, products)
        return list(states), output, products.results

    def _run_inference(self, projected, states, values, mask):
        count = len(states)
        states, output, _ = self._first(projected, states, values, mask)

        def body(t, states, outputs):
            present = None if mask is None else mask[t]
            output, after = self._step(projected[t], states, values, present, Compute())
            return t + 1, after, put(outputs, t, output)

        time = tf.shape(projected)[0]
        _, after, outputs = tf.while_loop(
            lambda t, *_: t < time,
            body,
            (0, states, empty(time, output)),
            maximum_iterations=time,
        )
        return stack(outputs, output), after[:count]

    def _run_forward(self, projected, states, values, mask):
        """Also returns what the backward loop needs: states before, and products."""
        count = len(states)
        states, output, products = self._first(projected, states, values, mask)

        def body(t, states, outputs, before, kept):
            present = None if mask is None else mask[t]
            results = Compute()
            output, after = self._step(projected[t], states, values, present, results)
            return (
                t + 1,
                after,
                put(outputs, t, output),
                [put(b, t, s) for b, s in zip(before, states, strict=True)],
                [put(k, t, z) for k, z in zip(kept, results.results, strict=True)],
            )

        time = tf.shape(projected)[0]
        _, after, outputs, before, kept = tf.while_loop(
            lambda t, *_: t < time,
            body,
            (
                0,
                states,
                empty(time, output),
                [empty(time, state) for state in states],
                [empty(time, z) for z in products],
            ),
            maximum_iterations=time,
        )
        return (
            stack(outputs, output),
            after[:count],
            (
                [stack(b, state) for b, state in zip(before, states, strict=True)],
                [stack(k, z) for k, z in zip(kept, products, strict=True)],
            ),
        )

    def _run_backward(self, projected, values, mask, residuals, d_outputs, d_after):
        before, kept = residuals
        time = tf.shape(projected)[0]
        extra = len(before) - len(d_after)  # the last output, if there is a mask
        d_states = [*d_after, *(tf.zeros_like(b[0]) for b in before[-extra:] if extra)]

        def differentiate(t, d_states):
            states = [b[t] for b in before]
            inputs = projected[t]
            products = Recall([k[t] for k in kept])
            present = None if mask is None else mask[t]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch([inputs, states, values])
                output, after = self._step(inputs, states, values, present, products)
            d_inputs, d_before, d_values = tape.gradient(
                [output, *after],
                [inputs, states, values],
                output_gradients=[d_outputs[t], *d_states],
            )
            d_inputs = tf.zeros_like(inputs) if d_inputs is None else d_inputs
            d_before = [
                tf.zeros_like(state) if d is None else d
                for d, state in zip(d_before, states, strict=True)
            ]
            return d_inputs, d_before, d_values, products, states

        # once outside the loop, for what is used how: nothing of it is computed
        d_inputs, _, d_values, products, states = differentiate(0, d_states)
        direct = [i for i, d in enumerate(d_values) if d is not None]
        # the argument of a product is often a state, which is kept already, and its
        # gradient often that of the projection: only the others are noted
        as_state = [_position(u, states) for u in products.arguments]
        as_input = [d is d_inputs for d in products.gradients]
        noted_u = [i for i, state in enumerate(as_state) if state is None]
        noted_dz = [i for i, same in enumerate(as_input) if not same]

        def body(t, d_states, sums, d_projected, arguments, gradients):
            d_inputs, d_before, d_values, products, _ = differentiate(t, d_states)
            return (
                t - 1,
                d_before,
                [s + d_values[i] for s, i in zip(sums, direct, strict=True)],
                put(d_projected, t, d_inputs),
                [
                    put(u, t, products.arguments[i])
                    for u, i in zip(arguments, noted_u, strict=True)
                ],
                [
                    put(dz, t, products.gradients[i])
                    for dz, i in zip(gradients, noted_dz, strict=True)
                ],
            )

        _, d_states, sums, d_projected, arguments, gradients = tf.while_loop(
            lambda t, *_: t >= 0,
            body,
            (
                time - 1,
                d_states,
                [tf.zeros_like(values[i]) for i in direct],
                empty(time, d_inputs),
                [empty(time, products.arguments[i]) for i in noted_u],
                [empty(time, products.gradients[i]) for i in noted_dz],
            ),
            maximum_iterations=time,
        )
        d_projected = stack(d_projected, d_inputs)
        all_u = {
            i: stack(u, products.arguments[i])
            for i, u in zip(noted_u, arguments, strict=True)
        }
        all_dz = {
            i: stack(dz, products.gradients[i])
            for i, dz in zip(noted_dz, gradients, strict=True)
        }
        d_kernels = [
            over_all_steps(
                all_u[i] if state is None else before[state],
                d_projected if as_input[i] else all_dz[i],
            )
            for i, state in enumerate(as_state)
        ]
        d_weights = self._through_kernels(projected, before, kept, values, d_kernels)
        for i, total in zip(direct, sums, strict=True):
            d_weights[i] = total if d_weights[i] is None else d_weights[i] + total
        d_weights = [
            tf.zeros_like(v) if d is None else d
            for d, v in zip(d_weights, values, strict=True)
        ]
        return d_projected, d_states[: len(d_after)], d_weights

    def _through_kernels(self, projected, before, kept, values, d_kernels):
        """The gradients of weights, of which the kernels may be parts."""
        products = Recall([k[0] for k in kept])
        own = [b[0] for b in before[: len(keras.tree.flatten(self.cell.state_size))]]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            self._step(projected[0], own, values, None, products)
        return tape.gradient(products.kernels, values, output_gradients=d_kernels)


def _position(tensor, tensors) -> int | None:
    return next((i for i, other in enumerate(tensors) if other is tensor), None)
