"""From a task's unbatched examples to seeded, shuffled, padded, masked batches."""

import dataclasses
import functools

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.fingerprint import fingerprint
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split, Task
from seqtasks.training.ahead import ahead
from seqtasks.training.buckets import bucket_boundaries
from seqtasks.training.in_memory import InMemory
from seqtasks.training.order import in_turn, shuffled


@dataclasses.dataclass(frozen=True)
class Pipeline:
    """The batches of a task.

    A batch is ``({"inputs": …, "mask": …}, targets, weights)``. The mask, ``(batch,
    time)``, is there only where lengths vary; padding has the weight 0.

    Args:
        task: The task.
        batch_size: Examples a batch; parallel streams where the state is carried.
        seed: Decides, with the epoch's number, the order of the training examples.
        limit: The largest number of batches of any split, ``None`` for all.
    """

    task: Task
    batch_size: int
    seed: int
    limit: int | None = None

    @functools.cached_property
    def examples(self) -> dict[Split, tf.data.Dataset]:
        """The unbatched examples of each split."""
        return {split: self.task.load(split) for split in SPLITS}

    @functools.cached_property
    def fingerprint(self) -> str:
        """A hash of the processed examples of all splits."""
        return fingerprint(self._memory)

    @functools.cached_property
    def lengths(self) -> dict[Split, np.ndarray]:
        """The number of time steps of each example, by split."""
        return {split: memory.lengths for split, memory in self._memory.items()}

    @property
    def varying(self) -> bool:
        """Whether the examples differ in length, so that batches are padded."""
        inputs = tf.nest.flatten(self.examples["train"].element_spec[0])[0]
        return inputs.shape[0] is None

    @property
    def steps(self) -> int:
        """The number of training batches of an epoch."""
        steps = self._train_batches
        return steps if self.limit is None else min(steps, self.limit)

    @property
    def time_steps_per_batch(self) -> float:
        """The mean number of time steps, padding not counted, of a training batch."""
        return float(self.lengths["train"].sum()) / self._train_batches

    def train(self, epoch: int) -> tf.data.Dataset:
        """The training batches of an epoch, in an order that (seed, epoch) decide.

        Examples of like length share a batch where lengths vary.
        """
        if self.task.stateful:
            return self._streams["train"]
        return self._gathered("train", self._order(epoch))

    def evaluation(self, split: Split) -> tf.data.Dataset:
        """The batches of a split, each example once, in its own order."""
        if self.task.stateful:
            return self._streams[split]
        order = in_turn(len(self.lengths[split]), self.batch_size)
        return self._gathered(split, order[: self.limit])

    def shapes(self, epoch: int) -> list[tuple[int, int]]:
        """The rows and time steps of the training batches of an epoch, in their order.

        No example is read for it.
        """
        lengths = self.lengths["train"]
        if self.task.stateful:
            return [(self.batch_size, int(lengths[0]))] * self.steps
        return [
            (len(batch), self._padded(int(lengths[batch].max())))
            for batch in self._order(epoch)
        ]

    @functools.cached_property
    def _memory(self) -> dict[Split, InMemory]:
        return {split: InMemory(examples) for split, examples in self.examples.items()}

    @functools.cached_property
    def _boundaries(self) -> list[int]:
        """Lengths that cut the training examples into buckets of like number."""
        if not self.varying:
            return []
        return bucket_boundaries(self.lengths["train"], self.batch_size)

    @property
    def _train_batches(self) -> int:
        """The number of batches of the whole training split."""
        return _ceil_div(len(self.lengths["train"]), self.batch_size)

    def _order(self, epoch: int) -> list[np.ndarray]:
        """The positions of the examples of each training batch of an epoch."""
        lengths = self.lengths["train"]
        order = shuffled(lengths, self._boundaries, self.batch_size, self.seed, epoch)
        return order[: self.limit]

    def _gathered(self, split: Split, order: list[np.ndarray]) -> tf.data.Dataset:
        return ahead(self._memory[split].gather(order).map(self._prepare))

    def _prepare(self, lengths, inputs, targets, weights=None):
        """A batch as the model takes it, with weights and, if needed, a mask."""
        shape = tf.shape(tf.nest.flatten(inputs)[0])[:2]
        features = {"inputs": inputs}
        if self.varying:
            features["mask"] = tf.sequence_mask(lengths, shape[1])
        if weights is None:
            weights = tf.ones(shape if self.task.return_sequences else shape[:1])
            if self.varying and self.task.return_sequences:
                weights *= tf.cast(features["mask"], weights.dtype)
        if self._are_shapes_few:
            return self._longer(features, targets, weights)
        return features, targets, weights

    @property
    def _are_shapes_few(self) -> bool:
        """Whether batches are padded to few lengths: JAX compiles for each new one."""
        return self.varying and keras.backend.backend() == "jax"

    @functools.cached_property
    def _ends(self) -> np.ndarray:
        """The longest that a sequence of each bucket can be, in any split."""
        longest = max(int(lengths.max()) for lengths in self.lengths.values())
        return np.array([*(first - 1 for first in self._boundaries), longest], np.int32)

    def _padded(self, length: int) -> int:
        """The number of time steps of a batch whose longest example has so many."""
        if not self._are_shapes_few:
            return length
        return int(self._ends[np.searchsorted(self._ends, length)])

    def _longer(self, features, targets, weights):
        """The batch, padded to the end of its bucket."""
        time = tf.shape(features["mask"])[1]
        end = tf.gather(self._ends, tf.searchsorted(self._ends, time[None]))[0]

        def pad(part):
            rest = [[0, 0]] * (len(part.shape) - 2)
            return tf.pad(part, [[0, 0], [0, end - time], *rest])

        features = tf.nest.map_structure(pad, features)
        if self.task.return_sequences:
            targets, weights = tf.nest.map_structure(pad, (targets, weights))
        return features, targets, weights

    @functools.cached_property
    def _streams(self) -> dict[Split, tf.data.Dataset]:
        """The streams of each split, arranged once and not again each epoch."""
        return {split: self._arranged(split) for split in SPLITS}

    def _arranged(self, split: Split) -> tf.data.Dataset:
        """Windows in parallel streams, so that row b of each batch follows row b.

        The windows, in their order, are cut into ``batch_size`` contiguous streams of
        equal length; the last stream is filled up with windows of weight 0.
        """
        count = len(self.lengths[split])
        steps = _ceil_div(count, self.batch_size)
        windows = self._memory[split].gather([np.arange(count)]).map(self._prepare)

        def arrange(part):
            missing = steps * self.batch_size - count
            filled = np.concatenate([part, np.zeros_like(part[:1]).repeat(missing, 0)])
            streams = filled.reshape(self.batch_size, steps, *part.shape[1:])
            return np.swapaxes(streams, 0, 1)

        whole = tf.nest.map_structure(arrange, next(windows.as_numpy_iterator()))
        batches = tf.data.Dataset.from_tensor_slices(whole)
        if self.limit is not None:
            batches = batches.take(self.limit)
        return ahead(batches)


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


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)
