"""Pairs of a key and a value, then questions: no example is drawn twice."""

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from seqtasks.task import Split


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The examples of a split, end to end.

    Args:
        inputs: Symbols, a key and its value, ``(steps, 2)``. Keys count from 0, values
            go on from there; the last symbol is the question sign, in a value's place.
        targets: The value of the key at each step with a question, else 0,
            ``(steps,)``.
        asked: 1 at each step with a question, else 0, ``(steps,)``.
        counts: Number of pairs of each example, ``(examples,)``.
    """

    inputs: np.ndarray
    targets: np.ndarray
    asked: np.ndarray
    counts: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The number of steps of each example: the pairs, then the questions."""
        return 2 * self.counts


def numbers_of_pairs(largest: int) -> list[int]:
    """2, 4, 8, … as long as it is below the largest, and the largest."""
    powers = [2**power for power in range(1, largest.bit_length())]
    return sorted({*(count for count in powers if count < largest), largest})


def possibilities(pairs: int, keys: int, values: int) -> int:
    """How many different examples of so many pairs there are."""
    return math.perm(keys, pairs) * values**pairs * math.factorial(pairs)


def draw_pairs(
    examples: Mapping[Split, int],
    counts: list[int],
    keys: int,
    values: int,
    data_seed: int,
) -> dict[Split, Pairs]:
    """Draws examples, no two of which are equal.

    Args:
        examples: Number of examples of each split.
        counts: Numbers of pairs, which take turns.
        keys: Number of keys there are.
        values: Number of values there are.
        data_seed: Seed of the examples.
    """
    seen: set[bytes] = set()

    def one(count, rng):
        while True:
            own = rng.permutation(keys)[:count]
            value = rng.integers(0, values, count)
            order = rng.permutation(count)
            drawn = np.concatenate([own, value, order]).tobytes()
            if drawn not in seen:
                seen.add(drawn)
                return own, value, order

    def split(number, total):
        rng = np.random.default_rng([data_seed, number])
        drawn = [one(counts[index % len(counts)], rng) for index in range(total)]
        return _pairs(drawn, keys, values)

    return {
        name: split(number, total)
        for number, (name, total) in enumerate(examples.items())
    }


def _pairs(drawn: list, keys: int, values: int) -> Pairs:
    """Examples end to end, each of the keys, their values, and the questions' order."""
    inputs, targets, asked = [], [], []
    for own, value, order in drawn:
        count = len(own)
        inputs.append(np.stack([own, keys + value], axis=1))
        inputs.append(np.stack([own[order], np.full(count, keys + values)], axis=1))
        targets += [np.zeros(count), value[order]]
        asked += [np.zeros(count), np.ones(count)]
    return Pairs(
        np.concatenate(inputs).astype(np.int32),
        np.concatenate(targets).astype(np.int32),
        np.concatenate(asked).astype(np.float32),
        np.array([len(own) for own, _, _ in drawn]),
    )
