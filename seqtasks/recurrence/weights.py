"""A cell as a function of the values of its weights."""

import contextlib
from collections.abc import Iterator

import keras
from keras.src import backend


@contextlib.contextmanager
def holding(cell, values) -> Iterator[None]:
    """Within it, the cell's variables have these values, cast as in a call of it.

    A gradient is taken outside the layer's call, where nothing else casts.
    """
    mapping = list(zip(cell.variables, values, strict=True))
    with (
        backend.AutocastScope(cell.compute_dtype),
        keras.StatelessScope(mapping, initialize_variables=False),
    ):
        yield
