"""A symbol drawn from the probabilities that a model predicts."""

import numpy as np


def draw(logits: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """The index of a symbol.

    Args:
        logits: ``(vocab_size,)``.
        temperature: Divides the logits; 0 takes the most likely symbol.
        rng: Generator of random numbers.
    """
    if temperature == 0:
        return int(np.argmax(logits))
    scaled = logits.astype(np.float64) / temperature
    probabilities = np.exp(scaled - scaled.max())
    return int(rng.choice(len(logits), p=probabilities / probabilities.sum()))
