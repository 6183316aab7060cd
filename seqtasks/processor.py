"""Processor: what a task does to new input, and how it writes the model's answer.

A processor holds what was learned from the training data apart from the weights, such
as a vocabulary or means and deviations. It is stored in a run's ``.keras`` file, so
that the model is used where the training data is not.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    import numpy as np


@dataclasses.dataclass(frozen=True)
class NewExample:
    """One example of new input, as the model takes it.

    Args:
        inputs: Inputs as ``load`` gives them, ``(time, …)``.
        name: Place within what was read, as in ``"line 3"``; empty for all of it.
        about: What :meth:`Processor.describe` needs besides, as the last time.
    """

    inputs: Any
    name: str = ""
    about: Any = None


class Processor(abc.ABC):
    """Reads new input as training data was read, and describes predictions.

    A subclass is a frozen dataclass whose fields are plain values (numbers, texts,
    tuples of them), which are stored with the model. It belongs to the task's package
    or file: a stored model may name no other class.

    Attributes:
        reads: What :meth:`read` takes, as in ``"a recording (WAV, FLAC, OGG)"``.
    """

    reads: ClassVar[str] = "nothing"

    def read(self, path: Path) -> Iterable[NewExample]:
        """The examples of a file, with the preprocessing of training.

        Raises:
            UsageError: If it cannot be read; the message names the reason.
            seqtasks.data.damage.DamagedError: If the file is damaged.
        """
        raise UsageError(f"no file can be predicted. {self.typed()}")

    def parse(self, text: str) -> NewExample:
        """The example that a text is, as a person types it.

        Raises:
            UsageError: If no example of the task is a text, or this one is none.
        """
        raise UsageError(
            f"Expected {self.reads} in place of a text: no example of this task is "
            f"typed."
        )

    def outputs(
        self, example: NewExample, model: Callable[[Any], np.ndarray]
    ) -> np.ndarray:
        """The head's outputs for an example; a subclass may call the model in a loop.

        Args:
            example: The example.
            model: Function from inputs ``(time, …)`` to outputs, ``(time, …)`` with a
                target at each step, else ``(…)``. Its ``stepper(rows)`` is that of
                :class:`seqtasks.task.Predictor`.
        """
        return model(example.inputs)

    @abc.abstractmethod
    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> Sequence[dict[str, Any]]:
        """The prediction as rows of a table: texts and numbers by column.

        A dictionary as a value is a column of its own for each of its keys in CSV.

        Args:
            example: The example.
            outputs: What :meth:`outputs` returned.
        """

    def typed(self) -> str:
        """A sentence on ``--text`` where no file can be read; may be empty."""
        return ""

    def to_data(self) -> dict[str, Any]:
        """The class's place and the fields, as JSON has them."""
        kind = type(self)
        return {
            "class": f"{kind.__module__}:{kind.__qualname__}",
            "fields": dataclasses.asdict(self),  # type: ignore[call-overload]
        }


def label_row(classes: Sequence[str], logits: np.ndarray) -> dict[str, Any]:
    """The most probable class, and the probability of each.

    Args:
        classes: The classes; empty for their numbers.
        logits: ``(classes,)``.
    """
    shares = probabilities(logits)
    names = list(classes) or [str(index) for index in range(len(shares))]
    best = int(shares.argmax())
    return {
        "label": names[best],
        "probability": float(shares[best]),
        "probabilities": dict(zip(names, map(float, shares), strict=True)),
    }


def probabilities(logits: np.ndarray) -> np.ndarray:
    """The softmax over the last axis, float64."""
    import numpy as np

    shifted = np.asarray(logits, np.float64)
    shares = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)
