"""Random numbers that do not depend on who else has drawn some."""

import contextlib
import random
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.utils.rng_utils import GLOBAL_RANDOM_SEED

_OF_KERAS = (GLOBAL_SEED_GENERATOR, GLOBAL_RANDOM_SEED)


@contextlib.contextmanager
def own_randomness(seed: int, name: str) -> Iterator[None]:
    """Within it, what is drawn depends on the seed and the name alone.

    After it, all random generators go on as if nothing had been drawn.

    Args:
        seed: The seed of the run.
        name: What is drawn for, as in ``"head"``.
    """
    python, numbers = random.getstate(), np.random.get_state()
    of_keras = {key: global_state.get_global_attribute(key) for key in _OF_KERAS}
    own = np.random.SeedSequence([seed, *name.encode()]).generate_state(1)
    keras.utils.set_random_seed(int(own[0]))
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
        # its state cannot be read; what tf.data draws depends on this seed alone
        tf.random.set_seed(seed)
        for key, value in of_keras.items():
            global_state.set_global_attribute(key, value)
