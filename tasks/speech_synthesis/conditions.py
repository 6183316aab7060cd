"""What a model is told of the text at each frame, and the frames beside it."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

NEIGHBOURS = 3  # symbols a frame is told of: the one before, its own, the one after
POSITIONS = 3  # numbers: how much of the symbol has passed, its length, of the text

EDGE = 0  # the number of the symbol before the first and after the last


@dataclasses.dataclass(frozen=True)
class Conditions:
    """What is known of each frame from the text alone.

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
    """What the rule of alignment says of each frame.

    Args:
        text: Of ``symbols``.
        durations: The frames of each of its characters, ``(characters,)``.
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
    """The text; characters without a frame are lost.

    Args:
        given: As :func:`conditions` gives them.
        symbols: All symbols.
    """
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
    lengths = np.array([len(part) for part in frames], np.int64)
    whole = tf.constant(np.concatenate(frames))
    symbols = tf.constant(np.concatenate([one.symbols for one in given]))
    position = tf.constant(np.concatenate([one.position for one in given]))
    bands = whole.shape[1]

    def example(start, length):
        def cut(values):
            part = values[start : start + length]
            return tf.ensure_shape(part, (None, values.shape[1]))

        targets = cut(whole)
        previous = tf.concat([tf.zeros((1, bands)), targets[:-1]], axis=0)
        return {
            "symbols": cut(symbols),
            "position": cut(position),
            "previous": tf.ensure_shape(previous, (None, bands)),
        }, targets

    starts = np.cumsum(lengths) - lengths
    return tf.data.Dataset.from_tensor_slices((starts, lengths)).map(example)
