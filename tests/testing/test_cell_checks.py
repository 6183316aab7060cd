import keras
import pytest
from broken_cells import behaviour, good

from seqtasks.registry import CELLS
from seqtasks.testing import cell_checks, cell_outcomes, check_cell
from seqtasks.testing import cell_gradient_checks as checks
from seqtasks.testing.cell_subject import CellSubject


def test_a_registered_cell_keeps_the_contract():
    check_cell(CELLS.entries()["elman"].load())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*CELLS.entries()} - {"elman"}))
def test_each_registered_cell_keeps_the_contract(name, monkeypatch):
    # that its loop is Keras' is what tests/recurrence/test_loops.py is about
    others = [
        c for c in cell_checks.OTHERS if c is not checks.fast_loop_equals_that_of_keras
    ]
    assert len(others) == len(cell_checks.OTHERS) - 1
    monkeypatch.setattr(cell_checks, "OTHERS", others)
    check_cell(CELLS.entries()[name].load())


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        pytest.param(good.GoodCell, {}, marks=pytest.mark.slow),
        pytest.param(
            *(good.GoodCell, {"gated": True, "activation": "relu"}),
            marks=pytest.mark.slow,
        ),
        (good.WithoutProject, {}),
        pytest.param(good.WithoutWeights, {}, marks=pytest.mark.slow),
        pytest.param(
            *(lambda units: keras.layers.LSTMCell(units, dropout=0.5), {}),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(keras.layers.GRUCell, {"reset_after": False}), marks=pytest.mark.slow
        ),
    ],
    ids=["good", "options", "without project", "without weights", "factory", "gru"],
)
def test_a_good_cell_passes(cell, options):
    check_cell(cell, **options)


def test_a_check_that_raises_is_a_failed_check():
    outcomes = {one.name: one.sentence for one in cell_outcomes(behaviour.PythonState)}
    assert outcomes["every weight gets a gradient"].startswith(
        "This could not be checked; it raised NotImplementedError: "
    )


def test_the_weights_and_the_policy_are_put_back():
    subject = CellSubject(good.GoodCell, 8, {})
    before = [weight.numpy() for weight in subject.cell.weights]
    assert checks.every_weight_gets_a_gradient(subject) is None
    assert checks.mixed_precision_keeps_its_type(subject) is None
    after = [weight.numpy() for weight in subject.cell.weights]
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    assert keras.config.dtype_policy().name == "float32"
