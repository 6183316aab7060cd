"""Stacked cells: each over all time steps, one after the other."""

import keras


def run_stacked(layers, sequences, states, mask, training, go_backwards: bool):
    """Runs one layer a cell, which is the same as each step through all cells.

    A step that is masked is left out by every cell, so that it does not matter what the
    cell below shows there.

    Args:
        layers: Recurrent layers that return sequences; the first knows the direction.
        sequences: The inputs, ``(batch, time, features)``.
        states: The initial state of each cell, a tensor or a list of them.
        mask: ``(batch, time)`` booleans, or ``None``.
        training: Passed on.
        go_backwards: Whether the first layer reads backwards. What it gives is in the
            order in which it was read, as is then the mask.

    Returns:
        What ``keras.layers.RNN.inner_loop`` does: the last output, all outputs, and
        the final states in the structure of the initial ones.
    """
    outputs, last, final = sequences, None, []
    for index, (layer, before) in enumerate(zip(layers, states, strict=True)):
        if index == 1 and go_backwards and mask is not None:
            mask = keras.ops.flip(mask, axis=1)
        last, outputs, after = layer.inner_loop(outputs, before, mask, training)
        final.append(list(after) if keras.tree.is_nested(before) else after[0])
    return last, outputs, final
