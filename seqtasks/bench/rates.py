"""Numbers of several rounds, and floating point operations of matrix products."""

import dataclasses
import statistics
from collections.abc import Iterable, Sequence


@dataclasses.dataclass(frozen=True)
class Spread:
    """A number over rounds.

    Args:
        median: The median.
        minimum: The smallest.
        maximum: The largest.
    """

    median: float
    minimum: float
    maximum: float


def spread(values: Sequence[float]) -> Spread:
    """Median and ends.

    >>> spread([3.0, 1.0, 2.0, 10.0])
    Spread(median=2.5, minimum=1.0, maximum=10.0)
    """
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: Sequence[float], references: Sequence[float]) -> Spread:
    """Of the quotients within each round, so that a slow minute slows both parts.

    >>> ratios([2.0, 6.0, 3.0], [1.0, 4.0, 1.0])
    Spread(median=2.0, minimum=1.5, maximum=3.0)
    """
    return spread([a / b for a, b in zip(values, references, strict=True)])


def kernel_elements(shapes: Iterable[Sequence[int]]) -> int:
    """The elements of the matrices among the shapes.

    Args:
        shapes: The shapes of the trainable weights of the recurrent layer and the
            dense layer; not of the embedding, whose rows are looked up.

    >>> kernel_elements([(64, 1024), (256, 1024), (1024,), (256, 65), (65,)])
    344320
    """
    return sum(shape[0] * shape[1] for shape in shapes if len(shape) == 2)


def training_operations(tokens: float, elements: int) -> float:
    """Floating point operations of the products of a training step.

    ``6 × tokens × elements``: a multiplication and an addition for each token and each
    element of a kernel, once forwards, and backwards once for the gradient of the
    argument and once for that of the kernel. Nothing else is counted: no gate, no
    loss, no optimizer, and no product that a loop computes again.

    >>> training_operations(10, 100)
    6000
    """
    return 6 * tokens * elements


def product_operations(size: int) -> float:
    """Floating point operations of one product of square matrices.

    >>> product_operations(2048)
    17179869184
    """
    return 2 * size**3
