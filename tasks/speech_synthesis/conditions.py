"""The inputs at each frame, symbols and positions aligned by a rule; their encoder."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqtasks.data.varying import varying_examples

NEIGHBOURS = 3  # symbols at each frame: the one before, its own, the one after
POSITIONS = 3  # numbers: how much of the symbol has passed, its length, of the text

EDGE = 0  # the number of the symbol before the first and after the last

_PULL = 1.0  # each character is seen so often alone, with the mean length


def lengths_of_characters(spoken: Iterable[tuple[str, int]]) -> Callable[[str], float]:
    """How many frames each character takes, on the whole.

    The lengths are those whose sums come nearest to the lengths of the recordings
    (least squares, none below 0), pulled to the mean the more, the rarer the character.

    Args:
        spoken: Texts, each with the number of frames of its recording; one at least
            with a character.

    Returns:
        A function from a character to its number of frames; one that no text has takes
        the mean.
    """
    from scipy.optimize import nnls

    pairs = list(spoken)
    characters = sorted(set().union(*(text for text, _ in pairs)))
    counts = np.array([[text.count(c) for c in characters] for text, _ in pairs], float)
    frames = np.array([count for _, count in pairs], float)
    mean = frames.sum() / counts.sum()
    # an error is worth less in a long recording, where it is the sum of many
    weight = 1 / np.sqrt(np.maximum(counts.sum(axis=1), 1))
    prior = np.sqrt(_PULL)
    rows = np.concatenate([counts * weight[:, None], prior * np.eye(len(characters))])
    wanted = np.concatenate([frames * weight, np.full(len(characters), prior * mean)])
    found, _ = nnls(rows, wanted)
    of_character = dict(zip(characters, found, strict=True))
    return lambda character: float(of_character.get(character, mean))


def aligned(lengths: Iterable[float], frames: int) -> np.ndarray:
    """Whole numbers of frames in proportion to lengths.

    The border of two characters is the nearest to where it would be if a character
    could have a part of a frame; a short one may have none.

    Args:
        lengths: Of each character, none below 0.
        frames: The number of frames.

    Returns:
        ``(characters,)``, int64; they add up to ``frames``.
    """
    lengths = np.fromiter(lengths, float)
    if not lengths.sum():
        lengths = np.ones_like(lengths)
    borders = np.cumsum(lengths) / lengths.sum() * frames
    return np.diff(np.round(borders).astype(np.int64), prepend=0)


@dataclasses.dataclass(frozen=True)
class Conditions:
    """The inputs at each frame that follow from the text alone.

    Args:
        symbols: The symbol before, the frame's own and the one after, ``(frames, 3)``,
            int32: ``EDGE`` or one more than their place among the symbols.
        position: How much of the symbol has passed, from 0 to 1; its frames, in tens;
            how much of the text has passed, from 0 to 1; ``(frames, 3)``, float32.
    """

    symbols: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.symbols)


def conditions(text: str, durations: np.ndarray, symbols: str) -> Conditions:
    """The inputs at each frame, once each character has its number of frames.

    Args:
        text: Text of ``symbols``.
        durations: The number of frames of each character, ``(characters,)``.
        symbols: All symbols.
    """
    numbers = np.array([EDGE, *(symbols.index(c) + 1 for c in text), EDGE], np.int32)
    own = np.repeat(np.arange(len(text)), durations)
    first = np.cumsum(durations) - durations
    frames = np.arange(len(own))
    length = durations[own]
    position = np.stack(
        [
            (frames - first[own] + 0.5) / length,
            length / 10,
            (frames + 0.5) / len(own),
        ],
        axis=1,
    )
    near = own[:, None] + np.arange(NEIGHBOURS)
    return Conditions(numbers[near], position.astype(np.float32))


def text_of(given: Conditions, symbols: str) -> str:
    """The text; characters without a frame are lost."""
    passed = given.position[:, 0]
    begins = np.r_[True, passed[1:] <= passed[:-1]]
    return "".join(symbols[number - 1] for number in given.symbols[begins, 1])


def teacher_forced(
    given: Sequence[Conditions], frames: Sequence[np.ndarray]
) -> tf.data.Dataset:
    """Examples: the conditions and the true frame before, and the frame as the target.

    Before the first frame stands a frame of zeros.

    Args:
        given: The conditions of each utterance.
        frames: Its frames, ``(frames, bands)``, float32.

    Returns:
        Unbatched ``({"symbols", "position", "previous"}, targets)``.
    """
    whole = np.concatenate(frames)
    parts = varying_examples(
        (
            np.concatenate([one.symbols for one in given]),
            np.concatenate([one.position for one in given]),
            whole,
        ),
        np.array([len(part) for part in frames], np.int64),
        (),
    )

    def example(symbols, position, targets):
        previous = tf.pad(targets[:-1], ((1, 0), (0, 0)))  # (time, bands)
        previous = tf.ensure_shape(previous, (None, whole.shape[1]))
        inputs = {"symbols": symbols, "position": position, "previous": previous}
        return inputs, targets

    return parts.map(example)


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
