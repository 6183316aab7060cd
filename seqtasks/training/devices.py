"""One run over several devices of one machine, each with a share of every batch.

On JAX this is ``keras.distribution.DataParallel``: the program is that of one device,
and XLA divides it. On TensorFlow it is ``tf.distribute.MirroredStrategy``, where each
device (a replica) runs the step on its rows; what belongs to the whole batch, as the
weights that the loss is divided by, is added up over the replicas here.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError

if TYPE_CHECKING:
    from seqtasks.task import Task

DEVICES = ("one", "all")

# that of no scope, which this is imported in
ALONE = tf.distribute.get_strategy()


@dataclasses.dataclass(frozen=True)
class Devices:
    """The devices that a run trains on.

    Args:
        count: Number of them.
        strategy: What distributes over them: a ``keras.distribution.DataParallel`` or a
            ``tf.distribute.Strategy``; ``None`` for one device.
    """

    count: int = 1
    strategy: Any = None

    @classmethod
    def of(cls, asked: str) -> "Devices":
        """One device, or all that this process sees, accelerators before processors.

        Raises:
            UsageError: If ``all`` are asked for and there is one.
        """
        if asked not in DEVICES:
            raise UsageError(
                f"Expected --devices to be one or all; received {asked!r}."
            )
        if asked == "one":
            return ONE_DEVICE
        if keras.backend.backend() == "jax":
            names = keras.distribution.list_devices()
        else:
            found = tf.config.list_logical_devices("GPU")
            found = found or tf.config.list_logical_devices("CPU")
            names = [device.name for device in found]
        if len(names) < 2:
            raise UsageError(
                f"Expected two devices or more for --devices all; "
                f"{keras.backend.backend()} sees one here, {names[0]}. Leave --devices "
                f"out: the run is the same on one."
            )
        if keras.backend.backend() == "jax":
            return cls(len(names), keras.distribution.DataParallel(devices=names))
        return cls(len(names), _mirrored(tuple(names)))

    def scope(self) -> contextlib.AbstractContextManager:
        """Within it what has variables is made, and models are trained and scored."""
        if self.strategy is None:
            return contextlib.nullcontext()
        return self.strategy.scope()

    def check(self, task: "Task", name: str, batch_size: int) -> None:
        """Refuses what cannot be shared out.

        Args:
            task: The task.
            name: Its name, for messages.
            batch_size: Number of rows of a batch.

        Raises:
            UsageError: If the rows do not divide, or follow one another on TensorFlow.
        """
        if batch_size % self.count:
            less = batch_size // self.count * self.count or self.count
            raise UsageError(
                f"Expected a batch size that {self.count} devices share evenly; "
                f"received {batch_size}. Give --batch-size {less}, or leave --devices "
                f"all out."
            )
        if task.stateful and isinstance(self.strategy, tf.distribute.Strategy):
            raise UsageError(
                f"{name} carries its state from batch to batch, which "
                f"tf.distribute.MirroredStrategy would mix up between {self.count} "
                f"devices. Run it on Keras' JAX backend (KERAS_BACKEND=jax), or leave "
                f"--devices all out."
            )


ONE_DEVICE = Devices()


@functools.cache
def _mirrored(names: tuple[str, ...]) -> tf.distribute.MirroredStrategy:
    """One strategy a process: two would number their collective operations alike."""
    # NCCL adds up between GPUs; what is there for others was seen to wait for itself
    on_gpus = all("GPU" in name for name in names)
    add_up = None if on_gpus else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(names, cross_device_ops=add_up)


def is_replicated() -> bool:
    """Whether this is TensorFlow with several replicas, in the scope of their strategy.

    Also within a step, where each replica is on its own.
    """
    return tf.distribute.get_strategy().num_replicas_in_sync > 1


def sum_over_replicas(value: Any) -> Any:
    """The sum over replicas of a tensor, or of each of a list; within a step."""
    context = tf.distribute.get_replica_context()
    if context is None:  # where only shapes are asked for
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def make_step(model: keras.Model, step: Callable[[Any], dict], rows: str) -> Callable:
    """A step over a batch that replicas share, as ``fit`` and ``evaluate`` call it.

    Keras would take the mean over replicas of what each replica's step returns, though
    a metric is of the sums of all of them, and predictions are rows.

    Args:
        model: The model, whose metrics the step updates.
        step: Function of a replica's part of a batch, as ``model.train_step``.
        rows: Key in what it returns under which rows are, not a metric.
    """
    strategy = tf.distribute.get_strategy()

    def joined(part):
        return tf.concat(strategy.experimental_local_results(part), axis=0)

    def on_replica(batch):
        return step(tf.nest.map_structure(_rows_of_replica, batch))

    @tf.function(reduce_retracing=True)
    @tf.autograph.experimental.do_not_convert
    def on_batch(iterator):
        with _dropout_of_whole_batch():
            of_replicas = strategy.run(on_replica, args=(next(iterator),))
        # outside of the replicas a metric's variables are the sums over all
        logs = dict(model.get_metrics_result())
        if rows in of_replicas:
            logs[rows] = tf.nest.map_structure(joined, of_replicas[rows])
        return logs

    return on_batch


def _rows_of_replica(part: tf.Tensor) -> tf.Tensor:
    """A replica's rows of a batch, taken in the machine's own memory."""
    context = tf.distribute.get_replica_context()
    with tf.device("CPU:0"):
        rows = tf.shape(part)[0] // context.num_replicas_in_sync
        start = context.replica_id_in_sync_group * rows
        return part[start : start + rows]


@contextlib.contextmanager
def _dropout_of_whole_batch() -> Iterator[None]:
    """Within it dropout on a replica is that of its rows in the whole batch.

    Each replica has the same seed, by which all would drop the same places.
    """
    from keras.src.backend import random  # what the layers call; no public name

    original = random.dropout

    def dropout(inputs, rate, noise_shape=None, seed=None):
        context = tf.distribute.get_replica_context()
        if context is None or not 0 < rate < 1:
            return original(inputs, rate, noise_shape, seed)
        rows, *others = tf.unstack(tf.shape(inputs))
        # (B, …) of the whole batch, of which (B / replicas, …) are this one's
        whole = tf.ones([rows * context.num_replicas_in_sync, *others], inputs.dtype)
        kept = original(whole, rate, noise_shape, seed)
        start = context.replica_id_in_sync_group * rows
        return inputs * kept[start : start + rows]

    random.dropout = dropout
    try:
        yield
    finally:
        random.dropout = original


def read(variable: Any) -> np.ndarray:
    """A copy of a variable's value; of a metric's sums one for each replica.

    ``(replicas, …)``, if each replica has sums of its own.
    """
    parts = _parts(variable)
    if parts is None:
        return np.array(variable.numpy())
    return np.stack([part.numpy() for part in parts])


def write(variable: Any, value: np.ndarray) -> None:
    """Puts back what :func:`read` gave, maybe with another number of replicas."""
    parts = _parts(variable)
    of_replicas = value.ndim > len(variable.shape)
    if parts is None:
        variable.assign(value.sum(axis=0, dtype=value.dtype) if of_replicas else value)
        return
    if not of_replicas:
        value = value[None]
    if len(value) != len(parts):
        # sums of another number of replicas: one holds them all
        total = value.sum(axis=0, dtype=value.dtype)
        value = np.stack([total, *[np.zeros_like(total)] * (len(parts) - 1)])
    for part, one in zip(parts, value, strict=True):
        part.assign(one)


def fits(variable: Any, value: np.ndarray) -> bool:
    """Whether :func:`write` can put a value into a variable."""
    shape, on_read = tuple(variable.shape), _is_sum(variable)
    own = value.shape == shape or (on_read and value.shape[1:] == shape)
    return own and value.dtype.name == str(variable.dtype)


def _is_sum(variable: Any) -> bool:
    return getattr(variable, "synchronization", "") == "on_read"


def _parts(variable: Any) -> tuple | None:
    """The variables of each replica, where they differ; else ``None``."""
    held = getattr(variable, "value", None)
    if _is_sum(variable) and isinstance(held, tf.distribute.DistributedValues):
        return tuple(held.values)
    return None
