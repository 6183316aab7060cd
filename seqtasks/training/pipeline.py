"""From a task's unbatched examples to seeded, shuffled, padded, masked batches."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from seqtasks.data.fingerprint import fingerprint
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split, Task

_BUCKETS = 4


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
        """The unbatched examples of each split, kept in memory once read."""
        return {split: self.task.load(split).cache() for split in SPLITS}

    @functools.cached_property
    def fingerprint(self) -> str:
        """A hash of the processed examples of all splits."""
        return fingerprint(self.examples)

    @functools.cached_property
    def lengths(self) -> dict[Split, np.ndarray]:
        """The number of time steps of each example, by split."""
        return {
            split: np.fromiter(
                (
                    int(length)
                    for length in examples.map(
                        lambda inputs, *_: tf.shape(tf.nest.flatten(inputs)[0])[0]
                    ).as_numpy_iterator()
                ),
                dtype=np.int64,
            )
            for split, examples in self.examples.items()
        }

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

    @functools.cached_property
    def _train_batches(self) -> int:
        """The number of batches of the whole training split."""
        lengths = self.lengths["train"]
        if self.task.carry_state or not self.varying:
            return _ceil_div(len(lengths), self.batch_size)
        bucket = np.searchsorted(self._boundaries, lengths, "right")
        return sum(
            _ceil_div(int(count), self.batch_size) for count in np.bincount(bucket)
        )

    @property
    def time_steps_per_batch(self) -> float:
        """The mean number of time steps, padding not counted, of a training batch."""
        return float(self.lengths["train"].sum()) / self._train_batches

    def train(self, epoch: int) -> tf.data.Dataset:
        """The training batches of an epoch, in an order that (seed, epoch) decide.

        Examples of like length share a batch where lengths vary.
        """
        if self.task.carry_state:
            return self._streams["train"]
        return self._shuffled(self.examples["train"].map(self._prepare), epoch)

    def shapes(self, epoch: int) -> list[tuple[int, int]]:
        """The rows and time steps of the training batches of an epoch, in their order.

        No example is read for it: lengths are shuffled and batched in their place.
        """
        lengths = self.lengths["train"]
        if self.task.carry_state:
            return [(self.batch_size, int(lengths[0]))] * self.steps
        examples = tf.data.Dataset.from_tensor_slices(lengths).map(
            lambda length: ({"mask": tf.ones(length[None], tf.bool)}, length)
        )
        batches = self._shuffled(examples, epoch).as_numpy_iterator()
        return [(len(length), int(length.max())) for _, length in batches]

    def _shuffled(self, examples: tf.data.Dataset, epoch: int) -> tf.data.Dataset:
        """The batches of training examples, in the order of an epoch."""
        order = np.random.SeedSequence([self.seed, epoch]).generate_state(2)
        count = len(self.lengths["train"])
        examples = examples.shuffle(
            count, seed=int(order[0]), reshuffle_each_iteration=False
        )
        if not self.varying:
            batches = examples.batch(self.batch_size)
        else:
            batches = examples.bucket_by_sequence_length(
                lambda inputs, *_: tf.shape(inputs["mask"])[0],
                bucket_boundaries=self._boundaries,
                bucket_batch_sizes=[self.batch_size] * (len(self._boundaries) + 1),
            )
            # without this the last, unfilled batches would come sorted by length
            batches = batches.shuffle(
                self._train_batches, seed=int(order[1]), reshuffle_each_iteration=False
            )
        return self._finished(batches, self._train_batches)

    def evaluation(self, split: Split) -> tf.data.Dataset:
        """The batches of a split, each example once, in its own order."""
        if self.task.carry_state:
            return self._streams[split]
        examples = self.examples[split].map(self._prepare)
        batches = (
            examples.padded_batch(self.batch_size)
            if self.varying
            else examples.batch(self.batch_size)
        )
        return self._finished(
            batches, _ceil_div(len(self.lengths[split]), self.batch_size)
        )

    def _finished(self, batches: tf.data.Dataset, count: int) -> tf.data.Dataset:
        """The batches up to the limit; their number is told to Keras, and checked."""
        batches = batches.apply(tf.data.experimental.assert_cardinality(count))
        if self.limit is not None:
            batches = batches.take(self.limit)
        return batches.prefetch(tf.data.AUTOTUNE)

    @functools.cached_property
    def _boundaries(self) -> list[int]:
        """Lengths that cut the training examples into buckets of like number."""
        cuts = np.quantile(self.lengths["train"], np.arange(1, _BUCKETS) / _BUCKETS)
        return sorted({int(np.ceil(cut)) + 1 for cut in cuts})

    def _prepare(self, inputs, targets, weights=None):
        """An example as the model takes it, with weights and, if needed, a mask."""
        time = tf.shape(tf.nest.flatten(inputs)[0])[:1]
        if weights is None:
            weights = tf.ones(time if self.task.return_sequences else ())
        features = {"inputs": inputs}
        if self.varying:
            features["mask"] = tf.ones(time, tf.bool)
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
        windows = self.examples[split].map(self._prepare)
        count = len(self.lengths[split])
        steps = _ceil_div(count, self.batch_size)
        whole = next(windows.batch(count).as_numpy_iterator())

        def arrange(part):
            missing = steps * self.batch_size - count
            filled = np.concatenate([part, np.zeros_like(part[:1]).repeat(missing, 0)])
            streams = filled.reshape(self.batch_size, steps, *part.shape[1:])
            return np.swapaxes(streams, 0, 1)

        batches = tf.data.Dataset.from_tensor_slices(
            tf.nest.map_structure(arrange, whole)
        )
        return self._finished(batches, steps)


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
