"""Words said by made-up speakers: each is the reverse of another."""

import dataclasses

import numpy as np
from seqtasks.tasks.keyword_spotting.voice import waveform

from seqtasks.data.phones import PHONES, tracks
from seqtasks.task import SPLITS, Split

# pairs of the same sounds in the opposite order, so that what is said on the whole does
# not tell which of the two it is
WORDS = (
    *("man", "nam", "pit", "tip", "sel", "les", "kof", "fok"),
    *("tuxi", "ixut", "lamo", "omal"),
)
SPEAKERS: dict[Split, int] = {"train": 24, "validation": 6, "test": 10}
RATE = 8000

_FRAMES_PER_SECOND = 100


@dataclasses.dataclass(frozen=True)
class Speaker:
    """What is one's own in a voice.

    Args:
        pitch: The mean pitch in Hz.
        tract: The length of the vocal tract, 1 for a man's.
        pace: How fast one speaks, 1 for usual.
        accent: By what each phone's first three formants are multiplied,
            ``(phones, 3)``, in the order of ``PHONES``.
        hiss: The amplitude of the noise behind the voice.
    """

    pitch: float
    tract: float
    pace: float
    accent: np.ndarray
    hiss: float


def speakers(split: Split, seed: int = 0) -> list[Speaker]:
    """The speakers of a split, none of whom is in another.

    Args:
        split: The split.
        seed: The number of the data set.
    """
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


def say(word: str, speaker: Speaker, rng: np.random.Generator) -> np.ndarray:
    """One recording of a word, with silence of random length around it.

    Args:
        word: Letters that are names of ``PHONES``.
        speaker: Who says it.
        rng: What is never twice the same: lengths, melody, noise, loudness.

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
        count: How many. All words are equally frequent, to one, and so are speakers.
        seed: The number of the data set.

    Returns:
        The samples of each, and the index of its word in ``WORDS``, ``(count,)``.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), 1])
    labels = rng.permutation(np.arange(count) % len(WORDS))
    who = speakers(split, seed)
    turns = rng.permutation(np.arange(count) % len(who))
    return [
        say(WORDS[label], who[turn], rng)
        for label, turn in zip(labels, turns, strict=True)
    ], labels
