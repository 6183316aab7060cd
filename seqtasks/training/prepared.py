"""Prepared: everything of a run that is decided before its first training step."""

import dataclasses
import math
from typing import Any

import keras

from seqtasks.task import Floor, Task
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.plan import CellPlan, TaskPlan
from seqtasks.training.settings import Settings
from seqtasks.training.trained import TrainedModel


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A run that can start.

    Args:
        task_plan: The task's function and options.
        cell_plan: The cell's class and options.
        settings: Resolved settings.
        seed: The random seed.
        task: The task.
        pipeline: Its batches.
        model: The compiled model.
        floors: What methods without a recurrent state reach.
    """

    task_plan: TaskPlan
    cell_plan: CellPlan
    settings: Settings
    seed: int
    task: Task
    pipeline: Pipeline
    model: SequenceModel
    floors: tuple[Floor, ...]

    @property
    def num_params(self) -> int:
        """The number of trainable parameters of the whole model."""
        return sum(math.prod(v.shape) for v in self.model.trainable_variables)

    @property
    def trained(self) -> TrainedModel:
        """The model as its task sees it."""
        return TrainedModel(
            self.model, self.task, self.pipeline, self.cell_plan.build, self.settings
        )

    @property
    def configuration(self) -> dict[str, Any]:
        """All that was chosen, by anyone, in the words of the command line."""
        settings = dataclasses.asdict(self.settings)
        limit = settings.pop("limit")
        return {
            "task": self.task_plan.entry.name,
            "options": self.task_plan.options,
            "cell": self.cell_plan.entry.name,
            "cell_options": self.cell_plan.options,
            "settings": settings,
            "limit": limit,
            "seed": self.seed,
            "num_params": self.num_params,
        }


def prepare(
    task_plan: TaskPlan,
    task: Task,
    cell_plan: CellPlan,
    settings: Settings,
    seed: int,
) -> Prepared:
    """Reads the data, builds and compiles the model, computes the floors.

    Args:
        task_plan: The task's function and options.
        task: What it gave, built after seeding.
        cell_plan: The cell's class and options.
        settings: Resolved settings.
        seed: The random seed.
    """
    pipeline = Pipeline(task, settings.batch_size, seed, settings.limit)
    check_not_empty(pipeline)
    inputs = next(iter(pipeline.train(0)))[0]
    model = build_model(task, cell_plan.build, settings, inputs)
    compile_model(
        model, task, make_optimizer(settings, settings.epochs * pipeline.steps)
    )
    return Prepared(
        task_plan, cell_plan, settings, seed, task, pipeline, model, task.floors()
    )


def compile_model(
    model: SequenceModel, task: Task, optimizer: keras.optimizers.Optimizer
) -> None:
    """Compiles with the task's loss and metrics, all of them weighted.

    The loss is divided by the sum of the weights: Keras' default divides by their
    number, by which padding would shrink the loss and its gradient.
    """
    loss = keras.losses.get(task.loss)
    loss.reduction = "mean_with_sample_weight"
    model.compile(optimizer=optimizer, loss=loss, weighted_metrics=list(task.metrics))
