"""The time loop on TensorFlow: compiled by XLA, with a gradient of its own.

A step of a cell is ``output_t, h_t = step(x_t, h_{t-1})``, with recurrent products
``z = u W`` inside. Automatic differentiation of a loop computes at each step the
gradient of each kernel, ``u_t^T dz_t``, and adds it up: as many small products and
additions as there are steps. Here the backward loop only keeps ``dz_t``; afterwards
``Σ_t u_t^T dz_t`` is one large product over all steps. What the backward loop needs is
kept from the forward loop, in as few bytes as can be; it repeats element-wise work
alone, which XLA fuses.

Nothing is assumed of the cell but its methods ``project`` and ``step``: the gradient of
the rest of a step is found by automatic differentiation.

In the comments T is time, B the batch, H the width of a state, P of a projection.
"""

import tensorflow as tf

from seqtasks.recurrence.tensorflow_step import (
    ComputedProducts,
    Step,
    kernel_gradient,
)
from seqtasks.recurrence.tensorflow_step_gradient import StepGradient


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
        self._forward = compiled(self._run_forward)
        self._backward = compiled(self._run_backward)
        self._gradients_of_step: dict[tuple, StepGradient] = {}

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

        # A tape that is open outside must not see the loop: a tf.function called with
        # arguments that are watched also builds the gradient of its while_loop, which
        # keeps every tensor of every step. So the arguments are cut off the tape, and
        # what is returned beside the results is their one derivative.
        @tf.custom_gradient
        def run(projected, *states_and_weights):
            arguments = [tf.stop_gradient(part) for part in states_and_weights]
            before, values = arguments[:count], arguments[count:]
            inputs = [tf.stop_gradient(projected)] + ([] if mask is None else [mask])
            first = self.first_states(inputs, before, values)
            kept = None
            if training:
                outputs, after, kept = self.forward(inputs, first, values, steps)
            else:
                counted = [] if steps is None else [steps]
                outputs, after = self.infer(inputs, first, values, *counted)

            def gradient(d_outputs, *d_after):
                residuals = kept or self.forward(inputs, first, values, steps)[2]
                d_projected, d_states, d_weights = self.gradients(
                    values, residuals, d_outputs, list(d_after), steps
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
            output, after = self._step(
                slices, states, values, ComputedProducts(kernels)
            )
            return after, [output]

        after, (outputs,) = loop_over_time(step, states, inputs, _count(steps, inputs))
        return outputs, after

    def forward(self, inputs, states, values, steps=None):
        """Outputs, final states, and what the gradient needs of them.

        Args:
            inputs: ``[projected]`` or ``[projected, mask]``, time first.
            states: The states before the first step, from :meth:`first_states`.
            values: The values of the cell's variables.
            steps: As in a call.
        """
        of_step = self._gradient_of_step(inputs, states, values)
        # Without padding the number is left out: then it is known when compiling.
        steps = [] if steps is None else [steps]
        outputs, after, kept = self._forward(of_step, inputs, states, values, *steps)
        return outputs, after, (of_step, inputs, states, outputs, kept)

    def _gradient_of_step(self, inputs, states, values) -> StepGradient:
        """A step and its gradient, traced once for arguments of these shapes."""
        arguments = [x[0] for x in inputs], list(states), list(values)
        shapes = [(str(x.shape), x.dtype) for x in tf.nest.flatten(arguments)]
        key = len(inputs), tuple(shapes)
        if key not in self._gradients_of_step:
            self._gradients_of_step[key] = StepGradient(self._step, *arguments)
        return self._gradients_of_step[key]

    def _run_forward(self, of_step, inputs, states, values, steps=None):
        kernels = of_step.kernels(values)

        def step(states, slices):
            output, after, kept = of_step.forward(slices, states, values, kernels)
            return after, [output, *kept]

        after, (outputs, *kept) = loop_over_time(
            step, states, inputs, _count(steps, inputs)
        )
        return outputs, after, kept

    def gradients(self, values, residuals, d_outputs, d_after, steps=None):
        """The gradients of projected inputs, first states and weights.

        Args:
            values: The values of the cell's variables.
            residuals: The third result of :meth:`forward`.
            d_outputs: The gradient of the outputs, ``(time, batch, output_size)``.
            d_after: The gradients of the final states.
            steps: As in a call.
        """
        of_step, inputs, states, outputs, kept = residuals
        arrays = {"input": inputs, "output": [outputs], "kept": kept}
        # with a mask, the last output is a state that nothing comes after
        d_after = [*d_after, *(tf.zeros_like(x) for x in states[len(d_after) :])]
        d_projected, d_states, sums, own = self._backward(
            of_step,
            [arrays[kind][i] for kind, i in of_step.kept],
            values,
            d_outputs,
            d_after,
            steps,
        )
        arrays["computed"] = own
        # Outside the function that XLA compiles: TensorFlow's own large products are
        # the faster on CPUs.
        d_kernels = [
            kernel_gradient(
                arrays[kind][i],  # (T, B, H)
                d_projected if place is None else own[place],  # (T, B, W)
            )
            for (kind, i), place in zip(
                of_step.arguments, of_step.gradients, strict=True
            )
        ]
        # a kernel may be a part of a weight, and a weight be used beside it as well
        d_weights = of_step.through_kernels(values, d_kernels)
        for i, total in zip(of_step.summed, sums, strict=True):
            d_weights[i] = total if d_weights[i] is None else d_weights[i] + total
        d_weights = [
            tf.zeros_like(v) if d is None else d
            for d, v in zip(d_weights, values, strict=True)
        ]
        return d_projected, d_states, d_weights

    def _run_backward(self, of_step, read, values, d_outputs, d_after, steps):
        count = len(d_after)
        transposed = [tf.transpose(kernel) for kernel in of_step.kernels(values)]

        def step(carried, slices):
            d_projected, d_states, d_values, own = of_step.backward(
                slices[1:], values, transposed, slices[0], carried[:count]
            )
            sums = [s + d for s, d in zip(carried[count:], d_values, strict=True)]
            return [*d_states, *sums], [d_projected, *own]

        sums = [tf.zeros_like(values[i]) for i in of_step.summed]
        carried, (d_projected, *own) = loop_over_time(
            step,
            [*d_after, *sums],
            [d_outputs, *read],
            _count(steps, [d_outputs]),
            reverse=True,
        )
        return d_projected, carried[:count], carried[count:], own


def _count(steps, inputs):
    return tf.shape(inputs[0])[0] if steps is None else steps


def compiled(function):
    """The function, compiled by XLA for each shape of its arguments."""
    return tf.function(function, jit_compile=True, autograph=False)


def loop_over_time(step, states, inputs, steps, *, reverse=False):
    """Calls a step once for each time, first to last or last to first.

    For use inside a function that XLA compiles.

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

    # Called once outside the loop for the shapes of the outputs; XLA drops the rest.
    firsts = [x[0] for x in inputs]
    _, like = step(states, firsts)
    inputs = [_to_bits(x) for x in inputs]

    def body(t, states, buffers, outputs):
        # A slice at a moving index would be fused into each of its uses, and XLA does
        # not vectorize a loop in which uses share one. So it is first written into a
        # buffer, and read from there. The buffer has a second place, and the index is a
        # zero that the compiler does not see through, so that it keeps the buffer.
        zero = t // time
        buffers = [
            _put(buffer, zero, x[t]) for buffer, x in zip(buffers, inputs, strict=True)
        ]
        slices = [_get(buffer, 0, x) for buffer, x in zip(buffers, firsts, strict=True)]
        states, values = step(states, slices)
        outputs = [
            _put(o, t, _to_bits(value))
            for o, value in zip(outputs, values, strict=True)
        ]
        return t + change, states, buffers, outputs

    buffers = [_empty(2, first) for first in firsts]
    outputs = [_empty(time, value) for value in like]
    _, states, _, outputs = tf.while_loop(
        lambda t, *_: t >= 0 if reverse else t < steps,
        body,
        (start, states, buffers, outputs),
        maximum_iterations=time,
    )
    return states, [_stack(o, value) for o, value in zip(outputs, like, strict=True)]


def _to_bits(value):
    """The value as a list holds it.

    XLA changes a part of an array in place, but on CPUs not one of a narrow float type:
    it would write the whole array anew. Bits are integers.
    """
    return tf.bitcast(value, tf.uint16) if value.dtype.size == 2 else value


def _from_bits(bits, like):
    return bits if bits.dtype == like.dtype else tf.bitcast(bits, like.dtype)


def _empty(length, like):
    """Room for a number of values.

    A list, and not ``tf.TensorArray``: its shape may be unknown when the graph is made.
    """
    return tf.raw_ops.TensorListReserve(
        element_shape=tf.shape(like),
        num_elements=length,
        element_dtype=_to_bits(like).dtype,
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
        element_dtype=_to_bits(like).dtype,
    )
    return tf.ensure_shape(_from_bits(bits, like), like.shape)


def _stack(values, like):
    """All the values, ``(length, …)``."""
    bits = tf.raw_ops.TensorListStack(
        input_handle=values,
        element_shape=tf.shape(like),
        element_dtype=_to_bits(like).dtype,
    )
    return tf.ensure_shape(_from_bits(bits, like), (None, *like.shape))
