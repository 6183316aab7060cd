"""New recordings or drummed MIDI files, for ``seqtasks predict``."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from seqtasks.tasks.chords.groove import drum_frames
from seqtasks.tasks.chords.gtzan import TRACK_RATE, track_frames
from seqtasks.tasks.chords.label_sample import runs
from seqtasks.tasks.chords.music_clips import Clip, parts_of
from seqtasks.tasks.chords.pitch_bands import RATE, pitch_bands

from seqtasks.data.audio import SUFFIXES, Reader, check_suffix
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.processor import NewExample, Processor, label_row, probabilities

_LARGEST_MIDI = 2**24  # bytes
_MIDI = (".mid", ".midi")


@dataclasses.dataclass(frozen=True)
class ChordProcessor(Processor):
    """A recording to standardised frames, and logits to its chords, or its one label.

    Args:
        classes: The labels.
        kind: What a frame is: the power at each pitch, mel bands, or hits of drums.
        frames_per_second: Frames a second.
        longest: Number of frames that the model reads at once.
        one_label: Whether a label is of the whole recording.
        mean: Mean of each feature over the training frames.
        deviation: Deviation of each.
    """

    classes: tuple[str, ...]
    kind: Literal["pitches", "bands", "drums"]
    frames_per_second: float
    longest: int
    one_label: bool
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    reads: ClassVar[str] = f"a recording ({', '.join(SUFFIXES)}), or MIDI of drums"

    @functools.cached_property
    def _reader(self) -> Reader:
        return Reader(RATE if self.kind == "pitches" else TRACK_RATE)

    def read(self, path: Path) -> Iterator[NewExample]:
        if self.kind == "drums":
            if path.suffix.lower() not in _MIDI:
                raise DamagedError("no MIDI file, by the ending of its name")
            check_readable(path, _LARGEST_MIDI, "a MIDI file")
            content = path.read_bytes()
            try:
                frames = drum_frames(content)
            except UsageError:  # mido is not installed
                raise
            except Exception as error:  # whatever mido's parsing comes to
                raise DamagedError(f"no MIDI file: {error}") from error
        else:
            check_suffix(path)
            features = pitch_bands if self.kind == "pitches" else track_frames
            frames = features(self._reader(path))
        yield NewExample(frames)

    def outputs(self, example: NewExample, model: Any) -> np.ndarray:
        # in parts, as in training
        frames = example.inputs
        clip = Clip("", frames, np.zeros(len(frames), np.int32))
        mean, deviation = np.array(self.mean), np.array(self.deviation)
        return np.concatenate(
            [
                model(((part.frames - mean) / deviation).astype(np.float32))
                for part in parts_of(clip, self.longest)
            ]
        )

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        shares = probabilities(outputs)  # (T, classes)
        if self.one_label:
            # the class that is most probable over all frames, as in the score
            return [label_row(self.classes, np.log(shares + 1e-30).mean(axis=0))]
        rate = self.frames_per_second
        return [
            {
                "start": first / rate,
                "end": last / rate,
                "label": self.classes[label],
                "probability": float(shares[first:last, label].mean()),
                "frames": last - first,
            }
            for first, last, label in runs(shares.argmax(axis=1))
        ]
