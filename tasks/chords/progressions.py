"""Progressions: chords over time, by a Markov chain in a key."""

import dataclasses
import math

import numpy as np
from seqtasks.tasks.chords.chord_labels import NO_CHORD, Timeline

# semitones above the tonic, and whether the chord is minor
_DEGREES = {
    False: ((0, False), (2, True), (4, True), (5, False), (7, False), (9, True)),
    True: ((0, True), (3, False), (5, True), (7, False), (8, False), (10, False)),
}
# which chord follows which; I ii iii IV V vi of a major, i III iv V VI VII of a minor
FOLLOWS = {
    False: np.array(
        [
            (0.00, 0.12, 0.06, 0.32, 0.30, 0.20),
            (0.10, 0.00, 0.05, 0.10, 0.70, 0.05),
            (0.05, 0.10, 0.00, 0.35, 0.05, 0.45),
            (0.35, 0.15, 0.02, 0.00, 0.43, 0.05),
            (0.65, 0.02, 0.03, 0.10, 0.00, 0.20),
            (0.05, 0.30, 0.05, 0.40, 0.20, 0.00),
        ]
    ),
    True: np.array(
        [
            (0.00, 0.10, 0.30, 0.20, 0.20, 0.20),
            (0.15, 0.00, 0.15, 0.05, 0.35, 0.30),
            (0.35, 0.05, 0.00, 0.35, 0.05, 0.20),
            (0.75, 0.05, 0.05, 0.00, 0.15, 0.00),
            (0.15, 0.20, 0.20, 0.10, 0.00, 0.35),
            (0.35, 0.40, 0.05, 0.05, 0.15, 0.00),
        ]
    ),
}
SCALES = {False: (0, 2, 4, 5, 7, 9, 11), True: (0, 2, 3, 5, 7, 8, 10)}
# how many beats a chord lasts, by the beats of a bar, and how often
_LENGTHS = {4: ((1, 2, 4), (0.2, 0.45, 0.35)), 3: ((1, 2, 3), (0.15, 0.15, 0.7))}
_BREAK = 0.07  # how often no chord comes between two
_TEMPO = 80.0, 150.0  # beats a minute
SECONDS = 12.0  # of a clip


@dataclasses.dataclass(frozen=True)
class Progression:
    """The chords of a clip.

    Args:
        tonic: The note of the key, 0 for C.
        minor: Whether the key is minor.
        beats_per_bar: 3 or 4.
        tempo: In beats a minute.
        labels: The chord at each beat, an index into ``CHORDS``, ``(beats,)``.
    """

    tonic: int
    minor: bool
    beats_per_bar: int
    tempo: float
    labels: np.ndarray

    @property
    def key(self) -> int:
        """An index into ``KEYS``."""
        return self.tonic + 12 * self.minor

    @property
    def beat(self) -> float:
        """Seconds of a beat."""
        return 60 / self.tempo

    @property
    def seconds(self) -> float:
        """The length: the last beat may be cut off."""
        return min(len(self.labels) * self.beat, SECONDS)

    @property
    def timeline(self) -> Timeline:
        """The chords with their starts and ends."""
        first = np.flatnonzero(np.diff(self.labels, prepend=-1))
        last = np.append(first[1:], len(self.labels))
        ends = np.minimum(last * self.beat, self.seconds)
        return Timeline(first * self.beat, ends, self.labels[first])


def progression(rng: np.random.Generator) -> Progression:
    """Chords of a random key, tempo and metre, for twelve seconds.

    It begins with up to three beats of no chord. All keys are equally likely.
    """
    tonic, minor = int(rng.integers(12)), bool(rng.integers(2))
    beats_per_bar = 3 if rng.random() < 0.3 else 4
    tempo = rng.uniform(*_TEMPO)
    beats = math.ceil(SECONDS * tempo / 60)
    lengths, shares = _LENGTHS[beats_per_bar]
    labels = [NO_CHORD] * int(rng.integers(4))
    degree = 0 if rng.random() < 0.7 else int(rng.integers(6))
    while len(labels) < beats:
        length = int(rng.choice(lengths, p=shares))
        if labels and labels[-1] != NO_CHORD and rng.random() < _BREAK:
            labels += [NO_CHORD] * length
            continue
        above, is_minor = _DEGREES[minor][degree]
        labels += [(tonic + above) % 12 + 12 * is_minor] * length
        degree = int(rng.choice(6, p=FOLLOWS[minor][degree]))
    return Progression(tonic, minor, beats_per_bar, tempo, np.array(labels[:beats]))
