"""FormProcessor: the processor of a task that states none, by the form of its data."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.data.number_table import read_cells, with_header
from seqtasks.data.numbers import NumberError, read_numbers
from seqtasks.data.text_table import TableError
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.processor import NewExample, Processor, label_row
from seqtasks.task import Task

# an array of numbers is a few megabytes
_LARGEST = 2**30


@dataclasses.dataclass(frozen=True)
class FormProcessor(Processor):
    """Reads one sequence of numbers, in the form in which ``load`` gives inputs.

    Args:
        classes: Label of each output; empty for their numbers.
        classifies: Whether the outputs are one for each class.
        logits: Whether they are logits, and not probabilities.
        each_step: Whether there is a prediction at each step.
        step_name: Name of one time step.
        shape: Shape of a step's input; empty for one number a step.
        dtype: Type of the inputs.
    """

    classes: tuple[str, ...]
    classifies: bool
    logits: bool
    each_step: bool
    step_name: str
    shape: tuple[int, ...]
    dtype: str

    reads: ClassVar[str] = (
        "a table (CSV) with one row per time step, or a NumPy array (.npy)"
    )

    def read(self, path: Path) -> Iterator[NewExample]:
        values = _array(path) if path.suffix.lower() == ".npy" else _table(path)
        width = int(np.prod(self.shape))
        if not len(values) or values.size != len(values) * width:
            raise UsageError(
                f"expected {width} number{'s' * (width != 1)} a {self.step_name}, of "
                f"the shape {self.shape}; it has the shape {values.shape}."
            )
        if np.dtype(self.dtype).kind in "iu" and (values != np.round(values)).any():
            raise UsageError("expected whole numbers; it has others.")
        yield NewExample(values.reshape(-1, *self.shape).astype(self.dtype))

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        each = outputs if self.each_step else outputs[None]  # (T, …) or (1, …)
        rows = [self._row(one) for one in each]
        if self.each_step:
            rows = [{self.step_name: t, **row} for t, row in enumerate(rows)]
        return rows

    def _row(self, output: np.ndarray) -> dict[str, Any]:
        if self.classifies:
            # the logarithm of probabilities is their logits
            logits = output if self.logits else np.log(np.maximum(output, 1e-30))
            return label_row(self.classes, logits)
        values = np.ravel(output).tolist()
        if len(values) == 1:
            return {"value": values[0]}
        names = self.classes if len(self.classes) == len(values) else ()
        return {
            names[i] if names else f"value {i}": value for i, value in enumerate(values)
        }


@dataclasses.dataclass(frozen=True)
class TypedProcessor(Processor):
    """That of a task whose labels read a typed text; it is not stored.

    Args:
        form: The processor of files.
        typed_as: The task's ``labels.read``.
    """

    form: FormProcessor
    typed_as: Callable[[str], tuple[Any, Any]]

    reads: ClassVar[str] = FormProcessor.reads

    def read(self, path: Path) -> Iterator[NewExample]:
        return self.form.read(path)

    def parse(self, text: str) -> NewExample:
        return NewExample(self.typed_as(text)[0])

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return self.form.describe(example, outputs)


def processor_of(task: Task, batch: dict[str, Any]) -> Processor | None:
    """The processor that a task states, or that its form gives.

    Args:
        task: The task.
        batch: The inputs of one batch, by name.

    Returns:
        The processor; ``None`` where the inputs are no array.
    """
    if task.processor is not None:
        return task.processor()
    inputs = batch["inputs"]
    if keras.tree.is_nested(inputs):
        return None
    loss = keras.losses.get(task.loss)
    kinds = (
        keras.losses.SparseCategoricalCrossentropy,
        keras.losses.CategoricalCrossentropy,
    )
    config = loss.get_config() if isinstance(loss, kinds) else {}
    form = FormProcessor(
        tuple(task.labels.classes),
        isinstance(loss, kinds),
        bool(config.get("from_logits", True)),
        task.return_sequences,
        task.step_name,
        tuple(int(size) for size in inputs.shape[2:]),
        keras.backend.standardize_dtype(inputs.dtype),
    )
    if task.labels.read is None:
        return form
    return TypedProcessor(form, task.labels.read)


def _array(path: Path) -> np.ndarray:
    check_readable(path, _LARGEST, "an array of one sequence")
    try:
        # mapped: a header that declares more than the file has is refused
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return np.asarray(array, np.float64)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedError(str(error).partition("\n")[0]) from None


def _table(path: Path) -> np.ndarray:
    try:
        table, _ = with_header(read_cells(path))
        numbers, words = read_numbers(table, "auto", [], required=True)
    except TableError as error:
        raise DamagedError(str(error)) from None
    except NumberError as error:
        raise DamagedError(
            f"line {error.line}, column {error.column}: {error.cell[:20]!r} is no "
            f"number"
        ) from None
    if numbers.isna().to_numpy().any() or len(words):
        raise DamagedError("a cell of it is no number")
    return numbers.to_numpy(np.float64)
