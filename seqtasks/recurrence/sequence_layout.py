"""How a sequence lies in memory for a loop: time first, padded, and in chunks."""

import keras

# Lengths that are not known when a graph is made are padded to a multiple of this, so
# that the loop is compiled for few lengths and not for each.
BUCKET = 16

# The steps of a chunk of the scan. A longer one means more steps one after the other,
# a shorter one more chunks, whose ends are found one after the other too.
CHUNK = 64

# A batch runs in up to so many parts, each in a loop of its own, of at least so many
# rows and so many values of the projected input at each step: below that, starting the
# kernels of a step takes longer than they run.
PARTS = 2
PART_ROWS = 8
PART_VALUES = 6144


def to_time_first(sequences, mask):
    """``(batch, time, …)`` as ``(time, batch, …)``, sequences and mask.

    A step then reads and writes one block of memory, not one strided row a sequence.
    """
    mask = None if mask is None else keras.ops.transpose(mask, (1, 0))  # (T, B)
    return keras.ops.transpose(sequences, (1, 0, 2)), mask  # (T, B, F)


def to_batch_first(outputs, time, padded: bool = True):
    """``(time, batch, units)`` as ``(batch, time, units)``, without the padding."""
    ops = keras.ops
    outputs = ops.transpose(outputs, (1, 0, 2))  # (B, T, H)
    if padded:  # the gradient of a slice is one more copy
        outputs = outputs[:, :time]
    # a loop and a slice forget a length that is known; the reshape restores it
    return ops.reshape(outputs, (ops.shape(outputs)[0], time, outputs.shape[-1]))


def batch_parts(rows, width: int) -> list:
    """The sizes of the parts of a batch whose loops run side by side.

    They depend on the batch alone and not on the machine, so that a run gives the same
    bits on any number of cores.

    Args:
        rows: Rows of the batch: a number, or a tensor where it is not known yet.
        width: Width of the projected input.

    Returns:
        The rows of each part, of about equal size: numbers, or a tensor for each of
        ``PARTS`` parts, zero where the batch has fewer.
    """
    least = max(PART_ROWS, -(-PART_VALUES // width))
    if isinstance(rows, int):
        count = max(1, min(PARTS, rows // least))
        return [(rows + part) // count for part in range(count)]
    ops = keras.ops
    count = ops.clip(rows // least, 1, PARTS)
    return [ops.where(part < count, (rows + part) // count, 0) for part in range(PARTS)]


def pad_to_bucket(sequences, mask):
    """Sequences and mask, padded to a multiple of ``BUCKET`` if their length varies.

    Returns:
        Both, ``(batch, time, …)``, and the number of steps before the padding: ``None``
        if the length is known when the graph is made, so that nothing is padded.
    """
    if sequences.shape[1] is not None:
        return sequences, mask, None
    steps = keras.ops.shape(sequences)[1]
    return *_pad(sequences, mask, -steps % BUCKET), steps


def pad_to_segments(sequences, mask, steps):
    """Sequences and mask, ``(batch, time, …)``, padded to a multiple of ``steps``.

    The padding is masked, so that it changes neither the final states nor a gradient.
    """
    length = sequences.shape[1]
    if length is not None and length % steps == 0:
        return sequences, mask
    if mask is None:
        mask = keras.ops.ones(keras.ops.shape(sequences)[:2], "bool")
    return _pad(sequences, mask, -keras.ops.shape(sequences)[1] % steps)


def _pad(sequences, mask, missing):
    if mask is not None:
        mask = keras.ops.pad(mask, [(0, 0), (0, missing)])
    return keras.ops.pad(sequences, [(0, 0), (0, missing), (0, 0)]), mask


def to_chunks(x):
    """``(batch, time, …)`` as ``(steps, chunks, batch, …)``, with zeros at the end.

    The loop runs over the first axis; chunks and batch together are its rows.
    """
    ops = keras.ops
    batch, time, *rest = ops.shape(x)
    x = ops.pad(x, [(0, 0), (0, -time % CHUNK), *[(0, 0)] * len(rest)])
    chunks = (time + CHUNK - 1) // CHUNK
    x = ops.reshape(x, (batch, chunks, CHUNK, *rest))
    return ops.transpose(x, (2, 1, 0, *range(3, 3 + len(rest))))


def last_of_chunks(x, time):
    """``(steps, chunks, batch, units)`` at the last step, ``(batch, units)``."""
    return x[(time - 1) % CHUNK, -1]


def from_chunks(x, time):
    """``(steps, chunks, batch, units)`` as ``(batch, time, units)``."""
    ops = keras.ops
    _, chunks, batch, units = ops.shape(x)
    x = ops.reshape(ops.transpose(x, (2, 1, 0, 3)), (batch, chunks * CHUNK, units))
    return ops.reshape(x[:, :time], (batch, time, units))
