import pytest
from broken_cells import behaviour, good, loops, protocol, weights
from faults import checks_of, sentence_of

from seqtasks.testing import cell_gradient_checks as checks
from seqtasks.testing.cell_subject import CellSubject
from seqtasks.testing.checking import NotApplicable

CAUGHT_BY = [
    (
        weights.SameNames,
        checks.weights_have_names_of_their_own,
        "Expected each weight to have a name of its own; 2 are named ",
    ),
    (
        weights.UnusedWeight,
        checks.every_weight_gets_a_gradient,
        "/unused' is zero. Use the weight in call",
    ),
    (
        weights.RoundedWeight,
        checks.every_weight_gets_a_gradient,
        "/kernel' is zero. Use the weight in call",
    ),
    (
        weights.Deaf,
        checks.every_weight_gets_a_gradient,
        "/kernel' is zero. Use the weight in call",
    ),
    (
        weights.GradientOfARoot,
        checks.every_weight_gets_a_gradient,
        "/kernel' has NaN or infinity. Search for a square root",
    ),
    (
        weights.DividesByTheNorm,
        checks.padding_keeps_gradients_finite,
        "Expected finite gradients when a sequence is padded with zeros;",
    ),
    (
        weights.WidensToFloat32,
        checks.mixed_precision_keeps_its_type,
        "type bfloat16 under the policy mixed_bfloat16; received float32.",
    ),
    (
        weights.NarrowWeights,
        checks.mixed_precision_keeps_its_type,
        "Expected weights of type float32 under the policy mixed_bfloat16;",
    ),
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
        "/kernel to be the change of the loss; in one direction it is ",
    ),
    (
        loops.WrongGradientInFloat32,
        checks.gradients_are_those_of_finite_differences,
        "/kernel to be the change of the loss; in one direction it is ",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in sentence_of(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in CAUGHT_BY} == checks_of(checks)


def test_a_cell_that_xla_cannot_compile_is_reported_once():
    subject = CellSubject(loops.WritesItDown, 8, {})
    found = checks.fast_loop_equals_that_of_keras(subject)
    assert found == NotApplicable("XLA does not compile the cell, as reported above")


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
