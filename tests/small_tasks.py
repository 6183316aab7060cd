"""Three small tasks that keep the contract, to be broken one field at a time."""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf

from seqtasks import Baseline, Source, Task
from seqtasks.errors import UsageError
from seqtasks.testing.task_subject import TaskSubject

COUNTS = {"train": 60, "validation": 20, "test": 20}
SOURCE = Source("generated", "random numbers", "no rights")


def numbers(split, data_seed=0):
    """Inputs ``(examples, 6, 2)`` and the class of each, 0 or 1."""
    rng = np.random.default_rng([data_seed, list(COUNTS).index(split)])
    inputs = rng.normal(size=(COUNTS[split], 6, 2)).astype("float32")
    return inputs, (inputs.sum(axis=(1, 2)) > 0).astype("int32")


def tokens(split, length=8):
    """Inputs and targets ``(examples, length)``, the latter one step later."""
    rng = np.random.default_rng([1, list(COUNTS).index(split)])
    text = rng.integers(0, 5, (COUNTS[split], length + 1), dtype=np.int32)
    return text[:, :-1], text[:, 1:]


def dataset_of(arrays):
    return tf.data.Dataset.from_tensor_slices(arrays)


def classification(dataset: str = "generated", data_seed: int = 0) -> Task:
    """One class an example."""
    if dataset != "generated":
        raise UsageError(f"There is no data set named {dataset!r} here.")
    return Task(
        load=lambda split: dataset_of(numbers(split, data_seed)),
        head=keras.layers.Dense(2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "share"},
        monitor="accuracy",
        mode="max",
        source=SOURCE,
        render=lambda inputs, targets: f"{inputs.sum():.2f}: {targets}",
        baselines=lambda: (Baseline("always 0", "accuracy", 0.5, "one class"),),
    )


def language() -> Task:
    """The next token at each step."""
    return Task(
        load=lambda split: dataset_of(tokens(split)),
        encoder=keras.layers.Embedding(5, 4),
        head=keras.layers.Dense(5),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "share"},
        monitor="accuracy",
        mode="max",
        source=SOURCE,
        render=lambda inputs, targets: f"{inputs} -> {targets}",
        return_sequences=True,
        causal=True,
        causal_reason="the next token is what is to be predicted",
    )


def varying() -> Task:
    """A number at each of 3 to 6 steps, the first of which does not count."""

    def load(split):
        rng = np.random.default_rng([2, list(COUNTS).index(split)])
        examples = []
        for index in range(COUNTS[split]):
            inputs = rng.normal(size=(3 + index % 4, 2)).astype("float32")
            weights = np.ones(len(inputs), "float32")
            weights[0] = 0.0
            examples.append((inputs, inputs.sum(axis=1, keepdims=True), weights))
        return tf.data.Dataset.from_generator(
            lambda: iter(examples),
            output_signature=(
                tf.TensorSpec((None, 2)),
                tf.TensorSpec((None, 1)),
                tf.TensorSpec((None,)),
            ),
        )

    return Task(
        load=load,
        head=keras.layers.Dense(1),
        loss=keras.losses.MeanSquaredError(),
        metrics=(keras.metrics.MeanSquaredError(name="mean_squared_error"),),
        metric_units={"mean_squared_error": "1"},
        monitor="mean_squared_error",
        mode="min",
        source=SOURCE,
        render=lambda inputs, targets, weights: f"{len(inputs)} steps",
        return_sequences=True,
    )


def changed(function, **fields):
    """The same task with other fields, which :func:`subject_of` finds."""

    def changed_task():
        return dataclasses.replace(function(), **fields)

    changed_task.of, changed_task.fields = function, fields
    return changed_task


_OF_DATA = ("datasets", "examples", "batch")
_OF_MODEL = ("encoder", "head", "return_sequences")


@functools.cache
def _whole(function):
    subject = TaskSubject(function, {})
    assert subject.batch is not None
    return subject


def subject_of(task):
    """A task under test; what a change leaves as it was is read or built once."""
    subject = TaskSubject(task, {})
    fields = getattr(task, "fields", {"load": None})
    if "load" in fields:
        return subject
    whole = _whole(task.of)
    vars(subject).update({name: vars(whole)[name] for name in _OF_DATA})
    if fields.keys().isdisjoint(_OF_MODEL):
        for name in ("model", "trained", "predictions"):
            vars(subject)[name] = getattr(whole, name)
        vars(subject)["task"] = dataclasses.replace(whole.task, **fields)
    return subject


def with_data(function, **splits):
    """The same task with other examples; a split not named keeps its own."""
    task = function()

    def load(split):
        return dataset_of(splits[split]) if split in splits else task.load(split)

    return changed(function, load=load)
