"""Floating point operations of the matrix products of a model."""

from collections.abc import Iterable, Sequence


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
