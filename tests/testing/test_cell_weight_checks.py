import pytest
from broken_cells import weights
from faults import checks_of, said

from seqtasks.testing import cell_weight_checks as checks

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
        "/kernel' has NaN or infinity. Evaluation for a square root",
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
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in said(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in CAUGHT_BY} == checks_of(checks)
