"""Generation: a trained model, run one time step at a time."""

from typing import Any

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.model import build_model
from seqtasks.training.plan import plans_of
from seqtasks.training.settings import Settings
from seqtasks.training.weights import load_weights


def sample(
    result: Result,
    store: Store,
    *,
    prompt: str = "",
    length: int = 400,
    temperature: float = 0.8,
    seed: int = 0,
) -> Any:
    """What the model of a run generates.

    Args:
        result: The run.
        store: Where its weights are.
        prompt: What it begins with.
        length: The number of time steps to generate.
        temperature: Divides the logits: 0 takes the most likely, 1 draws as trained.
        seed: Decides the draws.

    Raises:
        UsageError: If the task does not generate, or the weights are not there.
    """
    require(length >= 1, "--length", length, "an integer of at least 1")
    require(0 <= temperature < float("inf"), "--temperature", temperature, "at least 0")
    task_plan, cell_plan = plans_of(result)
    task = task_plan.build(result.seed)
    if task.sample is None:
        raise UsageError(
            f"The task {result.task} does not generate; there is nothing to sample."
        )
    inputs = next(task.load("train").take(1).as_numpy_iterator())[0]
    one_step = {"inputs": np.zeros_like(inputs[None, :1])}
    model = build_model(task, cell_plan.build, Settings(**result.settings), one_step)
    load_weights(store.weights_path(result.run), model)
    model.reset_carried_state()

    def next_step(inputs):
        return keras.ops.convert_to_numpy(model.predict_on_batch({"inputs": inputs}))

    return task.sample(next_step, prompt, length, temperature, seed)
