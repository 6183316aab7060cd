"""Generation: what a trained model makes, for a person to look at or listen to."""

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Sample
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.plan import plans_of
from seqtasks.training.settings import Settings
from seqtasks.training.trained import TrainedModel
from seqtasks.training.weights import load_weights


def sample(
    result: Result,
    store: Store,
    *,
    prompt: str = "",
    length: int = 400,
    temperature: float = 0.8,
    seed: int = 0,
) -> Sample:
    """What the model of a run generates.

    Args:
        result: The run.
        store: Where its weights are.
        prompt: What it begins with.
        length: The number of time steps to generate.
        temperature: Divides the logits: 0 takes the most likely, 1 draws as trained.
        seed: Decides the draws.

    Raises:
        UsageError: If the task has no samples, or the weights are not there.
    """
    require(length >= 1, "--length", length, "an integer of at least 1")
    require(0 <= temperature < float("inf"), "--temperature", temperature, "at least 0")
    trained, task = restore(result, store)
    if task.sample is None:
        raise UsageError(
            f"The task {result.task} does not generate; there is nothing to sample."
        )
    return task.sample(trained, prompt, length, temperature, seed)


def restore(result: Result, store: Store):
    """The trained model of a run, and its task.

    Raises:
        UsageError: If the weights are not there or are not of this model.
    """
    task_plan, cell_plan = plans_of(result)
    task = task_plan.build(result.seed)
    settings = Settings(**result.settings)
    pipeline = Pipeline(task, settings.batch_size, result.seed)
    inputs = next(iter(pipeline.evaluation("train")))[0]
    model = build_model(task, cell_plan.build, settings, inputs)
    load_weights(store.weights_path(result.run), model)
    trained = TrainedModel(model, task, pipeline, cell_plan.build, settings)
    return trained, task
