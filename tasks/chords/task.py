"""chords: tell which chord sounds, frame by frame; or key, style, tempo, genre."""

import functools

import keras
import numpy as np
from seqtasks.tasks.chords.chord_folder import chord_folder
from seqtasks.tasks.chords.label_baselines import label_baselines
from seqtasks.tasks.chords.label_picture import label_picture, runs
from seqtasks.tasks.chords.label_scores import RECALL, Told, clip_scores
from seqtasks.tasks.chords.music_clips import (
    Clip,
    Excerpt,
    Music,
    examples,
    excerpts,
    parts_of,
    standard,
)
from seqtasks.tasks.chords.music_sources import groove, gtzan, progressions
from seqtasks.tasks.chords.transposed import with_transposed

from seqtasks.data.picture import png
from seqtasks.data.sources import choose
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import SPLITS, Sample, Split, Task


def chords(
    dataset: str = "progressions",
    label: str = "",
    seconds: float = 15.0,
    copies: int = 2,
    dropout: float = 0.3,
    data_seed: int = 0,
) -> Task:
    """Tell what sounds, frame by frame: the chord, or what is true of the whole clip.

    A frame is a tenth of a second of a recording, as the power at each of 48 pitches,
    or a twentieth of a second of drumming, as how hard each drum is hit. Each frame has
    a target. Where a label is of a whole clip it is the target of each frame, and
    ``clip_accuracy`` asks for the class that is most probable over all of them.

    Chords are 24 major and minor ones and none. In the twin ``progressions`` a made-up
    band plays them in a key, in which one follows another by a Markov chain. Many beats
    lack notes of the chord or all of them, the lowest note is not always the root, a
    melody adds notes, and all is noisy and out of tune: what was heard before, and the
    key, tell what a frame alone does not.

    Args:
        dataset: ``progressions``; ``groove``, what ten drummers played, as MIDI (needs
            ``pip install seqtasks[music]``); ``gtzan``, tracks of ten genres (needs
            ``pip install seqtasks[audio]`` to be prepared); or the path of a folder
            with recordings, ``NAME.wav``, and their chords, ``NAME.lab`` with lines
            ``start end chord`` in Harte's notation, as MIREX has them.
        label: What is told; empty for the first. ``chord`` or ``key`` of
            ``progressions``; ``style``, ``tempo`` or ``metre`` of ``groove``; ``genre``
            of ``gtzan``; ``chord`` of a folder.
        seconds: The most that a model reads at once. A longer clip is read in parts of
            equal length, all of them in one split.
        copies: How many copies in other keys there are of each clip of the training
            split, where it is chords or keys that are told.
        dropout: The share of the recurrence's outputs dropped before the head.
        data_seed: Decides the clips of ``progressions``, and the keys of the copies.
    """
    require(1 <= seconds <= 3600, "seconds", seconds, "a number from 1 to 3600")
    require(0 <= copies <= 11, "copies", copies, "an integer from 0 to 11")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    music = choose(
        dataset,
        {
            "progressions": lambda: progressions(label, data_seed),
            "groove": lambda: groove(label),
            "gtzan": lambda: gtzan(label),
        },
        lambda path: chord_folder(path, label),
        "a folder of recordings with a .lab file beside each",
    )
    longest = max(1, round(seconds * music.frames_per_second))
    one_label = not music.is_chords
    load = functools.cache(music.load)

    @functools.cache
    def parts(split: Split) -> list[Excerpt]:
        clips = load(split)
        if split == "train" and music.has_keys:
            clips = with_transposed(clips, copies, data_seed)
        return excerpts(clips, longest)

    scale = functools.cache(lambda: standard(load("train")))

    def scores(trained, split: Split):
        told = (
            Told(part, one.predictions, one.targets, one.weights)
            for part, one in zip(parts(split), trained.predicted(split), strict=False)
        )
        return clip_scores(told, one_label, music.frames_per_second)

    def render(inputs, targets, weights):
        said = " ".join(
            f"{music.class_names[target]} {last - first}"
            for first, last, target in runs(np.where(weights > 0, targets, -1))
            if target >= 0
        )
        return f"{len(targets)} frames of {inputs.shape[1]} features: {said}"

    return Task(
        load=lambda split: examples(parts(split), *scale()),
        head=_head(len(music.class_names), dropout),
        return_sequences=True,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="frame_accuracy"),),
        metric_units={
            "frame_accuracy": "fraction",
            "clip_accuracy": "fraction",
            **({RECALL: "fraction"} if music.is_chords else {}),
        },
        monitor="frame_accuracy",
        mode="max",
        source=music.source,
        render=render,
        step_name="frame",
        units=128,
        batch_size=16,
        epochs=12,
        learning_rate=3e-3,
        baselines=lambda: label_baselines(
            {split: parts(split) for split in SPLITS},
            len(music.class_names),
            one_label,
            music.frames_per_second,
        ),
        scores=scores,
        sample=functools.partial(_sample, music, load, longest, scale),
    )


def _head(classes: int, dropout: float) -> keras.Sequential:
    return keras.Sequential(
        [keras.layers.Dropout(dropout), keras.layers.Dense(classes)]
    )


def _sample(
    music: Music, load, longest, scale, trained, prompt, length, temperature, seed
) -> Sample:
    """What is true and what is said of a clip, under a picture of its features."""
    clip = _found(prompt.strip(), load)
    mean, deviation = scale()
    said = np.concatenate(
        [
            trained.predict(((part.frames - mean) / deviation).astype(np.float32))
            for part in parts_of(clip, longest)
        ]
    ).argmax(axis=1)[:length]
    truth, frames = clip.labels[:length], clip.frames[:length]
    asked = truth >= 0
    right = int((truth == said)[asked].sum())
    name = music.class_names
    rate = music.frames_per_second
    lines = [
        f"{first / rate:7.2f} - {last / rate:7.2f} s  {name[label]:<16}"
        f"{_most_often(said[first:last], name)}"
        for first, last, label in runs(truth)
        if label >= 0
    ]
    more = (
        f" The first {len(said)} frames of {len(clip.frames)}; --length shows more."
        if len(said) < len(clip.frames)
        else ""
    )
    return Sample(
        f"{clip.name}: {right} of {int(asked.sum())} frames are right.{more}\n\n"
        f"{'when':<22}{'true':<16}said, in which share of the frames\n"
        + "\n".join(lines),
        {"labels.png": png(label_picture(frames, truth, said, name, rate))},
    )


def _found(name: str, load) -> Clip:
    """The clip of this name, or the first of a split of this name, or of validation."""
    if name in ("", *SPLITS):
        return load(name or "validation")[0]
    clips = {clip.name: clip for split in SPLITS for clip in load(split)}
    if name not in clips:
        few = ", ".join(sorted(clips)[:5])
        raise UsageError(
            f"Expected the prompt to name a split, {', '.join(SPLITS)}, or a clip, as "
            f"in {few}; received {name!r}."
        )
    return clips[name]


def _most_often(said: np.ndarray, names: tuple[str, ...]) -> str:
    """The two classes that are said most often, and how often."""
    classes, counts = np.unique(said, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:2]
    return ", ".join(
        f"{names[classes[index]]} {counts[index] / len(said):.0%}" for index in order
    )
