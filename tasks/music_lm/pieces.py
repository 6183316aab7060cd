"""Pieces of music as piano rolls, generated or by Bach, and examples made of them."""

import dataclasses
import hashlib

import numpy as np
import tensorflow as tf
from seqtasks.tasks.music_lm import four_voices

from seqtasks.data.sources import prepared
from seqtasks.data.varying import varying_examples
from seqtasks.task import SPLITS, Conversion, PublishedResult, Source, Split

COUNTS: dict[Split, int] = {"train": 2_000, "validation": 100, "test": 200}

# twice the distance of the values that two papers give for the same cell, the GRU: 8.43
# here, 8.54 in Chung et al. (2014), https://arxiv.org/abs/1412.3555
_BAND = 0.22
PUBLISHED = tuple(
    PublishedResult(
        name,
        "negative_log_likelihood",
        value,
        "Bai et al. (2018), https://arxiv.org/abs/1803.01271, table 1",
        "300,000 parameters; mean over all frames but the first of each piece",
        cell=cell,
        num_params=300_000,
        settings={"bidirectional": False},
        options={"dataset": "jsb_chorales", "transpose": 0},
        low=value - _BAND,
        high=value + _BAND,
    )
    # model, cell, published nats a frame
    for name, cell, value in (
        ("LSTM", "lstm", 8.45),
        ("GRU", "gru", 8.43),
        ("RNN", "elman", 8.91),
        ("TCN", "", 8.10),
    )
)


@dataclasses.dataclass(frozen=True)
class Pieces:
    """Pieces in three splits.

    Args:
        rolls: The pieces of each split, each ``(frames, 88)``, uint8, with two frames
            at least.
        per_quarter: Frames a quarter note.
        source: Their origin.
        epochs: Number of passes over the training split that are enough.
        least_error: The least mean loss on the test split, in nats a frame, of any
            prediction for each key by itself, if it is known.
    """

    rolls: dict[Split, list[np.ndarray]]
    per_quarter: int
    source: Source
    epochs: int = 60
    least_error: float | None = None


def rule(data_seed: int) -> Pieces:
    """Four voices on chords of a Markov chain, in a key and a metre."""
    pieces = {
        split: four_voices.compositions(split, count, data_seed)
        for split, count in COUNTS.items()
    }
    return Pieces(
        {split: [piece.roll for piece in part] for split, part in pieces.items()},
        1,
        Source("four_voices", "four voices on chords of a key, by rule", "no rights"),
        epochs=10,
        least_error=four_voices.least_error(pieces["test"]),
    )


def jsb_chorales() -> Pieces:
    """Bach's chorales in quarter notes, as in the published tables."""
    licence = "none stated; the music is in the public domain"
    from seqtasks.tasks.music_lm.jsb_chorales.jsb_chorales_dataset_builder import (
        Builder,
    )

    builder = prepared(Builder, licence=licence)
    return Pieces(
        {
            split: [
                example["piano_roll"]
                for example in builder.as_dataset(
                    split=split, shuffle_files=False
                ).as_numpy_iterator()
            ]
            for split in SPLITS
        },
        1,
        Source(
            "jsb_chorales",
            "four-part chorales by Bach, a frame a quarter note",
            licence,
            builder.info.homepage,
        ),
    )


def content_of(roll: np.ndarray) -> str:
    """A hash of a piece: equal where the keys of all frames are."""
    return hashlib.sha256(np.packbits(roll != 0).tobytes()).hexdigest()


def transposed(rolls: list[np.ndarray], most: int) -> list[np.ndarray]:
    """Pieces, and each of them again by up to ``most`` semitones lower and higher.

    Notes that would leave the keyboard are lost.
    """
    moved = []
    for by in sorted(range(-most, most + 1), key=abs):
        for roll in rolls:
            other = np.zeros_like(roll)
            width = roll.shape[1] - abs(by)
            to, of = max(by, 0), max(-by, 0)
            other[:, to : to + width] = roll[:, of : of + width]
            moved.append(other)
    return moved


def next_frames(rolls: list[np.ndarray]) -> tf.data.Dataset:
    """Examples: all frames of a piece but the last, and all but the first.

    Returns:
        Unbatched ``(inputs, targets)``, each ``(frames - 1, 88)``, float32.
    """
    lengths = np.array([len(roll) for roll in rolls], np.int64)
    pieces = varying_examples((np.concatenate(rolls),), lengths, ())

    def pair(roll):
        roll = tf.cast(roll, tf.float32)
        return roll[:-1], roll[1:]

    return pieces.map(pair)


def per_note(pieces: Pieces) -> Conversion:
    """From nats a frame to nats a note of the test split."""
    after = [roll[1:] for roll in pieces.rolls["test"]]
    frames, notes = sum(map(len, after)), sum(int(roll.sum()) for roll in after)
    how = (
        f"the test split has {notes:,} notes in {frames:,} frames to be predicted, a "
        f"note counted in each frame in which it sounds"
    )
    return Conversion(
        "negative_log_likelihood", "nats/note", frames / max(notes, 1), how
    )
