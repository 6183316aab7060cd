"""Task: a problem, stated apart from the cell that solves it.

Shapes are given without the batch axis for one example, as ``(time, features)``, and
with it, as ``(batch, time, features)``, for what a model is given.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from seqtasks.processor import Processor

Mode = Literal["min", "max"]
Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclasses.dataclass(frozen=True)
class Source:
    """The origin of a task's examples.

    Args:
        name: Value of the task's ``dataset`` option, or the path that was given.
        summary: Description of the data in one sentence.
        licence: Terms under which it may be used.
        url: Address of its description, or the empty string.
        details: Further lines of the task's card, each a short label and a text, as
            where splits come from or how many examples of each class they have.
    """

    name: str
    summary: str
    licence: str
    url: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Baseline:
    """The score of a method without a recurrent state on the test split.

    Args:
        name: Short name, as in ``"5-gram"``.
        metric: Name of the task's metric.
        value: Value of the metric, in its unit.
        how: Method, in one sentence.
    """

    name: str
    metric: str
    value: float
    how: str


@dataclasses.dataclass(frozen=True)
class Optimum:
    """The Bayes-optimal value: the best that any method can reach in expectation.

    Args:
        metric: Name of the task's metric.
        value: Value of the metric, in its unit.
        how: Reason why nothing can do better, in one sentence.
    """

    metric: str
    value: float
    how: str


@dataclasses.dataclass(frozen=True)
class PublishedResult:
    """A published value, and the runs that may be compared with it.

    Args:
        name: Name of the model in its source.
        metric: Name of the task's metric.
        value: Value of the metric, in its unit.
        source: Paper, with the number of the table.
        protocol: Way in which it was measured, in a few words.
        cell: Name of the cell of this suite that the model has; empty for none.
        num_params: Number of trainable parameters of the published model, which a run
            matches within a tenth; 0 where the source does not give it.
        settings: Values of settings that a run must have, by name.
        options: Values of the task's options that the protocol needs, by name. A task
            gives all of its published values, for any options of its own.
        low: Least value that agrees with the published one.
        high: Largest value that agrees with it. Without ``low`` and ``high`` it is
            unknown how far a repetition may be off, and there is no verdict.
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
        metric: Name of the task's metric.
        unit: Name of the other unit, as in ``"nats/note"`` or ``"°C"``.
        factor: Factor by which a value in the metric's own unit is multiplied.
        how: Origin of the factor, in one sentence.
    """

    metric: str
    unit: str
    factor: float
    how: str


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One example of a split with a model's predictions for it; nothing is padded.

    Args:
        inputs: Inputs as ``load`` gives them, ``(time, …)``.
        targets: Targets as ``load`` gives them, ``(time, …)`` or ``(…)``.
        weights: Weights as ``load`` gives them, ``(time,)`` or ``()``, or ones.
        predictions: Outputs of the head, ``(time, …)`` with a target at each step,
            else ``(…)``.
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray
    predictions: np.ndarray


class Predictor(Protocol):
    """A trained model, in the form in which a task generates and scores with it."""

    def predicted(self, split: Split) -> Iterator[Prediction]:
        """Each example of a split, in its order, with the model's predictions."""

    def predict(self, inputs: Any) -> np.ndarray:
        """Predictions for one example: ``(time, …)`` to ``(time, …)`` or ``(…)``."""

    def stepper(self, rows: int = 1) -> Callable[[Any], np.ndarray]:
        """A function from the inputs of one time step to the predictions after it.

        Inputs and predictions have the shape ``(rows, 1, …)``. The function carries the
        state of each row from call to call, beginning with the initial state.
        """


@dataclasses.dataclass(frozen=True)
class Sample:
    """The output of a trained model, for a person to read, see or hear.

    Args:
        text: Text that is printed.
        files: Contents by name of the file, as in ``{"piece.mid": b"…"}``.
    """

    text: str
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Groups:
    """Examples that belong together and so err together, as those of one speaker.

    Args:
        name: Name of a group, as in ``"speaker"``.
        of: Function from a split to the group of each of its examples, in the order of
            ``load``; ``None`` where that is not known.
    """

    name: str
    of: Callable[[Split], Sequence[Hashable] | None]


