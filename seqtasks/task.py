"""Task: a problem, stated apart from the cell that solves it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

Mode = Literal["min", "max"]
Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Source:
    """Where the examples come from.

    Args:
        name: The value of the task's ``dataset`` option, or the path that was given.
        summary: One sentence on what the data is.
        licence: The terms under which it may be used.
        url: Where it is described, or the empty string.
    """

    name: str
    summary: str
    licence: str
    url: str = ""


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What a method without a recurrent state reaches on the test split.

    Args:
        name: A short name, as in ``"5-gram"``.
        metric: The name of the task's metric that it is a value of.
        value: The value, in that metric's unit.
        how: One sentence on how it was computed.
    """

    name: str
    metric: str
    value: float
    how: str


@dataclasses.dataclass(frozen=True)
class Optimum:
    """The best value that any method can reach, where that is known.

    Args:
        metric: The name of the task's metric that it is a value of.
        value: The value, in that metric's unit.
        how: One sentence on why nothing can do better.
    """

    metric: str
    value: float
    how: str


@dataclasses.dataclass(frozen=True)
class PublishedResult:
    """A published value, and what a run must be to be held against it.

    Args:
        name: The model, as its source names it.
        metric: The name of the task's metric that it is a value of.
        value: The value, in that metric's unit.
        source: Paper, with the number of the table.
        protocol: How it was measured, in a few words.
        cell: The cell of this suite that the model is; empty for none.
        num_params: The number of parameters of the published model; a run matches
            within a tenth. 0 where its source does not say.
        settings: Values of settings that a run must have, by name.
        options: Values of the task's options that the protocol needs, by name. A task
            gives all of its published values, whatever its own options are.
        low: The least value that agrees with the published one.
        high: The largest value that agrees with it. Without ``low`` and ``high``
            nothing says how far a repetition may be off, and there is no verdict.
    """

    name: str
    metric: str
    value: float
    source: str
    protocol: str
    cell: str = ""
    num_params: int = 0
    settings: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    options: dict[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class Conversion:
    """Another unit of a metric, where the factor is exact.

    Args:
        metric: The name of the task's metric.
        unit: The other unit, as in ``"nats/note"`` or ``"°C"``.
        factor: What a value in the metric's own unit is multiplied by.
        how: One sentence on where the factor comes from.
    """

    metric: str
    unit: str
    factor: float
    how: str


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One example of a split with what a model says of it; nothing is padded.

    Args:
        inputs: As ``load`` gives them.
        targets: As ``load`` gives them.
        weights: As ``load`` gives them, or ones.
        predictions: The head's, ``(time, …)`` with a target at each step, else ``(…)``.
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray
    predictions: np.ndarray


class Predictor(Protocol):
    """A trained model, as its task sees it where it generates or scores examples."""

    def predicted(self, split: Split) -> Iterator[Prediction]:
        """Each example of a split, in its order, with the model's predictions."""

    def predict(self, inputs: Any) -> np.ndarray:
        """The predictions for one example's inputs, which have no batch axis."""

    def stepper(self, rows: int = 1) -> Callable[[Any], np.ndarray]:
        """A function from the inputs of one time step to the predictions after it.

        Its inputs have the shape ``(rows, 1, …)``, its predictions too; it carries the
        state of each row from call to call, beginning with nothing read.
        """


@dataclasses.dataclass(frozen=True)
class Sample:
    """What a trained model made, for a person to look at or listen to.

    Args:
        text: What is printed.
        files: Contents by the file's name, as in ``{"piece.mid": b"…"}``.
    """

    text: str
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """A problem: data, encoder, head, loss, metrics, baselines.

    A task is *returned by a function*; the function's name is the task's name, its
    arguments are the task's options. The function is called after the random seeds are
    set, because Keras draws an initializer's seed when a layer is constructed. Every
    task is solved by one model, ``head(RNN(cell)(encoder(inputs)))``.

    Args:
        load: Gives the unbatched examples of a split: ``(inputs, targets)`` or
            ``(inputs, targets, weights)``. The first axis of ``inputs`` is time; where
            its static length is ``None``, the runner pads and masks. ``weights`` has
            the shape ``(time,)`` for a task with a target at each step, else ``()``.
        head: Maps the recurrence's outputs, ``(batch, time, units)`` or, with one
            target an example, ``(batch, units)``, to predictions.
        loss: A Keras loss of ``(targets, predictions)``. It is averaged over the
            weights that are not zero.
        metrics: Keras metrics; each is given the weights. Where there is a target at
            each step, each step is given as an example of its own: targets
            ``(batch * time, …)``, predictions ``(batch * time, …)``.
        metric_units: The unit of each metric and score by its name, as in
            ``"bits/character"``.
        monitor: The metric by which the best epoch is chosen, on validation.
        mode: Whether a small (``"min"``) or a large (``"max"``) value is good.
        source: Where the examples come from.
        render: Writes one example as a person would read it.
        encoder: Maps the batched ``inputs`` to features, ``(batch, time, features)``.
            ``None`` leaves them as they are.
        return_sequences: Whether there is a target at each time step.
        stateful: Whether examples are consecutive windows of one long sequence, the
            state being carried from each to the next (truncated back-propagation
            through time).
        causal: Whether a prediction must not see later inputs. A bidirectional
            recurrence is then refused.
        causal_reason: Why, as the end of a sentence: "in this task, …".
        step_name: What one time step is, as in ``"character"``.
        cell: The default cell's name.
        units: The default size of the state.
        layers: The default number of stacked recurrent layers.
        optimizer: The default optimizer's name.
        batch_size: The default number of examples a step.
        epochs: The default number of passes over the training split.
        learning_rate: The default learning rate at the start.
        schedule: The default course of the learning rate over the run.
        clip_norm: The default bound on the global norm of the gradient.
        baselines: Computes the baselines; called once a run.
        optimum: The best value that any method can reach, where that is known.
        published: Published values, also those that need other options of this task.
        conversions: Other units of the metrics. Between nats, bits and perplexity
            none is needed.
        version: Raised whenever results stop being comparable.
        scores: Metrics that need whole examples, or what the model generates:
            ``scores(trained, split)`` gives values by name, each with a unit in
            ``metric_units``. They are computed once a run, with the best epoch's
            weights, on the validation and the test split.
        sample: What there is to look at or listen to: ``sample(trained, prompt, length,
            temperature, seed)`` gives a :class:`Sample`.
    """

    load: Callable[[Split], tf.data.Dataset]
    head: keras.Layer
    loss: keras.losses.Loss
    metrics: tuple[keras.metrics.Metric, ...]
    metric_units: Mapping[str, str]
    monitor: str
    mode: Mode
    source: Source
    render: Callable[..., str]
    encoder: keras.Layer | None = None
    return_sequences: bool = False
    stateful: bool = False
    causal: bool = False
    causal_reason: str = ""
    step_name: str = "step"
    cell: str = "lstm"
    units: int = 128
    layers: int = 1
    optimizer: str = "adam"
    batch_size: int = 64
    epochs: int = 10
    learning_rate: float = 1e-3
    schedule: Literal["constant", "cosine"] = "cosine"
    clip_norm: float = 1.0
    baselines: Callable[[], tuple[Baseline, ...]] = tuple
    optimum: Optimum | None = None
    published: tuple[PublishedResult, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    version: int = 1
    scores: Callable[[Predictor, Split], Mapping[str, float]] | None = None
    sample: Callable[[Predictor, str, int, float, int], Sample] | None = None


def better(value: float, than: float, mode: Mode) -> bool:
    """Whether one value of a metric is better than another."""
    return value < than if mode == "min" else value > than
