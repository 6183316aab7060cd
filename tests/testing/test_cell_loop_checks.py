import pytest
from broken_cells import behaviour, good, loops, protocol
from faults import checks_of, said

from seqtasks.testing import cell_loop_checks as checks
from seqtasks.testing.cell_subject import CellSubject

CAUGHT_BY = [
    (
        loops.WritesItDown,
        checks.compiles_with_xla,
        "or run the cell with --implementation projected, which compiles nothing.",
    ),
    (
        behaviour.EagerOnly,
        checks.compiles_with_xla,
        "Expected XLA to compute what the cell computes eagerly; the largest "
        "difference is 1. Use keras.ops on the tensors",
    ),
    (
        protocol.CallIsAnother,
        checks.fast_loop_equals_that_of_keras,
        "Expected the outputs in a compiled model of seqtasks.RNN(cell) to be those",
    ),
    (
        loops.GradientOfCallIsAnother,
        checks.fast_loop_equals_that_of_keras,
        "kernel in a compiled model of seqtasks.RNN(cell) to be that of",
    ),
    (
        loops.WrongGradient,
        checks.gradients_are_those_of_finite_differences,
        "/kernel to tell how the loss changes; in one direction it tells ",
    ),
    (
        loops.WrongGradientInFloat32,
        checks.gradients_are_those_of_finite_differences,
        "/kernel to tell how the loss changes; in one direction it tells ",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in said(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in CAUGHT_BY} == checks_of(checks)


def test_a_cell_that_xla_cannot_compile_is_told_once():
    subject = CellSubject(loops.WritesItDown, 8, {})
    assert checks.fast_loop_equals_that_of_keras(subject) is None


def test_a_cell_that_cannot_be_in_float64_is_measured_in_float32():
    subject = CellSubject(loops.OnlyFloat32, 8, {})
    assert checks.gradients_are_those_of_finite_differences(subject) is None


def test_weights_inputs_and_states_are_all_probed():
    model = CellSubject(good.GoodCell, 8, {}).model
    subject = CellSubject(good.GoodCell, 8, {})
    gradients = model.gradients(subject.inputs, checks.whole_mask(), subject.targets)
    assert [name.rpartition("/")[2] for name in gradients] == [
        *("kernel", "recurrent_kernel", "the_inputs", "initial_state_0")
    ]
    shapes = [gradient.shape for gradient in gradients.values()]
    assert shapes == [(5, 8), (8, 8), (4, 6, 5), (4, 8)]
    assert all(gradient.any() for gradient in gradients.values())
