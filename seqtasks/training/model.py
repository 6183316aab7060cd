"""The one model that solves every task, ``head(RNN(cell)(encoder(inputs)))``."""

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED

from seqtasks.cells.contract import check_shapes
from seqtasks.errors import UsageError
from seqtasks.recurrence.implementations import check_scan
from seqtasks.recurrence.rnn import RNN
from seqtasks.task import Task
from seqtasks.training.devices import ALONE, is_replicated, make_step, sum_over_replicas
from seqtasks.training.settings import Settings

_OF_KERAS = (GLOBAL_SEED_GENERATOR, GLOBAL_RANDOM_SEED)


# in the logs of a step of `evaluate`: targets, predictions and weights of the batch
EXAMPLES = "examples"


class SequenceModel(keras.Model):
    """Encoder, recurrent layers, head.

    Args:
        encoder: Maps inputs to ``(batch, time, features)``; ``None`` for none.
        recurrence: The recurrent layers, first to last.
        head: Maps the last layer's outputs to predictions.
        return_sequences: Whether there is a prediction at each time step.

    Call arguments:
        batch: ``{"inputs": …, "mask": …}``; the mask, ``(batch, time)``, may be
            missing.

    Returns:
        The head's predictions.
    """

    def __init__(self, encoder, recurrence, head, return_sequences, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.recurrence = recurrence
        self.head = head
        self.return_sequences = return_sequences
        self.num_outputs: int | None = None
        self._test_steps = 0

    def build(self, input_shape):
        # the layers are built by the first call
        self.built = True

    def call(self, batch, training=False):
        outputs, mask = batch["inputs"], batch.get("mask")
        if self.encoder is not None:
            outputs = self.encoder(outputs, training=training)
        for layer in self.recurrence:
            outputs = layer(outputs, mask=mask, training=training)
        return self.predictions(outputs, training)

    def predictions(self, outputs, training=False):
        """What the head makes of the recurrent outputs."""
        if not self.head.supports_masking:
            # Keras would warn that the head loses the mask that outputs carry along
            outputs = keras.ops.copy(outputs)
        return self.head(outputs, training=training)

    def test_step(self, *args):
        """Keras' step of ``evaluate``, whose logs also hold the batch's predictions."""
        # counted: replicas take turns within theirs
        self._test_steps += 1
        try:
            return super().test_step(*args)
        finally:
            self._test_steps -= 1

    @property
    def distribute_strategy(self):
        # A step shares its batch out itself. Keras would have TensorFlow do it, whose
        # thread sleeps at an epoch's end, as in `prefetch`.
        return ALONE

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # made with the model: Keras would take the mean of each replica's first batch,
        # which a mask has not
        if not is_replicated():
            super()._maybe_symbolic_build(iterator, data_batch)

    def make_train_function(self, force=False):
        if not self._steps_are_ours:
            super().make_train_function(force)
        elif force or self.train_function is None:  # type: ignore[has-type]
            self.train_function = self._make_step(self.train_step)

    def make_test_function(self, force=False):
        if not self._steps_are_ours:
            super().make_test_function(force)
        elif force or self.test_function is None:  # type: ignore[has-type]
            self.test_function = self._make_step(self.test_step)

    @property
    def _steps_are_ours(self) -> bool:
        return keras.backend.backend() == "tensorflow" and not self.run_eagerly

    def _make_step(self, step: Callable[[Any], dict]) -> Callable[[Iterator], dict]:
        """What ``fit`` and ``evaluate`` call with the iterator of batches."""
        if is_replicated():
            return make_step(self, step, EXAMPLES)
        compiled = tf.function(
            step, reduce_retracing=True, jit_compile=self.jit_compile
        )

        # Keras wraps what a step returns in an Optional, and opens that for each batch,
        # which takes half a millisecond
        @tf.function(reduce_retracing=True)
        @tf.autograph.experimental.do_not_convert
        def on_next(batches):
            return compiled(next(batches))

        def on_batch(batches):
            # `train_on_batch` gives a generator
            of_data = isinstance(batches, tf.data.Iterator)
            return on_next(batches) if of_data else compiled(next(batches))

        return on_batch

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        if is_replicated():
            # a replica's part of the mean over the batch; they are added up
            total = sum_over_replicas(keras.ops.sum(sample_weight))
            sample_weight = keras.ops.divide_no_nan(sample_weight, total)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def _get_metrics_result_or_logs(self, logs):
        # Keras takes the metrics' own values only if the logs hold nothing else
        return super()._get_metrics_result_or_logs(
            {name: value for name, value in logs.items() if name != EXAMPLES}
        )

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        # in a tuple: Keras makes a float of what can be one
        batch = {EXAMPLES: (y, y_pred, sample_weight)} if self._test_steps else {}
        if self.return_sequences:
            # Keras takes the mean over a batch's time steps, padding included, before
            # it adds batches up: steps of a long batch would weigh less than others
            y, y_pred, sample_weight = (
                keras.ops.reshape(part, (-1, *part.shape[2:]))
                for part in (y, y_pred, sample_weight)
            )
        return super().compute_metrics(x, y, y_pred, sample_weight) | batch

    @property
    def loops(self) -> list[RNN]:
        """The recurrent layers, those within ``keras.layers.Bidirectional`` too."""
        return [
            loop
            for layer in self.recurrence
            for loop in (
                (layer.forward_layer, layer.backward_layer)
                if isinstance(layer, keras.layers.Bidirectional)
                else (layer,)
            )
        ]

    @property
    def implementation_used(self) -> str:
        """How the recurrent layers ran last, as in ``"compiled"``; each way once."""
        return ", ".join(
            dict.fromkeys(
                loop.implementation_used
                for loop in self.loops
                if loop.implementation_used
            )
        )

    @property
    def carried_state(self) -> list:
        """The weights that hold a carried state, of all layers."""
        return [state for loop in self.loops for state in loop.carried_state]

    def reset_carried_state(self) -> None:
        """Forgets what was read so far."""
        for state in self.carried_state:
            state.assign(keras.ops.zeros(state.shape, state.dtype))


def build_model(
    task: Task,
    make_cell: Callable[[int], keras.Layer],
    settings: Settings,
    batch: dict,
    seed: int = 0,
    stateful: bool | None = None,
) -> SequenceModel:
    """Builds the model of a task on a batch.

    Args:
        task: The task.
        make_cell: Gives a new cell of a number of units.
        settings: Resolved settings.
        batch: The inputs of one batch, by whose shapes all weights are made.
        seed: Decides what an encoder or a head draws when its weights are made; what it
            drew when it was constructed, the seed has decided before.
        stateful: Whether the state is carried from call to call; ``None`` for the
            task's own value.

    Raises:
        UsageError: If the cell's output or states are not of the shapes it declares, or
            it is not linear in its state and the scan was asked for.
    """
    recurrence = []
    with _computing_in(settings.precision):
        cell = make_cell(settings.units)
        check_shapes(cell)
        if settings.implementation == "scan":
            try:
                check_scan(cell, settings.gradient_checkpoint_every)
            except ValueError as error:
                raise UsageError(str(error)) from error
        for index in range(settings.layers):
            last = index == settings.layers - 1
            layer = RNN(
                make_cell(settings.units),
                implementation=settings.implementation,
                gradient_checkpoint_every=settings.gradient_checkpoint_every,
                return_sequences=task.return_sequences or not last,
                stateful=task.stateful if stateful is None else stateful,
                name=f"recurrence_{index}",
            )
            if settings.bidirectional:
                layer = keras.layers.Bidirectional(layer)
            recurrence.append(layer)
    model = SequenceModel(
        task.encoder, recurrence, task.head, task.return_sequences, name="model"
    )
    _make_weights(model, batch, seed)
    model.reset_carried_state()
    for loop in model.loops:
        loop.implementation_used = ""  # this call was no part of the run
    return model


def compile_model(
    model: SequenceModel, task: Task, optimizer: keras.optimizers.Optimizer
) -> None:
    """Compiles with the task's loss and metrics, all of them weighted.

    The loss is divided by the sum of the weights: Keras' default divides by their
    number, by which padding would shrink the loss and its gradient. On several replicas
    the model's own ``compute_loss`` has divided the weights by their sum.
    """
    loss = keras.losses.get(task.loss)
    loss.reduction = "sum" if is_replicated() else "mean_with_sample_weight"
    model.compile(optimizer=optimizer, loss=loss, weighted_metrics=list(task.metrics))


def loss_unit(task: Task) -> str:
    """Unit of the loss: nats of a cross-entropy, the initials of a mean error."""
    name = type(keras.losses.get(task.loss)).__name__
    if name.endswith("Crossentropy"):
        return "nats"
    kinds = {"SquaredError": "MSE", "AbsoluteError": "MAE"}
    return next((unit for kind, unit in kinds.items() if kind in name), "")


def _make_weights(model: SequenceModel, batch: dict, seed: int) -> None:
    """Calls each part once; what one draws does not change what another draws.

    So all cells are given the same encoder and head by the same seed, however many
    random numbers a cell takes.
    """
    outputs, mask = batch["inputs"], batch.get("mask")
    if model.encoder is not None:
        with own_randomness(seed, "encoder"):
            outputs = model.encoder(outputs, training=False)
    for layer in model.recurrence:
        outputs = layer(outputs, mask=mask, training=False)
    with own_randomness(seed, "head"):
        outputs = model.predictions(outputs)
    # of nested predictions there is no one number
    model.num_outputs = getattr(outputs, "shape", (None,))[-1]
    model.build(None)


@contextlib.contextmanager
def own_randomness(seed: int, name: str) -> Iterator[None]:
    """Within it, what is drawn depends on the seed and the name alone.

    After it, all random generators go on as if nothing had been drawn.

    Args:
        seed: The seed of the run.
        name: What is drawn for, as in ``"head"``.
    """
    python, numbers = random.getstate(), np.random.get_state()
    of_keras = {key: global_state.get_global_attribute(key) for key in _OF_KERAS}
    own = np.random.SeedSequence([seed, *name.encode()]).generate_state(1)
    keras.utils.set_random_seed(int(own[0]))
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
        # its state cannot be read; what tf.data draws depends on this seed alone
        tf.random.set_seed(seed)
        for key, value in of_keras.items():
            global_state.set_global_attribute(key, value)


@contextlib.contextmanager
def _computing_in(precision: str) -> Iterator[None]:
    """Layers that are made within it have this policy, whatever their arguments are."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
