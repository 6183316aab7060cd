"""The shapes that a time loop relies on, checked on one small step."""

import keras

from seqtasks.errors import UsageError, shortened
from seqtasks.loading import describe


def check_shapes(cell, features: int = 3, batch: int = 2) -> None:
    """Runs one step and compares the shapes with those that the cell declares.

    Args:
        cell: A cell for ``keras.layers.RNN``.
        features: Width of the input to try.
        batch: Number of sequences to try.

    Raises:
        UsageError: If something is missing or of another shape than declared.
    """
    name = type(cell).__name__
    if not hasattr(cell, "state_size"):
        raise UsageError(
            f"Expected the cell {name} to have a state_size (the width of its state, "
            f"or a list with the width of each); it has none. Set it in __init__, "
            f"or call super().__init__(units, **kwargs)."
        )
    sizes = keras.tree.flatten(cell.state_size)
    output_size = getattr(cell, "output_size", sizes[0])
    inputs = keras.ops.zeros((batch, features), dtype=cell.compute_dtype)
    states = [
        keras.ops.zeros((batch, size), dtype=cell.compute_dtype) for size in sizes
    ]
    if hasattr(cell, "get_initial_state"):
        initial = keras.tree.flatten(cell.get_initial_state(batch_size=batch))
        _compare(f"{name}.get_initial_state", "state", initial, sizes, batch)
    try:
        returned = cell(inputs, states)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"One step of {name}, with inputs {(batch, features)} and {len(sizes)} "
            f"states of the sizes {sizes}, failed with {describe(error)}."
        ) from error
    # a tensor of two rows could be taken apart as if it were a pair
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        shape = getattr(returned, "shape", None)
        received = type(returned).__name__
        if shape is not None:
            received = f"a tensor of shape {tuple(shape)}"
        raise UsageError(
            f"Expected one step of {name} to return the pair (output, states); "
            f"received {received}. Write `return output, [new_state]`."
        )
    output, new_states = returned
    _compare(name, "output", [output], [output_size], batch)
    _compare(name, "state", keras.tree.flatten(new_states), sizes, batch)


def _compare(owner, what, tensors, sizes, batch):
    if len(tensors) != len(sizes):
        raise UsageError(
            f"Expected {owner} to return {len(sizes)} states, as its state_size "
            f"declares; it returned {len(tensors)}."
        )
    for tensor, size in zip(tensors, sizes, strict=True):
        expected = (batch, size)
        if not hasattr(tensor, "shape"):
            raise UsageError(
                f"Expected {owner} to return {what} of the shape {expected}, as its "
                f"{what}_size declares; it returned {shortened(tensor)}, which is no "
                f"tensor. Use keras.ops for all that it computes."
            )
        if tuple(tensor.shape) != expected:
            raise UsageError(
                f"Expected {owner} to return {what} of the shape {expected}, as its "
                f"{what}_size declares; it returned {tuple(tensor.shape)}. "
                f"Make the two agree."
            )
