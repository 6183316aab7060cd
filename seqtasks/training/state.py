"""All that training changes: a model, its optimizer and metrics, random generators."""

import random
from typing import Any

import keras
import numpy as np

_NUMPY_KEY = "numpy_random"


class StateError(Exception):
    """A state is not of this model; the message says why."""


def capture(model: keras.Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The state of a compiled model in training, and of the global generators.

    That is the weights, carried states, seeds of dropout, the optimizer's variables,
    the partial sums of the metrics, and the generators of Python, NumPy and Keras. What
    stands in none of them, as the generators of ``tf.random``, is not restored.

    Returns:
        What JSON can hold, and arrays by name.
    """
    settle(model)
    version, words, gauss = random.getstate()
    numpy_state = np.random.get_state(legacy=False)
    arrays = {_NUMPY_KEY: np.array(numpy_state["state"]["key"])}
    counts = {}
    for group, variables in _groups(model).items():
        counts[group] = len(variables)
        for index, variable in enumerate(variables):
            # a copy: what is seen may be overwritten by the next step
            arrays[_key(group, index)] = np.array(variable.numpy())
    return {
        "variables": counts,
        "python_random": [version, list(words), gauss],
        "numpy_random": {
            "bit_generator": numpy_state["bit_generator"],
            "pos": int(numpy_state["state"]["pos"]),
            "has_gauss": int(numpy_state["has_gauss"]),
            "gauss": float(numpy_state["gauss"]),
        },
    }, arrays


def settle(model: keras.Model) -> None:
    """Puts the state into the variables: within ``fit``, they are empty on JAX."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()


def restore(
    model: keras.Model, data: dict[str, Any], arrays: dict[str, np.ndarray], batch
) -> None:
    """Puts a state of :func:`capture` back; all of it, or nothing.

    Args:
        model: A compiled model of the same structure.
        data: The first thing that ``capture`` returned.
        arrays: The second.
        batch: Inputs, targets and weights of one batch, by which the variables are made
            that a model has only when it trains.

    Raises:
        StateError: If it is not the state of such a model.
    """
    build_for_training(model, *batch)
    if data["variables"].get("keras_random"):
        _keras_generators(make=True)
    groups = _groups(model)
    for group, count in data["variables"].items():
        here = len(groups.get(group, ()))
        if count != here:
            raise StateError(f"it has {count} {group} variables, this model {here}")
    pairs = [
        (variable, arrays[_key(group, index)])
        for group, variables in groups.items()
        for index, variable in enumerate(variables)
        if group in data["variables"]
    ]
    for variable, value in pairs:
        expected = tuple(variable.shape), str(variable.dtype)
        if expected != (value.shape, value.dtype.name):
            raise StateError(
                f"it has {value.dtype.name} of the shape {value.shape} for "
                f"{variable.path}, which is {expected[1]} of the shape {expected[0]}"
            )
    for variable, value in pairs:
        variable.assign(value)
    version, words, gauss = data["python_random"]
    random.setstate((version, tuple(words), gauss))
    of_numpy = data["numpy_random"]
    np.random.set_state(
        {
            **of_numpy,
            "state": {"key": arrays[_NUMPY_KEY], "pos": of_numpy["pos"]},
        }
    )


def build_for_training(model: keras.Model, inputs, targets, weights) -> None:
    """Makes the variables that Keras makes in the first step of training.

    A carried state is that after these inputs.
    """
    model.optimizer.build(model.trainable_variables)
    predictions = model(inputs, training=False)
    model.compute_metrics(inputs, targets, predictions, sample_weight=weights)
    model.reset_metrics()


def _groups(model) -> dict[str, list]:
    return {
        "model": model.variables,
        "optimizer": model.optimizer.variables,
        "metrics": model.metrics_variables,
        "keras_random": [one.state for one in _keras_generators()],
    }


def _keras_generators(make: bool = False) -> list:
    """Keras' global generator, which it makes when it is first used; else nothing."""
    # Keras says it nowhere in public
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    if make:
        return [seed_generator.global_seed_generator()]
    generator = global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)
    return [generator] if generator is not None else []


def _key(group: str, index: int) -> str:
    return f"{group}/{index:04d}"
