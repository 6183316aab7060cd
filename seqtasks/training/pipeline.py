"""From a task's unbatched examples to seeded, shuffled, padded, masked batches.

The examples of each split are read once (``example_store.py``), on which occasion they
are hashed. An epoch is a list of arrays of positions (``batch_order.py``); a batch is
made in NumPy from the positions and goes to tf.data once.
"""

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.fingerprint import Fingerprint
from seqtasks.errors import UsageError
from seqtasks.loading import placed, reported
from seqtasks.result import OF_THE_DATA
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
        least_steps: Least number of batches of an epoch. One passes over the training
            examples as often as that takes; once, with a carried state.
        devices: Number of devices that share a batch: one that does not divide is
            filled up with rows of the weight 0.
        splits: Splits that are read; a trial of a search reads no test split.
    """

    task: Task
    batch_size: int
    seed: int
    limit: int | None = None
    memory_budget: int | str = MEMORY_BUDGET
    few_lengths: bool = False
    least_steps: int = 1
    devices: int = 1
    splits: tuple[Split, ...] = SPLITS

    @functools.cached_property
    def examples(self) -> dict[Split, tf.data.Dataset]:
        """The unbatched examples of each split."""
        with placed(self.task.load):
            return data_sets(self.task, self.splits)

    @property
    def fingerprint(self) -> str:
        """A hash of the processed examples of all splits that are read."""
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
        return self.batches("train", self._order("train", epoch), start)

    def train_sample(self) -> tf.data.Dataset:
        """As many training batches as validation has, in the order of the first epoch.

        Their order is no part of them: a folder's first examples may be of one class.
        """
        count = len(self._order("validation"))
        return self.batches("train", self._order("train", 0)[:count])

    def evaluation(self, split: Split) -> tf.data.Dataset:
        """The batches of a split, each example once, in its own order."""
        return self.batches(split, self._order(split))

    def positions(self, split: Split, epoch: int | None = None) -> list[np.ndarray]:
        """The examples of each batch of :meth:`evaluation`; -1 for a row of zeros.

        Args:
            split: The split.
            epoch: Number of an epoch, for the batches of :meth:`train`.
        """
        return self._order(split, epoch)

    def shapes(self, epoch: int) -> list[tuple[int, int]]:
        """The rows and time steps of the training batches of an epoch, in their order.

        No example is read for it.
        """
        return self.shapes_of("train", self._order("train", epoch))

    def shapes_of(
        self, split: Split, order: Sequence[np.ndarray]
    ) -> list[tuple[int, int]]:
        """The rows and time steps of batches that :meth:`positions` gave."""
        lengths = self.lengths[split]
        return [
            (len(batch), self._padded_length(split, int(longest)))
            for batch in order
            for longest in [lengths[batch[batch >= 0]].max()]
        ]

    def batch(self, split: Split, positions: np.ndarray) -> tuple[dict, Any, Any]:
        """Some examples of a split as the model takes them: arrays, padded and masked.

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

    def check_classes(self, outputs: int) -> None:
        """Refuses targets and tokens for which the model has no place.

        On a GPU and in compiled loops such a one would be a wrong number in silence,
        and one of test alone would be found when all is trained.

        Args:
            outputs: Number of the head's outputs.

        Raises:
            UsageError: If a class of a target, or a token of an input, has none.
        """
        loss = keras.losses.get(self.task.loss)
        if isinstance(loss, keras.losses.SparseCategoricalCrossentropy):
            kept = f"The head has {outputs} outputs, one for each class"
            self._check_range("target", 1, outputs, kept, loss.ignore_class)
        encoder = self.task.encoder
        if isinstance(encoder, keras.Sequential) and encoder.layers:
            encoder = encoder.layers[0]
        if isinstance(encoder, keras.layers.Embedding):
            kept = f"The encoder embeds {encoder.input_dim} tokens"
            self._check_range("token", 0, encoder.input_dim, kept)

    def not_finite(self) -> str:
        """The first example of train or validation that holds NaN or infinity.

        Returns:
            A sentence with the remedy; empty if all of their numbers are finite.
        """
        spec = self.examples["train"].element_spec
        names = [
            name
            for name, part in zip(("inputs", "targets", "weights"), spec, strict=False)
            for _ in tf.nest.flatten(part)
        ]
        for split in ("train", "validation"):
            for number, name in enumerate(names):
                if found := self._stores[split].first_not_finite(number):
                    example, value = found
                    held = "NaN" if math.isnan(abs(value)) else "infinity"
                    return (
                        f"Example {example} of {split} holds {held} in its {name}: "
                        f"{OF_THE_DATA}. Fill such values (and give their targets "
                        f"the weight 0), or leave the example out."
                    )
        return ""

    def _check_range(
        self, what: str, place: int, count: int, kept: str, ignored: int | None = None
    ) -> None:
        """Refuses values of a part of the examples that are none of so many classes."""
        spec = self.examples["train"].element_spec
        sizes = [len(tf.nest.flatten(part)) for part in spec]
        if sizes[place] != 1:
            return
        part = sum(sizes[:place])
        weights = sum(sizes[:2]) if what == "target" and len(spec) == 3 else None
        for split, store in self._stores.items():
            if found := store.first_outside(part, count, weights, ignored):
                example, step, value = found
                timed = what == "token" or self.task.return_sequences
                at = f" at step {step}" if timed else ""
                raise UsageError(
                    f"Expected each {what} to be one of 0 to {count - 1}; example "
                    f"{example} of {split} has the {what} {value}{at}. {kept}: give it "
                    f"as many as the data has, or leave such examples out."
                )

    @functools.cached_property
    def _read(self) -> tuple[dict[Split, ExampleStore], str]:
        """The examples of the splits, and their hash."""
        fingerprint, budget = Fingerprint(), parse_bytes(self.memory_budget)
        stores: dict[Split, ExampleStore] = {}
        for split, examples in self.examples.items():
            fingerprint.start(split)
            failed = f"The examples of {split} could not be read"
            with placed(self.task.load), reported(failed):
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
            passes = -(-self.least_steps // -(-len(lengths) // self.batch_size))
            order = [
                batch
                for number in range(epoch * passes, (epoch + 1) * passes)
                for batch in shuffled(
                    lengths, self._boundaries, self.batch_size, self.seed, number
                )
            ]
        return [self._filled_up(batch) for batch in order[: self.limit]]

    def _filled_up(self, batch: np.ndarray) -> np.ndarray:
        """The positions of a batch, with -1 for rows of zeros that make it divide."""
        return np.pad(batch, (0, -len(batch) % self.devices), constant_values=-1)

    def batches(
        self, split: Split, order: Sequence[np.ndarray], start: int = 0
    ) -> tf.data.Dataset:
        """The batches of an order, as :meth:`positions` gives it.

        Args:
            split: The split.
            order: Positions of the examples of each batch.
            start: Number of batches to leave out.
        """
        spec = self._batch_spec

        @tf.autograph.experimental.do_not_convert  # it has no control flow
        def batch_at(index):
            # numpy_function takes and gives flat lists of tensors of unknown shape
            parts = tf.numpy_function(
                lambda index: tf.nest.flatten(self.batch(split, order[index])),
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


def data_sets(
    task: Task, splits: Sequence[Split] = SPLITS
) -> dict[Split, tf.data.Dataset]:
    """The unbatched examples of each split; nothing is read yet.

    Args:
        task: The task.
        splits: Splits to give, of which train is the first.

    Raises:
        UsageError: If ``load`` raises, or a split is no data set, has no end, has not
            the parts of an example, is batched already, or is of another shape than
            train.
    """
    examples: dict[Split, Any] = {}
    for split in splits:
        with reported(f"load({split!r}) of the task failed"):
            examples[split] = found = task.load(split)
        if not isinstance(found, tf.data.Dataset):
            raise UsageError(
                f"Expected load({split!r}) to give a tf.data.Dataset of unbatched "
                f"examples; received {type(found).__name__}. Make one with "
                f"tf.data.Dataset.from_tensor_slices((inputs, targets))."
            )
        if int(found.cardinality()) == tf.data.INFINITE_CARDINALITY:
            raise UsageError(
                f"Expected load({split!r}) to give each example once; its examples "
                f"have no end. Leave out repeat(): epochs are the runner's."
            )
        spec = found.element_spec
        if not isinstance(spec, tuple) or len(spec) not in (2, 3):
            raise UsageError(
                f"Expected examples (inputs, targets) or (inputs, targets, weights) "
                f"of load({split!r}); received {spec}."
            )
        if any(isinstance(part, tf.RaggedTensorSpec) for part in tf.nest.flatten(spec)):
            raise UsageError(
                f"Expected tensors in the examples of load({split!r}); received ragged "
                f"ones. Give each example as a tensor of its own length, with the "
                f"static length None."
            )
        texts = [part for part in tf.nest.flatten(spec) if part.dtype == tf.string]
        if texts:
            raise UsageError(
                f"Expected examples of numbers in load({split!r}); received texts, "
                f"{texts[0]}. Give each text as the numbers of its symbols."
            )
        if any(part.shape.rank == 0 for part in tf.nest.flatten(spec[0])):
            raise UsageError(
                f"Expected inputs whose first axis is time, (time,) of tokens or "
                f"(time, features), in load({split!r}); received single numbers."
            )
        first = tf.nest.flatten(spec[0])[0]
        if task.encoder is None and tf.nest.is_nested(spec[0]):
            raise UsageError(
                f"Expected inputs of one tensor, (time, features), in load({split!r}), "
                f"as the task has no encoder that joins several; received {spec[0]}."
            )
        _check_inputs(first, split, task)
        _check_alike(examples["train"].element_spec, spec, split, task)
    return examples


def _check_alike(train: tuple, spec: tuple, split: Split, task: Task) -> None:
    """Refuses a split whose examples cannot stand in one batch with those of train.

    What differs would be found in the middle of a run, in the last split at its end.
    """
    parts = ("inputs", "targets", "weights")
    if len(train) != len(spec):
        raise UsageError(
            f"Expected examples of one form in all splits; those of train have "
            f"{len(train)} parts, those of {split} {len(spec)}."
        )
    for name, of_train, of_split in zip(parts, train, spec, strict=False):
        ours, theirs = tf.nest.flatten(of_train), tf.nest.flatten(of_split)
        if len(ours) != len(theirs):
            raise UsageError(
                f"Expected examples of one form in all splits; the {name} of train "
                f"are {len(ours)} tensors, those of {split} {len(theirs)}."
            )
        timed = name == "inputs" or task.return_sequences
        for one, other in zip(ours, theirs, strict=True):
            if not _agree(one.shape, other.shape, timed):
                raise UsageError(
                    f"Expected examples of one shape in all splits; the {name} of "
                    f"train are {one.shape}, those of {split} {other.shape}."
                )
            if one.dtype != other.dtype:
                raise UsageError(
                    f"Expected examples of one type in all splits; the {name} of train "
                    f"are {one.dtype.name}, those of {split} {other.dtype.name}."
                )


def _check_inputs(spec: tf.TensorSpec, split: Split, task: Task) -> None:
    """Refuses inputs that no recurrence can read, as those of a batch."""
    shape = spec.shape
    if shape.rank is None:
        return
    if task.encoder is None and shape.rank == 1:
        real = spec.dtype.is_floating
        raise UsageError(
            f"Expected inputs of (time, features) in load({split!r}); received "
            f"{shape}{'' if real else f' of {spec.dtype.name}'}. "
            + (
                "Add the axis of features: x[..., None]."
                if real
                else "Give tokens an encoder, as keras.layers.Embedding, and numbers "
                "the axis of features and a real type: x[..., None].astype('float32')."
            )
        )
    embeds = isinstance(task.encoder, keras.layers.Embedding)
    axes = 1 if embeds else 2
    if (task.encoder is None or embeds) and shape.rank > axes:
        expected = "(time,)" if embeds else "(time, features)"
        raise UsageError(
            f"Expected inputs of one example, {expected}, in load({split!r}); received "
            f"{shape}, which has {shape.rank} axes, as if they were batched. Leave out "
            f"batch(): batches are the runner's."
        )
    if task.encoder is None and shape.rank == 2 and shape[1] is None:
        raise UsageError(
            f"Expected inputs of a known number of features, (time, features), in "
            f"load({split!r}); received {shape}. Give from_generator an "
            f"output_signature that has it."
        )


def _agree(shape: tf.TensorShape, other: tf.TensorShape, timed: bool) -> bool:
    """True if two parts can stand in one batch, but for their lengths if timed."""
    if shape.rank is None or other.rank is None:
        return True
    axes = 1 if timed else 0
    return shape.rank == other.rank and shape[axes:].is_compatible_with(other[axes:])


def check_not_empty(pipeline: Pipeline) -> None:
    """Refuses a task with a split that has no examples, or one without time steps.

    Raises:
        UsageError: If a split or an example is empty.
    """
    for split, lengths in pipeline.lengths.items():
        if not len(lengths):
            raise UsageError(
                f"Expected at least one example in each split; {split} has none. "
                f"Give more data or a smaller split."
            )
        if not lengths.all():
            raise UsageError(
                f"Expected at least one time step in each example; example "
                f"{int(np.argmin(lengths))} of {split} has none. Leave such examples "
                f"out."
            )
