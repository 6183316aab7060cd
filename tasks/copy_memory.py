"""copy_memory: repeat ten symbols after a long blank.

::

    GFECCAAABG.............................!..........
    ........................................GFECCAAABG

The first line is the input, one symbol a step; the second is the target.

Paper: Arjovsky et al. (2016), section 5.1.
Data: generated, no rights. Ten symbols out of eight are followed by ``delay`` blanks,
    the last of which is a sign to begin, and by ten more blanks. The target is blank
    until the sign has been given, then the ten symbols.
Splits: 10,000 / 1,000 / 2,000 examples from three streams of random numbers.
Metric: ``negative_log_likelihood`` in nats a step, and of the best epoch's weights
    ``symbol_accuracy``, the share of the ten symbols that are repeated rightly: over
    all steps an accuracy would be near 1 for blanks alone.
Baseline: without memory, blank at ``delay + 10`` steps and a guess at ten:
    ``10 ln 8 / (delay + 20)``. The optimum is 0: the target is a function of the input.
Published: Bai et al. (2018), table 1, with a delay of 1000; all three are the baseline.
Versions: 1, the first.
"""

import functools
import math

import keras
import numpy as np
import tensorflow as tf

from seqtasks.options import require
from seqtasks.task import (
    Baseline,
    Horizon,
    Labels,
    Optimum,
    PublishedResult,
    Source,
    SummedScore,
    Task,
)

TAGS = ("memory",)
STUDY_PARAMS = 15_000

_EXAMPLES = {"train": 10_000, "validation": 1_000, "test": 2_000}
_SYMBOLS, _LENGTH = 8, 10
_BLANK, _GO = 0, 9
_TABLE = "Bai et al. (2018), https://arxiv.org/abs/1803.01271, table 1"

# model, cell, published loss. All three are the baseline, 0.0204, to 4 %, by which they
# differ among themselves. The paper gives no spread: the band is a tenth about each.
_PUBLISHED = (
    ("LSTM", "lstm", 0.0204),
    ("GRU", "gru", 0.0197),
    ("RNN", "elman", 0.0202),
)

_LONGEST = 10**6  # time steps; more do not fit into memory


def copy_memory(delay: int = 30, data_seed: int = 0) -> Task:
    """Repeat ten symbols after a long blank.

    Ten symbols out of eight are followed by ``delay`` blanks, the last of which is a
    sign to begin, and by ten more blanks. The target is blank until the sign has been
    given, then the ten symbols.

    Args:
        delay: Number of steps between the last symbol and the first repeated one.
        data_seed: Seed of the examples.

    References:
        Arjovsky et al. (2016), section 5.1, https://arxiv.org/abs/1511.06464
    """
    require(delay >= 1, "delay", delay, "an integer of at least 1")
    most = f"an integer of at most {_LONGEST:,}"
    require(delay <= _LONGEST, "delay", delay, most)
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")

    signs = "." + "ABCDEFGH" + "!"

    def render(inputs, targets):
        return "\n".join("".join(signs[i] for i in row) for row in (inputs, targets))

    return Task(
        load=functools.partial(_load, delay, data_seed),
        encoder=_OneHot(_SYMBOLS + 2),
        head=keras.layers.Dense(_SYMBOLS + 1),
        return_sequences=True,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(
            keras.metrics.SparseCategoricalCrossentropy(
                name="negative_log_likelihood", from_logits=True
            ),
        ),
        metric_units={
            "negative_log_likelihood": "nats/step",
            "symbol_accuracy": "fraction",
        },
        monitor="negative_log_likelihood",
        mode="min",
        causal=True,
        causal_reason=(
            "the symbols to remember would be before it in one of the directions"
        ),
        source=Source("generated", "ten symbols, a blank, a sign", "no rights"),
        render=render,
        units=128,
        batch_size=32,
        epochs=15,
        learning_rate=5e-3,
        baselines=lambda: (
            Baseline(
                "no memory",
                "negative_log_likelihood",
                _LENGTH * math.log(_SYMBOLS) / (delay + 2 * _LENGTH),
                "10 ln 8 / (delay + 20): knows the format, guesses the symbols",
            ),
        ),
        optimum=Optimum(
            "negative_log_likelihood", 0.0, "the target is a function of the input"
        ),
        scores=_symbol_accuracy,
        horizon=Horizon(
            option="delay",
            title="longest delay",
            unit="steps",
            metric="symbol_accuracy",
            threshold=0.99,
            mode="max",
            how="99 % of the ten symbols, of which a guess has 12.5 %; the paper, "
            "Arjovsky et al. (2016), compares curves and names no threshold",
            start=2,
            least=1,
            most=4096,
        ),
        labels=Labels(
            classes=tuple(signs[:-1]), step=lambda inputs, t: signs[inputs[t]]
        ),
        published=tuple(
            PublishedResult(
                name,
                "negative_log_likelihood",
                value,
                _TABLE,
                "delay 1000, 16,000 parameters; symbols given as numbers in the "
                "authors' code, not one-hot",
                cell=cell,
                num_params=16_000,
                settings={"bidirectional": False},
                options={"delay": 1000},
                low=0.9 * value,
                high=1.1 * value,
            )
            for name, cell, value in _PUBLISHED
        ),
    )


@keras.saving.register_keras_serializable("seqtasks")
class _OneHot(keras.layers.Layer):
    """Integers ``(batch, time)`` to one-hot vectors ``(batch, time, depth)``."""

    def __init__(self, depth: int, **kwargs):
        super().__init__(**kwargs)
        self.depth = depth

    def call(self, inputs):
        return keras.ops.one_hot(inputs, self.depth, dtype=self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "depth": self.depth}


def _symbol_accuracy(trained, split) -> dict[str, SummedScore]:
    right = [
        float(np.mean(one.predictions[-_LENGTH:].argmax(-1) == one.targets[-_LENGTH:]))
        for one in trained.predicted(split)
    ]
    return {"symbol_accuracy": SummedScore.mean(right)}


def _load(delay: int, data_seed: int, split: str) -> tf.data.Dataset:
    count = _EXAMPLES[split]
    rng = np.random.default_rng([data_seed, list(_EXAMPLES).index(split)])
    symbols = rng.integers(1, _SYMBOLS + 1, (count, _LENGTH), dtype=np.int32)
    inputs = np.full((count, delay + 2 * _LENGTH), _BLANK, np.int32)
    inputs[:, :_LENGTH] = symbols
    inputs[:, _LENGTH + delay - 1] = _GO
    targets = np.full_like(inputs, _BLANK)
    targets[:, -_LENGTH:] = symbols
    return tf.data.Dataset.from_tensor_slices((inputs, targets))
