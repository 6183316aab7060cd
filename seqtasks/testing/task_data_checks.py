"""Checks of a task's examples: shapes, values, order, and what the splits share."""

import contextlib
import io
import itertools
import math

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS
from seqtasks.testing.checking import NotApplicable, raised
from seqtasks.testing.task_subject import TaskSubject, digest, examples_of, leaves

# A table of the training examples would gain at most this share on the other split:
# less than what another random seed changes. Drawn discrete inputs may coincide; inputs
# that are real numbers never do, so for these nothing is tolerated.
TOLERATED_OVERLAP = 0.01
TOLERATED_REPETITION = 0.05
# Splits by speaker, song or place differ in their classes by more than chance; a tail
# of a table that is sorted by class differs by nearly 1.
TOLERATED_DISTANCE = 0.25
COMPARED = 512  # examples of each split that are read a second and a third time


def examples_can_be_read(subject: TaskSubject) -> str | None:
    """Each split gives examples ``(inputs, targets)`` or with weights."""
    try:
        splits = subject.datasets
    except UsageError as error:
        return str(error)
    for split in splits:
        try:
            count = len(subject.examples[split].whole)
        except Exception as error:
            return f"Expected to read the split {split}; that raised {raised(error)}."
        if not count:
            return (
                f"Expected at least one example in each split; {split} has none. Give "
                f"it a share of the data."
            )
    return None


def shapes_are_static(subject: TaskSubject) -> str | None:
    """All lengths but that of time are known before an example is read."""
    specs = [data.element_spec for data in subject.datasets.values()]
    for split, spec in zip(SPLITS, specs, strict=True):
        for what, part in zip(("inputs", "targets", "weights"), spec, strict=False):
            for tensor in tf.nest.flatten(part):
                shape = tensor.shape
                if shape.rank is None or None in shape[1:]:
                    return (
                        f"Expected {what} of {split} with every length but the first, "
                        f"time, known; received the shape {shape}. Call "
                        f"set_shape, or pad in load."
                    )
        time = tf.nest.flatten(spec[0])[0].shape[0]
        if subject.task.return_sequences:
            for tensor in tf.nest.flatten(spec[1]):
                if tensor.shape.rank < 1 or tensor.shape[0] != time:
                    return (
                        f"Expected a target at each of the {time} time steps, as "
                        f"return_sequences requires; received targets of shape "
                        f"{tensor.shape}. Make the two agree."
                    )
        if len(spec) == 3:
            expected = [time] if subject.task.return_sequences else []
            if spec[2].shape.as_list() != expected:
                return (
                    f"Expected weights of {split} of the shape {tuple(expected)}; "
                    f"received {spec[2].shape}. Give one weight for each target."
                )
    if len({str(spec) for spec in specs}) > 1:
        return (
            f"Expected the same types and shapes in each split; received "
            f"{'; '.join(str(spec) for spec in specs)}."
        )
    return None


def values_are_finite(subject: TaskSubject) -> str | None:
    """No example holds NaN or infinity; weights are at least 0, not all of them 0."""
    for split, examples in subject.examples.items():
        if examples.not_finite is not None:
            return (
                f"Expected finite numbers; example {examples.not_finite} of {split} "
                f"holds NaN or infinity. Fill gaps, and give them the weight 0."
            )
        if examples.bad_weights is not None:
            index, weights = examples.bad_weights
            return (
                f"Expected weights of at least 0, one of them above 0; received "
                f"{weights} in example {index} of {split}. Leave out an example "
                f"without any target."
            )
    return None


def examples_are_the_same_each_time(subject: TaskSubject) -> str | None:
    """Reading again, or making the task after another seed, changes no example."""
    with contextlib.redirect_stderr(io.StringIO()):  # its notices were printed once
        other = subject.build(seed=1)
        of_other = {split: other.load(split) for split in SPLITS}
    count = min(COMPARED, subject.max_examples or COMPARED)
    for split in SPLITS:
        first = subject.examples[split].whole[:count]
        for data, what, remedy in (
            (
                subject.datasets[split],
                "when it is read a second time",
                "Do not shuffle in load: the runner does.",
            ),
            (
                of_other[split],
                "when the task is made again after another random seed",
                "Draw from np.random.default_rng([seed, split]) with a seed that is an "
                "option, not from the global generators.",
            ),
        ):
            again = [digest(example) for example in examples_of(data.take(count))]
            if again != first:
                return (
                    f"Expected the same examples in the same order each time; {split} "
                    f"changes {what}. {remedy}"
                )
    return None


