"""New recordings, with the features of training, for ``seqtasks predict``."""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from seqtasks.tasks.keyword_spotting.recordings import LONGEST
from seqtasks.tasks.keyword_spotting.spoken_features import (
    features_of,
    normalised,
    speech_analysis,
)

from seqtasks.data.audio import SUFFIXES, Reader, check_suffix
from seqtasks.data.spectrum import log_mel
from seqtasks.processor import NewExample, Processor, label_row


@dataclasses.dataclass(frozen=True)
class KeywordProcessor(Processor):
    """Recordings to standardised features, and logits to the word.

    Args:
        classes: The words.
        rate: Samples a second.
        bands: Number of mel bands.
        coefficients: Number of cepstra in place of the bands; 0 for bands.
        center: Whether the mean over a recording's time is taken from each feature.
        mean: Mean of each feature over the training frames, ``(features,)``.
        deviation: Deviation of each.
    """

    classes: tuple[str, ...]
    rate: int
    bands: int
    coefficients: int
    center: bool
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    reads: ClassVar[str] = f"a recording ({', '.join(SUFFIXES)})"

    @functools.cached_property
    def _reader(self) -> Reader:
        return Reader(self.rate, LONGEST)

    def read(self, path: Path) -> Iterator[NewExample]:
        check_suffix(path)
        samples = normalised(self._reader(path), self.rate)
        bands = log_mel(samples, speech_analysis(self.rate, self.bands))
        frames = features_of(bands, self.coefficients)
        if self.center:
            frames = frames - frames.mean(axis=0)
        scaled = (frames - np.array(self.mean)) / np.array(self.deviation)
        yield NewExample(scaled.astype(np.float32))

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [label_row(self.classes, outputs)]
