"""A cell that the compiled loop cannot run says so, with what it costs here."""

import re
from pathlib import Path

import pytest

from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import run
from seqtasks.training.slower_loop import slower_loop

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
PLAIN = """
import keras

class Plain(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = units

    def build(self, input_shape):
        shape = (input_shape[-1] + self.state_size, self.state_size)
        self.kernel = self.add_weight(shape=shape, name="kernel")

    def call(self, inputs, states):
        both = keras.ops.concatenate([inputs, states[0]], -1)
        h = keras.ops.tanh(keras.ops.matmul(both, self.kernel))
        return h, [h]
"""
STEP_ALONE = (
    PLAIN.replace("keras.layers.Layer", "seqtasks.Cell")
    .replace("import keras", "import keras\nimport seqtasks")
    .replace("super().__init__(**kwargs)", "super().__init__(units, **kwargs)")
    .replace("def call", "def step")
)


class Messages(Display):
    def __init__(self):
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)


def cell_of(tmp_path, text):
    path = tmp_path / "plain.py"
    path.write_text(text)
    return str(path)


def test_a_cell_without_step_is_measured_once(tmp_path):
    display = Messages()
    run(TINY, cell_of(tmp_path, PLAIN), display=display, epochs=2, optimizer="sgd")
    (sentence,) = [one for one in display.sentences if "loop" in one]
    assert sentence.startswith(
        "Plain has call(inputs, states) and no step, so that Keras' own loop runs it, "
        "here "
    )
    assert re.search(r"[\d.e-]+ against [\d.e-]+ ms for 8 steps forwards\)", sentence)
    assert sentence.endswith(
        "With call renamed to step, in a class that derives from seqtasks.Cell, the "
        "compiled loop runs it."
    )


@pytest.mark.parametrize(
    ("text", "settings"),
    [(STEP_ALONE, {}), (PLAIN, {"implementation": "keras"})],
)
def test_what_runs_compiled_or_was_asked_for_says_nothing(tmp_path, text, settings):
    experiment = Experiment.resolve(TINY, cell_of(tmp_path, text), settings=settings)
    assert slower_loop(experiment) == ""


@pytest.mark.slow
def test_a_cell_of_step_alone_runs_in_the_compiled_loop(tmp_path):
    cell = cell_of(tmp_path, STEP_ALONE)
    result = run(TINY, cell, epochs=1, optimizer="sgd")
    assert result.status == "finished"
    assert result.implementation == "compiled"
