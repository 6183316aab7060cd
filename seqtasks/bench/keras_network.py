"""The network in Keras: as the runner makes and trains it, and as Keras' users do."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.bench.batches import Batch, make_batches, tokens_of
from seqtasks.bench.clock import Clock
from seqtasks.bench.contenders import FLOAT32, KERAS_LAYERS, OURS, UNMASKED
from seqtasks.bench.facts import facts
from seqtasks.bench.operations import kernel_elements
from seqtasks.bench.sample import Mode, Sample
from seqtasks.bench.settings import EMBEDDING, SYMBOLS, BenchSettings
from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.task import Source, Task
from seqtasks.training.experiment import build_cell, find_cell
from seqtasks.training.model import SequenceModel, compile_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.pipeline import prefetch
from seqtasks.training.settings import Settings


class KerasNetwork:
    """embedding(64) → cell → dense(65), trained with ``fit`` and Adam.

    Args:
        cell: A cell's name or path.
        contender: ``"seqtasks"``, ``"unmasked"`` or ``"float32"`` for the runner's
            model, the latter two with settings of their own;
            ``"sequential"`` for the same with the compiled loop, one step after the
            other; ``"loop"`` for the same with ``keras.layers.RNN``; ``"keras"`` for
            Keras' own layer in a model that is compiled and fitted with its defaults.
        settings: The network.

    Raises:
        UsageError: If the cell cannot be found or built, or if ``"sequential"`` would
            be what ``"seqtasks"`` is already.
    """

    def __init__(self, cell: str, contender: str, settings: BenchSettings):
        keras.config.set_dtype_policy(settings.precision)
        keras.utils.set_random_seed(0)
        self._batches = make_batches(settings)
        varying = settings.min_length is not None
        if contender == "keras":
            self._model, self._layer = _keras_model(cell, settings, varying)
        else:
            self._layer = _layer(cell, contender, settings)
            self._model = _runner_model(self._layer, self._batches[0], varying)
        self._data = _dataset(self._batches, contender != "keras", varying)
        if contender == "sequential":
            _check_other_path(cell, self._batches[0], self._data, settings, varying)
        self.modes: dict[str, Mode] = {"train": self._train, "forward": self._forward}

    def _train(self, steps: int) -> Sample:
        clock = Clock()
        data = prefetch(self._data.take(steps + 1))
        self._model.fit(data, shuffle=False, verbose=0, callbacks=[clock])
        return clock.sample(tokens_of(self._batches, steps))

    def _forward(self, steps: int) -> Sample:
        clock = Clock()
        data = prefetch(self._data.take(steps + 1))
        self._model.evaluate(data, verbose=0, callbacks=[clock])
        return clock.sample(tokens_of(self._batches, steps))

    def about(self) -> dict[str, Any]:
        """What is known of it once it ran."""
        weights = self._model.trainable_variables
        head = self._model.layers[-1]
        ours, name = isinstance(self._layer, RNN), type(self._layer).__name__
        products = [*self._layer.trainable_variables, *head.trainable_variables]
        return {
            **facts(),
            "implementation": self._layer.implementation_used
            if ours
            else f"keras.layers.{name}",
            "num_params": sum(int(np.prod(v.shape)) for v in weights),
            "kernel_elements": kernel_elements([tuple(v.shape) for v in products]),
        }


def _dataset(batches: list[Batch], weighted: bool, varying: bool) -> tf.data.Dataset:
    """The batches from memory, again and again, with the runner's static shapes.

    Args:
        batches: The batches.
        weighted: Whether in the runner's form, with mask and weights.
        varying: Whether lengths vary: then there is a mask and no static length.
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


def _layer(cell: str, contender: str, settings: BenchSettings) -> keras.layers.RNN:
    built = build_cell(*find_cell(cell, {}), settings.units)
    if contender == "implementation":
        return keras.layers.RNN(built, return_sequences=True)
    loop = (
        settings.implementation
        if contender in (OURS, UNMASKED, FLOAT32)
        else "compiled"
    )
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


def _check_other_path(cell, batch, data, settings, varying) -> None:
    """Refuses to measure the default path a second time under another name."""
    layer = _layer(cell, OURS, settings)
    model = _runner_model(layer, batch, varying)
    model.evaluate(data.take(1), verbose=0)
    if layer.implementation_used == "compiled":
        raise UsageError("The path of seqtasks is the compiled loop already.")
