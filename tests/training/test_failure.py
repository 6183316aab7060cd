"""A run that failed has the way out in its row, where that is known."""

import contextlib
from pathlib import Path

import pytest
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.loading import innermost, reported
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.run import RunFailedError, run
from seqtasks.training.run_writer import reason_of, status_of

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
CELL = '''
import tensorflow as tf
from keras import ops

from seqtasks import Cell


class WritingCell(Cell):
    """It rounds its state by writing it down, which XLA cannot."""

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        h = ops.tanh(projected + states[0])
        written = tf.strings.to_number(tf.strings.as_string(h, precision=2))
        h = h + ops.stop_gradient(written - h)
        return h, [h]
'''


@pytest.fixture
def cell(tmp_path):
    path = tmp_path / "writing.py"
    path.write_text(CELL)
    return str(path)


def test_a_cell_that_xla_cannot_compile_is_answered_with_the_way_out(cell, tmp_path):
    store = Store(tmp_path / "results")
    sentence = (
        "Expected a cell that XLA can compile; it has no code for the operation "
        "AsString. Run with --implementation projected, which compiles nothing, or "
        "write the step with keras.ops."
    )
    with pytest.raises(RunFailedError, match="The run failed: Expected a cell that"):
        run(TINY, cell, limit=1, store=store)
    (failed,), _ = store.read()
    assert (failed.status, failed.implementation) == ("failed", "compiled")
    assert failed.reason == f"{sentence} (before the first step)"


@pytest.mark.slow
def test_the_way_out(cell):
    result = run(TINY, cell, limit=1, implementation="projected")
    assert (result.status, result.implementation) == ("finished", "projected")


def test_any_other_error_is_its_class_and_its_first_line():
    assert reason_of(MemoryError("no room\nat all")) == "MemoryError: no room"
    bare = AssertionError()
    with contextlib.suppress(AssertionError):
        raise bare
    assert reason_of(bare).startswith("AssertionError: line ")
    assert reason_of(bare).endswith(" of test_failure.py: raise bare")


def test_a_mistyped_field_of_a_task_has_the_right_one():
    with pytest.raises(UsageError) as error, reported("The task mine was not built"):
        Task(batchsize=32)
    assert "keyword argument 'batchsize'. Did you mean batch_size?" in str(error.value)
    with pytest.raises(UsageError) as error, reported("The task mine was not built"):
        Task(xyz=32)
    assert "Did you mean" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError("no room"), "out_of_memory"),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), "out_of_memory"),
        # as JAX has it, in a class that is private to it
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), "out_of_memory"),
        (ValueError("no memory of it"), "failed"),
    ],
)
def test_an_error_for_want_of_memory_has_a_status_of_its_own(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("one line\nand more", "one line"),
        ("", ""),
        # a label out of range: where the operation was defined, and last the reason
        ("Graph execution error:\n\nDetected at node loss/Sparse defined at (most "
         "recent call last):\n  File \"a.py\", line 6, in <module>\n\nReceived a label "
         "value of 7 which is outside the valid range of [0, 3).\n\t [[{{node loss}}]] "
         "[Op:__inference_1]",
         "Received a label value of 7 which is outside the valid range of [0, 3)."),
        ("Graph execution error:\n\nDetected at node a\n2 root error(s) found.\n  (0) "
         "INVALID_ARGUMENT:  indices[0] = 9 is not in [0, 4)\n\t [[a]]\n  (1) other",
         "indices[0] = 9 is not in [0, 4)"),
        ("Exception encountered when calling Dense.call().\n\n\x1b[1mInput has 2 axes, "
         "not 3.\x1b[0m\n\nArguments received by Dense.call():\n  • inputs=1",
         "Input has 2 axes, not 3."),
        ("{{function_node __wrapped__MatMul_device_/job:localhost}} Matrix size-incompa"
         "tible: In[0]: [4,8], In[1]: [5,8] [Op:MatMul] name: ",
         "Matrix size-incompatible: In[0]: [4,8], In[1]: [5,8]"),
    ],
)  # fmt: skip
def test_the_reason_is_the_innermost_line(message, line):
    assert innermost(message) == line
