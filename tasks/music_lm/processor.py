"""New pieces and the nats that they cost, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.music_lm.midi import SUFFIXES, read_midi
from seqtasks.tasks.music_lm.piano_roll import of_notes
from seqtasks.tasks.music_lm.polyphony import jaccard, nats

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor


@dataclasses.dataclass(frozen=True)
class PieceProcessor(Processor):
    """A MIDI file, or notes as text, to frames; log-odds to nats a frame.

    Args:
        per_quarter: Frames a quarter note.
    """

    per_quarter: int

    reads: ClassVar[str] = f"a MIDI file ({', '.join(SUFFIXES)})"

    def read(self, path: Path) -> Iterator[NewExample]:
        if path.suffix.lower() not in SUFFIXES:
            raise DamagedError(f"expected {self.reads}, by the ending of its name")
        yield _example(read_midi(path, self.per_quarter))

    def parse(self, text: str) -> NewExample:
        return _example(of_notes(text))

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        log_odds = outputs.astype(np.float64)
        return [
            {
                "frames": len(outputs) + 1,
                "nats_per_frame": nats(log_odds, example.about),
                "multipitch_accuracy": jaccard(log_odds > 0, example.about),
            }
        ]


def _example(roll: np.ndarray) -> NewExample:
    """The frames but the last; beside them all but the first."""
    if len(roll) < 2:
        raise UsageError("expected two frames or more.")
    frames = roll.astype(np.float32)
    return NewExample(frames[:-1], about=frames[1:])
