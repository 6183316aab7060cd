"""What a caption is foretold from: a frame, or the word before, as one vector."""

import keras

from seqtasks.data.frame_encoder import FrameEncoder


@keras.saving.register_keras_serializable("seqtasks")
class CaptionEncoder(keras.Layer):
    """Features of the frame and a vector of the word before, side by side.

    At a frame the word is number 0, none; at a word the features are zeros.

    Args:
        vocab_size: The number of words and signs.
        embedding: The width of the vector that stands for a word.
        filters: See :class:`FrameEncoder`.

    Call arguments:
        inputs: ``frame``, ``(batch, time, height, width, channels)``, from 0 to 255,
            and ``word``, ``(batch, time)``, by these names.

    Returns:
        ``(batch, time, features + embedding)``.
    """

    def __init__(self, vocab_size: int, embedding: int, filters: int = 8, **kwargs):
        super().__init__(**kwargs)
        self.vocab_size, self.embedding = vocab_size, embedding
        self.filters = filters
        self.frames = FrameEncoder(filters)
        # as large as the features, which are standardised; else words would hardly be
        # heard, and a state would fade while they are said
        large = keras.initializers.RandomNormal(stddev=1.0)
        self.vectors = keras.layers.Embedding(vocab_size, embedding, large)

    def build(self, input_shape):
        self.frames.build(input_shape["frame"])
        self.vectors.build(input_shape["word"])

    def call(self, inputs):
        word = inputs["word"]
        frames = keras.ops.cast(inputs["frame"], self.compute_dtype) / 255
        features = self.frames(frames)
        shown = keras.ops.cast(keras.ops.equal(word, 0), features.dtype)
        return keras.ops.concatenate(
            [features * shown[..., None], self.vectors(word)], axis=-1
        )

    def compute_output_shape(self, input_shape):
        *time, features = self.frames.compute_output_shape(input_shape["frame"])
        return (*time, features + self.embedding)

    def get_config(self):
        return {
            **super().get_config(),
            "vocab_size": self.vocab_size,
            "embedding": self.embedding,
            "filters": self.filters,
        }
