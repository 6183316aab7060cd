"""Phones: the sounds of synthetic speech, as formants, voice and noise over time."""

import dataclasses
from collections.abc import Sequence

import numpy as np

# Hz; the noise of a phone is a mixture of noises between these frequencies
NOISE_EDGES = (0, 1600, 3000, 11025)

_BANDWIDTHS = np.array([60.0, 90, 150, 200, 250])  # Hz, of the formants
_HIGHER = (3500.0, 4500)  # Hz, formants that all phones share
_SMOOTH = 0.05  # seconds over which one phone's formants become another's


@dataclasses.dataclass(frozen=True)
class Phone:
    """A sound.

    Args:
        formants: Its first three resonances in Hz.
        voice: The amplitude of its voice.
        noise: The amplitudes of its noise between each two of ``NOISE_EDGES``.
        closed: The share of its time, at the beginning, in which it is silent.
        frames: Its usual length in hundredths of a second.
    """

    formants: tuple[float, float, float]
    voice: float = 0.0
    noise: tuple[float, float, float] = (0.0, 0.0, 0.0)
    closed: float = 0.0
    frames: int = 8

    @property
    def is_vowel(self) -> bool:
        """Whether it is loud and open."""
        return self.voice == 1.0


# vowels after Peterson and Barney (1952), table II, men
PHONES = {
    "i": Phone((270, 2290, 3010), voice=1.0, frames=12),
    "e": Phone((530, 1840, 2480), voice=1.0, frames=12),
    "a": Phone((730, 1090, 2440), voice=1.0, frames=12),
    "o": Phone((570, 840, 2410), voice=1.0, frames=12),
    "u": Phone((300, 870, 2240), voice=1.0, frames=12),
    "m": Phone((280, 1000, 2200), voice=0.3),
    "n": Phone((280, 1600, 2600), voice=0.3),
    "l": Phone((360, 1200, 2700), voice=0.5),
    "w": Phone((300, 700, 2200), voice=0.5),
    "s": Phone((320, 1500, 2600), noise=(0.0, 0.02, 0.2), frames=10),
    "x": Phone((320, 1800, 2500), noise=(0.0, 0.2, 0.1), frames=10),  # as in "ship"
    "f": Phone((320, 1000, 2300), noise=(0.03, 0.03, 0.05)),
    "z": Phone((320, 1500, 2600), voice=0.2, noise=(0.0, 0.01, 0.1)),
    "p": Phone((300, 800, 2200), noise=(0.25, 0.05, 0.02), closed=0.7),
    "t": Phone((300, 1750, 2700), noise=(0.02, 0.1, 0.4), closed=0.7),
    "k": Phone((300, 2000, 2400), noise=(0.05, 0.4, 0.05), closed=0.7),
}


@dataclasses.dataclass(frozen=True)
class Tracks:
    """What a voice does over time.

    Args:
        formants: Resonances in Hz, ``(frames, 5)``.
        voice: The amplitude of the voice, ``(frames,)``.
        noise: The amplitudes of the noises, ``(frames, 3)``.
    """

    formants: np.ndarray
    voice: np.ndarray
    noise: np.ndarray


def tracks(
    phones: Sequence[Phone | None],
    lengths: Sequence[int] | np.ndarray,
    frames_per_second: float,
    tract: float = 1.0,
) -> Tracks:
    """Phones one after another, each flowing into the next.

    Formants are smoothed over a twentieth of a second, on a logarithmic scale, and
    amplitudes over half of that.

    Args:
        phones: The phones; ``None`` is silence, whose mouth is that of a vowel.
        lengths: The number of frames of each.
        frames_per_second: Frames a second.
        tract: The length of the vocal tract; a longer one divides all formants.
    """
    rest = Phone((500, 1500, 2500))
    sounds = [phone or rest for phone in phones]
    formants = np.array([(*sound.formants, *_HIGHER) for sound in sounds]) / tract
    voice = np.array([[sound.voice] for sound in sounds])
    noise = np.array([sound.noise for sound in sounds])
    # hundredths of a phone's time that have passed, frame by frame
    passed = np.concatenate([(np.arange(n) + 0.5) / n for n in lengths])
    open_ = passed >= np.repeat([sound.closed for sound in sounds], lengths)
    width = max(1, round(_SMOOTH * frames_per_second))
    smooth = _smoothed(np.repeat(np.log(formants), lengths, axis=0), width)
    half = max(1, width // 2)
    return Tracks(
        np.exp(smooth),
        _smoothed(np.repeat(voice, lengths, axis=0), half)[:, 0],
        _smoothed(np.repeat(noise, lengths, axis=0) * open_[:, None], half),
    )


def resonance(frequencies: np.ndarray, formants: np.ndarray) -> np.ndarray:
    """By how much the vocal tract amplifies a voice's harmonics.

    It is a cascade of resonances, each of gain 1 at 0 Hz, over a source whose amplitude
    falls with frequency.

    Args:
        frequencies: In Hz, ``(…)``.
        formants: In Hz, ``(…, 5)``.

    Returns:
        Amplitudes, ``(…)``.
    """
    squared = np.square(frequencies)
    amplitude = 100 / np.maximum(frequencies, 100)
    for index, bandwidth in enumerate(_BANDWIDTHS):
        centre = np.square(formants[..., index])
        apart = np.square(centre - squared) + squared * bandwidth**2
        amplitude = amplitude * centre / np.sqrt(apart)
    return amplitude


def _smoothed(values: np.ndarray, width: int) -> np.ndarray:
    """Means over ``width`` frames, the first and last being repeated at the ends."""
    before = (width - 1) // 2
    padded = np.pad(values, ((before, width - 1 - before), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
    return (sums[width:] - sums[:-width]) / width
