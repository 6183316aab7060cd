"""The examples of a split, read once; batches are gathered from them by position.

Each part of an example (an input, the target, a weight) has one buffer, in which the
values of all examples stand end to end, without padding. The buffer is in memory, or,
above a memory budget, in a file; positions and order are the same, so that a run does
not depend on the budget.

The file has no name: the operating system frees it when the process ends, however it
ends. A file that outlived the process would save one pass over the data when a run
resumes, but its contents would have to be trusted: data that changed behind the same
options would go unnoticed. For the same reason it needs neither a lock nor a checksum.
It is read with ``readinto`` and not mapped into memory, because mapped pages count as
memory of the process.
"""

import array
import itertools
import math
import os
import re
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.errors import UsageError, notice

# More would gain little: what was just written is mostly still in the system's cache.
MEMORY_BUDGET = "1GiB"

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kMGT])(i?)B|B)?", re.IGNORECASE)

# examples that are taken from tf.data at once, as a single one costs 0.2 ms
_CHUNK_EXAMPLES = 64
_CHUNK_BYTES = 1 << 20

# values that are looked through at once
_CHUNK_VALUES = 1 << 20

# written to the file at once
_WRITE_BYTES = 1 << 20


# of a split whose number of examples is not known; a person who has more states it
_REPORTED_EXAMPLES, _REPORTED_SECONDS = 200_000, 60
_MOST_EXAMPLES, _MOST_BYTES = 2_000_000, 1 << 35


class ExampleStore:
    """The examples of a split.

    Args:
        examples: Unbatched examples, tuples of nested tensors; the first tensor has
            time first. They are read once.
        memory_budget: Number of bytes above which they are moved to a file.
        visit: Called with each example as it is read: its arrays, flat.

    Raises:
        UsageError: If examples are not numbers of a known number of axes, or the disk
            does not take them.

    Attributes:
        lengths: Number of time steps of each example, ``(examples,)``.
        memory: Number of bytes that are held in memory.
    """

    def __init__(
        self,
        examples: tf.data.Dataset,
        memory_budget: int,
        visit: Callable[[tuple[np.ndarray, ...]], None] = lambda example: None,
    ):
        self._spec = examples.element_spec
        self._parts = [_Part(spec) for spec in tf.nest.flatten(self._spec)]
        self.memory = 0
        end = _End() if int(examples.cardinality()) < 0 else None
        for number, example in enumerate(flat_examples(examples)):
            if end is not None:
                end.watch(number, self.memory)
            visit(example)
            for part, values in zip(self._parts, example, strict=True):
                part.append(values)
                self.memory += values.nbytes
            if self.memory > memory_budget and not self.on_disk:
                self._move_to_disk()
        if self.on_disk:
            self._move_to_disk()
            self.memory = 0
        for part in self._parts:
            part.freeze()
        self.lengths = self._parts[0].shapes[:, 0]

    @property
    def on_disk(self) -> bool:
        """True if the examples are in a file."""
        return self._parts[0].on_disk

    def _move_to_disk(self) -> None:
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for part in self._parts:
                part.move_to_disk(folder)
        except OSError as error:
            raise UsageError(
                f"Could not write examples above the memory budget to the folder "
                f"{folder}: {error.strerror}. Make room, name another folder with the "
                f"environment variable SEQTASKS_CACHE, or hold more in memory with "
                f"--memory-budget."
            ) from error

    def first_outside(
        self, part: int, count: int, weights: int | None, ignored: int | None = None
    ) -> tuple[int, int, Any] | None:
        """The first value of a part that is none of ``0 … count - 1``.

        Args:
            part: Number of the part among those of an example, flat.
            count: Number of values that may be.
            weights: Number of the part that weighs each of them: a weight of 0 allows
                any value. ``None`` for none.
            ignored: A value that may be besides; ``None`` for none.

        Returns:
            The example, the place of the value in it, and the value; ``None`` if all
            are in range.
        """
        values = self._parts[part]
        if weights is not None and self._parts[weights].size != values.size:
            weights = None
        weighing = itertools.repeat(None)
        start = 0
        for chunk, weight in zip(
            values.chunks(),
            weighing if weights is None else self._parts[weights].chunks(),
            strict=False,
        ):
            outside = ~((chunk >= 0) & (chunk < count))  # a NaN is outside
            if ignored is not None:
                outside &= chunk != ignored
            if weight is not None:
                outside &= weight != 0
            if outside.any():
                first = int(outside.argmax())
                return *values.place_of(start + first), chunk[first].item()
            start += len(chunk)
        return None

    def first_not_finite(self, part: int) -> tuple[int, float] | None:
        """The first value of a part that is NaN or infinite.

        Args:
            part: Number of the part among those of an example, flat.

        Returns:
            The example and the value; ``None`` if all are finite.
        """
        values, start = self._parts[part], 0
        for chunk in values.chunks():
            if chunk.dtype.kind not in "fc":  # integers are finite
                return None
            wrong = ~np.isfinite(chunk)
            if wrong.any():
                first = int(wrong.argmax())
                return values.place_of(start + first)[0], chunk[first].item()
            start += len(chunk)
        return None

    def gather(self, positions: np.ndarray) -> tuple[np.ndarray, Any]:
        """The examples at some positions, padded with zeros to the longest of them.

        Args:
            positions: ``(batch,)``; -1 stands for an example of zeros of length 0.

        Returns:
            The number of time steps of each, ``(batch,)``, and the examples in their
            structure, with a first axis for the batch.
        """
        lengths = np.where(positions < 0, 0, self.lengths[positions])
        parts = [part.gather(positions) for part in self._parts]
        return lengths, tf.nest.pack_sequence_as(self._spec, parts)


