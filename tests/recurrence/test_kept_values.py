"""Which values of a step are kept for its gradient."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from outcome import BATCH, FEATURES, UNITS, make_cell

from seqtasks.recurrence.kept_values import choose_kept
from seqtasks.recurrence.tensorflow_step import Step
from seqtasks.recurrence.tensorflow_step_gradient import StepGradient


def reachable(uses, given, kept):
    """What can be computed from the values that are given, none of the kept ones."""
    found = set(given) - kept
    while more := {b for a, b in uses if a in found and b not in kept | found}:
        found |= more
    return found


@pytest.mark.parametrize("seed", range(20))
def test_no_choice_takes_fewer_bytes(seed):
    draw = np.random.default_rng(seed)
    names = range(9)
    size = {name: float(draw.integers(0, 6)) for name in names}
    uses = [pair for pair in itertools.combinations(names, 2) if draw.random() < 0.35]
    given, needed = {0, 1, 2}, {6, 7, 8}

    def enough(kept):
        # what is not computed from given values, as from weights, is at hand
        return not needed & reachable(uses, given, kept)

    least = min(
        sum(size[name] for name in kept)
        for count in range(len(names) + 1)
        for kept in map(set, itertools.combinations(names, count))
        if enough(kept)
    )
    kept = choose_kept(size, uses, given, needed)
    assert enough(kept)
    assert sum(size[name] for name in kept) == least


def test_of_choices_of_equal_bytes_the_last_is_taken():
    uses = [("x", "gate"), ("gate", "product"), ("y", "product")]
    sizes = {"x": 4.0, "gate": 4.0, "y": 1.0, "product": 9.0}
    assert choose_kept(sizes, uses, {"x", "y"}, {"product"}) == {"gate", "y"}


def test_what_can_neither_be_kept_nor_computed_is_refused():
    with pytest.raises(ValueError, match="is needed cannot be kept"):
        choose_kept({"seed": math.inf}, [], {"seed"}, {"seed"})


@pytest.mark.parametrize("batch", [BATCH, None])
@pytest.mark.parametrize(
    ("name", "units"),
    [
        ("elman", 1),  # h before; the output is kept as it is
        ("lstm", 6),  # h and c before, i, f, g and o
        ("gru", 5),  # h before, z, r, the candidate and what r multiplies
    ],
)
def test_activated_gates_are_kept_in_place_of_what_they_are_computed_from(
    name, units, batch
):
    cell = make_cell(name)
    kept = []

    def trace(projected, *states):
        values = [tf.convert_to_tensor(v.value) for v in cell.variables]
        of_step = StepGradient(Step(cell, False), [projected], list(states), values)
        kernels = of_step.kernels(values)
        kept.append(of_step.forward([projected], states, values, kernels)[2])
        return projected

    sizes = cell.state_size if isinstance(cell.state_size, list) else [cell.state_size]
    width = cell.project(tf.zeros((1, FEATURES))).shape[-1]
    like = [tf.TensorSpec((batch, size)) for size in [width, *sizes]]
    tf.function(trace, autograph=False).get_concrete_function(*like)
    assert sum(tensor.shape[-1] for tensor in kept[0]) == units * UNITS
