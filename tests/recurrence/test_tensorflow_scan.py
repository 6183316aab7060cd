"""The loop over time on TensorFlow: steps, padding, and what it is compiled for."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.recurrence.tensorflow_scan import scan

INPUTS = tf.reshape(tf.range(1.0, 17.0), (16, 1))


def running_sums(reverse):
    def step(states, slices):
        total = states[0] + slices[0]
        return [total], [total]

    def run(inputs, steps):
        return scan(step, [tf.zeros(1)], [inputs], steps, reverse=reverse)

    return tf.function(run, jit_compile=True, autograph=False)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_padding_is_left_out(reverse):
    (state,), (sums,) = running_sums(reverse)(INPUTS, tf.constant(3))
    assert state.numpy() == 6
    expected = [6, 5, 3] if reverse else [1, 3, 6]
    np.testing.assert_array_equal(sums[:, 0], [*expected, *[0] * 13])


@pytest.mark.parametrize("reverse", [False, True])
def test_one_program_for_all_numbers_of_steps(reverse):
    program = running_sums(reverse).experimental_get_compiler_ir
    three, five = (program(INPUTS, tf.constant(n))(stage="hlo") for n in (3, 5))
    assert three == five
