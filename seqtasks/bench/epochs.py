"""An epoch of a task: as the runner trains it, and in a bare loop written by hand."""

import time
from typing import Any

import keras
import tensorflow as tf

from seqtasks.bench.batches import Mode, Sample
from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.training.callback import TrainingCallback
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import environment
from seqtasks.training.run import fit
from seqtasks.training.state import TrainState


class RunnerEpoch:
    """The runner's epoch: its ``fit``, its callbacks, a display that shows nothing.

    What the runner calls training is timed; its validation after it is not.
    """

    def __init__(self, settings: dict[str, Any]):
        self._experiment = _prepared(settings)
        self.modes: dict[str, Mode] = {"epoch": self._epoch}

    def _epoch(self, steps: int) -> Sample:
        state = TrainState()
        fit(self._experiment, TrainingCallback(self._experiment, state, Display()))
        if state.status != "finished":
            raise UsageError(f"The training did not finish. {state.reason}")
        return Sample(0.0, state.train_seconds, state.steps, state.time_steps)

    def about(self) -> dict[str, Any]:
        """Fields of its row, known once it ran."""
        return _about(self._experiment)


class BareEpoch:
    """The same model, loss, optimizer and batches in one function, and nothing else.

    No metric, no callback, no reading of the loss before the epoch's end. The mode
    ``"waiting"`` reads the loss of each step, and notes how long the function waited
    for the next batch; the first batch, for which the pipeline fills its buffers, is
    noted by itself.
    """

    def __init__(self, settings: dict[str, Any]):
        if keras.backend.backend() != "tensorflow":
            raise UsageError(
                f"Expected the backend tensorflow, in which the bare loop is written; "
                f"it is {keras.backend.backend()}. Leave KERAS_BACKEND out."
            )
        self._experiment = _prepared(settings)
        model, optimizer = self._experiment.model, self._experiment.model.optimizer
        loss_of = keras.losses.get(self._experiment.task.loss)
        optimizer.build(model.trainable_variables)

        def train(features, targets, weights):
            with tf.GradientTape() as tape:
                predictions = model(features, training=True)
                loss = loss_of(targets, predictions, sample_weight=weights)
                for penalty in model.losses:
                    loss += penalty
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            return loss

        compiled = model.jit_compile
        self._step = tf.function(train, reduce_retracing=True, jit_compile=compiled)
        self._next_step = tf.function(
            lambda batches: self._step(*next(batches)), reduce_retracing=True
        )

        # inside, as to take a batch outside of a function takes half a millisecond
        # also where it is there
        def timed(batches):
            before = tf.timestamp()
            batch = next(batches)
            with tf.control_dependencies(tf.nest.flatten(batch)):
                waited = tf.timestamp() - before
            # else the clock may be read when the step has begun
            with tf.control_dependencies([waited]):
                return waited, self._step(*batch)

        self._timed_step = tf.function(timed, reduce_retracing=True)
        self.modes: dict[str, Mode] = {"epoch": self._epoch, "waiting": self._waiting}

    def _epoch(self, steps: int) -> Sample:
        pipeline, model = self._experiment.pipeline, self._experiment.model
        model.reset_carried_state()
        start = time.perf_counter()
        batches = iter(pipeline.train(0))
        for _ in range(pipeline.steps):
            loss = self._next_step(batches)
        float(loss)
        return self._sample(0.0, time.perf_counter() - start, pipeline.steps)

    def _waiting(self, steps: int) -> Sample:
        pipeline, model = self._experiment.pipeline, self._experiment.model
        model.reset_carried_state()
        start = time.perf_counter()
        batches = iter(pipeline.train(0))
        first = time.perf_counter() - start

        def waited():
            seconds, loss = self._timed_step(batches)
            float(loss)
            return float(seconds)

        first += waited()
        start, steps = time.perf_counter(), pipeline.steps - 1
        total = sum(waited() for _ in range(steps))
        return self._sample(first, time.perf_counter() - start, steps, total)

    def _sample(self, first, seconds, steps, waited=0.0) -> Sample:
        tokens = self._experiment.pipeline.time_steps_per_batch * steps
        return Sample(first, seconds, steps, tokens, waited)

    def about(self) -> dict[str, Any]:
        """Fields of its row, known once it ran."""
        return _about(self._experiment)


def _prepared(settings: dict[str, Any]) -> Experiment:
    given = {name: settings[name] for name in ("units", "batch_size")}
    experiment = Experiment.resolve(
        settings["task"],
        settings["cell"],
        options=settings["options"],
        settings={**given, "limit": settings["steps"], "epochs": 1},
    )
    experiment.prepare()
    return experiment


def _about(experiment: Experiment) -> dict[str, Any]:
    layers = [layer for layer in experiment.model.recurrence if isinstance(layer, RNN)]
    return {
        **environment(),
        "implementation": ", ".join(
            dict.fromkeys(layer.implementation_used for layer in layers)
        ),
        "num_params": experiment.num_params,
        "settings": {
            **{k: experiment.configuration[k] for k in ("cell", "options")},
            **experiment.configuration["settings"],
        },
    }
