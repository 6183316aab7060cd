"""associative_recall: the value that was seen with a key. See README.md beside."""

import collections
import functools

import keras
import numpy as np
from seqtasks.tasks.associative_recall.pairs import (
    Pairs,
    draw_pairs,
    numbers_of_pairs,
    possibilities,
)
from seqtasks.tasks.associative_recall.processor import PairProcessor

from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import (
    Baseline,
    Horizon,
    Labels,
    Optimum,
    Source,
    Split,
    SummedScore,
    Task,
)

TAGS = ("memory", "quick")
STUDY_PARAMS = 70_000

_EMBEDDING = 32
# the test split first: it is the same however many others are drawn after it
_EXAMPLES: dict[Split, int] = {"test": 2_000, "validation": 1_000, "train": 32_000}

_MOST_SYMBOLS = 100_000


def associative_recall(
    pairs: int = 8, keys: int = 16, values: int = 8, data_seed: int = 0
) -> Task:
    """Recall the value that was seen with a key, among many pairs.

    An example shows pairs of a key and a value, one a step. Then each key is asked
    once, in random order, with a sign in the value's place, and the target of that step
    is its value. There are 2, 4, 8, … up to ``pairs`` pairs, each number equally often.

    Args:
        pairs: Largest number of pairs.
        keys: Number of keys there are.
        values: Number of values there are.
        data_seed: Seed of the examples.

    References:
        Graves, Wayne and Danihelka (2014), section 4.3,
        https://arxiv.org/abs/1410.5401
        Arora et al. (2023), section 3, https://arxiv.org/abs/2312.04927 (many keys are
        asked of one sequence)
    """
    require(pairs >= 2, "pairs", pairs, "an integer of at least 2")
    require(keys >= pairs, "keys", keys, f"at least the number of pairs, {pairs}")
    require(values >= 2, "values", values, "an integer of at least 2")
    most = f"an integer of at most {_MOST_SYMBOLS:,}"
    require(keys <= _MOST_SYMBOLS, "keys", keys, most)
    require(values <= _MOST_SYMBOLS, "values", values, most)
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

    signs = [*(f"k{i}" for i in range(keys)), *(f"v{i}" for i in range(values)), "?"]

    def render(inputs, targets, weights):
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
        horizon=Horizon(
            option="pairs",
            title="most pairs",
            unit="pairs",
            metric="accuracy_of_{value}_pairs",
            threshold=0.99,
            mode="max",
            how="99 % of the answers in sequences of the largest number of pairs; the "
            "papers name no threshold",
            start=2,
            least=2,
            most=256,
            # the default has twice as many keys as pairs
            options=lambda pairs: {"keys": max(16, 2 * pairs)},
        ),
        labels=Labels(
            classes=tuple(signs[keys:-1]),
            step=lambda inputs, t: "=".join(signs[i] for i in inputs[t]),
        ),
        processor=lambda: PairProcessor(keys, values),
    )


def _by_number_of_pairs(
    names: dict[int, str], trained, split
) -> dict[str, SummedScore]:
    right = collections.defaultdict(list)
    for example in trained.predicted(split):
        asked = example.weights > 0
        predicted = example.predictions.argmax(axis=-1)
        correct = predicted[asked] == example.targets[asked]
        right[int(asked.sum())].append(float(np.mean(correct)))
    # not a number where no example has so many pairs
    return {name: SummedScore.mean(right[n]) for n, name in names.items()}


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
