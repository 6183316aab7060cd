"""A cell's intermediate values: its own code, recorded as it runs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.analysis.recording import recording
from seqtasks.cells.gru import GRUCell
from seqtasks.cells.rhn import RHNCell
from seqtasks.loading import import_module

# what Python can do to a value on its way: each line is one way
CELL = '''
import keras
from keras import ops
from seqtasks import Cell

def squashed(x):
    inner = 2 * x
    return ops.tanh(inner)

class Base(Cell):
    def step(self, projected, states):
        (h,) = states
        return self.__mixed(projected, h)

    def __mixed(self, a, b):
        s = a + b
        s += 1
        return s, [s]

class EveryWayCell(Base):
    """Each way in which a value gets a name."""
    scale = 3

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")

    def project(self, inputs):
        assert inputs.shape[0], f"no rows of {inputs.shape[-1] + 1}"
        return ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        mixed, states = super().step(projected, states)
        left, right = ops.split(ops.concatenate([mixed, mixed], -1), 2, axis=-1)
        total: object = sum(part for part in (left, right))
        parts = [squashed(total), -total]
        match self.scale:
            case -1:
                raise ValueError
            case _:
                chosen = parts[0] if self.scale else parts[1]
        if (clipped := ops.clip(chosen, -1, 1)) is None:
            raise ValueError
        y = clipped @ ops.eye(self.units)
        return y, [y]
'''


def _recorded(cell, features=2):
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(1, features)).astype("float32")
    states = [
        keras.ops.convert_to_tensor(rng.normal(size=(1, size)).astype("float32"))
        for size in keras.tree.flatten(cell.state_size)
    ]
    expected = cell(inputs, states)
    with recording(cell) as recorder:
        recorder.start_step()
        found = cell(inputs, states)
    assert "call" not in vars(cell)
    for one, other in zip(*map(keras.tree.flatten, (expected, found)), strict=True):
        np.testing.assert_array_equal(one, other)
    return recorder


@pytest.fixture(scope="module")
def every_way(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "every_way.py"
    path.write_text(CELL)
    return path, import_module(str(path), "cells").EveryWayCell


def test_names_sources_and_kinds_of_a_gru():
    recorder = _recorded(GRUCell(3))
    found = {name: (source, kind) for name, source, kind, _ in recorder.values if name}
    assert found["projected"] == ("ops.matmul(inputs, self.kernel) + self.bias", "sum")
    assert found["product"][1] == "product"
    assert found["h_z"] == ("ops.split(product, 3, axis=-1)", "split")
    assert found["z"][1] == found["r"][1] == found["candidate"][1] == "activation"
    assert found["h"] == ("z * h + (1 - z) * candidate", "sum")
    assert recorder.state_names == ("h",)
    unnamed = [source for name, source, _, _ in recorder.values if not name]
    assert "1 - z" in unnamed
    # what was given is not computed, and a weight is not a value of the step
    assert not any(source == "states" for _, source, _, _ in recorder.values)


def test_a_name_that_comes_again_is_there_each_time():
    names = [name for name, *_ in _recorded(RHNCell(3, depth=3)).values]
    assert names.count("s") == 3


def test_every_way_in_which_a_value_gets_a_name(every_way):
    recorder = _recorded(every_way[1](3))
    found = {name: (source, kind) for name, source, kind, _ in recorder.values if name}
    assert found["projected"] == ("ops.matmul(inputs, self.kernel)", "product")
    assert found["s"] == ("s += 1", "sum")  # under super(), of two underscores
    assert found["left"][1] == found["right"][1] == "split"
    assert found["inner"] == ("2 * x", "elementwise product")  # of the file's function
    assert found["total"][0] == "sum((part for part in (left, right)))"
    assert found["chosen"] == ("ops.tanh(inner)", "activation")
    assert found["clipped"] == ("ops.clip(chosen, -1, 1)", "other")
    assert found["y"] == ("clipped @ ops.eye(self.units)", "product")
    assert recorder.state_names == ("y",)


def test_without_the_source_nothing_is_recorded(tmp_path):
    path = tmp_path / "changed.py"
    path.write_text(CELL)
    made = import_module(str(path), "cells").EveryWayCell
    path.write_text(CELL.replace("2 * x", "3 * x"))  # since it was imported
    names = {name for name, *_ in _recorded(made(3)).values}
    assert "inner" not in names
    assert "projected" in names  # whose own source is the same
    namespace = {"keras": keras}
    exec(
        "class Bare(keras.layers.SimpleRNNCell):\n"
        "    def call(self, sequence, states):\n"
        "        return super().call(sequence, states)",
        namespace,
    )
    assert _recorded(namespace["Bare"](3)).values == []


def test_a_complex_value_is_recorded_by_its_parts(tmp_path):
    from seqtasks.analysis.tracing import trace
    from seqtasks.analysis.word import word_subject

    path = tmp_path / "turning.py"
    path.write_text(
        "import tensorflow as tf\n"
        "from seqtasks.cells.elman import ElmanCell\n"
        "class TurningCell(ElmanCell):\n"
        "    def call(self, inputs, states):\n"
        "        h, _ = super().call(inputs, states)\n"
        "        turned = tf.complex(h, 0 * h) * tf.complex(0.0, 1.0)\n"
        "        h = tf.math.imag(turned)\n"
        "        return h, [h]\n"
    )
    step = trace(word_subject("ab", str(path), {}, 2, seed=0)).steps[0]
    found = {value.name: value.value for value in step.values if value.name}
    np.testing.assert_array_equal(found["turned.imag"], step.output)
    np.testing.assert_array_equal(found["turned.real"], np.zeros(2))


def test_an_error_in_the_cell_is_at_its_own_line(every_way, tmp_path):
    path = tmp_path / "failing.py"
    path.write_text(
        "from seqtasks.cells.elman import ElmanCell\n"
        "class FailingCell(ElmanCell):\n"
        "    def call(self, inputs, states):\n"
        "        return 1 / 0\n"
    )
    cell = import_module(str(path), "cells").FailingCell(2)
    cell.build((1, 2))
    inputs, states = tf.ones((1, 2)), [tf.ones((1, 2))]
    with recording(cell), pytest.raises(ZeroDivisionError) as caught:
        cell.call(inputs, states)
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1) == (str(path), 4)
    assert "call" not in vars(cell)
