"""A clip and its caption as one sequence, frames first, and how one is generated."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from seqtasks.tasks.captioning.captioned_clips import END, START, UNKNOWN

from seqtasks.data.drawing import draw
from seqtasks.data.frame_encoder import FrameEncoder
from seqtasks.task import Predictor


def teacher_forced(
    clips: Sequence[np.ndarray], captions: Sequence[Sequence[np.ndarray]]
) -> tf.data.Dataset:
    """Examples, one for each caption: the clip, then the true word before each word.

    ``clips`` are the frames of each clip, ``(frames, size, size, channels)``, uint8;
    ``captions`` the numbers of each of its captions, as of ``Vocabulary.encode``.

    Returns:
        Unbatched ``({"frame", "word"}, targets, weights)``. At a frame the word before
        is number 0, none, and the target, 0, has the weight 0. At a word the frame is
        black; the first word stands after the start sign.
    """
    pairs = [(clip, one) for clip, some in enumerate(captions) for one in some]
    clip = np.array([clip for clip, _ in pairs])
    counts = np.array([len(frames) for frames in clips])
    lengths = np.array([len(words) for _, words in pairs])
    frames = tf.constant(np.concatenate(clips))
    words = np.concatenate([words for _, words in pairs])
    targets = tf.constant(words.astype(np.int32))
    previous = [np.r_[START, words[:-1]] for _, words in pairs]
    before = tf.constant(np.concatenate(previous).astype(np.int32))
    size = frames.shape[1:]

    def example(first_frame, count, first_word, length):
        shown = frames[first_frame : first_frame + count]
        own = slice(first_word, first_word + length)
        none = tf.zeros((count,), tf.int32)
        inputs = {
            "frame": tf.concat([shown, tf.zeros((length, *size), tf.uint8)], axis=0),
            "word": tf.concat([none, before[own]], axis=0),
        }
        inputs["frame"] = tf.ensure_shape(inputs["frame"], (None, *size))
        weights = tf.concat([tf.zeros((count,)), tf.ones((length,))], axis=0)
        return inputs, tf.concat([none, targets[own]], axis=0), weights

    slices = (
        (np.cumsum(counts) - counts)[clip],
        counts[clip],
        np.cumsum(lengths) - lengths,
        lengths,
    )
    return tf.data.Dataset.from_tensor_slices(slices).map(example)


@keras.saving.register_keras_serializable("seqtasks")
class CaptionEncoder(keras.Layer):
    """Features of the frame and a vector of the word before, side by side.

    At a frame the word is number 0, none; at a word the features are zeros.

    Args:
        vocab_size: Number of words and signs.
        embedding: Width of the vector of a word.
        filters: Channels of the first convolution, see :class:`FrameEncoder`.

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
        # as large as the features, which are standardised; else words would hardly
        # matter, and a state would fade while they come
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


def generate_captions(
    trained: Predictor,
    clips: Sequence[np.ndarray],
    max_words: int,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[list[int]]:
    """Captions of clips, all at once: frames are read, then words are fed back.

    Args:
        trained: The trained model.
        clips: The frames of each clip, ``(frames, size, size, channels)``, uint8.
        max_words: The most words of a caption.
        temperature: Divides the logits; 0 takes the most likely word.
        seed: Seed of the draws.

    Returns:
        The numbers of the words of each caption, without signs.
    """
    rows = len(clips)
    step = trained.stepper(rows)
    generators = [np.random.default_rng([seed, row]) for row in range(rows)]
    counts = np.array([len(frames) for frames in clips])
    captions: list[list[int]] = [[] for _ in clips]
    open_rows = set(range(rows))
    for time in range(int(counts.max()) + max_words):
        # a short clip is captioned while a long one is still shown
        frame = np.zeros((rows, 1, *clips[0].shape[1:]), np.uint8)
        word = np.full((rows, 1), END, np.int32)
        for row in open_rows:
            if time < counts[row]:
                frame[row, 0] = clips[row][time]
            else:
                word[row] = captions[row][-1] if captions[row] else START
        logits = np.array(step({"frame": frame, "word": word})[:, 0])
        logits[:, [START, UNKNOWN]] = -np.inf
        for row in [row for row in open_rows if time >= counts[row]]:
            number = draw(logits[row], temperature, generators[row])
            if number != END:
                captions[row].append(number)
            if number == END or len(captions[row]) == max_words:
                open_rows.remove(row)
        if not open_rows:
            break
    return captions
