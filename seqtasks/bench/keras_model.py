"""The models in Keras: as the runner makes and trains it, and as Keras' users do.

Beside them the machine's product of large matrices, the measure of all other rates.
"""

import functools
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from seqtasks.bench.batches import (
    Batch,
    Mode,
    Sample,
    kernel_elements,
    make_batches,
    tokens_of,
)
from seqtasks.bench.settings import (
    EMBEDDING,
    FLOAT32,
    KERAS_LAYERS,
    OURS,
    PRODUCT_SIZE,
    SYMBOLS,
    UNMASKED,
    BenchSettings,
)
from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.task import Source, Task
from seqtasks.training.experiment import build_cell, find_cell
from seqtasks.training.machine import environment
from seqtasks.training.model import SequenceModel, compile_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.pipeline import prefetch
from seqtasks.training.settings import Settings


class KerasModel:
    """embedding(64) → cell → dense(65), trained with ``fit`` and Adam.

    Args:
        cell: A cell's name or path.
        kind: ``"seqtasks"``, ``"unmasked"`` or ``"float32"`` for the runner's model,
            the latter two with settings of their own; ``"compiled"`` for the same with
            the compiled loop, one step after the other; ``"keras_rnn"`` for the same
            with ``keras.layers.RNN``; ``"keras"`` for Keras' own layer in a model that
            is compiled and fitted with its defaults.
        settings: Sizes of the model and of the measurement.

    Raises:
        UsageError: If the cell cannot be found or built, or if ``"compiled"`` would be
            what ``"seqtasks"`` is already.
    """

    def __init__(self, cell: str, kind: str, settings: BenchSettings):
        keras.config.set_dtype_policy(settings.precision)
        keras.utils.set_random_seed(0)
        self._batches = make_batches(settings)
        varying = settings.min_length is not None
        if kind == "keras":
            self._model, self._layer = _keras_model(cell, settings, varying)
        else:
            self._layer = _layer(cell, kind, settings)
            self._model = _runner_model(self._layer, self._batches[0], varying)
        self._data = _dataset(self._batches, kind != "keras", varying)
        if kind == "compiled":
            # not measured a second time under another name
            layer = _layer(cell, OURS, settings)
            model = _runner_model(layer, self._batches[0], varying)
            model.evaluate(self._data.take(1), verbose=0)
            if layer.implementation_used == "compiled":
                raise UsageError(
                    "The implementation of seqtasks is the compiled loop already."
                )
        fit = functools.partial(self._model.fit, shuffle=False)
        self.modes: dict[str, Mode] = {
            "train": functools.partial(self._timed, fit),
            "forward": functools.partial(self._timed, self._model.evaluate),
        }

    def _timed(self, method, steps: int) -> Sample:
        clock = Clock()
        data = prefetch(self._data.take(steps + 1))
        method(data, verbose=0, callbacks=[clock])
        return clock.sample(tokens_of(self._batches, steps))

    def about(self) -> dict[str, Any]:
        """Fields of its row, known once it ran."""
        weights = self._model.trainable_variables
        head = self._model.layers[-1]
        ours, name = isinstance(self._layer, RNN), type(self._layer).__name__
        products = [*self._layer.trainable_variables, *head.trainable_variables]
        return {
            **environment(),
            "implementation": self._layer.implementation_used
            if ours
            else f"keras.layers.{name}",
            "num_params": sum(int(np.prod(v.shape)) for v in weights),
            "kernel_elements": kernel_elements([tuple(v.shape) for v in products]),
        }


def _dataset(batches: list[Batch], weighted: bool, varying: bool) -> tf.data.Dataset:
    """The batches from memory, again and again, with the runner's static shapes.

    Args:
        batches: Batches of one shape.
        weighted: In the runner's form, with mask and weights, or in Keras' plain pairs.
        varying: Of lengths that vary: then there is a mask and no static length.
    """
    inputs, targets, masks = (
        np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("inputs", "targets", "mask")
    )

    def cut(*parts):
        *_, mask = parts
        longest = tf.reduce_max(tf.reduce_sum(tf.cast(mask, tf.int32), axis=1))
        return tuple(part[:, :longest] for part in parts)

    def in_form(inputs, targets, mask):
        if not weighted:
            return inputs, targets
        features = {"inputs": inputs, **({"mask": mask} if varying else {})}
        return features, targets, tf.cast(mask, tf.float32)

    data = tf.data.Dataset.from_tensor_slices((inputs, targets, masks))
    data = data.batch(len(batches[0].inputs))
    data = (data.map(cut) if varying else data).map(in_form)
    data = data.cache()
    for _ in data:  # a cache is there only once it was read to its end
        pass
    return data.repeat()


