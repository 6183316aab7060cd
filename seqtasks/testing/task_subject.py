"""A task under test: built once, its splits read once."""

import contextlib
import dataclasses
import functools
import hashlib
import socket
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from seqtasks.task import Split, Task
from seqtasks.training.example_store import flat_examples
from seqtasks.training.model import SequenceModel, build_model, compile_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.pipeline import Pipeline, data_sets
from seqtasks.training.predict import ModelPredictor
from seqtasks.training.settings import resolve_settings

UNITS = 8
KEPT = 8  # examples of a split that are kept whole
BATCH = 4


@dataclasses.dataclass(frozen=True)
class Examples:
    """What is kept of a split after it was read once.

    Args:
        inputs: A hash of the inputs of each example.
        whole: A hash of all of each example.
        labels: The target of each example if it is a single number, else ``None``.
        bounds: The smallest and the largest target.
        kept: The first examples, whole: tuples of arrays.
        shortest: The example with the fewest time steps.
        longest: The example with the most time steps.
        not_finite: The index of the first example with NaN or infinity, or ``None``.
        bad_weights: The index and weights of the first example with a negative weight
            or with no positive one, or ``None``.
        zero_weights: The share of the weights that are 0.
    """

    inputs: list[bytes]
    whole: list[bytes]
    labels: np.ndarray | None
    bounds: tuple[float, float]
    kept: list[tuple]
    shortest: tuple
    longest: tuple
    not_finite: int | None
    bad_weights: tuple[int, Any] | None
    zero_weights: float


class TaskSubject:
    """A task under test.

    Args:
        function: The task's function.
        options: Values of its options.
        max_examples: Number of examples of each split that are read, ``None`` for all.
            Baselines are of the whole test split, and are not computed with it.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        options: dict[str, Any],
        max_examples: int | None = None,
    ):
        self.function = function
        self.options = options
        self.max_examples = max_examples
        self.name = getattr(function, "__name__", type(function).__name__)
        self.contacted: list[str] = []

    def build(self, seed: int = 0) -> Any:
        """Calls the function as a run does, after the random seeds are set."""
        keras.utils.set_random_seed(seed)
        with _recording_contacts(self.contacted):
            return self.function(**self.options)

    @functools.cached_property
    def task(self) -> Task:
        """The task."""
        return self.build()

    @functools.cached_property
    def datasets(self) -> dict[Split, tf.data.Dataset]:
        """The unbatched examples by split."""
        with _recording_contacts(self.contacted):
            whole = data_sets(self.task)
        if self.max_examples is None:
            return whole
        return {split: data.take(self.max_examples) for split, data in whole.items()}

    @functools.cached_property
    def examples(self) -> dict[Split, Examples]:
        """What was read of each split."""
        with _recording_contacts(self.contacted):
            return {split: read(data) for split, data in self.datasets.items()}

    @functools.cached_property
    def baselines(self) -> tuple[Any, ...]:
        """What ``baselines`` gives, computed once; nothing if few examples are read."""
        return tuple(self.task.baselines()) if self.max_examples is None else ()

    def pipeline(self, examples: list[tuple] | None = None, batch_size: int = BATCH):
        """The runner's batches, of the training examples or of those given."""
        if examples is None:
            examples = self.examples["train"].kept
        spec = self.datasets["train"].element_spec
        few = tf.data.Dataset.from_generator(
            lambda: iter(examples), output_signature=spec
        )
        task = dataclasses.replace(self.task, load=lambda split: few, stateful=False)
        return Pipeline(task, batch_size, seed=0)

    @staticmethod
    def first_batch(pipeline: Pipeline) -> tuple:
        """The first batch of a pipeline: features, targets, weights."""
        # read to the end: what is cached in part is thrown away with a warning
        first, *_ = pipeline.evaluation("train")
        return first

    @functools.cached_property
    def batch(self) -> tuple:
        """The first batch of training examples: features, targets, weights."""
        return self.first_batch(self.pipeline())

    @functools.cached_property
    def model(self) -> SequenceModel:
        """The runner's model with a small cell, compiled as the runner does it."""
        small = {"units": UNITS, "layers": 1}
        settings = resolve_settings(self.task, self.name, small)
        stateless = dataclasses.replace(self.task, stateful=False)
        cell = keras.layers.SimpleRNNCell
        model = build_model(stateless, cell, settings, self.batch[0])
        compile_model(model, self.task, make_optimizer(settings, 1))
        return model

    @functools.cached_property
    def trained(self) -> ModelPredictor:
        """The small model as the task sees it, with the first training examples."""
        settings = resolve_settings(self.task, self.name, {"units": UNITS, "layers": 1})
        stateless = dataclasses.replace(self.task, stateful=False)
        return ModelPredictor(
            self.model,
            stateless,
            self.pipeline(),
            keras.layers.SimpleRNNCell,
            settings,
        )

    @functools.cached_property
    def predictions(self) -> Any:
        """The model's predictions for the first batch."""
        return self.model(self.batch[0])


