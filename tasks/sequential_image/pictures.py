"""Grey pictures of the ten digits: made up, or MNIST."""

import dataclasses
from collections.abc import Callable

import numpy as np
from seqtasks.tasks.sequential_image.glyphs import draw_glyphs

from seqtasks.data.sources import prepared
from seqtasks.task import Source, Split

SIZE = 28  # pixels, the height and the width
GLYPHS: dict[Split, int] = {"train": 20_000, "validation": 2_000, "test": 4_000}


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Grey pictures of ten classes.

    Args:
        load: Gives the pictures of a split, ``(examples, SIZE, SIZE)``, uint8, and
            their classes, ``(examples,)``.
        source: Where the pictures come from.
        epochs: Default number of epochs of training.
    """

    load: Callable[[Split], tuple[np.ndarray, np.ndarray]]
    source: Source
    epochs: int


def glyphs(data_seed: int) -> Pictures:
    """Made-up digits, without a network."""
    return Pictures(
        load=lambda split: draw_glyphs(split, GLYPHS[split], SIZE, data_seed),
        source=Source("glyphs", "digits of a shaky pen among scraps", "no rights"),
        epochs=8,
    )


def mnist() -> Pictures:
    """The 70,000 handwritten digits, through TensorFlow Datasets."""
    licence = "CC BY-SA 3.0"
    builder = prepared("mnist", licence=licence)
    parts = {"train": "train[:55000]", "validation": "train[55000:]", "test": "test"}

    def load(split):
        batches = builder.as_dataset(split=parts[split]).batch(5_000)
        pairs = [(part["image"], part["label"]) for part in batches.as_numpy_iterator()]
        images, labels = zip(*pairs, strict=True)
        return np.concatenate(images)[..., 0], np.concatenate(labels)

    return Pictures(
        load=load,
        source=Source("mnist", "handwritten digits", licence, builder.info.homepage),
        epochs=4,
    )


def pixel_order(permutation: str) -> np.ndarray:
    """The pixel that is read at each place, ``(784,)``.

    The generator is NumPy's legacy one, whose streams no later version changes.
    """
    if permutation == "none":
        return np.arange(SIZE * SIZE)
    return np.random.RandomState(92916).permutation(SIZE * SIZE)


def picture_in_text(image: np.ndarray) -> str:
    """Ten shades, two rows a line, since a letter is twice as high as wide."""
    shades = " .:-=+*#%@"
    dark = image.reshape(-1, 2, image.shape[1]).mean(axis=1)
    numbers = np.minimum(dark * len(shades), len(shades) - 1).astype(int)
    return "\n".join("".join(shades[i] for i in line).rstrip() for line in numbers)
