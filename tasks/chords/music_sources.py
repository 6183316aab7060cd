"""Where music with labels comes from: a made-up band, drummers, tracks of genres."""

import functools
from collections.abc import Callable

import numpy as np
from seqtasks.tasks.chords.additive_band import band, play
from seqtasks.tasks.chords.chord_names import CHORDS, KEYS
from seqtasks.tasks.chords.drum_midi import FRAMES_PER_SECOND as DRUM_FRAMES_PER_SECOND
from seqtasks.tasks.chords.drum_midi import drum_frames
from seqtasks.tasks.chords.gtzan_split import gtzan_split
from seqtasks.tasks.chords.music_clips import Clip, Music, whole_clip
from seqtasks.tasks.chords.pitch_bands import FRAMES_PER_SECOND, pitch_bands
from seqtasks.tasks.chords.progressions import progression

from seqtasks.data.audio import prepared_audio
from seqtasks.data.damage import read_whole
from seqtasks.data.sources import prepared
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.options import require
from seqtasks.task import SPLITS, Source, Split

COUNTS: dict[Split, int] = {"train": 400, "validation": 80, "test": 120}
TEMPI = ("below 80", "80 to 99", "100 to 119", "120 to 139", "140 and more")

_TEMPO_BORDERS = (80, 100, 120, 140)
_TRACK = Analysis(22_050, window=4096, hop=2205, bands=64, low=30, high=10_000)


def progressions(label: str, data_seed: int) -> Music:
    """Progressions in a key, played by a band that leaves much to guess.

    Args:
        label: ``chord``, at each frame, or ``key``, of the whole clip; empty for chord.
        data_seed: The number of the data set.
    """
    label = chosen(label, ("chord", "key"), "progressions")
    return Music(
        lambda split: _played(split, COUNTS[split], label, data_seed),
        CHORDS if label == "chord" else KEYS,
        FRAMES_PER_SECOND,
        label == "chord",
        Source("progressions", "chords of a made-up band, generated", "no rights"),
        has_keys=True,
    )


def groove(label: str) -> Music:
    """What ten drummers played, as MIDI, through TensorFlow Datasets.

    The splits are the official ones, by piece. Most sessions of a drummer have pieces
    in several of them.

    Args:
        label: ``style``, ``tempo`` or ``metre`` of the piece; empty for style.
    """
    label = chosen(label, ("style", "tempo", "metre"), "groove")
    licence = "CC BY 4.0"
    # without it the five gigabytes of sound would be asked for too
    needs = "-midionly.zip"
    builder = prepared("groove/full-midionly", licence=licence, needs=needs)
    features = builder.info.features
    names = {
        "style": features["style"]["primary"].names,
        "tempo": TEMPI,
        "metre": features["time_signature"].names,
    }
    class_of: dict[str, Callable[[dict], int]] = {
        "style": lambda piece: piece["style"]["primary"],
        "tempo": lambda piece: np.searchsorted(_TEMPO_BORDERS, piece["bpm"], "right"),
        "metre": lambda piece: piece["time_signature"],
    }

    @functools.cache
    def load(split: Split) -> tuple[Clip, ...]:
        pieces = builder.as_dataset(split=split).as_numpy_iterator()
        # by name: the order of TensorFlow Datasets is that of its hashes
        ordered = sorted(pieces, key=lambda piece: piece["id"])
        whole, _ = read_whole(
            ordered,
            lambda piece: drum_frames(piece["midi"]),
            lambda piece: piece["id"].decode(),
            "pieces",
            builder.data_path,
        )
        return tuple(
            whole_clip(piece["id"].decode(), frames, int(class_of[label](piece)))
            for piece, frames in whole
        )

    return Music(
        load,
        tuple(names[label]),
        DRUM_FRAMES_PER_SECOND,
        False,
        Source("groove", "drummers, as MIDI", licence, builder.info.homepage),
    )


def gtzan(label: str) -> Music:
    """Tracks of ten genres, half a minute each, through TensorFlow Datasets.

    The splits are those of :func:`gtzan_split`, by track.

    Args:
        label: ``genre`` or empty.
    """
    chosen(label, ("genre",), "gtzan")
    builder = prepared_audio("gtzan", "none stated")
    names = tuple(builder.info.features["label"].names)

    @functools.cache
    def read() -> list[tuple[Split, Clip]]:
        split_of, found = gtzan_split(), []
        for track in builder.as_dataset(split="train").as_numpy_iterator():
            name = track["audio/filename"].decode().removesuffix(".wav")
            if name in split_of:
                frames = track_frames(track["audio"].astype(np.float32) / 2**15)
                clip = whole_clip(name, frames, int(track["label"]))
                found.append((split_of[name], clip))
        return sorted(found, key=lambda one: one[1].name)

    return Music(
        lambda split: [clip for where, clip in read() if where == split],
        names,
        _TRACK.frames_per_second,
        False,
        Source(
            "gtzan",
            "tracks of ten genres, without known copies",
            "none stated; for research",
            builder.info.homepage,
        ),
    )


def chosen(label: str, there_are: tuple[str, ...], dataset: str) -> str:
    """The label that was asked for, or the data set's first.

    Args:
        label: Its name; empty for the first.
        there_are: The labels that the data set has.
        dataset: The data set's name.

    Raises:
        UsageError: If the data set has no such label.
    """
    require(
        label in ("", *there_are),
        "label",
        label,
        f"{' or '.join(there_are)} for {dataset}",
    )
    return label or there_are[0]


def track_frames(samples: np.ndarray) -> np.ndarray:
    """Mel bands in dB below the loudest of the track, ten frames a second.

    Args:
        samples: ``(samples,)``, at 22,050 a second.

    Returns:
        ``(frames, 64)``, float32.
    """
    beyond = _TRACK.window - _TRACK.hop
    samples = samples / max(float(np.abs(samples).max(initial=0)), 1e-9)
    bands = log_mel(np.pad(samples, (beyond // 2, beyond - beyond // 2)), _TRACK)
    return bands - bands.max()


# many tasks are made of the same clips where a task is checked or compared
@functools.lru_cache(maxsize=6)
def _played(split: Split, count: int, label: str, seed: int) -> tuple[Clip, ...]:
    rng = np.random.default_rng([seed, SPLITS.index(split)])
    clips = []
    for index in range(count):
        piece = progression(rng)
        frames = pitch_bands(play(piece, band(rng), rng))
        name = f"{split} {index}"
        if label == "key":
            clips.append(whole_clip(name, frames, piece.key))
            continue
        middles = (np.arange(len(frames)) + 0.5) / FRAMES_PER_SECOND
        timeline = piece.timeline
        clips.append(Clip(name, frames, timeline.at(middles), timeline))
    return tuple(clips)
