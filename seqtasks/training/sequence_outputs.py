"""The outputs of a trained model for whole sequences, one or many at a time."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from seqtasks.training.model_variants import Stepper, plain

# time steps that a carried state is read in at once
_CHUNK = 1024

# a batch has no more than these, so that its memory does not grow with the input: an
# embedding makes some hundred numbers of one, at each of its steps
_MOST_EXAMPLES = 64
_MOST_STEPS = 2**13
_MOST_NUMBERS = 2**22


def is_batch(inputs: Sequence[Any]) -> bool:
    """Whether these examples, ``(time, …)`` each, are as many as are run at once."""
    every = [keras.tree.flatten(one) for one in inputs]
    return (
        len(every) >= _MOST_EXAMPLES
        or sum(len(parts[0]) for parts in every) >= _MOST_STEPS
        or sum(part.size for parts in every for part in parts) >= _MOST_NUMBERS
    )


class SequenceOutputs:
    """The model that a processor is given: outputs of whole sequences, or step by step.

    Args:
        model: A functional model of a run.
        whole: The same with Keras' ordinary loop, which carries no state.
        each_step: Whether there is a prediction at each step.
        carries: Whether it was trained with its state carried from part to part.
    """

    def __init__(
        self, model: keras.Model, whole: keras.Model, each_step: bool, carries: bool
    ):
        self._model = model
        self._whole = whole
        self._each_step = each_step
        self._in_chunks = each_step and carries

    def stepper(self, rows: int = 1) -> Stepper:
        """The model step by step; see :class:`seqtasks.task.Predictor`."""
        return Stepper(self._model, rows)

    def __call__(self, inputs: Any) -> np.ndarray:
        batch = keras.tree.map_structure(lambda part: np.asarray(part)[None], inputs)
        time = _time(inputs)
        if not self._in_chunks or time <= _CHUNK:
            return self._run(self._whole, batch, [time])[0]
        # the state is carried, as in training, and memory stays bounded
        carrying = plain(self._model, rows=1, stateful=True)
        parts = []
        for start in range(0, time, _CHUNK):
            part = keras.tree.map_structure(
                lambda one, start=start: one[:, start : start + _CHUNK], batch
            )
            length = min(_CHUNK, time - start)
            parts.append(self._run(carrying, part, [length])[0])
        return np.concatenate(parts)

    def of_many(self, inputs: Sequence[Any]) -> list[np.ndarray]:
        """The outputs of each of several sequences, in their order.

        Those that are about as long are run as one batch, filled up with zeros that a
        mask hides; without a mask, those that are just as long.

        Args:
            inputs: The inputs of each, ``(time, …)``.
        """
        found: dict[int, np.ndarray] = {}
        for group in self._groups(inputs):
            if len(group) == 1:
                found[group[0]] = self(inputs[group[0]])
                continue
            times = [_time(inputs[index]) for index in group]
            batch = keras.tree.map_structure(
                _stacked, *(inputs[index] for index in group)
            )
            outputs = self._run(self._whole, batch, times)  # (B, T, …), or (B, …)
            for index, time, output in zip(group, times, outputs, strict=True):
                found[index] = output[:time] if self._each_step else output
        return [found[index] for index in range(len(inputs))]

    def _groups(self, inputs: Sequence[Any]) -> Iterator[list[int]]:
        """The positions of sequences that are run together."""

        def key(index: int) -> tuple:
            parts = [np.asarray(part) for part in keras.tree.flatten(inputs[index])]
            time, form = len(parts[0]), [(p.shape[1:], p.dtype.str) for p in parts]
            alone = self._in_chunks and time > _CHUNK
            alone |= any(len(part) != time for part in parts)
            size = time
            if self._masked:
                # rounded up to its first three bits: at most a fifth is filled up
                shift = max(0, time.bit_length() - 3)
                size = (time + (1 << shift) - 1) >> shift << shift
            return size, str(form), index if alone else -1

        for _, group in itertools.groupby(sorted(range(len(inputs)), key=key), key):
            yield [*group]

    @property
    def _masked(self) -> bool:
        given = self._model.input
        return isinstance(given, dict) and "mask" in given

    def _run(self, model: keras.Model, batch: Any, times: Sequence[int]) -> np.ndarray:
        if self._masked:
            steps = np.arange(max(times))
            batch = {"inputs": batch, "mask": steps < np.array(times)[:, None]}
        return keras.ops.convert_to_numpy(model.predict_on_batch(batch))


def _time(inputs: Any) -> int:
    return len(keras.tree.flatten(inputs)[0])


def _stacked(*parts: Any) -> np.ndarray:
    """Arrays ``(time, …)`` as one ``(B, T, …)``, the shorter ones with zeros after."""
    arrays = [np.asarray(part) for part in parts]
    shape = (len(arrays), max(map(len, arrays)), *arrays[0].shape[1:])
    stacked = np.zeros(shape, arrays[0].dtype)
    for row, array in zip(stacked, arrays, strict=True):
        row[: len(array)] = array
    return stacked
