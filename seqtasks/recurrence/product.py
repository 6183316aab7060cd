"""The recurrent matrix product: the one operation that a time loop cannot hoist."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


def recurrent_matmul(states, kernel):
    """Multiplies the previous state by a recurrent kernel, ``states @ kernel``.

    A cell says its recurrent products through this function and not through
    ``keras.ops.matmul``, so that a time loop can tell them from all other work of a
    step: their results need not be computed again for the gradient, and the gradient of
    the kernel can be taken for all steps in one product.

    Args:
        states: A tensor of shape ``(batch, units)``.
        kernel: A weight of shape ``(units, width)``.

    Returns:
        A tensor of shape ``(batch, width)``.
    """
    if _handlers:
        return _handlers[-1](states, kernel)
    return keras.ops.matmul(states, kernel)


_handlers: list[Any] = []


@contextlib.contextmanager
def handling_products(handler) -> Iterator[None]:
    """Within it, recurrent products are ``handler(states, kernel)``."""
    _handlers.append(handler)
    try:
        yield
    finally:
        _handlers.pop()