def _layer(cell: str, kind: str, settings: BenchSettings) -> keras.layers.RNN:
    built = build_cell(*find_cell(cell, {}), settings.units)
    if kind == "keras_rnn":
        return keras.layers.RNN(built, return_sequences=True)
    loop = settings.implementation if kind in (OURS, UNMASKED, FLOAT32) else "compiled"
    return RNN(built, implementation=loop, return_sequences=True)


def _runner_model(layer, batch: Batch, varying: bool) -> SequenceModel:
    task = Task(
        load=lambda split: tf.data.Dataset.from_tensors((batch.inputs, batch.targets)),
        encoder=keras.layers.Embedding(SYMBOLS, EMBEDDING),
        head=keras.layers.Dense(SYMBOLS),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(),
        metric_units={},
        monitor="loss",
        mode="min",
        return_sequences=True,
        source=Source("generated", "random symbols", "no rights"),
        render=str,
    )
    training = Settings(
        units=layer.cell.units,
        layers=1,
        bidirectional=False,
        epochs=1,
        batch_size=len(batch.inputs),
        optimizer="adam",
        learning_rate=1e-3,
        schedule="constant",
        clip_norm=0.0,  # as nothing clips in the others
    )
    model = SequenceModel(task.encoder, [layer], task.head, True, name="model")
    first = {"inputs": batch.inputs}
    model({**first, "mask": batch.mask} if varying else first)
    compile_model(model, task, make_optimizer(training, steps=1))
    return model


def _keras_model(cell: str, settings: BenchSettings, varying: bool):
    layer = getattr(keras.layers, KERAS_LAYERS[cell])(
        settings.units, return_sequences=True
    )
    time = None if varying else settings.sequence_length
    model = keras.Sequential(
        [
            keras.Input((time,), dtype="int32"),
            keras.layers.Embedding(SYMBOLS, EMBEDDING, mask_zero=varying),
            layer,
            keras.layers.Dense(SYMBOLS),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model, layer


class Clock(keras.callbacks.Callback):
    """Reads the loss of each step, as the runner's callback does, and the time.

    The time from the end of the first step to the end of the last is that of all
    others, without what ``fit`` does before and after them.
    """

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self._start, self._ends = time.perf_counter(), []

    def on_train_batch_end(self, batch, logs=None):
        float((logs or {})["loss"])
        self._ends.append(time.perf_counter())

    on_test_batch_begin = on_train_batch_begin
    on_test_batch_end = on_train_batch_end

    def sample(self, tokens: float) -> Sample:
        """The times, ``tokens`` being the time steps of all steps but the first."""
        first, *others = self._ends
        return Sample(first - self._start, others[-1] - first, len(others), tokens)


class Product:
    """Products of two square matrices, in float32, and in bfloat16 if that is asked."""

    def __init__(self, settings: BenchSettings):
        lower = settings.precision == "mixed_bfloat16"
        self.modes: dict[str, Mode] = {
            dtype: self._mode(dtype)
            for dtype in ("float32", *(["bfloat16"] if lower else []))
        }

    def _mode(self, dtype: str) -> Mode:
        rng = np.random.default_rng(0)
        shape = (PRODUCT_SIZE, PRODUCT_SIZE)
        a, b = (
            ops.cast(rng.standard_normal(shape, dtype=np.float32), dtype)
            for _ in range(2)
        )

        def multiplied(times):
            start = time.perf_counter()
            for _ in range(times):
                product = ops.matmul(a, b)
            # on an accelerator a product is computed only once it is read
            float(ops.convert_to_numpy(ops.cast(product[0, 0], "float32")))
            return time.perf_counter() - start

        def mode(steps):
            return Sample(multiplied(1), multiplied(steps), steps, 1)

        return mode

    def about(self) -> dict[str, Any]:
        """The size of the matrices, and what the machine is."""
        return {**environment(), "implementation": f"{PRODUCT_SIZE} × {PRODUCT_SIZE}"}
