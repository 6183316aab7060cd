"""Validation examples behind the encoder, and the model that reads them by hand.

In the comments B is the examples, R the rows of the recurrence, T the time steps, F the
features.
"""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.training.experiment import Experiment
from seqtasks.training.model import SequenceModel, build_model
from seqtasks.training.state import get_weights, set_weights


@dataclasses.dataclass(frozen=True)
class Examples:
    """Validation examples, behind the encoder.

    Args:
        encoded: What the first layer reads, ``(R, T, F)``. R is B, or a multiple of it
            where an encoder makes several rows of an example, one a variable.
        mask: ``False`` at padding, ``(B, T)``; ``None`` if there is none.
        targets: Targets ``(B, T, …)`` with one at each step, else ``(B, …)``.
        weights: Weights of the targets, ``(B, T)`` or ``(B,)``.
        initial: States of each layer before the first step, ``(R, size)`` each.
    """

    encoded: np.ndarray
    mask: np.ndarray | None
    targets: np.ndarray
    weights: np.ndarray
    initial: list[list[np.ndarray]]

    @property
    def valid(self) -> np.ndarray:
        """True at steps that are no padding, ``(B, T)``."""
        if self.mask is not None:
            return self.mask
        return np.ones((len(self.weights), self.encoded.shape[1]), bool)

    @property
    def scored(self) -> np.ndarray:
        """True at steps whose target counts, ``(B, T)``; with one target, at valid."""
        if self.weights.ndim == 1:
            return self.valid
        return self.valid & (self.weights > 0)

    @property
    def last(self) -> np.ndarray:
        """The step T of each example, ``(B,)``: the last whose prediction counts."""
        time = self.scored.shape[1]
        return time - 1 - np.argmax(self.scored[:, ::-1], axis=1)

    def by_row(self, values: np.ndarray) -> np.ndarray:
        """Values of the examples, ``(B, …)``, for each row of them, ``(R, …)``."""
        return np.repeat(values, len(self.encoded) // len(self.weights), axis=0)

    def rows_of(self, which: np.ndarray) -> np.ndarray:
        """The numbers of the rows of some examples."""
        group = len(self.encoded) // len(self.weights)
        return (which[:, None] * group + np.arange(group)).ravel()

    def some(self, which: np.ndarray) -> "Examples":
        """Some of the examples, by their numbers."""
        rows = self.rows_of(which)
        return Examples(
            self.encoded[rows],
            None if self.mask is None else self.mask[which],
            self.targets[which],
            self.weights[which],
            [[state[rows] for state in states] for states in self.initial],
        )


def encode(
    model: SequenceModel,
    features: dict[str, Any],
    targets: np.ndarray,
    weights: np.ndarray,
    initial: list[list[np.ndarray]] | None = None,
) -> Examples:
    """Examples of a batch as the model takes it.

    Args:
        model: The model.
        features: Inputs ``(B, T, …)``, and the mask where lengths differ.
        targets: Targets.
        weights: Weights of the targets.
        initial: States of each layer before the first step; ``None`` for those with
            which its cell begins.
    """
    encoded = features["inputs"]
    if model.encoder is not None:
        encoded = model.encoder(encoded, training=False)
    encoded = keras.ops.convert_to_numpy(encoded)
    if initial is None:
        states = [
            layer.cell.get_initial_state(batch_size=len(encoded))
            for layer in model.recurrence
        ]
        initial = [
            [np.array(state) for state in keras.tree.flatten(of_layer)]
            for of_layer in states
        ]
    mask = features.get("mask")
    return Examples(
        encoded, None if mask is None else np.array(mask), targets, weights, initial
    )


def plain_model(experiment: Experiment) -> SequenceModel:
    """The model of an experiment with its weights, to be run by hand.

    It carries no state, and computes in float32 whatever it was trained in.
    """
    trained = experiment.model  # made first: its weights are drawn in that order
    model = build_model(
        experiment.task,
        experiment.make_cell,
        dataclasses.replace(experiment.settings, precision="float32"),
        experiment.first_batch[0],
        experiment.seed,
        stateful=False,
    )
    set_weights(model, get_weights(trained))
    return model


def choose_examples(
    experiment: Experiment, model: SequenceModel, count: int, seed: int
) -> Examples:
    """Validation examples, drawn by a seed, and the states that they begin with.

    The windows of a stateful task are the second of their streams, so that they begin
    with the state after the first, as in validation.

    Args:
        experiment: The experiment, whose model carries its state if the task does.
        model: What :func:`plain_model` made of it.
        count: Number of examples; all, if there are not so many.
        seed: Seed of the draw.
    """
    pipeline, trained = experiment.pipeline, experiment.model
    draw = np.random.default_rng(seed)
    if not experiment.task.stateful:
        total = len(pipeline.lengths["validation"])
        which = np.sort(draw.choice(total, min(count, total), replace=False))
        drawn = encode(model, *pipeline.batch("validation", which))
        return drawn.some(np.flatnonzero(drawn.scored.any(axis=1)))
    batches = [
        batch
        for batch in pipeline.evaluation("validation").take(2)
        if np.any(batch[2])  # not only what fills up the streams
    ]
    trained.reset_carried_state()
    for features, _, _ in batches[:-1]:
        trained.predict_on_batch(features)
    initial = [
        [np.array(state, np.float32) for state in layer.carried_state]
        for layer in trained.recurrence
    ]
    features, targets, weights = tf.nest.map_structure(np.asarray, batches[-1])
    full = np.flatnonzero(weights.reshape(len(weights), -1).any(axis=1))
    which = np.sort(draw.choice(full, min(count, len(full)), replace=False))
    return encode(model, features, targets, weights, initial).some(which)
