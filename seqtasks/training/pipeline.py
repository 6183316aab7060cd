"""From a task's unbatched examples to seeded, shuffled, padded, masked batches.

The examples of each split are read once (``example_store.py``), on which occasion they
are hashed. An epoch is a list of arrays of positions (``batch_order.py``); a batch is
made in NumPy from the positions and goes to tf.data once.
"""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.fingerprint import Fingerprint
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split, Task
from seqtasks.training.batch_order import (
    bucket_boundaries,
    in_order,
    in_streams,
    shuffled,
)
from seqtasks.training.example_store import (
    MEMORY_BUDGET,
    ExampleStore,
    parse_bytes,
)

_PREFETCHED_BATCHES = 2

# an eighth of the longest example is the most that padding adds to a batch
_MOST_LENGTHS = 8


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """The batches of a task.

    A batch is ``({"inputs": …, "mask": …}, targets, weights)``. Inputs have the shape
    ``(batch, time, …)``. The mask, ``(batch, time)``, is there only where lengths vary.
    Weights have the shape ``(batch, time)`` with a target at each step, else
    ``(batch,)``; padding has the weight 0.

    Args:
        task: The task.
        batch_size: Examples a batch; parallel streams of a stateful task.
        seed: Decides, with the epoch's number, the order of the training examples.
        limit: The largest number of batches of any split, ``None`` for all.
        memory_budget: Number of bytes of examples to hold in memory, also as text, as
            in ``"2GB"``; a split above it is read from a file. It changes no batch.
        few_lengths: Whether batches are padded to one of ``_MOST_LENGTHS`` numbers of
            time steps, so that a budget of seconds has few first steps, which compile.
    """

    task: Task
    batch_size: int
    seed: int
    limit: int | None = None
    memory_budget: int | str = MEMORY_BUDGET
    few_lengths: bool = False

    @functools.cached_property
    def examples(self) -> dict[Split, tf.data.Dataset]:
        """The unbatched examples of each split."""
        return {split: self.task.load(split) for split in SPLITS}

    @property
    def fingerprint(self) -> str:
        """A hash of the processed examples of all splits."""
        return self._read[1]

    @functools.cached_property
    def lengths(self) -> dict[Split, np.ndarray]:
        """The number of time steps of each example, ``(examples,)``, by split."""
        return {split: store.lengths for split, store in self._stores.items()}

    @property
    def varying(self) -> bool:
        """True if the examples differ in length, so that batches are padded."""
        inputs = tf.nest.flatten(self.examples["train"].element_spec[0])[0]
        return inputs.shape[0] is None

    @property
    def steps(self) -> int:
        """The number of training batches of an epoch."""
        return len(self._order("train", 0))

    @property
    def time_steps_per_batch(self) -> float:
        """The mean number of time steps, padding not counted, of a training batch."""
        lengths = self.lengths["train"]
        return float(lengths.sum()) / -(-len(lengths) // self.batch_size)

    def train(self, epoch: int, start: int = 0) -> tf.data.Dataset:
        """The training batches of an epoch, in an order that (seed, epoch) decide.

        Examples of like length share a batch where lengths vary. The windows of a
        stateful task have one order, as row b of each batch follows row b.

        Args:
            epoch: Number of the epoch, from 0.
            start: Number of batches to leave out. Their examples are not read.
        """
        return self._batches("train", self._order("train", epoch), start)

    def evaluation(self, split: Split) -> tf.data.Dataset:
        """The batches of a split, each example once, in its own order."""
        return self._batches(split, self._order(split), 0)

    def shapes(self, epoch: int) -> list[tuple[int, int]]:
        """The rows and time steps of the training batches of an epoch, in their order.

        No example is read for it.
        """
        lengths = self.lengths["train"]
        return [
            (len(batch), self._padded_length("train", int(lengths[batch].max())))
            for batch in self._order("train", epoch)
        ]

    @functools.cached_property
    def _read(self) -> tuple[dict[Split, ExampleStore], str]:
        """The examples of all splits, and their hash."""
        fingerprint, budget = Fingerprint(), parse_bytes(self.memory_budget)
        stores: dict[Split, ExampleStore] = {}
        for split, examples in self.examples.items():
            fingerprint.start(split)
            stores[split] = ExampleStore(examples, budget, fingerprint.add)
            budget -= stores[split].memory
        return stores, fingerprint.hexdigest()

    @property
    def _stores(self) -> dict[Split, ExampleStore]:
        return self._read[0]

    @functools.cached_property
    def _boundaries(self) -> list[int]:
        """Lengths that cut the training examples into buckets of about equal size."""
        if not self.varying:
            return []
        return bucket_boundaries(self.lengths["train"], self.batch_size)

    def _order(self, split: Split, epoch: int | None = None) -> list[np.ndarray]:
        """The positions of the examples of each batch; shuffled for an epoch."""
        lengths = self.lengths[split]
        if self.task.stateful:
            order = in_streams(len(lengths), self.batch_size)
        elif epoch is None:
            order = in_order(len(lengths), self.batch_size)
        else:
            order = shuffled(
                lengths, self._boundaries, self.batch_size, self.seed, epoch
            )
        return order[: self.limit]

    def _batches(
        self, split: Split, order: Sequence[np.ndarray], start: int
    ) -> tf.data.Dataset:
        """The batches of an order, from number ``start`` on."""
        spec = self._batch_spec

        @tf.autograph.experimental.do_not_convert  # it has no control flow
        def batch_at(index):
            # numpy_function takes and gives flat lists of tensors of unknown shape
            parts = tf.numpy_function(
                lambda index: tf.nest.flatten(self._batch(split, order[index])),
                [index],
                [part.dtype for part in tf.nest.flatten(spec)],
                stateful=False,
            )
            batch = tf.nest.pack_sequence_as(spec, parts)
            return tf.nest.map_structure(
                lambda part, spec: tf.ensure_shape(part, spec.shape), batch, spec
            )

        return prefetch(tf.data.Dataset.range(start, len(order)).map(batch_at))

    @functools.cached_property
    def _batch_spec(self) -> tuple[dict[str, Any], Any, tf.TensorSpec]:
        """Types and shapes of a batch; its number of rows is known of streams only."""
        rows = self.batch_size if self.task.stateful else None

        def batched(spec):
            return tf.TensorSpec((rows, *spec.shape), spec.dtype)

        inputs, targets, *weights = tf.nest.map_structure(
            batched, self.examples["train"].element_spec
        )
        time = tf.nest.flatten(inputs)[0].shape[1]
        features = {"inputs": inputs}
        if self.varying:
            features["mask"] = tf.TensorSpec((rows, None), tf.bool)
        if not weights:
            shape = (rows, time) if self.task.return_sequences else (rows,)
            weights = [tf.TensorSpec(shape, tf.float32)]
        return features, targets, weights[0]

    def _batch(self, split: Split, positions: np.ndarray) -> tuple[dict, Any, Any]:
        """A batch as the model takes it, with weights and, if needed, a mask.

        Args:
            split: The split.
            positions: The examples, ``(batch,)``; -1 for a row of zeros.
        """
        lengths, (inputs, targets, *given) = self._stores[split].gather(positions)
        rows, time = tf.nest.flatten(inputs)[0].shape[:2]
        features = {"inputs": inputs}  # (B, T, …)
        if self.varying:
            features["mask"] = np.arange(time) < lengths[:, None]  # (B, T)
        if given:
            (weights,) = given
        else:
            shape = (rows, time) if self.task.return_sequences else (rows,)
            weights = np.ones(shape, np.float32)
            if self.varying and self.task.return_sequences:
                weights *= features["mask"]
            weights[positions < 0] = 0
        more = self._padded_length(split, time) - time
        if not more:
            return features, targets, weights

        def pad(part):  # (B, T, …) → (B, T + more, …)
            return np.pad(part, [(0, 0), (0, more), *[(0, 0)] * (part.ndim - 2)])

        features = tf.nest.map_structure(pad, features)
        if self.task.return_sequences:
            targets, weights = tf.nest.map_structure(pad, (targets, weights))
        return features, targets, weights

    def _padded_length(self, split: Split, length: int) -> int:
        """The number of time steps of a batch whose longest example has ``length``."""
        if self.task.stateful:  # the state has one shape
            length = int(self.lengths[split].max())
        if not self.varying:
            return length
        if self.few_lengths:
            longest = int(self._bucket_ends[-1])
            part = -(-longest // _MOST_LENGTHS)
            return min(-(-length // part) * part, longest)
        # JAX compiles for each new shape: there, batches are padded to the longest
        # that an example of their bucket can be
        if keras.backend.backend() != "jax":
            return length
        return int(self._bucket_ends[np.searchsorted(self._bucket_ends, length)])

    @functools.cached_property
    def _bucket_ends(self) -> np.ndarray:
        """The longest that a sequence of each bucket can be, in any split."""
        longest = max(int(lengths.max()) for lengths in self.lengths.values())
        return np.array([*(first - 1 for first in self._boundaries), longest])


def prefetch(batches: tf.data.Dataset) -> tf.data.Dataset:
    """The batches, two of which are made while the model trains on those before.

    TensorFlow's tuning of the pipeline, which has nothing to tune here, is switched
    off: its thread sleeps longer after each of its turns, and the end of an iterator
    waits for it to wake, up to 40 s an epoch.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(_PREFETCHED_BATCHES).with_options(options)


def check_not_empty(pipeline: Pipeline) -> None:
    """Refuses a task with a split that has no examples.

    Raises:
        UsageError: If a split is empty.
    """
    for split, lengths in pipeline.lengths.items():
        if not len(lengths):
            raise UsageError(
                f"Expected at least one example in each split; {split} has none. "
                f"Give more data or a smaller split."
            )
