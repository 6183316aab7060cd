"""Clips in other keys: more to learn from, at no cost in recordings."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from seqtasks.tasks.chords.chord_names import NO_CHORD, NOT_ASKED
from seqtasks.tasks.chords.music_clips import Clip

_FARTHEST = 6  # semitones, up or down


def with_transposed(clips: Sequence[Clip], copies: int, seed: int) -> list[Clip]:
    """Each clip, followed by copies in other keys.

    Args:
        clips: Clips of pitches, labelled by chords or keys.
        copies: How many copies of each there are, each in another key, at most 11.
        seed: Decides which keys.
    """
    rng = np.random.default_rng([seed, 3])
    # a whole octave of them; by six semitones up or down comes to the same notes
    others = [step for step in range(1 - _FARTHEST, _FARTHEST + 1) if step]
    found = []
    for clip in clips:
        steps = rng.choice(others, copies, replace=False).tolist()
        found += [clip, *(transposed(clip, step) for step in steps)]
    return found


def transposed(clip: Clip, steps: int) -> Clip:
    """A clip as if it were played higher or lower.

    What comes in at the edge of the pitches is as loud as the pitch that was there.

    Args:
        clip: A clip of pitches, labelled by chords or keys.
        steps: Semitones up; down if negative. Fewer than there are pitches.
    """
    pitches = clip.frames.shape[1]
    frames = clip.frames[:, np.clip(np.arange(pitches) - steps, 0, pitches - 1)]
    up = clip.labels // 12 * 12 + (clip.labels + steps) % 12
    kept = (clip.labels == NO_CHORD) | (clip.labels == NOT_ASKED)
    labels = np.where(kept, clip.labels, up).astype(np.int32)
    # of what is only learnt from, nobody asks when a chord changes
    return dataclasses.replace(
        clip,
        name=f"{clip.name} {steps:+d}",
        frames=frames,
        labels=labels,
        timeline=None,
    )
