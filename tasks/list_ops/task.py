"""list_ops: the value of nested lists of digits. See README.md beside this file."""

import collections
import functools

import keras
import numpy as np
from seqtasks.tasks.list_ops.expressions import (
    DIGITS,
    OPERATORS,
    SYMBOLS,
    Expressions,
    draw_expressions,
    read_expression,
    value_without_brackets,
)
from seqtasks.tasks.list_ops.processor import ExpressionProcessor

from seqtasks.baselines.bag_of_words import Sequences, bag_accuracy
from seqtasks.baselines.classification import majority_accuracy
from seqtasks.data.varying import varying_examples
from seqtasks.options import require
from seqtasks.task import (
    SPLITS,
    Baseline,
    Labels,
    Optimum,
    Source,
    Split,
    SummedScore,
    Task,
)

TAGS = ("text",)
STUDY_PARAMS = 70_000

_EXAMPLES: dict[Split, int] = {"train": 24_000, "validation": 1_500, "test": 3_000}


def list_ops(
    max_depth: int = 4,
    max_arguments: int = 5,
    max_length: int = 40,
    data_seed: int = 0,
) -> Task:
    """Predict the value of nested lists, as in ``[MAX 2 9 [MIN 4 7 ] 0 ]`` = 9.

    ``[MIN``, ``[MAX``, ``[MED`` and ``[SM`` begin a list of which the minimum, the
    maximum, the median (rounded down) or the sum modulo 10 is taken; an element is a
    digit, or with a probability of 1/4 another such list. The value is one digit.

    Args:
        max_depth: Largest depth of the nesting.
        max_arguments: Largest number of elements of a list, which has at least 2.
        max_length: Largest number of symbols of an expression; longer ones are drawn
            again.
        data_seed: Seed of the expressions.

    References:
        Nangia and Bowman (2018), section 3, https://arxiv.org/abs/1804.06028
        Tay et al. (2020), section 2.2.1, https://arxiv.org/abs/2011.04006
    """
    # below the least length there are too few expressions for all splits
    for name, value, least, most in (
        ("max_depth", max_depth, 1, 100),
        ("max_arguments", max_arguments, 3, 1_000),
        ("max_length", max_length, 10, 100_000),
    ):
        bounds = f"an integer from {least} to {most:,}"
        require(least <= value <= most, name, value, bounds)
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    drawn = functools.cache(
        lambda: draw_expressions(
            _EXAMPLES, max_depth, max_arguments, max_length, data_seed
        )
    )
    names = {depth: f"accuracy_at_depth_{depth}" for depth in range(1, max_depth + 1)}

    def load(split):
        part = drawn()[split]
        return varying_examples((part.symbols,), part.lengths, (part.values,))

    def render(inputs, targets):
        return f"{' '.join(SYMBOLS[i] for i in inputs)} = {int(targets)}"

    return Task(
        load=load,
        encoder=keras.layers.Embedding(len(SYMBOLS), 64),
        head=keras.layers.Dense(len(DIGITS)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units=dict.fromkeys(["accuracy", *names.values()], "fraction"),
        monitor="accuracy",
        mode="max",
        source=Source(
            "generated",
            "expressions drawn by the grammar of ListOps",
            "no rights",
            "https://arxiv.org/abs/1804.06028",
        ),
        render=render,
        step_name="symbol",
        version=2,
        units=128,
        batch_size=64,
        epochs=8,
        learning_rate=3e-3,
        baselines=lambda: _baselines(drawn()),
        optimum=Optimum("accuracy", 1.0, "the value follows from the expression"),
        scores=functools.partial(_by_depth, names),
        labels=Labels(
            classes=DIGITS,
            step=lambda inputs, t: SYMBOLS[inputs[t]],
            read=read_expression,
        ),
        processor=ExpressionProcessor,
    )


def depth_of(symbols: np.ndarray) -> int:
    """The depth of the nesting of an expression; 1 where nothing is nested."""
    opens = (symbols >= len(DIGITS)) & (symbols < len(DIGITS) + len(OPERATORS))
    closes = symbols == SYMBOLS.index("]")
    return int(np.cumsum(opens.astype(int) - closes).max())


def _by_depth(names: dict[int, str], trained, split: Split) -> dict[str, SummedScore]:
    right = collections.defaultdict(list)
    for example in trained.predicted(split):
        correct = example.predictions.argmax() == example.targets
        right[depth_of(example.inputs)].append(float(correct))
    # not a number where no expression is so deep
    return {name: SummedScore.mean(right[n]) for n, name in names.items()}


def _baselines(drawn: dict[Split, Expressions]) -> tuple[Baseline, ...]:
    test = drawn["test"]
    of_symbols = {
        split: Sequences(part.symbols, part.lengths, part.values)
        for split, part in drawn.items()
    }
    bag, chosen = bag_accuracy(*(of_symbols[split] for split in SPLITS))
    starts = np.cumsum(test.lengths)[:-1]
    flat = [value_without_brackets(one) for one in np.split(test.symbols, starts)]
    majority = majority_accuracy(drawn["train"].values, test.values)
    on_counts = f"logistic regression on how often each symbol occurs ({chosen})"
    without_brackets = float(np.mean(np.array(flat) == test.values))
    return (
        Baseline(
            "majority", "accuracy", majority, "always the digit most frequent in train"
        ),
        Baseline("bag of symbols", "accuracy", bag, on_counts),
        Baseline(
            "without brackets",
            "accuracy",
            without_brackets,
            "the outermost operator applied to all digits, however deep",
        ),
    )