class _End:
    """Names a generator that goes on and on, and refuses one that seems not to end."""

    def __init__(self) -> None:
        self._began: float | None = time.monotonic()

    def watch(self, number: int, size: int) -> None:
        """Called at each example.

        Args:
            number: Number of examples before it.
            size: Number of their bytes.
        """
        if self._began is not None and (
            number >= _REPORTED_EXAMPLES
            or time.monotonic() - self._began >= _REPORTED_SECONDS
        ):
            self._began = None  # once is enough
            notice(
                f"A split has given {number:,} examples so far, and its generator does "
                f"not state how many there are. They are read to the end before "
                f"training begins."
            )
        if number >= _MOST_EXAMPLES or size >= _MOST_BYTES:
            raise UsageError(
                f"Expected load to give each example once; a split has given "
                f"{number:,} of {size / 1e9:,.1f} GB and goes on, as a generator that "
                f"never ends. End it, or give a data set with its number of examples "
                f"(assert_cardinality)."
            )


class _Part:
    """One part of all examples of a split: their values, end to end.

    Args:
        spec: Type and shape of it in one example; ``None`` stands for a size that
            varies from example to example.
    """

    def __init__(self, spec: tf.TensorSpec):
        if spec.shape.rank is None or spec.dtype == tf.string:
            raise UsageError(
                f"Expected examples of numbers with a known number of axes; received "
                f"{spec}. Give from_generator an output_signature, and texts as the "
                f"numbers of their symbols."
            )
        self._dtype = np.dtype(spec.dtype.as_numpy_dtype)
        self._static = spec.shape.as_list() if spec.shape.is_fully_defined() else None
        self._rank = spec.shape.rank
        self._count = 0
        self._sizes = array.array("q")  # the axes of each example, if they vary
        # a bytearray grows in place: joining arrays at the end would need twice as much
        self._buffer = bytearray()
        self._file: Any = None
        self._lock = threading.Lock()  # training and validation batches are read ahead

    @property
    def on_disk(self) -> bool:
        return self._file is not None

    def append(self, values: np.ndarray) -> None:
        """Adds the values of the next example."""
        self._count += 1
        if self._static is None:
            self._sizes.extend(values.shape)
        self._buffer += values.tobytes()
        if self.on_disk and len(self._buffer) >= _WRITE_BYTES:
            self._write()

    def move_to_disk(self, folder: Path) -> None:
        """Moves all values to a file, and those that are added later."""
        if not self.on_disk:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (kept)
            weakref.finalize(self, self._file.close)
        self._write()
        self._file.flush()

    def _write(self) -> None:
        self._file.write(self._buffer)
        self._buffer = bytearray()

    def freeze(self) -> None:
        """Makes the index; no values are added after it."""
        if self._static is not None:
            # a view of one row, which takes no memory
            self.shapes = np.broadcast_to(
                np.array(self._static, np.int64), (self._count, self._rank)
            )
        else:
            self.shapes = np.frombuffer(self._sizes, np.int64).reshape(-1, self._rank)
            sizes = self.shapes.prod(axis=1)
            self._starts = np.cumsum(sizes) - sizes  # (examples,), in values
        self._values = np.frombuffer(self._buffer, self._dtype)

    @property
    def size(self) -> int:
        """The number of values of all examples."""
        if self._static is not None:
            return self._count * math.prod(self._static)
        return int(self.shapes.prod(axis=1).sum())

    def chunks(self) -> Iterator[np.ndarray]:
        """All values, end to end, some at a time."""
        for start in range(0, self.size, _CHUNK_VALUES):
            count = min(_CHUNK_VALUES, self.size - start)
            yield self._read_values(start, count)

    def place_of(self, index: int) -> tuple[int, int]:
        """The example of a value, and its place in it."""
        if self._static is not None:
            return divmod(index, math.prod(self._static))
        example = int(np.searchsorted(self._starts, index, side="right")) - 1
        return example, index - int(self._starts[example])

    def gather(self, positions: np.ndarray) -> np.ndarray:
        """The values at some positions, ``(batch, …)``, padded with zeros."""
        if self._static is not None and not self.on_disk:
            rows = self._values.reshape(self._count, *self._static)[positions]  # (B, …)
            rows[positions < 0] = 0
            return rows
        shapes = self.shapes[positions]  # (B, rank)
        longest = shapes[positions >= 0].max(axis=0)
        batch = np.zeros((len(positions), *longest), self._dtype)
        for row, position in enumerate(positions):
            if position >= 0:
                place = tuple(slice(size) for size in shapes[row])
                batch[row, ...][place] = self._read(position).reshape(shapes[row])
        return batch

    def _read(self, position: int) -> np.ndarray:
        """The values of one example, without their shape."""
        if self._static is not None:
            size = math.prod(self._static)
            start = int(position) * size
        else:
            size = int(self.shapes[position].prod())
            start = int(self._starts[position])
        return self._read_values(start, size)

    def _read_values(self, start: int, size: int) -> np.ndarray:
        """So many values from a place on, of all examples end to end."""
        if not self.on_disk:
            return self._values[start : start + size]
        values = np.empty(size, self._dtype)
        with self._lock:
            self._file.seek(start * self._dtype.itemsize)
            self._file.readinto(values.view(np.uint8))
        return values


