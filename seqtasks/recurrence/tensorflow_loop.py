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

import tensorflow as tf

from seqtasks.recurrence.tensorflow_products import Compute, over_all_steps
from seqtasks.recurrence.tensorflow_scan import scan
from seqtasks.recurrence.tensorflow_step import Step


class Loop:
    """Runs the ``step`` of one cell over time.

    Args:
        cell: A cell with ``project`` and ``step``, built.
        zero_output_for_mask: Whether the output of a masked step is zero, rather than
            that of the step before.
    """

    def __init__(self, cell, zero_output_for_mask: bool = False):
        self._cell = cell
        self._step = Step(cell, zero_output_for_mask)
        self.infer = compiled(self._run_inference)
        self.forward = compiled(self._run_forward)
        self._backward = compiled(self._run_backward)

    def __call__(self, projected, states, mask, training, steps=None):
        """Outputs and final states.

        Args:
            projected: What ``project`` returned, of shape ``(time, batch, width)``.
            states: A list of the initial states, ``(batch, size)`` each.
            mask: ``(time, batch)`` booleans, or ``None``.
            training: Whether a gradient will be asked for; it may be either way, but
                one that was not announced costs a second forward loop.
            steps: The number of steps, if what comes after them is padding; ``None``
                for all. The loop is compiled for the shapes and not for this number.

        Returns:
            The outputs, ``(time, batch, output_size)``, zero in the padding, and a list
            of the final states.
        """
        count = len(states)
        weights = [tf.convert_to_tensor(v.value) for v in self._cell.variables]
        # without padding the number stays unsaid, for then it is known when compiling
        steps = [] if steps is None else [steps]

        @tf.custom_gradient
        def run(projected, *states_and_weights):
            arguments = [tf.stop_gradient(part) for part in states_and_weights]
            before, values = arguments[:count], arguments[count:]
            inputs = [tf.stop_gradient(projected)] + ([] if mask is None else [mask])
            first = self.first_states(inputs, before, values)
            kept = None
            if training:
                outputs, after, kept = self.forward(inputs, first, values, *steps)
            else:
                outputs, after = self.infer(inputs, first, values, *steps)

            def gradient(d_outputs, *d_after):
                residuals = kept or self.forward(inputs, first, values, *steps)[2]
                d_projected, d_states, d_weights = self.gradients(
                    inputs, values, residuals, d_outputs, d_after, *steps
                )
                return (d_projected, *d_states[:count], *d_weights)

            return (outputs, *after[:count]), gradient

        outputs, *after = run(projected, *states, *weights)
        return outputs, after

    def first_states(self, inputs, states, values):
        """The states before the first step; with a mask a last output behind them."""
        return self._step.first_states([x[0] for x in inputs], states, values)

    def _run_inference(self, inputs, states, values, steps=None):
        kernels = self._step.kernels([x[0] for x in inputs], states, values)

        def step(states, slices):
            output, after = self._step(slices, states, values, Compute(kernels))
            return after, [output]

        after, (outputs,) = scan(step, states, inputs, _number(steps, inputs))
        return outputs, after

    def _run_forward(self, inputs, states, values, steps=None):
        """Also returns what the backward loop needs: states before, and products."""
        kernels = self._step.kernels([x[0] for x in inputs], states, values)

        def step(states, slices):
            products = Compute(kernels)
            output, after = self._step(slices, states, values, products)
            return after, [output, *states, *products.results]

        after, (outputs, *kept) = scan(step, states, inputs, _number(steps, inputs))
        return outputs, after, (kept[: len(states)], kept[len(states) :])

    def gradients(self, inputs, values, residuals, d_outputs, d_after, steps=None):
        before, _ = residuals
        d_projected, d_states, sums, noted_u, noted_dz = self._backward(
            inputs, values, residuals, d_outputs, list(d_after), steps
        )
        first = [x[0] for x in inputs], [b[0] for b in before], values
        uses = self._step.uses(*first)
        # Outside the compiled loop: TensorFlow's own large products are the faster.
        noted_u, noted_dz = iter(noted_u), iter(noted_dz)
        d_kernels = [
            over_all_steps(
                next(noted_u) if state is None else before[state],
                d_projected if is_input else next(noted_dz),
            )
            for state, is_input in zip(
                uses.argument_states, uses.gradient_is_input, strict=True
            )
        ]
        d_weights = self._step.through_kernels(*first, d_kernels)
        for i, total in zip(uses.summed, sums, strict=True):
            d_weights[i] = total if d_weights[i] is None else d_weights[i] + total
        d_weights = [
            tf.zeros_like(v) if d is None else d
            for d, v in zip(d_weights, values, strict=True)
        ]
        return d_projected, d_states, d_weights

    def _run_backward(self, inputs, values, residuals, d_outputs, d_after, steps):
        before, results = residuals
        count, kept = len(before), len(inputs)
        uses = self._step.uses([x[0] for x in inputs], [b[0] for b in before], values)

        def step(carried, slices):
            d_states, sums = carried[:count], carried[count:]
            (d_output, *slices) = slices
            d_projected, d_states, d_values, products = self._step.differentiate(
                slices[:kept],
                slices[kept : kept + count],
                values,
                slices[kept + count :],
                uses.transposed,
                d_output,
                d_states,
            )
            sums = [s + d_values[i] for s, i in zip(sums, uses.summed, strict=True)]
            # an argument that is a state is kept already, and a gradient that is that
            # of the projected input is noted already
            noted_u = [
                u
                for u, state in zip(
                    products.arguments, uses.argument_states, strict=True
                )
                if state is None
            ]
            noted_dz = [
                dz
                for dz, same in zip(
                    products.gradients, uses.gradient_is_input, strict=True
                )
                if not same
            ]
            places.append(len(noted_u))
            return [*d_states, *sums], [d_projected, *noted_u, *noted_dz]

        places: list[int] = []
        # with a mask, the last output is a state that nothing comes after
        d_last = [tf.zeros_like(b[0]) for b in before[len(d_after) :]]
        sums = [tf.zeros_like(values[i]) for i in uses.summed]
        carried, (d_projected, *noted) = scan(
            step,
            [*d_after, *d_last, *sums],
            [d_outputs, *inputs, *before, *results],
            _number(steps, inputs),
            reverse=True,
        )
        noted_u, noted_dz = noted[: places[0]], noted[places[0] :]
        return d_projected, carried[:count], carried[count:], noted_u, noted_dz


def _number(steps, inputs):
    return tf.shape(inputs[0])[0] if steps is None else steps


def compiled(function):
    """The function, compiled by XLA for each shape of its arguments."""
    return tf.function(function, jit_compile=True, autograph=False)
