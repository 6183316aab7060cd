"""The recurrent matrix product, and a cell as a function of its weights.

A time loop treats a cell's ``step`` as a pure function: it replaces the values of the
weights and what a recurrent product does, and differentiates the rest.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras.src import backend

_replacements: list[Callable[[Any, Any], Any]] = []


def recurrent_matmul(states, kernel):
    """Multiplies the previous state by a recurrent kernel, ``states @ kernel``.

    It is the one operation of a step that a time loop cannot move out of the loop. A
    cell calls it in place of ``keras.ops.matmul``, so that the loop can distinguish
    these products from all other work of a step: it keeps their results for the
    gradient, and takes the gradient of the kernel for all steps in one product.

    Args:
        states: A tensor of shape ``(batch, units)``.
        kernel: A weight of shape ``(units, width)``.

    Returns:
        A tensor of shape ``(batch, width)``.
    """
    if _replacements:
        return _replacements[-1](states, kernel)
    return keras.ops.matmul(states, kernel)


@contextlib.contextmanager
def replacing_products(product: Callable[[Any, Any], Any]) -> Iterator[None]:
    """Within it, ``recurrent_matmul`` is ``product(states, kernel)``."""
    _replacements.append(product)
    try:
        yield
    finally:
        _replacements.pop()


@contextlib.contextmanager
def replacing_weights(cell, values) -> Iterator[None]:
    """Within it, the cell's variables have these values, cast as in a call of it.

    A gradient is taken outside the layer's call, where Keras casts nothing: without the
    scope a cell of ``mixed_bfloat16`` would compute in float32 there.
    """
    mapping = list(zip(cell.variables, values, strict=True))
    with (
        backend.AutocastScope(cell.compute_dtype),
        keras.StatelessScope(mapping, initialize_variables=False),
    ):
        yield
