"""associative_recall: tell which value was seen with a key, among many pairs."""

import dataclasses
import functools
import math
from collections.abc import Mapping

import keras
import numpy as np

from seqtasks.data.varying import varying_examples
from seqtasks.metrics.grouped import grouped_means
from seqtasks.options import require
from seqtasks.task import Baseline, Optimum, Source, Split, Task

_EMBEDDING = 32
# the test split first: it is the same however many others are drawn after it
_EXAMPLES: dict[Split, int] = {"test": 2_000, "validation": 1_000, "train": 32_000}


@dataclasses.dataclass(frozen=True)
class Pairs:
    """The examples of a split, end to end.

    Args:
        inputs: ``(steps, 2)`` symbols, a key and its value. Keys count from 0, values
            go on from there, and last comes the sign that asks, in a value's place.
        targets: The value of the key at each step that asks for one, else 0.
        asked: 1 where a step asks, else 0.
        counts: The number of pairs of each example.
    """

    inputs: np.ndarray
    targets: np.ndarray
    asked: np.ndarray
    counts: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The number of steps of each example: the pairs, then the questions."""
        return 2 * self.counts


def associative_recall(
    pairs: int = 8, keys: int = 16, values: int = 8, data_seed: int = 0
) -> Task:
    """Tell which value was seen with a key: associative recall of many pairs.

    An example shows pairs of a key and a value, one a step: the keys all differ, the
    values are drawn independently. Then each key is asked once, in random order, with a
    sign in the value's place, and at that step the answer is its value. There are 2, 4,
    8, … up to ``pairs`` pairs, each number equally often, and no two examples of any
    split are equal. Who has bound nothing to
    anything says any value, and is right once in ``values``; who remembers the values
    alone says the most frequent of them.

    Args:
        pairs: The largest number of pairs.
        keys: The number of keys there are.
        values: The number of values there are.
        data_seed: Decides the examples.

    References:
        Graves, Wayne and Danihelka (2014), section 4.3,
        https://arxiv.org/abs/1410.5401
        Arora et al. (2023), section 3, https://arxiv.org/abs/2312.04927 (many keys are
        asked of one sequence)
    """
    require(pairs >= 2, "pairs", pairs, "an integer of at least 2")
    require(keys >= pairs, "keys", keys, f"at least the number of pairs, {pairs}")
    require(values >= 2, "values", values, "an integer of at least 2")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    counts = numbers_of_pairs(pairs)
    require(
        possibilities(counts[0], keys, values)
        >= 2 * sum(_EXAMPLES.values()) // len(counts),
        "keys",
        keys,
        f"so many that no example of {counts[0]} pairs need occur twice; take more "
        f"keys, values or pairs",
    )
    drawn = functools.cache(
        lambda: draw_pairs(_EXAMPLES, counts, keys, values, data_seed)
    )
    names = {count: f"accuracy_of_{count}_pairs" for count in counts}

    def load(split):
        own = drawn()[split]
        parts = own.inputs, own.targets, own.asked
        return varying_examples(parts, own.lengths, ())

    def render(inputs, targets, weights):
        signs = [*(f"k{i}" for i in range(keys)), *(f"v{i}" for i in range(values))]
        count = int(weights.sum())
        shown = [f"{signs[key]}={signs[value]}" for key, value in inputs[:count]]
        asked = zip(inputs[count:, 0], targets[count:], strict=True)
        answers = [f"{signs[key]}? v{value}" for key, value in asked]
        return f"{' '.join(shown)}, {' '.join(answers)}"

    return Task(
        load=load,
        encoder=keras.Sequential(
            [
                keras.layers.Embedding(keys + values + 1, _EMBEDDING),
                keras.layers.Reshape((-1, 2 * _EMBEDDING)),
            ]
        ),
        head=keras.layers.Dense(values),
        return_sequences=True,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units=dict.fromkeys(["accuracy", *names.values()], "fraction"),
        monitor="accuracy",
        mode="max",
        source=Source(
            "generated", "pairs of a key and a value, then keys", "no rights"
        ),
        render=render,
        units=128,
        batch_size=128,
        epochs=8,
        learning_rate=1e-2,
        baselines=lambda: _baselines(drawn()["test"], values),
        optimum=Optimum("accuracy", 1.0, "each key has one value, and it was seen"),
        scores=functools.partial(_by_number_of_pairs, names),
    )


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
    """Draws examples, no two of which are equal; the numbers of pairs take turns."""
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
    """Examples end to end.

    Args:
        drawn: Of each example the keys, their values, and the order of the questions.
        keys: The number of keys there are.
        values: The number of values there are.
    """
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


def _by_number_of_pairs(names: dict[int, str], trained, split) -> dict[str, float]:
    groups, right = [], []
    for example in trained.predicted(split):
        asked = example.weights > 0
        said = example.predictions.argmax(axis=-1)
        groups.append(int(asked.sum()))
        right.append(float(np.mean(said[asked] == example.targets[asked])))
    return grouped_means(groups, right, names)


def _baselines(drawn: Pairs, values: int) -> tuple[Baseline, ...]:
    answers = np.split(drawn.targets[drawn.asked > 0], np.cumsum(drawn.counts)[:-1])
    most = sum(int(np.bincount(answer).max()) for answer in answers)
    return (
        Baseline("guess", "accuracy", 1 / values, f"one of {values} values, by chance"),
        Baseline(
            "values without keys",
            "accuracy",
            most / int(drawn.counts.sum()),
            "always the value that the sequence has most often, on test",
        ),
    )
