"""Tracks of ten genres (GTZAN), in splits without its known faults."""

import functools

import numpy as np
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label, whole_clip

from seqtasks.data.audio import prepared_audio
from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.task import Source, Split

TRACK_RATE = 22_050
_TRACK = Analysis(TRACK_RATE, window=4096, hop=2205, bands=64, low=30, high=10_000)

# Numbers of the tracks of each genre. 70 of the 1,000 are in none.
_NUMBERS: dict[Split, dict[str, str]] = {
    "train": {
        "blues": "29-49 73-97",
        "classical": "30-33 43-48 50-67 80-99",
        "country": "19-26 28-29 65-99",
        "disco": "5 15-20 22-37 39-45 47 49 53-54 56-57 59 61 70 73-74 89",
        "hiphop": "2-25 28-29 31-38 41-42 55-61 77-80",
        "jazz": "0-1 11-24 41 47-72",
        "metal": "2-3 5 21 24 35 46-57 59-66 69 71-72 79-80 84 86 89-99",
        "pop": "2-9 11-12 16-20 23-29 31-36 38-42 44 46 49-50 80 97-99",
        "reggae": "0-2 4 6 9 11-12 14-32 42-45 49-51 54-60 63 69",
        "rock": "0-9 16-26 57-70 91-99",
    },
    "validation": {
        "blues": "0-11 50-60",
        "classical": "0-10 68-76",
        "country": "0-7 9-18 27 41-42 45 49",
        "disco": "0 2-4 6-14 46 48 52 67-68 72 75 90 95",
        "hiphop": "81-98",
        "jazz": "2-10 25-32",
        "metal": "0-1 6-11 16-20 36-37 68 76-77 81-82",
        "pop": "10 53 55 58-62 81 83-86",
        "reggae": "61-62 70 72 74 76-78 85 92-99",
        "rock": "38 49-56 71-85",
    },
    "test": {
        "blues": "12-28 61-72 98-99",
        "classical": "11-29 34-41 49 77-79",
        "country": "30-40 43-44 46-48 50-51 53-64",
        "disco": "1 21 58 62-66 69 76-88 91-94 96-97 99",
        "hiphop": "0 26-27 30 40 43-45 51-54 62-75 99",
        "jazz": "73-99",
        "metal": "12-15 22-23 25-33 38-39 67 70 73-75 78 83 85 87-88",
        "pop": "0-1 13-14 43 63-66 69-79 82 88-96",
        "reggae": "34-40 46-48 52-53 64-68 71 79 82-84 87-90",
        "rock": "10-15 27-37 39-48 86-90",
    },
}


def gtzan(label: str) -> Music:
    """Tracks of ten genres, half a minute each, through TensorFlow Datasets.

    The splits are those of :func:`gtzan_split`, by track.
    """
    chosen_label(label, ("genre",), "gtzan")
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


def gtzan_split() -> dict[str, Split]:
    """The split of each track by its name, as in ``blues.00012``.

    It is the fault-filtered partition, in which copies and damaged tracks are left out
    and the tracks of an artist are meant to be in one split alone. Labels that are
    disputed are as they are.

    References:
        Kereliuk et al. (2015), https://arxiv.org/abs/1507.04761 (the partition, in the
        lists that later work shares); Sturm (2013), https://arxiv.org/abs/1306.1461
        (the faults)
    """
    return {
        f"{genre}.{number:05}": split
        for split, genres in _NUMBERS.items()
        for genre, numbers in genres.items()
        for number in _whole(numbers)
    }


def _whole(numbers: str) -> list[int]:
    """``2-4 7`` as 2, 3, 4, 7."""
    found: list[int] = []
    for part in numbers.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
