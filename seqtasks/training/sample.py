"""Generation: a trained model, run one time step at a time."""

from typing import Any

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.settings import Settings
from seqtasks.training.trained import trained_model


def sample(
    result: Result,
    store: Store,
    *,
    prompt: str = "",
    length: int = 400,
    temperature: float = 0.8,
    seed: int = 0,
    allow_code: bool = False,
) -> Any:
    """What the model of a run generates.

    Args:
        result: The run.
        store: Where its weights are.
        prompt: What it begins with.
        length: The number of time steps to generate.
        temperature: Divides the logits: 0 takes the most likely, 1 draws as trained.
        seed: Decides the draws.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the task does not generate, or the weights are not there, or the
            result names code and that is not allowed.
    """
    require(length >= 1, "--length", length, "an integer of at least 1")
    require(0 <= temperature < float("inf"), "--temperature", temperature, "at least 0")
    trained = trained_model(result, store, _one_step, allow_code)
    task, model = trained.task, trained.model
    if task.sample is None:
        raise UsageError(
            f"The task {result.task} does not generate; there is nothing to sample."
        )

    def next_step(inputs):
        return keras.ops.convert_to_numpy(model.predict_on_batch({"inputs": inputs}))

    return task.sample(next_step, prompt, length, temperature, seed)


def _one_step(task: Task, settings: Settings) -> dict[str, Any]:
    inputs = next(task.load("train").take(1).as_numpy_iterator())[0]
    return {"inputs": np.zeros_like(inputs[None, :1])}
