"""Optimizers whose update does not depend on the Keras backend."""

import keras
import tensorflow as tf

from seqtasks.training.devices import is_replicated, sum_over_replicas
from seqtasks.training.settings import OPTIMIZERS, Settings

_CLASSES = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}
assert set(_CLASSES) == set(OPTIMIZERS)


def make_optimizer(settings: Settings, steps: int | None) -> keras.optimizers.Optimizer:
    """The optimizer of a run.

    Args:
        settings: Resolved settings.
        steps: The number of training steps of the whole run, for the schedule; ``None``
            if seconds are counted, when the schedule is the runner's.
    """
    learning_rate = settings.learning_rate
    if settings.schedule == "cosine" and steps is not None:
        learning_rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return _with_dense_gradients(_CLASSES[settings.optimizer])(
        learning_rate=learning_rate,
        global_clipnorm=settings.clip_norm or None,
    )


def _with_dense_gradients(optimizer_class):
    """The optimizer, seeing each gradient as one dense tensor.

    On TensorFlow the gradient of an embedding is an ``IndexedSlices`` in which a row
    stands once for each time it was looked up. Keras squares these parts one by one:
    row gradients 1 and 2 give the second moment 1² + 2² = 5 where it is (1 + 2)² = 9.
    Every other backend, and every paper, has the latter.

    On several replicas it is the gradient of the whole batch: Keras would clip the norm
    of each replica's own, and then add them up.
    """

    class DenseGradients(optimizer_class):  # type: ignore[misc, valid-type]
        def apply(self, grads, trainable_variables=None):
            grads = [_dense(grad) for grad in grads]
            if is_replicated():
                there = [grad for grad in grads if grad is not None]
                sums = iter(sum_over_replicas(there))
                grads = [None if grad is None else next(sums) for grad in grads]
            return super().apply(grads, trainable_variables)

        def _all_reduce_sum_gradients(self, grads_and_vars):
            return grads_and_vars  # they are summed already

    DenseGradients.__name__ = optimizer_class.__name__
    return DenseGradients


def _dense(gradient):
    # keras.ops.convert_to_tensor would leave it as it is
    if isinstance(gradient, tf.IndexedSlices):
        return tf.convert_to_tensor(gradient)
    return gradient
