"""Gates by name: a removed one is a constant, and its weights are not counted."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from transcription import BATCH, FEATURES, UNITS, built, normal, random_states

from seqtasks.cells.base import Cell
from seqtasks.cells.cfc import CfCCell
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.cells.rhn import RHNCell
from seqtasks.cells.slstm import SLSTMCell
from seqtasks.cells.unused_params import unused_params
from seqtasks.recurrence.rnn import RNN
from seqtasks.registry import CELLS
from seqtasks.training.experiment import find_cell

F, H = FEATURES, UNITS

# A gate whose bias is so large is open, or closed with the other sign.
OPEN = 1e4

# cell, its options, gate, the weight with the gate's bias, block of it, value of the
# bias that removes the gate, number of weights that then nothing depends on
BLOCK = F * H + H * H + H
REMOVED = [
    ("lstm", {}, "input", "bias", 0, OPEN, BLOCK),
    ("lstm", {}, "forget", "bias", 1, OPEN, BLOCK),
    ("lstm", {}, "output", "bias", 3, OPEN, BLOCK),
    ("gru", {}, "update", "bias", 0, -OPEN, BLOCK),
    ("gru", {}, "reset", "bias", 1, OPEN, BLOCK),
    ("gru", {"reset_after": False}, "update", "bias", 0, -OPEN, BLOCK),
    ("gru", {"reset_after": False}, "reset", "bias", 1, OPEN, BLOCK),
    ("peephole_lstm", {}, "input", "bias", 0, OPEN, BLOCK + H),
    ("peephole_lstm", {}, "forget", "bias", 1, OPEN, BLOCK + H),
    ("peephole_lstm", {}, "output", "bias", 3, OPEN, BLOCK + H),
    # the kernels of a gate still move the mean and deviation of the others' sums
    ("layer_norm_lstm", {}, "forget", "bias", 0, OPEN, 3 * H),
    ("layer_norm_lstm", {}, "input", "bias", 1, OPEN, 3 * H),
    ("layer_norm_lstm", {}, "output", "bias", 2, OPEN, 3 * H),
    ("slstm", {}, "forget", "bias", 1, OPEN, BLOCK),
    ("slstm", {}, "output", "bias", 3, OPEN, BLOCK),
    ("janet", {}, "forget", "bias", 0, -OPEN, BLOCK),
    ("ugrnn", {}, "update", "bias", 1, -OPEN, BLOCK),
    ("rhn", {"depth": 1}, "transform", "bias_1", 1, OPEN, BLOCK),
    ("rhn", {"depth": 1, "coupled": False}, "carry", "bias_1", 2, OPEN, BLOCK),
    # its bias is no trainable weight any more
    ("fast_grnn", {}, "update", "gate_bias", 0, -OPEN, 0),
    ("lem", {}, "memory step", "bias", 0, OPEN, BLOCK),
    ("lem", {}, "output step", "bias", 1, OPEN, BLOCK),
    # of three heads over a backbone of 5 units one is left
    ("cfc", {"backbone_units": 5}, "time", "heads_bias", 0, -OPEN, 2 * (5 * H + H)),
    ("min_gru", {}, "update", "bias", 0, OPEN, F * H + H),
    ("min_lstm", {}, "forget", "bias", 0, OPEN, F * H + H),
    ("min_lstm", {}, "input", "bias", 1, OPEN, F * H + H),
    ("rg_lru", {}, "recurrence", "gate_bias", 0, OPEN, H * H + H),
    ("rg_lru", {}, "input", "gate_bias", 1, OPEN, H * H + H),
]


def _three_steps(cell):
    rng = np.random.default_rng(2)
    states, outputs = random_states(cell, rng), []
    for x in normal(rng, 3, BATCH, FEATURES):
        output, states = cell(x, states)
        outputs.append(output)
    return np.array(keras.ops.stack(outputs))


@pytest.mark.parametrize(
    ("name", "options", "gate", "weight", "block", "value", "unused"), REMOVED
)
def test_without_a_gate_a_cell_is_the_whole_one_with_it_forced(
    name, options, gate, weight, block, value, unused
):
    cell_class = CELLS.find(name).load()
    whole = built(cell_class(UNITS, **options))
    bias = next(w for w in whole.weights if w.name == weight)
    forced = np.array(bias)
    forced[block * H : (block + 1) * H] = value
    bias.assign(forced)
    cell = built(cell_class(UNITS, without=gate, **options))
    for w in cell.weights:  # by name: a weight that is not trained has another place
        w.assign(next(one for one in whole.weights if one.name == w.name))
    difference = np.abs(_three_steps(cell) - _three_steps(whole)).max()
    assert difference < 1e-5
    assert unused_params(cell) == unused
    assert unused_params(whole) == 0


def test_the_exponential_input_gate_of_slstm_is_one_where_it_is_removed():
    whole, cell = built(SLSTMCell(H)), built(SLSTMCell(H, without="input"))
    for weight in whole.weights:
        value = np.array(weight)
        value[..., :H] = 0.0  # exp(0)
        weight.assign(value)
    np.testing.assert_allclose(_three_steps(cell), _three_steps(whole), atol=1e-6)
    assert unused_params(cell) == BLOCK


def test_every_gate_of_every_registered_cell_is_in_the_table():
    listed = {(name, gate) for name, _, gate, *_ in REMOVED} | {("slstm", "input")}
    found = set()
    for name in CELLS.entries():
        cell_class = CELLS.find(name).load()
        for variable, (gate, _) in getattr(cell_class, "gates", {}).items():
            found.add((name, gate))
            methods = (cell_class.step, cell_class.project)
            methods += (getattr(cell_class, "coefficients", cell_class.step),)
            names = {n for method in methods for n in method.__code__.co_varnames}
            assert variable in names, f"{name} has no variable {variable}"
    assert found == listed


def test_a_removed_gate_stands_in_the_configuration_and_a_whole_cell_has_none():
    assert "without" not in GRUCell(2).get_config()
    again = GRUCell.from_config(GRUCell(2, without="reset").get_config())
    assert again.without == "reset"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: GRUCell(2, without="forget"),
            r"without must be a gate of GRUCell \(update, reset\); received 'forget'",
        ),
        (
            lambda: CELLS.find("elman").load()(2, without="reset"),
            r"ElmanCell \(it names none\); received 'reset'",
        ),
        (
            lambda: RHNCell(2, without="carry"),
            "Set coupled=False for one of its own",
        ),
    ],
)
def test_a_gate_that_cannot_be_removed_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_a_gate_that_is_not_named_is_refused():
    class Unnamed(LSTMCell):
        gates = {"i": ("input", 1.0)}  # noqa: RUF012

    cell = Unnamed(2)
    with pytest.raises(ValueError, match=r"gate 'f', which its gates \(i\) do not"):
        cell(np.ones((1, 3), "float32"), cell.get_initial_state(1))


class _Loops:
    """Output and gradients of a recurrent layer, by an implementation."""

    def __init__(self, make, implementation):
        self.cell = make()
        layer = RNN(self.cell, return_sequences=True, implementation=implementation)
        rng = np.random.default_rng(3)
        inputs = tf.constant(normal(rng, 2, 4, FEATURES))
        layer(inputs)
        self.cell.set_weights([normal(rng, *w.shape) for w in self.cell.weights])

        @tf.function
        def run():
            with tf.GradientTape() as tape:
                outputs = layer(inputs, training=True)
                total = tf.reduce_sum(tf.sin(outputs))
            weights = self.cell.trainable_variables
            return outputs, tape.gradient(total, [w.value for w in weights])

        self.outputs, self.gradients = run()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "implementation"),
    [
        pytest.param(lambda: GRUCell(H, without="update"), "compiled"),
        pytest.param(lambda: CfCCell(H, backbone_units=5, without="time"), "compiled"),
        pytest.param(
            lambda: CELLS.find("fast_grnn").load()(H, without="update"),
            "compiled",
        ),
        (lambda: CELLS.find("min_gru").load()(H, without="update"), "scan"),
    ],
)
def test_a_removed_gate_is_the_same_in_every_loop(make, implementation):
    fast, plain = _Loops(make, implementation), _Loops(make, "keras")
    np.testing.assert_allclose(fast.outputs, plain.outputs, atol=1e-5)
    unused = 0
    for one, other in zip(fast.gradients, plain.gradients, strict=True):
        one, other = tf.convert_to_tensor(one), tf.convert_to_tensor(other)
        np.testing.assert_allclose(one, other, atol=1e-4)
        unused += int(np.sum(np.array(one) == 0))
    assert unused == unused_params(fast.cell)


def test_the_base_class_names_no_gate():
    assert Cell.gates == {}


def test_a_whole_cell_of_ones_own_has_no_option_of_gates(tmp_path):
    path = tmp_path / "own.py"
    path.write_text("from seqtasks import Cell\nclass Own(Cell):\n    pass\n")
    assert find_cell(str(path), {})[1] == {}
    assert find_cell(str(path), {"without": "reset"})[1] == {"without": "reset"}
