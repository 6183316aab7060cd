"""What a trained model gives: whole examples, and one time step at a time."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.task import Prediction, Split, Task
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.settings import Settings
from seqtasks.training.weights import get_weights, set_weights


class TrainedModel:
    """A model with its weights; see :class:`seqtasks.task.Predictor`.

    Args:
        model: The model.
        task: The task that it was trained on.
        pipeline: The batches of that task.
        make_cell: Gives a new cell of a number of units.
        settings: The settings that the model was built with.
    """

    def __init__(
        self,
        model: SequenceModel,
        task: Task,
        pipeline: Pipeline,
        make_cell: Callable[[int], keras.Layer],
        settings: Settings,
    ):
        self.model = model
        self._task = task
        self._pipeline = pipeline
        self._make_cell = make_cell
        self._settings = settings

    def predicted(self, split: Split) -> Iterator[Prediction]:
        """Each example of a split, in its order, with the model's predictions."""
        self.model.reset_carried_state()
        batches = self._pipeline.evaluation(split).as_numpy_iterator()
        for features, targets, weights in batches:
            predictions = self._run(features)
            for row in range(len(weights)):
                if self._task.stateful and not weights[row].any():
                    continue  # fills up the last stream
                keep = _kept(features, row)
                yield Prediction(
                    tf.nest.map_structure(
                        lambda part, row=row, keep=keep: part[row][keep],
                        features["inputs"],
                    ),
                    *(
                        part[row][keep] if self._task.return_sequences else part[row]
                        for part in (targets, weights, predictions)
                    ),
                )

    def predict(self, inputs: Any) -> np.ndarray:
        """The predictions for one example's inputs, which have no batch axis."""
        batch = {"inputs": tf.nest.map_structure(lambda part: part[None], inputs)}
        if self._pipeline.varying:
            time = len(tf.nest.flatten(inputs)[0])
            batch["mask"] = np.ones((1, time), bool)
        return self._run(batch)[0]

    def stepper(self, rows: int = 1) -> Callable[[Any], np.ndarray]:
        """A function from the inputs of one time step to the predictions after it."""
        spec = self._pipeline.examples["train"].element_spec[0]
        first = {
            "inputs": tf.nest.map_structure(
                lambda part: np.zeros(
                    (rows, 1, *part.shape[1:]), part.dtype.as_numpy_dtype
                ),
                spec,
            )
        }
        model = build_model(
            self._task, self._make_cell, self._settings, first, stateful=True
        )
        set_weights(model, get_weights(self.model))

        def step(inputs: Any) -> np.ndarray:
            return keras.ops.convert_to_numpy(
                model.predict_on_batch({"inputs": inputs})
            )

        return step

    def _run(self, features: dict[str, Any]) -> np.ndarray:
        return keras.ops.convert_to_numpy(self.model.predict_on_batch(features))


def _kept(features: dict[str, Any], row: int) -> slice:
    """The time steps of a row that are no padding, which stands at the end."""
    if "mask" not in features:
        return slice(None)
    return slice(int(np.sum(features["mask"][row])))
