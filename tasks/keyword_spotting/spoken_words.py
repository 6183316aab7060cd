"""Words of synthetic speakers: each word is another read backwards."""

import dataclasses
import itertools

import numpy as np

from seqtasks.data.phones import NOISE_EDGES, PHONES, Tracks, resonance, tracks
from seqtasks.task import SPLITS, Split

# pairs of the same sounds in the opposite order: the mean over time is the same for
# both words of a pair
WORDS = (
    *("man", "nam", "pit", "tip", "sel", "les", "kof", "fok"),
    *("tuxi", "ixut", "lamo", "omal"),
)
SPEAKERS: dict[Split, int] = {"train": 24, "validation": 6, "test": 10}
RATE = 8000

_FRAMES_PER_SECOND = 100


@dataclasses.dataclass(frozen=True)
class Speaker:
    """The properties of one speaker's voice.

    Args:
        pitch: The mean pitch in Hz.
        tract: The length of the vocal tract, 1 for a man's.
        pace: The speed of speech, 1 for usual.
        accent: The factors of each phone's first three formants,
            ``(phones, 3)``, in the order of ``PHONES``.
        hiss: The amplitude of the noise behind the voice.
    """

    pitch: float
    tract: float
    pace: float
    accent: np.ndarray
    hiss: float


def speakers(split: Split, seed: int = 0) -> list[Speaker]:
    """The speakers of a split, none of whom is in another."""
    rng = np.random.default_rng([seed, SPLITS.index(split), 0])
    found = []
    for _ in range(SPEAKERS[split]):
        tract = rng.uniform(0.8, 1.05)
        found.append(
            Speaker(
                # short tracts have high voices, on the whole
                pitch=rng.uniform(90, 150) * (1.05 / tract) ** 2,
                tract=tract,
                pace=rng.uniform(0.7, 1.4),
                accent=np.exp(rng.normal(0, 0.06, (len(PHONES), 3))),
                hiss=10 ** rng.uniform(-3, -1.5),
            )
        )
    return found


def speak(word: str, speaker: Speaker, rng: np.random.Generator) -> np.ndarray:
    """One recording of a word, with silence of random length around it.

    Args:
        word: Letters that are names of ``PHONES``.
        speaker: The speaker.
        rng: Source of what varies: lengths, melody, noise, loudness.

    Returns:
        ``(samples,)``, float32, at ``RATE``.
    """
    order = list(PHONES)
    phones = []
    for letter in word:
        own = speaker.accent[order.index(letter)]
        phone = PHONES[letter]
        first, second, third = (float(f) for f in np.array(phone.formants) * own)
        phones.append(dataclasses.replace(phone, formants=(first, second, third)))
    usual = np.array([phone.frames for phone in phones])
    lengths = usual / speaker.pace * rng.uniform(0.75, 1.3, len(phones))
    silence = rng.uniform(2, 12, 2)
    lengths = np.maximum(3, np.round([silence[0], *lengths, silence[1]])).astype(int)
    moves = tracks([None, *phones, None], lengths, _FRAMES_PER_SECOND, speaker.tract)
    frames = len(moves.voice)
    melody = np.linspace(rng.uniform(0.95, 1.15), rng.uniform(0.75, 1.05), frames)
    pitch = speaker.pitch * melody * (1 + 0.01 * rng.standard_normal(frames))
    samples = waveform(moves, pitch, _FRAMES_PER_SECOND, RATE, rng)
    samples = samples + speaker.hiss * rng.standard_normal(len(samples))
    return (samples * rng.uniform(0.1, 0.7)).clip(-1, 1).astype(np.float32)


def spoken_words(
    split: Split, count: int, seed: int = 0
) -> tuple[list[np.ndarray], np.ndarray]:
    """Recordings of a split.

    Args:
        split: The split.
        count: The number of recordings. All words are equally frequent, to one, and so
            are speakers.
        seed: The number of the data set.

    Returns:
        The samples of each, and the index of its word in ``WORDS``, ``(count,)``.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), 1])
    labels, turns = _words_and_speakers(split, count, rng)
    who = speakers(split, seed)
    return [
        speak(WORDS[label], who[turn], rng)
        for label, turn in zip(labels, turns, strict=True)
    ], labels


def speaker_of_each(split: Split, count: int, seed: int = 0) -> np.ndarray:
    """The number of the speaker of each recording of :func:`spoken_words`."""
    rng = np.random.default_rng([seed, SPLITS.index(split), 1])
    return _words_and_speakers(split, count, rng)[1]


def _words_and_speakers(
    split: Split, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    words = rng.permutation(np.arange(count) % len(WORDS))
    return words, rng.permutation(np.arange(count) % SPEAKERS[split])


def waveform(
    moves: Tracks,
    pitch: np.ndarray,
    frames_per_second: float,
    rate: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Harmonics of the pitch under the tract's resonances, and noise.

    Args:
        moves: Formants and amplitudes over time.
        pitch: In Hz, ``(frames,)``.
        frames_per_second: Frames a second.
        rate: Samples a second.
        rng: Source of the noise.

    Returns:
        ``(samples,)``, float32, of peak 1.
    """
    frames = len(pitch)
    count = round(frames * rate / frames_per_second)
    at = np.linspace(0, frames - 1, count)
    left = np.minimum(at.astype(int), max(frames - 2, 0))
    right = np.minimum(left + 1, frames - 1)
    share = at - left
    rest = 1 - share

    def sampled(track: np.ndarray) -> np.ndarray:
        return track[left] * rest + track[right] * share

    turn = np.exp(2j * np.pi * np.cumsum(sampled(pitch)) / rate)
    harmonic = np.ones_like(turn)
    samples = np.zeros(count)
    numbers = np.arange(1, int(rate / 2 / pitch.min()) + 1)
    frequencies = numbers[:, None] * pitch
    strengths = moves.voice * resonance(frequencies, moves.formants)
    # a harmonic beyond half the rate would come back as an alias
    for strength in strengths * (frequencies < rate / 2):
        harmonic = harmonic * turn
        samples += sampled(strength) * harmonic.imag
    spectrum = np.fft.rfft(rng.standard_normal(count))
    bins = np.fft.rfftfreq(count, 1 / rate)
    for index, (low, high) in enumerate(itertools.pairwise(NOISE_EDGES)):
        if not moves.noise[:, index].any():
            continue
        within = (bins >= low) & (bins < high)
        samples += sampled(moves.noise[:, index]) * np.fft.irfft(
            spectrum * within, count
        )
    return (samples / max(np.abs(samples).max(), 1e-9)).astype(np.float32)