def splits_do_not_overlap(subject: TaskSubject) -> str | None:
    """No inputs of one split are inputs of another."""
    tolerated = 0.0 if _continuous(subject) else TOLERATED_OVERLAP
    for one, other in itertools.combinations(SPLITS, 2):
        known = set(subject.examples[one].inputs)
        inputs = subject.examples[other].inputs
        shared = sum(digest in known for digest in inputs)
        if shared > tolerated * len(inputs):
            return (
                f"Expected no inputs of {other} to be inputs of {one} too; "
                f"{shared} of {len(inputs)} are. Cut the data into splits first, and "
                f"make windows, copies and noise of each split afterwards. If they "
                f"differ in your data, they are read alike, as rare words are."
            )
    return None


def examples_are_not_repeated(subject: TaskSubject) -> str | None:
    """The examples of a split are nearly all different."""
    for split, examples in subject.examples.items():
        repeated = len(examples.whole) - len(set(examples.whole))
        if repeated > TOLERATED_REPETITION * len(examples.whole):
            return (
                f"Expected different examples; {repeated} of {len(examples.whole)} in "
                f"{split} are repetitions. Remove them, or draw from more "
                f"possibilities."
            )
    return None


def classes_are_spread_over_the_splits(
    subject: TaskSubject,
) -> str | NotApplicable | None:
    """Each split has the classes of the training split, about as often."""
    train = classes_of(subject.examples["train"].labels)
    if train is None:
        return NotApplicable("targets are no classes, one for each example")
    for split in SPLITS[1:]:
        labels = subject.examples[split].labels
        assert labels is not None
        unknown = sorted(set(labels.tolist()) - set(train.tolist()))
        if unknown:
            return (
                f"Expected {split} to have classes of the training split alone; class "
                f"{unknown[0]:g} is not in train. Split each class, or shuffle with a "
                f"fixed seed before cutting."
            )
        distance, noise = _distance(train, labels)
        if distance > TOLERATED_DISTANCE + 2 * noise:
            return (
                f"Expected the classes to be about as frequent in {split} as in train; "
                f"{distance:.0%} of the examples would have to be of another class "
                f"(more than {TOLERATED_DISTANCE + 2 * noise:.0%}). Is {split} the end "
                f"of a table that is sorted by class? Shuffle with a fixed seed before "
                f"cutting."
            )
    return None


def _continuous(subject: TaskSubject) -> bool:
    """Whether the inputs are real numbers that are not all integers."""
    for example in subject.examples["train"].kept:
        for part in leaves(example[0]):
            if part.dtype.kind == "f" and np.any(part != np.round(part)):
                return True
    return False


def classes_of(labels: np.ndarray | None) -> np.ndarray | None:
    """The labels, if they are classes: integers that repeat.

    Args:
        labels: The target of each example, if it is a single number.

    Returns:
        ``None`` if they are no classes.
    """
    if labels is None or np.any(labels != np.round(labels)):
        return None
    return labels if len(np.unique(labels)) <= max(2, len(labels) // 5) else None


def _distance(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The total variation of two samples of classes, and what chance explains of it.

    For k classes and n labels the expected distance of a sample from its distribution
    is at most ½ √(k/n), by the inequality of Cauchy and Schwarz.
    """
    classes = np.unique(np.concatenate([one, other]))
    shares = [np.mean(labels[:, None] == classes, axis=0) for labels in (one, other)]
    noise = sum(0.5 * math.sqrt(len(classes) / len(labels)) for labels in (one, other))
    return 0.5 * float(np.abs(shares[0] - shares[1]).sum()), noise


def groups_are_of_the_examples(subject: TaskSubject) -> str | NotApplicable | None:
    """``groups`` gives the group of each example."""
    groups = subject.task.groups
    if groups is None:
        return NotApplicable("the task names no groups of examples")
    for split in SPLITS:
        try:
            found = groups.of(split)
            given = None if found is None else len(set(found)) and len(found)
        except Exception as error:
            return (
                f"Expected groups.of({split!r}) to give the {groups.name} of each "
                f"example; it raised {raised(error)}."
            )
        count = len(subject.examples[split].inputs)
        few = subject.max_examples is not None
        if given is not None and (given < count if few else given != count):
            return (
                f"Expected groups.of({split!r}) to give the {groups.name} of each of "
                f"the {count:,} examples; received {given:,}."
            )
    return None
