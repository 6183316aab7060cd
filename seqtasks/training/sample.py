"""Generation: what a trained model makes, for a person to look at or listen to."""

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Sample, Task
from seqtasks.training.outputs import TrainedModel
from seqtasks.training.pipeline import Pipeline
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
) -> Sample:
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
        UsageError: If the task has no samples, or the weights are not there, or the
            result names code and that is not allowed.
    """
    require(length >= 1, "--length", length, "an integer of at least 1")
    require(0 <= temperature < float("inf"), "--temperature", temperature, "at least 0")
    made: list[Pipeline] = []

    def first_batch(task: Task, settings: Settings):
        made.append(Pipeline(task, settings.batch_size, result.seed))
        first, *_ = made[0].evaluation("train").take(1)
        return first[0]

    found = trained_model(result, store, first_batch, allow_code)
    if found.task.sample is None:
        raise UsageError(
            f"The task {result.task} does not generate; there is nothing to sample."
        )
    outputs = TrainedModel(
        found.model, found.task, made[0], found.make_cell, found.settings
    )
    return found.task.sample(outputs, prompt, length, temperature, seed)
