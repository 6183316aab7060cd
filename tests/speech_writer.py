"""Writes small recordings for tests."""

from pathlib import Path

import numpy as np

from seqtasks.data.audio import encode_wav


def tone(frequency: float, seconds: float = 0.3, rate: int = 16_000) -> np.ndarray:
    """A sine that swells and fades."""
    time = np.arange(int(rate * seconds)) / rate
    return 0.5 * np.sin(2 * np.pi * frequency * time) * np.hanning(len(time))


def write_wav(path: Path, samples: np.ndarray, rate: int = 16_000) -> None:
    """A WAV file, its folder being made too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_wav(samples, rate))


def write_words(folder: Path, speakers: str, each: int = 1) -> None:
    """Two classes, ``rise`` and ``fall``: two tones in the one or the other order."""
    rng = np.random.default_rng(0)
    for speaker in speakers:
        for index in range(each):
            pitch = rng.uniform(0.8, 1.2)
            parts = [tone(400 * pitch, rng.uniform(0.1, 0.2)), tone(900 * pitch, 0.15)]
            name = f"{speaker}_{index}.wav"
            write_wav(folder / "rise" / name, np.concatenate(parts))
            write_wav(folder / "fall" / name, np.concatenate(parts[::-1]))


def write_speech(folder: Path, texts: dict[str, str]) -> None:
    """The layout of LJSpeech: each letter is a tone of its own, a space is silence."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}|{text}|{text}" for name, text in texts.items()]
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    for name, text in texts.items():
        parts = [
            np.zeros(2205) if c == " " else tone(200 + 60 * (ord(c) - 97), 0.1, 22_050)
            for c in text
        ]
        write_wav(folder / "wavs" / f"{name}.wav", np.concatenate(parts), 22_050)
