"""Whether two cells are one function, given the same weights."""

import pytest

from seqtasks.analysis.same_function import same_function

LECTURE = """
import keras
from seqtasks import Cell

class Lecture(Cell):
    def build(self, input_shape):
        shape = (input_shape[-1] + self.units, self.units)
        self.kernel = self.add_weight(shape=shape, name="kernel")
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def step(self, inputs, states):
        (h,) = states
        both = keras.ops.concatenate([inputs, h], axis=-1)
        h = keras.ops.tanh(keras.ops.matmul(both, self.kernel) + self.bias)
        return h, [h]
"""
WIDE = LECTURE.replace("return h, [h]", "return both[:, -8:], [h]").replace(
    "    def build",
    "    output_size = 8\n\n    def __init__(self, units):\n"
    "        super().__init__(units)\n        self.output_size = 2 * units\n\n"
    "    def build",
)

SLOW = pytest.mark.slow


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Five letters in place of eleven, two of them alike."""
    monkeypatch.setattr("seqtasks.analysis.same_function._TEXT", "abcab")


def compared(tmp_path, text, against="elman", **options):
    path = tmp_path / "lecture.py"
    path.write_text(text)
    return same_function(str(path), options, against)


def test_the_lectures_cell_is_the_elman_cell(tmp_path):
    same, lines = compared(tmp_path, LECTURE)
    assert same
    assert lines == [
        "elman was given the weights of Lecture: kernel = kernel, bias = bias.",
        "Lecture and elman are the same function, given the same weights: outputs and "
        "states of 4 steps are equal to rounding.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # a bias that begins at zero hides nothing
        pytest.param("+ self.bias", "- self.bias", "h of step 0 ", marks=SLOW),
        ("[inputs, h]", "[inputs, h * h]", "both of step 1 "),
        pytest.param(
            "return h, [h]", "return 2 * h, [h]", "h_t of step 0 ", marks=SLOW
        ),
    ],
)
def test_a_difference_is_named_with_step_quantity_and_size(tmp_path, old, new, found):
    assert old in LECTURE
    same, lines = compared(tmp_path, LECTURE.replace(old, new))
    assert not same
    assert "Lecture and elman are not the same function: they differ first" in lines[-1]
    assert f"{found}(of 0 to 3), by up to " in lines[-1]
    assert "`seqtasks trace machine --cell " in lines[-1]


def test_a_weight_without_a_counterpart_is_named(tmp_path):
    without = LECTURE.replace(" + self.bias", "")
    start = without.index("        self.bias")
    without = without[:start] + without[without.index("\n\n    def step") :]
    same, lines = compared(tmp_path, without)
    assert same
    assert "as long as bias of elman has its initial value" in lines[-1]


def test_outputs_of_other_widths_are_no_one_function(tmp_path):
    same, (line,) = compared(tmp_path, WIDE)
    assert not same
    assert line == (
        "Lecture and elman are not the same function: with 4 units the output of "
        "Lecture is 8 wide, that of elman 4."
    )


def test_cells_without_a_weight_in_common_are_not_compared(tmp_path):
    text = LECTURE.replace("shape=shape", "shape=(3, 5)").replace(
        "shape=(self.units,)", "shape=(7,)"
    )
    text = text.replace(
        "keras.ops.matmul(both, self.kernel) + self.bias", "both[:, :4]"
    )
    same, (line,) = compared(tmp_path, text)
    assert not same
    assert line == (
        "Lecture and elman were not compared, as they cannot be given the same "
        "weights: none of elman (kernel (7, 4), bias (4,)) has the shape of one of "
        "Lecture (kernel (3, 5), bias (7,)). Compare with a cell of the same weights."
    )
