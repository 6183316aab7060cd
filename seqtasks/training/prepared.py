"""Prepared: everything of a run that is decided before its first training step."""

import dataclasses
import math
from typing import Any

import keras

from seqtasks.task import Baseline, Task
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.outputs import TrainedModel
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.plan import CellPlan, TaskPlan
from seqtasks.training.settings import Settings


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
        baselines: What methods without a recurrent state reach.
        rerun_of: The stored run that this one repeats; empty for none.
    """

    task_plan: TaskPlan
    cell_plan: CellPlan
    settings: Settings
    seed: int
    task: Task
    pipeline: Pipeline
    model: SequenceModel
    baselines: tuple[Baseline, ...]
    rerun_of: str = ""

    @property
    def num_params(self) -> int:
        """The number of trainable parameters of the whole model."""
        return sum(math.prod(v.shape) for v in self.model.trainable_variables)

    @property
    def outputs(self) -> TrainedModel:
        """What the model gives, as its task sees it."""
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
    """Reads the data, builds and compiles the model, computes the baselines.

    Args:
        task_plan: The task's function and options.
        task: What it gave, built after seeding.
        cell_plan: The cell's class and options.
        settings: Resolved settings.
        seed: The random seed.
    """
    pipeline = Pipeline(
        task, settings.batch_size, seed, settings.limit, settings.memory_budget
    )
    check_not_empty(pipeline)
    inputs = next(iter(pipeline.train(0)))[0]
    model = build_model(task, cell_plan.build, settings, inputs, seed)
    steps = None if settings.epochs is None else settings.epochs * pipeline.steps
    compile_model(model, task, make_optimizer(settings, steps))
    baselines = task.baselines()
    # a cell has drawn as many random numbers as it liked; training starts even
    keras.utils.set_random_seed(seed)
    return Prepared(
        task_plan, cell_plan, settings, seed, task, pipeline, model, baselines
    )


def without_model(
    task_plan: TaskPlan,
    task: Task,
    cell_plan: CellPlan,
    settings: Settings,
    seed: int,
) -> Prepared:
    """A run whose model there was no memory for, so that it has a row all the same."""
    pipeline = Pipeline(
        task, settings.batch_size, seed, settings.limit, settings.memory_budget
    )
    none = SequenceModel(None, [], None, task.return_sequences)
    return Prepared(
        task_plan, cell_plan, settings, seed, task, pipeline, none, task.baselines()
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