def flat_examples(examples: tf.data.Dataset) -> Iterator[tuple[np.ndarray, ...]]:
    """The examples one by one, without padding, in one pass.

    Yields:
        The arrays of an example, flat, in the order of ``tf.nest``.
    """
    # see prefetch in pipeline.py
    options = tf.data.Options()
    options.autotune.enabled = False
    examples = examples.with_options(options)
    specs = tf.nest.flatten(examples.element_spec)
    if any(spec.shape.rank is None for spec in specs):
        for example in examples.as_numpy_iterator():
            yield tuple(np.asarray(part) for part in tf.nest.flatten(example))
    elif all(spec.shape.is_fully_defined() for spec in specs):
        # few of large ones, for the memory
        size = sum(spec.shape.num_elements() * spec.dtype.size for spec in specs)
        count = max(1, min(1024, _CHUNK_BYTES // max(size, 1)))
        for chunk in examples.batch(count):
            parts = [part.numpy() for part in tf.nest.flatten(chunk)]
            yield from zip(*(map(np.asarray, part) for part in parts), strict=True)
    else:
        # padded and cut again: that takes less time than ragged tensors do
        for shapes, chunk in examples.map(_with_shapes).padded_batch(_CHUNK_EXAMPLES):
            parts = [part.numpy() for part in tf.nest.flatten(chunk)]
            sizes = [shape.numpy().tolist() for shape in shapes]
            yield from zip(*map(_cut, parts, sizes), strict=True)


@tf.autograph.experimental.do_not_convert  # it has no control flow
def _with_shapes(*example):
    return tuple(tf.shape(part) for part in tf.nest.flatten(example)), example


def _cut(part: np.ndarray, shapes: list[list[int]]) -> Iterator[np.ndarray]:
    """The rows of a padded array, each with its own shape."""
    for row, shape in enumerate(shapes):
        yield part[row, ...][tuple(slice(size) for size in shape)]


def cache_folder() -> Path:
    """The folder for examples above the memory budget.

    It is the environment variable ``SEQTASKS_CACHE``, or the user's cache folder: the
    folder for temporary files is often in memory.
    """
    if folder := os.environ.get("SEQTASKS_CACHE"):
        return Path(folder)
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user) / "seqtasks"


def parse_bytes(size: int | str) -> int:
    """A number of bytes from text, as in ``"2GB"``, ``"1.5 GiB"`` or ``"1000"``.

    Raises:
        UsageError: If it is none.

    >>> parse_bytes("2GB"), parse_bytes("0.5 KiB")
    (2000000000, 512)
    """
    found = _SIZE.fullmatch(str(size).strip())
    if isinstance(size, bool) or not found:
        raise UsageError(
            f"memory_budget must be a number of bytes, as in 2GB, 500MB or 1.5GiB; "
            f"received {size!r}."
        )
    number, prefix, binary = found.groups()
    factor = 1024 if binary else 1000
    if len(number) > 20:
        raise UsageError(
            f"memory_budget must be less than 10^20 bytes; received {len(number)} "
            f"digits."
        )
    return int(float(number) * factor ** " kmgt".index((prefix or " ").lower()))