def ratio(sums: Sequence[float]) -> float:
    """The first sum over the second; NaN where that is 0."""
    return float(sums[0] / sums[1]) if sums[1] else math.nan


@dataclasses.dataclass(frozen=True)
class SummedScore:
    """A score of sums over a split, with what each example adds to them.

    It is a number to ``float``. By the parts its standard error over examples is known.

    Args:
        value: The score.
        parts: What each example adds to the sums, ``(examples, sums)``.
        combine: Function from the sums, ``(sums,)``, to the score.
        unit: Name of what a row of ``parts`` is of, as in ``"clip"``.
        groups: Group of each row, where some err together; their name is ``unit``.
    """

    value: float
    parts: np.ndarray
    combine: Callable[[Sequence[float]], float] = ratio
    unit: str = "example"
    groups: Sequence[Hashable] | None = None

    @classmethod
    def mean(cls, values: Sequence[float], unit: str = "example") -> SummedScore:
        """The mean of one value for each example; NaN of none."""
        import numpy as np

        parts = np.stack([np.asarray(values, float), np.ones(len(values))], axis=1)
        return cls(
            float(np.mean(values)) if len(values) else math.nan, parts, unit=unit
        )

    def __float__(self) -> float:
        return float(self.value)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Labels:
    """The words for an example's steps, for a person who follows a model through it.

    Args:
        classes: Label of each output; empty for their numbers.
        step: Function of an example's inputs and t that gives the input of step t as a
            person reads it, as in ``"m"`` or ``"C4+E4"``. ``None`` for the number
            itself or, of a vector, ``step_name`` and t.
        raw: Function of an example's inputs and t that gives the array that the input
            of step t is drawn from. ``None`` for the inputs of step t themselves.
        target: Function that gives one target as a person reads it; ``None`` for the
            label of its class or its numbers.
        read: Function from a text that a person types to ``(inputs, targets)`` as
            ``load`` gives them; targets are ``None`` where the text has none. ``None``
            where an example cannot be typed.
    """

    classes: tuple[str, ...] = ()
    step: Callable[[Any, int], str] | None = None
    raw: Callable[[Any, int], np.ndarray | None] | None = None
    target: Callable[[Any], str] | None = None
    read: Callable[[str], tuple[Any, Any]] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Horizon:
    """How a task is made to need a longer memory, and when it counts as solved.

    ``seqtasks horizon`` looks for the largest value of an option with which a cell
    still solves the task.

    Args:
        option: Name of the option, an integer, that is made larger.
        title: Name of what is found, as in ``"longest delay"``.
        unit: Name of what the option counts, as in ``"steps"``.
        metric: Name of the metric or score by which the validation split counts as
            solved; ``{value}`` in it stands for the option's value.
        threshold: Value of the metric from which on it does.
        mode: ``"min"`` if a small value of it is good, ``"max"`` if a large one is.
        how: Origin of the threshold, in one sentence.
        start: Value that is tried first, a power of two.
        least: Smallest value that is tried.
        most: Largest value that is tried.
        options: Function from the option's value to the values of other options that
            have to grow with it, by name; ``None`` for none.
    """

    option: str
    title: str
    unit: str
    metric: str
    threshold: float
    mode: Mode
    how: str
    start: int
    least: int
    most: int
    options: Callable[[int], Mapping[str, Any]] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """A problem: data, encoder, head, loss, metrics, baselines.

    A task is *returned by a function*; the function's name is the task's name, its
    arguments are the task's options. The function is called after the random seeds are
    set, because Keras draws an initializer's seed when a layer is constructed. Every
    task is solved by one model, ``head(RNN(cell)(encoder(inputs)))``.

    Args:
        load: Function from a split's name to its unbatched examples,
            ``(inputs, targets)`` or ``(inputs, targets, weights)``: inputs
            ``(time, …)``; targets and weights ``(time, …)`` and ``(time,)`` with a
            target at each step, else ``(…)`` and ``()``. Where the static length of
            ``inputs`` is ``None``, batches are padded and masked.
        head: Layer from the outputs of the recurrence, ``(batch, time, units)``, or
            ``(batch, units)`` with one target an example, to predictions.
        loss: Keras loss of ``(targets, predictions)``, averaged over the weights that
            are not zero.
        metrics: Keras metrics, which are given the weights. With a target at each step,
            each step is an example of its own: targets and predictions
            ``(batch * time, …)``.
        metric_units: Unit of each metric and score by its name, as in
            ``"bits/character"``.
        monitor: Name of the metric by which the best epoch is chosen, on validation.
        mode: ``"min"`` if a small value of it is good, ``"max"`` if a large one is.
        source: Origin of the examples.
        render: Function of the parts of one example, which writes it for a person.
        encoder: Layer from the batched ``inputs``, ``(batch, time, …)``, to features,
            ``(batch, time, features)``. ``None`` leaves them as they are.
        return_sequences: ``True`` if there is a target at each time step.
        stateful: ``True`` if examples are consecutive windows of one long sequence; the
            state is carried from each to the next (truncated back-propagation through
            time).
        causal: ``True`` if a prediction must not depend on later inputs. A
            bidirectional recurrence is then refused.
        causal_reason: Reason for that, as the end of a sentence: "in this task, …".
        step_name: Name of one time step, as in ``"character"``.
        cell: Name of the default cell.
        units: Default size of the state.
        layers: Default number of stacked recurrent layers.
        optimizer: Name of the default optimizer.
        batch_size: Default number of examples a training step.
        epochs: Default number of passes over the training split.
        learning_rate: Default learning rate at the start.
        schedule: Default course of the learning rate over the run.
        clip_norm: Default bound on the global norm of the gradient; 0 for none.
        baselines: Function that computes the baselines; called once a run.
        optimum: Bayes-optimal value, where it is known.
        published: Published values, also those that need other options of this task.
        conversions: Other units of the metrics. Between nats, bits and perplexity
            none is needed.
        search: Ranges of what ``seqtasks tune`` searches, by name: of settings, and of
            options with which the problem stays the same, as ``"dropout"``.
        version: Number that is raised whenever results stop being comparable.
        scores: Function of ``(predictor, split)`` for metrics that need whole examples
            or generated ones: values by name, each with a unit in ``metric_units``. It
            is called once a run, with the best epoch's weights, for validation and
            test. A value is a number, or a :class:`SummedScore`, whose standard error
            over examples is computed.
        groups: Groups of examples, as by speaker, by which standard errors are
            computed; ``None`` where examples are independent of each other.
        sample: Function of ``(predictor, prompt, length, temperature, seed)`` that
            gives a :class:`Sample`.
        labels: Words for an example's steps and classes.
        horizon: Option by which the task needs a longer memory, for ``seqtasks
            horizon``; ``None`` where there is none.
        processor: Function that gives the :class:`seqtasks.processor.Processor` of new
            input, for ``seqtasks predict``; called after the data was read. ``None``
            for one by the form of the data: a sequence of numbers, and ``labels``.
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
    search: Mapping[str, str] = dataclasses.field(
        default_factory=lambda: {"learning_rate": "3e-4:3e-2:log"}
    )
    baselines: Callable[[], tuple[Baseline, ...]] = tuple
    optimum: Optimum | None = None
    published: tuple[PublishedResult, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    version: int = 1
    scores: Callable[[Predictor, Split], Mapping[str, float | SummedScore]] | None = (
        None
    )
    groups: Groups | None = None
    sample: Callable[[Predictor, str, int, float, int], Sample] | None = None
    labels: Labels = Labels()
    horizon: Horizon | None = None
    processor: Callable[[], Processor] | None = None


def better(value: float, than: float, mode: Mode) -> bool:
    """Compares two values of a metric; true if the first is better."""
    return value < than if mode == "min" else value > than
