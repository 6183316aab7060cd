"""The features from which a frame of speech is predicted, as one vector a frame."""

import keras
from seqtasks.tasks.speech_synthesis.conditions import NEIGHBOURS, POSITIONS


@keras.saving.register_keras_serializable("seqtasks")
class SpeechEncoder(keras.Layer):
    """Vectors of the symbols, the position, and two layers over the frame before.

    Args:
        count: The number of symbols, the edge among them.
        embedding: The width of the vector that stands for a symbol.
        width: The width of each of the two layers.
        dropout: The share of their outputs that is dropped in training.

    Call arguments:
        inputs: ``symbols``, ``(batch, time, 3)``, ``position``, ``(batch, time, 3)``,
            and ``previous``, ``(batch, time, bands)``, by these names.
        training: Whether dropout is active.

    Returns:
        ``(batch, time, 3 * embedding + 3 + width)``.
    """

    def __init__(
        self,
        count: int,
        embedding: int,
        width: int = 64,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.count, self.embedding = count, embedding
        self.width, self.dropout = width, dropout
        self.vectors = keras.layers.Embedding(count, embedding)
        self.layers = [keras.layers.Dense(width, activation="relu") for _ in range(2)]
        self.drops = [keras.layers.Dropout(dropout) for _ in range(2)]

    def build(self, input_shape):
        self.vectors.build(input_shape["symbols"])
        shape = input_shape["previous"]
        for layer in self.layers:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs, training=False):
        previous = inputs["previous"]
        for layer, drop in zip(self.layers, self.drops, strict=True):
            previous = drop(layer(previous), training=training)
        vectors = self.vectors(inputs["symbols"])
        batch, time = keras.ops.shape(vectors)[:2]
        vectors = keras.ops.reshape(vectors, (batch, time, NEIGHBOURS * self.embedding))
        return keras.ops.concatenate([vectors, inputs["position"], previous], axis=-1)

    def compute_output_shape(self, input_shape):
        features = NEIGHBOURS * self.embedding + POSITIONS + self.width
        return (*input_shape["previous"][:2], features)

    def get_config(self):
        return {
            **super().get_config(),
            "count": self.count,
            "embedding": self.embedding,
            "width": self.width,
            "dropout": self.dropout,
        }
