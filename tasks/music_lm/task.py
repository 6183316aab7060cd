"""music_lm: predict the keys of the next frame of a piece of music."""

import functools
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from seqtasks.tasks.music_lm.midi import ROLLS, midi_folder
from seqtasks.tasks.music_lm.piano_roll import KEYS, in_notes, note_name, of_notes
from seqtasks.tasks.music_lm.piece_sample import piece_sample
from seqtasks.tasks.music_lm.pieces import (
    PUBLISHED,
    Pieces,
    jsb_chorales,
    next_frames,
    per_note,
    rule,
    transposed,
)
from seqtasks.tasks.music_lm.polyphony import (
    ACCURACY,
    LIKELIHOOD,
    FrameLikelihood,
    KeysCrossentropy,
    MultipitchAccuracy,
    nats,
    polyphony_baselines,
)
from seqtasks.tasks.music_lm.processor import PieceProcessor
from seqtasks.tasks.music_lm.roll_files import roll_file

from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.options import require
from seqtasks.task import SPLITS, Groups, Labels, Optimum, SummedScore, Task

TAGS = ("music", "lecture")
STUDY_PARAMS = 270_000

DATASETS = ("four_voices", "jsb_chorales")

_PER_QUARTER = {"quarter": 1, "8th": 2, "16th": 4}
_BY_PIECE = "negative_log_likelihood_by_piece"


def music_lm(
    dataset: str = "four_voices",
    step: Literal["quarter", "8th", "16th"] = "quarter",
    dropout: float = 0.0,
    transpose: int = 0,
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Predict the notes of the next frame of a piece of music.

    A frame holds which of the 88 keys of a piano sound. The head gives each key a
    probability of its own, and the loss of a frame is that of all its keys, added up.
    The state starts from zero in each piece, whose first frame is given and not
    predicted.

    ``negative_log_likelihood`` is the mean over all frames of a split, so that long
    pieces weigh more, as in the published tables; ``negative_log_likelihood_by_piece``
    is the mean over pieces of the mean over their frames.

    Args:
        dataset: ``four_voices``, four voices on the chords of a key that changes from
            piece to piece, whose best prediction is known; ``jsb_chorales``, Bach's
            chorales in quarter notes, in the splits of the literature; the path of a
            folder of MIDI files (needs ``pip install seqtasks[music]``), split by
            piece; or that of a file of piano rolls in splits, ``.mat``, ``.npz``,
            ``.json`` or ``.pickle``, as Nottingham, MuseData and Piano-midi.de have
            been published.
        step: The length of a frame of MIDI files, to which notes are moved; of a file
            of piano rolls, that of its frames.
        dropout: The share of the recurrence's outputs dropped before the head. Few
            pieces, as the chorales are, want a half; those of the rule none.
        transpose: The largest number of semitones by which each training piece is there
            again, lower and higher, and by each number between. Published results have
            0.
        train: Share of a folder's pieces for training, if it has no splits of its own
            (``train/ valid/ test/``, lists, a table with a column ``split``).
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the pieces of ``four_voices``.

    References:
        Boulanger-Lewandowski, Bengio and Vincent (2012), https://arxiv.org/abs/1206.6392
        Bai, Kolter and Koltun (2018), section 5, https://arxiv.org/abs/1803.01271
    """
    is_own = "the default, quarter, unless dataset is a path"
    require(step == "quarter" or dataset not in DATASETS, "step", step, is_own)
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(0 <= transpose <= 11, "transpose", transpose, "an integer from 0 to 11")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    split_rule = SplitRule(train, validation, split_seed, fold, folds)
    split_rule.refuse_for(dataset, DATASETS)
    pieces = choose(
        dataset,
        {"four_voices": lambda: rule(data_seed), "jsb_chorales": jsb_chorales},
        lambda path: _own(path, _PER_QUARTER[step], split_rule),
        "a folder of MIDI files or a file of piano rolls",
    )

    def load(split):
        rolls = pieces.rolls[split]
        return next_frames(transposed(rolls, transpose) if split == "train" else rolls)

    def render(inputs, targets):
        return in_notes(np.concatenate([inputs[:1], targets]))

    return Task(
        load=load,
        head=_head(dropout),
        return_sequences=True,
        causal=True,
        causal_reason="the target of a frame is the input of the next",
        loss=KeysCrossentropy(),
        metrics=(FrameLikelihood(), MultipitchAccuracy()),
        metric_units={
            LIKELIHOOD: "nats/frame",
            ACCURACY: "fraction",
            _BY_PIECE: "nats/frame",
        },
        monitor=LIKELIHOOD,
        mode="min",
        source=pieces.source,
        render=render,
        step_name="frame",
        version=2,
        units=128,
        batch_size=16,
        epochs=pieces.epochs,
        learning_rate=5e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: polyphony_baselines(
            *(pieces.rolls[split] for split in SPLITS)
        ),
        optimum=None
        if pieces.least_error is None
        else Optimum(
            LIKELIHOOD,
            pieces.least_error,
            "on the pieces of the test split, the exact probability of each key given "
            "all frames before, by Bayes' rule over keys, metres and chords; only luck "
            "on these very pieces does better",
        ),
        published=PUBLISHED,
        conversions=(per_note(pieces),),
        scores=_scores_by_piece,
        groups=Groups("piece", lambda split: range(len(pieces.rolls[split]))),
        sample=functools.partial(piece_sample, pieces),
        labels=Labels(
            classes=tuple(map(note_name, range(KEYS))),
            step=lambda inputs, t: in_notes(inputs[t : t + 1]),
            target=lambda target: in_notes(target[None]),
            read=_read,
        ),
        processor=lambda: PieceProcessor(_PER_QUARTER[step]),
    )


def _own(path: Path, per_quarter: int, split_rule: SplitRule) -> Pieces:
    """Pieces of a folder of MIDI files, or of a file of piano rolls."""
    if path.suffix.lower() in ROLLS and not path.is_dir():
        split_rule.refuse_for(str(path), (str(path),))
        return roll_file(path, per_quarter)
    return midi_folder(path, per_quarter, split_rule)


def _read(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The frames of a text but the last, and all but the first."""
    roll = of_notes(text).astype(np.float32)
    return roll[:-1], roll[1:]


def _head(dropout: float) -> keras.Sequential:
    # a key sounds in few frames; from even odds the first steps would be spent on that
    rare = keras.initializers.Constant(-3.0)
    return keras.Sequential(
        [
            keras.layers.Dropout(dropout),
            keras.layers.Dense(KEYS, bias_initializer=rare),
        ]
    )


def _scores_by_piece(trained, split) -> dict[str, SummedScore]:
    """The mean over pieces of the mean over their frames."""
    each = [
        nats(piece.predictions.astype(np.float64), piece.targets)
        for piece in trained.predicted(split)
    ]
    return {_BY_PIECE: SummedScore.mean(each, "piece")}
