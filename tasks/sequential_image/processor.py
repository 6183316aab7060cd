"""New pictures, for ``seqtasks predict``."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from seqtasks.tasks.sequential_image.pictures import SIZE, pixel_order

from seqtasks.data.damage import DamagedError
from seqtasks.files import check_readable
from seqtasks.processor import NewExample, Processor, label_row

_LARGEST_FILE = 2**28  # bytes
_LARGEST = 10_000  # pixels of a side


@dataclasses.dataclass(frozen=True)
class PictureProcessor(Processor):
    """A picture to a sequence of its pixels, and logits to the digit.

    A picture of any size becomes grey and 28 × 28 pixels. The digits of training are
    bright on dark: of a picture whose edge is bright the negative is taken.

    Args:
        steps: ``rows`` or ``pixels``.
        permutation: Order of the pixels; see the task.
    """

    steps: Literal["rows", "pixels"]
    permutation: str

    reads: ClassVar[str] = "a picture (PNG, JPEG, …)"

    def read(self, path: Path) -> Iterator[NewExample]:
        # Pillow comes with Matplotlib
        from PIL import Image

        check_readable(path, _LARGEST_FILE, "a picture")
        try:
            with Image.open(path) as picture:
                if max(picture.size) > _LARGEST:
                    raise DamagedError(f"a side of more than {_LARGEST:,} pixels")
                small = picture.convert("L").resize((SIZE, SIZE))
                pixels = np.asarray(small, np.uint8)
        except DamagedError:
            raise
        except Exception as error:  # each of Pillow's formats has its own
            raise DamagedError(f"no picture that can be read: {error}") from None
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        if edge.mean() > 127:
            pixels = 255 - pixels
        ordered = pixels.reshape(-1)[pixel_order(self.permutation)]
        features = SIZE if self.steps == "rows" else 1
        yield NewExample(ordered.reshape(-1, features).astype(np.float32) / 255)

    def describe(
        self, example: NewExample, outputs: np.ndarray
    ) -> list[dict[str, Any]]:
        return [label_row((), outputs)]
