"""Metrics of probabilistic sequence models: how well the next symbol was foretold."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("seqtasks")
class BitsPerCharacter(keras.metrics.MeanMetricWrapper):
    """The mean of ``-log2 p(target)``, in bits a character.

    Args:
        name: The metric's name.
        dtype: The metric's type.

    Call arguments:
        y_true: Integer targets of shape ``(characters,)``.
        y_pred: Logits of shape ``(characters, vocab_size)``.
        sample_weight: Weights of shape ``(characters,)``; 0 leaves a character out.
    """

    def __init__(self, name: str = "bits_per_character", dtype=None):
        super().__init__(_bits, name=name, dtype=dtype)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


def _bits(y_true, y_pred):
    nats = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    return nats / math.log(2)
