"""Exercise 9: her own cell beside elman, with the same weights."""

import pytest

from seqtasks.course import own_cell
from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.own_cell import OWN_CELL
from seqtasks.course.student import Student
from seqtasks.store import Store

ADA = Student("Ada")

CELL = '''
import keras

from seqtasks import Cell, recurrent_matmul


class MyCell(Cell):
    """Hers."""

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], self.units), name="W")
        self.U = self.add_weight(shape=(self.units, self.units), name="U")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def project(self, inputs):
        return keras.ops.matmul(inputs, self.W) + self.b

    def step(self, projected, states):
        (h,) = states
        h = keras.ops.PHI(projected + recurrent_matmul(h, self.U))
        return h, [h]
'''


def verdict(path):
    try:
        return OWN_CELL.check(Answer(str(path), ADA, Store(path.parent)))
    except WrongAnswer as wrong:
        return f"✗ {wrong}"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("", "", "MyCell computes what elman does with the activation "),
        ("ops.PHI", "ops.cos", "✗ with the same weights the output of step 1 differs"),
        ("ops.PHI", "ops.OTHER", "Its activation is "),
        (" + self.b", " + 0 * self.b", "In it the bias b is not added."),
        ("self.U))", "self.U) * 0)", "In it h_{t-1} U is not added."),
        ("recurrent_matmul(h, self.U)", "h @ keras.ops.transpose(self.U)", "U is tra"),
        ("h = keras.ops.PHI", "h = 0.5 * h + 0.5 * keras.ops.PHI", "It still leaks"),
        ("h, [h]", "h, [h * 0]", "✗ with the same weights the state of step 1 differs"),
        ("h, [h]", "h, [h, h]", "✗ expected one state; a step of MyCell"),
        ("shape=(self.units,)", "shape=(1, self.units)", "(units,), once each; MyCell"),
        ("(h,) = st", "h, c = st", "fails: ValueError: not enough values to unpack"),
        ("import keras\n", "import nothing_such\n", "nothing_such"),
        ("class MyCell(Cell)", "class MyCell", "✗ "),
    ],
)
def test_her_cell_and_its_mistakes(old, new, sentence, tmp_path):
    right = own_cell._activation(ADA)
    other = "sigmoid" if right != "sigmoid" else "tanh"
    text = CELL.replace(old, new, 1) if old else CELL
    text = text.replace("ops.OTHER", f"ops.{other}").replace("ops.PHI", f"ops.{right}")
    path = tmp_path / "my_cell.py"
    path.write_text(text, encoding="utf-8")
    assert sentence in verdict(path)


def test_what_is_no_cell(tmp_path):
    assert "✗ expected the file of a cell" in verdict(tmp_path / "cell.txt")
    assert "there is no file" in verdict(tmp_path / "cell.py")
