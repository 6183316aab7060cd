"""Characters: windows of a text, bits per character, and texts drawn from a model."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from seqtasks.data.drawing import draw
from seqtasks.errors import UsageError
from seqtasks.task import Predictor, Sample


def next_symbol_windows(symbols: np.ndarray, length: int) -> tf.data.Dataset:
    """Consecutive windows in which each target is the symbol after its input.

    The last window is filled up with zeros of weight 0, so that every symbol but the
    first is a target exactly once.

    Args:
        symbols: Integers, at least two, ``(symbols,)``.
        length: Number of inputs of a window.

    Returns:
        Unbatched ``(inputs, targets, weights)``, each ``(length,)``.
    """
    count = len(symbols) - 1
    windows = -(-count // length)

    def cut(values: np.ndarray) -> np.ndarray:
        filled = np.zeros(windows * length, values.dtype)
        filled[:count] = values
        return filled.reshape(windows, length)

    weights = np.ones(count, np.float32)
    return tf.data.Dataset.from_tensor_slices(
        (cut(symbols[:-1]), cut(symbols[1:]), cut(weights))
    )


def text_and_next(vocabulary: str, text: str) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of a text's characters but the last, and of all but the first.

    Args:
        vocabulary: The characters in the order of their numbers.
        text: The text.

    Raises:
        UsageError: If it has a character that the vocabulary lacks.
    """
    _check_known(vocabulary, text, "text")
    numbers = np.array([vocabulary.index(character) for character in text], np.int32)
    return numbers[:-1], numbers[1:]


def _check_known(vocabulary: str, text: str, what: str) -> None:
    """Refuses a text with a character that the vocabulary lacks."""
    unknown = sorted(set(text) - set(vocabulary))
    if unknown:
        raise UsageError(
            f"Expected a {what} of characters that the training text has; "
            f"it has no {', '.join(map(repr, unknown))}."
        )


@keras.saving.register_keras_serializable("seqtasks")
class BitsPerCharacter(keras.metrics.MeanMetricWrapper):
    """The mean of ``-log2 p(target)``, in bits a character.

    Args:
        name: Name of the metric.
        dtype: Type of the metric.

    Call arguments:
        y_true: Integer targets, ``(characters,)``.
        y_pred: Logits, ``(characters, vocab_size)``.
        sample_weight: Weights, ``(characters,)``; 0 leaves a character out.
    """

    def __init__(self, name: str = "bits_per_character", dtype=None):
        super().__init__(_bits, name=name, dtype=dtype)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


def _bits(y_true, y_pred):
    nats = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    return nats / math.log(2)


def drawn_text(
    vocabulary: str,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Characters drawn one by one from the model, after those of the prompt.

    It is a task's ``sample`` once the vocabulary is bound.

    Args:
        vocabulary: The characters in the order of their numbers.
        trained: The model, whose predictions are logits, ``(vocab_size,)`` a step.
        prompt: The beginning of the text; without one it begins after a line break, or
            after what the text has in its place.
        length: Number of characters to draw.
        temperature: Divides the logits; 0 takes the most likely character.
        seed: Seed of the draws.

    Raises:
        UsageError: If the prompt has a character that the vocabulary lacks.
    """
    _check_known(vocabulary, prompt, "prompt")
    numbers = {character: number for number, character in enumerate(vocabulary)}
    rng = np.random.default_rng(seed)
    step = trained.stepper()
    # a text of one line has no line break
    before = next((c for c in "\n " if c in numbers), vocabulary[0])
    text = prompt or before
    for character in text:
        logits = step(np.array([[numbers[character]]], np.int32))[0, 0]
    for _ in range(length):
        number = draw(logits, temperature, rng)
        text += vocabulary[number]
        logits = step(np.array([[number]], np.int32))[0, 0]
    return Sample(text if prompt else text[1:])
