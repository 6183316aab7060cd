"""The contract of a task: what a runner, a cell and a reader of results rely on."""

from collections.abc import Callable, Iterator
from typing import Any

from seqtasks.testing import (
    task_data_checks,
    task_declaration_checks,
    task_head_checks,
    task_model_checks,
)
from seqtasks.testing.checking import Outcome, raise_if_any_failed, run_checks
from seqtasks.testing.task_subject import TaskSubject

REQUIRED = (
    task_declaration_checks.options_have_defaults,
    task_declaration_checks.returns_a_task,
    task_data_checks.examples_can_be_read,
    task_data_checks.shapes_are_static,
)

# the name of the first check after which examples are there
READABLE = task_data_checks.shapes_are_static.__name__.replace("_", " ")

OTHERS = (
    task_declaration_checks.works_without_a_network,
    task_declaration_checks.an_unknown_dataset_is_refused,
    task_declaration_checks.version_counts_from_one,
    task_declaration_checks.metrics_are_declared,
    task_declaration_checks.source_is_named,
    task_declaration_checks.baselines_are_finite,
    task_declaration_checks.optimum_is_the_best,
    task_declaration_checks.published_values_can_be_repeated,
    task_declaration_checks.conversions_are_exact,
    task_declaration_checks.horizon_can_be_searched,
    task_declaration_checks.search_can_be_made,
    task_declaration_checks.an_example_can_be_read,
    task_data_checks.values_are_finite,
    task_data_checks.examples_are_the_same_each_time,
    task_data_checks.splits_do_not_overlap,
    task_data_checks.examples_are_not_repeated,
    task_data_checks.classes_are_spread_over_the_splits,
    task_data_checks.groups_are_of_the_examples,
    task_model_checks.encoder_gives_features,
    task_head_checks.head_fits_the_targets,
    task_head_checks.head_gives_what_the_loss_expects,
    task_model_checks.loss_is_finite,
    task_model_checks.metrics_are_finite,
    task_model_checks.predictions_do_not_see_later_inputs,
    task_model_checks.padding_changes_no_score,
    task_model_checks.scores_are_declared,
    task_model_checks.a_sample_can_be_made,
)


def task_outcomes(
    task: Callable[..., Any], /, max_examples: int | None = None, **options: Any
) -> Iterator[Outcome]:
    """Runs the checks of a task one by one, with the arguments of :func:`check_task`.

    Yields:
        The name of each check and, if it failed, its sentence. Keras' global random
        seed is set on the way.

    Raises:
        UsageError: If an option that was given is refused by the task.
        DataUnavailableError: If the data that was asked for is not there.
    """
    yield from subject_outcomes(TaskSubject(task, options, max_examples))


def subject_outcomes(subject: TaskSubject) -> Iterator[Outcome]:
    """Runs the checks of a task that is built and read once, for other uses too.

    Args:
        subject: The task.

    Yields:
        See :func:`task_outcomes`.
    """
    yield from run_checks(subject, REQUIRED, OTHERS)


def check_task(
    task: Callable[..., Any], /, max_examples: int | None = None, **options: Any
) -> None:
    """Checks that a task keeps the contract that every cell and run relies on.

    Args:
        task: Function of the task.
        max_examples: Number of examples of each split that are read, ``None`` for all;
            with a number, baselines are not computed.
        **options: Values of its options.

    Raises:
        CheckError: If a check failed; the message holds the sentence of each.
        UsageError: If an option that was given is refused by the task.
        DataUnavailableError: If the data that was asked for is not there.
    """
    name = getattr(task, "__name__", type(task).__name__)
    raise_if_any_failed(name, task_outcomes(task, max_examples, **options))
