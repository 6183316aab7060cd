import keras
import numpy as np
import pytest

from seqtasks.analysis.xray_jacobian import (
    chosen_steps,
    spectral_radii,
    spectral_radius,
)
from seqtasks.analysis.xray_record import Gate
from seqtasks.analysis.xray_states import (
    dimension,
    gates,
    half_way,
    idle_units,
    loss_along,
    vary,
)
from seqtasks.registry import CELLS

RNG = np.random.default_rng(0)
FREE = RNG.normal(size=(500, 4)).astype("float32")


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (FREE, (0, 0)),
        (np.concatenate([FREE, np.full((500, 2), 0.7, "float32")], axis=1), (2, 0)),
        (np.concatenate([FREE, 1 - 2 * FREE[:, :1]], axis=1), (0, 1)),
        (np.concatenate([FREE[:, :1]] * 3, axis=1), (0, 2)),
        (np.concatenate([FREE, 1e-4 * FREE[:, :1]], axis=1), (1, 0)),
        (np.full((500, 3), 0.1, "float32"), (3, 0)),
    ],
)
def test_dead_and_duplicate_units(outputs, expected):
    assert idle_units(outputs) == expected


@pytest.mark.parametrize(
    ("states", "ratio", "components"),
    [
        (RNG.normal(size=(20_000, 3)), 3.0, 3),
        (np.outer(FREE[:, 0], [1.0, 2.0, 3.0]), 1.0, 1),
        (np.zeros((50, 3)), 0.0, 0),
        (RNG.normal(size=(20_000, 2)) * [4.0, 1.0], 289 / 257, 1),
        (FREE[:, :1], 1.0, 1),
    ],
)
def test_effective_dimension(states, ratio, components):
    found, count = dimension(states)
    assert found == pytest.approx(ratio, rel=0.02)
    assert count == components


def test_outputs_near_a_bound_are_counted_only_where_there_is_one():
    bounded = np.tanh(10 * FREE)
    share = float((np.abs(bounded) > 0.97).mean())
    assert vary(bounded, bounded).saturated == pytest.approx(share)
    assert vary(FREE * 10, FREE).saturated is None


def test_the_jacobian_is_taken_at_valid_steps_after_the_first():
    valid = np.arange(9) < np.array([9, 4, 1])[:, None]
    rows, times = chosen_steps(valid, 4)
    assert valid[rows, times].all()
    assert set(times[rows == 0]) == set(range(1, 9))
    assert times[rows == 2].tolist() == [0]


def test_spectral_radii_and_their_histogram():
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])
    shift = np.array([[0.0, 5.0], [0.0, 0.0]])
    radii = spectral_radii(np.stack([turn, shift, np.eye(2)]))
    np.testing.assert_allclose(radii, [2.0, 0.0, 1.0], atol=1e-12)
    found = spectral_radius(radii, np.array([0.1, 0.5, 0.9]))
    assert (found.median, found.above) == (1.0, pytest.approx(1 / 3))
    assert sum(found.counts) == 3
    assert found.edges[-1] >= 2
    assert found.along.middle == pytest.approx([2.0, 0.0, 1.0])


def test_the_loss_counts_scored_steps_alone():
    each = np.array([[4.0, 2.0, 1.0, 0.0], [9.0, 3.0, 99.0, 99.0]])
    scored = np.array([[True] * 4, [False, True, False, False]])
    found = loss_along(each, scored, np.array([4, 2]), each_step=True)
    # the second step of two is at three quarters
    assert found.curve.at == [0.125, 0.375, 0.625, 0.875]
    assert found.curve.middle == [4.0, 2.0, 1.0, 1.5]


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([2.0, 1.5, 0.5, 0.0], 0.6),
        ([2.0, 0.5, 1.5, 0.0], 0.8),
        ([2.0, 1.95, 1.9, 1.9], None),
        ([0.0, 0.0, 1.0, 1.0], None),
        ([-1.0, -1.2, -2.0, -3.0], 0.6),
    ],
)
def test_by_where_half_of_the_loss_has_fallen(losses, expected):
    assert half_way([0.2, 0.4, 0.6, 0.8], losses) == expected


def test_gates_are_counted_by_name_as_the_cell_computes_them():
    cell = CELLS.find("gru").load()(2)
    cell.build((None, 3))
    for variable in cell.variables:
        variable.assign(np.zeros(variable.shape))
    # z of the first unit is open, of the second closed; both of r stay at a half
    cell.bias.assign([20.0, -20.0, 0.0, 0.0, 0.0, 0.0])
    zeros = np.zeros((5, 3), "float32"), [np.zeros((5, 2), "float32")]
    update, reset = gates(cell, *zeros)
    assert update == Gate("update", 0.5, 0.5, pytest.approx(0.5))
    assert reset == Gate("reset", 0.0, 0.0, 0.5)
    # the cell is as it was
    assert "gate" not in vars(cell)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("lstm", {"input", "forget", "output"}),
        ("min_gru", {"update"}),  # computed from the input alone
        ("rhn", {"transform"}),  # several layers in one step
        ("slstm", {"input", "forget", "output"}),
        ("elman", set()),
        ("keras_lstm", set()),
    ],
)
def test_the_gates_of_each_kind_of_cell(cell, names):
    cell = CELLS.find(cell).load()(4)
    cell.build((None, 3))
    sizes = keras.tree.flatten(cell.state_size)
    states = [RNG.normal(size=(9, size)).astype("float32") for size in sizes]
    found = gates(cell, RNG.normal(size=(9, 3)).astype("float32"), states)
    assert {gate.name for gate in found} == names
    for gate in found:
        assert 0 <= gate.closed <= 1 - gate.open
        assert gate.mean > 0
