"""The lecture's model: which character of a word comes next, from one-hot inputs."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.analysis.subject import Subject, as_batch, read_text
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import Labels, Source, Task
from seqtasks.training.experiment import build_cell, find_cell
from seqtasks.training.model import build_model
from seqtasks.training.settings import resolve_settings

WORD_TASK = "next_character"


def word_subject(
    text: str,
    cell: str,
    cell_options: Mapping[str, Any],
    units: int,
    seed: int,
) -> Subject:
    """The lecture's model, untrained, on a text.

    Args:
        text: The text, of two characters at least.
        cell: Name of the cell, or path of a file that defines one.
        cell_options: Values of the cell's options.
        units: Number of units.
        seed: Seed of the weights.

    Raises:
        UsageError: If the text is too short, there is no such cell, or the seed is
            none.
    """
    require(0 <= seed < 2**32, "seed", seed, "an integer from 0 to 2**32 - 1")
    if len(text) < 2:
        raise UsageError(
            f"Expected a text of at least 2 characters, since each one is to predict "
            f"the next; received {text!r}."
        )
    entry, values = find_cell(cell, cell_options)
    keras.utils.set_random_seed(seed)
    task = word_task(text)
    settings = resolve_settings(task, WORD_TASK, {"units": units})
    inputs, targets = read_text(task, WORD_TASK, text)
    model = build_model(
        task,
        lambda units: build_cell(entry, values, units),
        settings,
        as_batch(inputs),
        seed,
    )
    return Subject(
        task=task,
        task_name=WORD_TASK,
        cell_name=entry.name,
        run=None,
        settings=settings,
        seed=seed,
        model=model,
        inputs=inputs,
        targets=targets,
        weights=None,
        example=f"the text {text!r}",
    )


def word_task(text: str) -> Task:
    """Predict the next character of one text, whose characters are the vocabulary.

    Args:
        text: The text.
    """
    vocabulary = "".join(sorted({*text}))
    size = len(vocabulary)

    def read(text: str) -> tuple[np.ndarray, np.ndarray]:
        numbers = np.array([vocabulary.index(c) for c in text], np.int32)
        return numbers[:-1], numbers[1:]

    return Task(
        load=lambda split: tf.data.Dataset.from_tensors(read(text)),
        # one-hot vectors are the rows of the identity
        encoder=keras.layers.Embedding(
            size, size, embeddings_initializer="identity", trainable=False
        ),
        head=keras.layers.Dense(size),
        return_sequences=True,
        causal=True,
        causal_reason="the target of a step is the input of the next",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(),
        metric_units={},
        monitor="loss",
        mode="min",
        source=Source("text", "one text", "no rights"),
        render=lambda inputs, targets: "".join(vocabulary[i] for i in inputs),
        step_name="character",
        labels=Labels(
            classes=tuple(vocabulary),
            step=lambda inputs, t: vocabulary[inputs[t]],
            read=read,
        ),
    )
