"""Which arrow a weight belongs to, for weights as the cells name them."""

import dataclasses

import numpy as np
import pytest
import trace_factory

from seqtasks.analysis.trace_weights import arrows

TRACE = trace_factory.elman("abcdefgh", 4)


@pytest.mark.parametrize(
    ("shapes", "inputs", "recurrent", "inside"),
    [
        ({"kernel": (12, 4), "bias": (4,)}, ["kernel"], ["kernel"], ["bias"]),
        (
            {"kernel": (8, 16), "recurrent_kernel": (4, 16), "peepholes": (3, 4)},
            ["kernel"],
            ["recurrent_kernel"],
            ["peepholes"],
        ),
        # one number a unit, of ind_rnn
        (
            {"kernel": (8, 4), "recurrent_kernel": (1, 4)},
            ["kernel"],
            ["recurrent_kernel"],
            [],
        ),
        # of lmu: what reads the hidden state and what reads the memory
        (
            {"input_encoder": (8, 1), "hidden_encoder": (4, 1), "memory": (32, 1)},
            ["input_encoder"],
            ["hidden_encoder", "memory"],
            [],
        ),
        # of lru: its own projection is not the output layer
        (
            {"kernel": (8, 8), "output_kernel": (6, 4)},
            ["kernel"],
            [],
            ["output_kernel"],
        ),
        ({"bias": (8, 12)}, [], [], ["bias"]),
    ],
)
def test_a_weight_is_found_by_its_name_and_shape(shapes, inputs, recurrent, inside):
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    weights["output.kernel"] = np.zeros((4, 8))
    gradients = tuple(
        dataclasses.replace(one, weights={n: np.ones(1) for n in weights})
        for one in TRACE.gradients
    )
    trace = dataclasses.replace(TRACE, weights=weights, gradients=gradients)
    found = arrows(trace)
    assert found.input == tuple(inputs)
    assert found.recurrent == tuple(recurrent)
    assert found.inside == tuple(inside)
    assert found.output == ("output.kernel",)
    assert found.joint == (inputs == recurrent != [])


@pytest.mark.parametrize("features", [4, 8])
def test_a_matrix_of_ones_own_is_recurrent_if_a_zero_state_leaves_it_out(features):
    shapes = {"W": (features, 4), "U": (4, 4), "V": (4, 4), "output.kernel": (4, 8)}
    first, *later = TRACE.gradients
    ones = {name: np.ones(shape) for name, shape in shapes.items()}
    gradients = (
        dataclasses.replace(first, weights=ones | {"U": np.zeros((4, 4))}),
        *(dataclasses.replace(one, weights=ones) for one in later),
    )
    steps = [dataclasses.replace(s, input=np.ones(features)) for s in TRACE.steps]
    trace = dataclasses.replace(
        TRACE, weights=ones, gradients=gradients, steps=tuple(steps)
    )
    assert arrows(trace).recurrent == ("U",)
    assert arrows(trace).input == (("W", "V") if features == 4 else ("W",))