def read(data: tf.data.Dataset) -> Examples:
    """Reads a split once. The arrays of all but a few examples are let go."""
    inputs, whole, labels = [], [], []
    kept: list[tuple] = []
    shortest = longest = not_finite = bad_weights = None
    low, high = np.inf, -np.inf
    weighted = zeros = 0
    for index, example in enumerate(examples_of(data)):
        if len(kept) < KEPT:
            kept.append(example)
        inputs.append(digest(example[0]))
        whole.append(digest(example))
        targets = leaves(example[1])
        if len(targets) == 1 and targets[0].ndim == 0:
            labels.append(targets[0])
        for part in targets:
            if part.size and part.dtype.kind in "iuf":
                low, high = min(low, part.min()), max(high, part.max())
        if not_finite is None and not _finite(example):
            not_finite = index
        if len(example) == 3:
            weights = example[2]
            weighted += np.size(weights)
            zeros += int(np.sum(np.asarray(weights) == 0))
            if np.any(weights < 0) or not np.any(weights > 0):
                bad_weights = bad_weights or (index, weights)
        if shortest is None or length(example) < length(shortest):
            shortest = example
        if longest is None or length(example) > length(longest):
            longest = example
    return Examples(
        inputs=inputs,
        whole=whole,
        labels=np.array(labels) if labels else None,
        bounds=(float(low), float(high)),
        kept=kept,
        shortest=shortest or (),
        longest=longest or (),
        not_finite=not_finite,
        bad_weights=bad_weights,
        zero_weights=zeros / max(1, weighted),
    )


def examples_of(data: tf.data.Dataset) -> Iterator[tuple]:
    """The examples one by one, as tuples of arrays."""
    for example in flat_examples(data):
        yield tf.nest.pack_sequence_as(data.element_spec, example)


def leaves(value: Any) -> list[np.ndarray]:
    """The arrays of an example, or of a part of one."""
    if isinstance(value, dict):
        value = tuple(value[name] for name in sorted(value))
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [np.asarray(value)]


def length(example: tuple) -> int:
    """The number of time steps of an example."""
    first = leaves(example[0])[0]
    return len(first) if first.ndim else 1


def digest(value: Any) -> bytes:
    """A hash of the types, shapes and values of arrays."""
    whole = hashlib.blake2b(digest_size=16)
    for part in leaves(value):
        whole.update(f"{part.dtype.str}{part.shape}".encode())
        whole.update(np.ascontiguousarray(part).tobytes())
    return whole.digest()


def _finite(example: tuple) -> bool:
    return all(
        np.all(np.isfinite(part)) for part in leaves(example) if part.dtype.kind == "f"
    )


@contextlib.contextmanager
def _recording_contacts(contacted: list[str]) -> Iterator[None]:
    """Refuses the network to Python code and notes who was to be contacted."""

    def refuse(host, *_args, **_kwargs):
        contacted.append(str(host))
        raise OSError(f"the network is closed during checks; {host} was asked for")

    with (
        mock.patch("socket.getaddrinfo", refuse),
        mock.patch.object(
            socket.socket, "connect", lambda _self, address: refuse(address)
        ),
    ):
        yield
